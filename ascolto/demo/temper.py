# SPDX-License-Identifier: Apache-2.0
"""How people are about paying, and how often one meets them. Data only; what they do is in behaviour.py."""

PUNCTUAL = "punctual"  # pays when it is due
FORGETFUL = "forgetful"  # pays after a word
UNREACHED = "unreached"  # invoices get lost on our side; pays when it arrives
DISPUTING = "disputing"  # contests some invoices
TEMPORARY = "temporary"  # a few bad months
STRUCTURAL = "structural"  # cannot pay it all
UNWILLING = "unwilling"
OFFICE = "office"  # pays on the fixed days of its administration
SEASONAL = "seasonal"  # earns in summer, pays in summer
SLOW_PUBLIC = "slow_public"  # approval takes months

TEMPERS = (
    PUNCTUAL,
    FORGETFUL,
    UNREACHED,
    DISPUTING,
    TEMPORARY,
    STRUCTURAL,
    UNWILLING,
    OFFICE,
    SEASONAL,
    SLOW_PUBLIC,
)

WEIGHTS = {
    "household": {PUNCTUAL: 70, FORGETFUL: 13, UNREACHED: 5, DISPUTING: 3, TEMPORARY: 5, STRUCTURAL: 2, UNWILLING: 2},
    "firm": {
        PUNCTUAL: 56,
        FORGETFUL: 11,
        UNREACHED: 5,
        DISPUTING: 5,
        OFFICE: 14,
        TEMPORARY: 5,
        STRUCTURAL: 2,
        UNWILLING: 2,
    },
    "condominium": {PUNCTUAL: 50, FORGETFUL: 10, UNREACHED: 6, DISPUTING: 6, OFFICE: 20, TEMPORARY: 5, UNWILLING: 3},
    "hotel": {SEASONAL: 62, PUNCTUAL: 24, FORGETFUL: 8, DISPUTING: 6},
    "public": {SLOW_PUBLIC: 72, PUNCTUAL: 28},
    "tenant": {PUNCTUAL: 64, FORGETFUL: 12, UNREACHED: 2, DISPUTING: 2, TEMPORARY: 11, STRUCTURAL: 6, UNWILLING: 3},
}
"""Per trade of the customer, in per cent."""

EMOTIONS = {
    "forgot": {"cooperative": 60, "ashamed": 25, "indifferent": 15},
    "lost_invoice": {"cooperative": 40, "confused": 35, "angry": 25},
    "our_fault": {"angry": 45, "cooperative": 30, "confused": 25},
    "dispute": {"angry": 55, "confused": 30, "cooperative": 15},
    "temporary_difficulty": {"worried": 50, "ashamed": 25, "cooperative": 25},
    "structural_difficulty": {"worried": 50, "ashamed": 35, "angry": 15},
    "their_administration": {"cooperative": 55, "indifferent": 45},
    "unwilling": {"indifferent": 50, "angry": 50},
}
"""How a conversation about each reason feels, in per cent."""
