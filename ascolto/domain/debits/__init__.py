# SPDX-License-Identifier: Apache-2.0
"""Debits: what the client collects through its bank. SDD mandates, collections presented (SDD, RiBa, MAV), their fate.

A collection that is presented is not paid: money is told by the statement alone. May import: ledger, care, portfolio,
access, records. Does not do: contact anybody, decide what is asked.
"""
