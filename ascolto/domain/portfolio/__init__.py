# SPDX-License-Identifier: Apache-2.0
"""Portfolio: the clients' customers and what was invoiced to them.

Owns customers, contact persons and points, accounts, invoices, instalments (the open items) and holds.
May import: access, records. Does not do: money received (ledger), conversations (outreach), decisions (strategy).
"""
