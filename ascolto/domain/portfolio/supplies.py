# SPDX-License-Identifier: Apache-2.0
"""What a contract supplies, by what its kind is called. Owns: the words; an unknown one is '' and nothing is assumed."""

SUPPLIES = {
    "electricity": ("electricity", "energy", "power", "luce", "energia", "elettric"),
    "gas": ("gas",),
    "water": ("water", "acqua", "idric"),
}


def supply_of(kind: str) -> str:
    """`electricity`, `gas` or `water`; '' when the words do not say."""
    words = kind.lower()
    return next((supply for supply, names in SUPPLIES.items() if any(name in words for name in names)), "")
