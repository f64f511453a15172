# SPDX-License-Identifier: Apache-2.0
"""Strategy: what should happen next, for every customer, and why.

Owns policy versions, runs, decisions, actions and the snapshot that feeds the engine. The top floor of the domain:
may import every room. Does not do: decide (engine/ does) or speak (outreach does).
"""
