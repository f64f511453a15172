# SPDX-License-Identifier: Apache-2.0
"""Ledger: the money. Rows are added and never changed; a correction is a reversal; balances derive from allocations.

Owns bank statements and lines, payments (and credit notes and write-offs, which also settle), allocations,
match proposals. May import: portfolio, access, records. Does not do: contact anybody.
"""
