# SPDX-License-Identifier: Apache-2.0
"""Agreements: what the customer committed to. Owns promises to pay, plans and the concessions they are.

May import: outreach, ledger, care and below. Does not do: judge by anything but cash received.
"""
