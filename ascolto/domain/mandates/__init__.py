# SPDX-License-Identifier: Apache-2.0
"""Mandates: the contract between client and manager. Owns the charter (the client's written rules of interaction).

May import: outreach, ledger, care and below. Does not do: enforce the charter; the engine does.
"""
