# SPDX-License-Identifier: Apache-2.0
"""Whether a statement ties: opening plus booked entries against closing. Shown and never refused: banks do send
statements that do not, and money must not stay unseen for it.
"""

from __future__ import annotations

from ..documents import StatementDoc
from ..problems import Findings
from .values import in_units


def check(doc: StatementDoc, findings: Findings, field: str) -> None:
    """Notes a warning when the statement does not tie, or cannot be compared. `field`: where its balances stand."""
    if doc.opening is None or doc.closing is None:
        return
    booked, moved = {doc.opening.currency, doc.closing.currency}, 0
    for entry in doc.entries:
        if entry.status == "BOOK":
            booked.add(entry.currency)
            moved += entry.cents
    expected = doc.opening.cents + moved
    if len(booked) > 1:
        findings.add("statement.currencies", row=doc.row, field=field, currencies=", ".join(sorted(booked)))
    elif expected != doc.closing.cents:
        found = {"computed": in_units(expected), "closing": in_units(doc.closing.cents)}
        findings.add("statement.unbalanced", row=doc.row, field=field, **found)
