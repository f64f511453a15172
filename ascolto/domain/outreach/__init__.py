# SPDX-License-Identifier: Apache-2.0
"""Outreach: every word exchanged with a customer.

Owns the ONE contact log (automatic and human, in and out), the outbox, the wording and the channels.
May import: portfolio, access, records. Does not do: decide whom to contact (strategy), know what is owed (ledger):
the facts that a message needs are handed in and kept with it as sent.
"""
