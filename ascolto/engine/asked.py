# SPDX-License-Identifier: Apache-2.0
"""What the waiting lines look up in a book. Owns: every key under which any of them may find somebody.

Beside `match`, which reads a line against a book, this module reads it against none: whatever a line looks up there, at
whichever point of a run, is a key here. More keys cost time; one too few would cost a customer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ascolto.engine import remittance as text
from ascolto.engine.evidence import Line
from ascolto.engine.names import in_order, words


@dataclass
class Asked:
    """Keys of all lines together. `runs`: of invoice, customer and account numbers; `digits`: the runs of digits in
    them. `payers`, `texts`: which lines say a name, by its words; a text by its words and the payer's name."""

    amounts: set[int] = field(default_factory=set)
    references: set[str] = field(default_factory=set)
    runs: set[str] = field(default_factory=set)
    digits: set[str] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)
    payers: dict[frozenset[str], list[int]] = field(default_factory=dict)
    texts: dict[tuple[frozenset[str], str], list[int]] = field(default_factory=dict)


def asked(lines: Iterable[Line]) -> Asked:
    """What these lines look up."""
    found = Asked()
    for line in lines:
        found.amounts.add(line.amount_cents)
        _references(line, found)
        _numbers(line, found)
        _names(line, found)
    return found


def _references(line: Line, found: Asked) -> None:
    found.references.update(text.notice_codes(f"{line.reference} {line.remittance}"))
    found.references.add(text.reference_key(line.reference))
    found.references.update(text.structured_references(line.remittance))
    found.references.discard("")


def _numbers(line: Line, found: Asked) -> None:
    rest, mended = text.mended(f"{line.remittance} {line.reference}")
    for written in (rest, f"FT {mended}" if mended else ""):
        keys = [segment.key for segment in text.read(written)]
        found.digits.update(key for key in keys if key.isdigit())
        for at in range(len(keys)):
            for length in range(1, min(text.LONGEST, len(keys) - at) + 1):
                found.runs.add(" ".join(keys[at : at + length]))
    found.codes.update(text.compact(word) for word in text.fold(f"{line.remittance} {line.payer_name}").split())


def _names(line: Line, found: Asked) -> None:
    payer, written = frozenset(words(line.payer_name)), frozenset(words(line.remittance))
    if payer:
        found.payers.setdefault(payer, []).append(line.line_id)
    if len(written) > 1:  # a name is told by two words or more
        found.texts.setdefault((written, in_order(payer)), []).append(line.line_id)
