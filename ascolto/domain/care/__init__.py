# SPDX-License-Identifier: Apache-2.0
"""Care: disputes, complaints and requests, three different things, each with its own clock; what invoices lack by us.

Owns care cases and gaps. May import: portfolio, access, records. Does not do: money (ledger) or messages (outreach).
"""
