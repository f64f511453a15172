# SPDX-License-Identifier: Apache-2.0
"""Agreements: what the customer committed to. Owns promises to pay (plans and concessions come with issue 2).

May import: outreach, ledger, care and below. Does not do: judge by anything but cash received.
"""
