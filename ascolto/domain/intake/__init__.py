# SPDX-License-Identifier: Apache-2.0
"""Intake: how foreign files come in. Owns the readers (`formats`, one module per format, behind
`reading.read`), the mapping profiles, the problems told to people, and the staging of what was read until it
is accepted.

May import: outreach, ledger, care and below. Does not do: guess what a file does not say (staging applies the
client's terms), decide what a customer is told (strategy), move money (ledger does, through its own actions).
"""
