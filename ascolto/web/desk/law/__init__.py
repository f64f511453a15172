# SPDX-License-Identifier: Apache-2.0
"""The law in force and its calculators, for who works with them. Owns no rule: rows come from policies, sums from engine."""
