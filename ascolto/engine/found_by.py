# SPDX-License-Identifier: Apache-2.0
"""Under which keys customers and their documents are found. Owns: the other half of `asked`, for keys that are kept.

A key says a little more than a line must say (the longest run of digits of a number, not each of its forms): whoever it
brings in is read by the same `Book`. The first letter tells what a key is of.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from ascolto.engine import remittance as text
from ascolto.engine.asked import Asked
from ascolto.engine.names import in_order, words

LONGEST = 60
"""Letters of a key; of what is longer the end is put into a few letters, on both sides."""
REFERENCE, DIGITS, RUN, CODE, WORD, NAME = "r", "d", "p", "c", "w", "n"


def key(kind: str, said: str) -> str:
    """A key as it is kept and asked for."""
    if len(said) < LONGEST:
        return kind + said
    return f"{kind}{said[:20]}{hashlib.sha256(said.encode()).hexdigest()[:32]}"


def of_reference(reference: str) -> set[str]:
    """Of a payment reference, of an instalment or an invoice."""
    said = text.reference_key(reference) if reference else ""
    return {key(REFERENCE, said)} if said else set()


def of_number(number: str) -> set[str]:
    """Of a document's number: each of its forms (`remittance.number_keys`) has its longest run of digits that is no
    year, or the first of its years when it has nothing else, or is all of its digits glued together."""
    return {key(DIGITS, run) for run in text.marks(number)}


def of_person(number: str, codes: Iterable[str]) -> set[str]:
    """Of a customer: the number, tax code and VAT number."""
    return {key(CODE, text.compact(code)) for code in codes if code} | of_account(number)


def of_account(number: str) -> set[str]:
    """Of a customer's or an account's number."""
    said = " ".join(segment.key for segment in text.read(number))
    return {key(RUN, said)} if said else set()


def of_name(name: str) -> set[str]:
    """Of a name: each of its words, and all of them in order."""
    said = words(name)
    return {key(WORD, word) for word in said} | ({key(NAME, in_order(said))} if said else set())


def asked_for(asked: Asked) -> set[str]:
    """The keys under which lines find somebody, names left out: those are weighed against one another."""
    told = {REFERENCE: asked.references, DIGITS: asked.digits, RUN: asked.runs, CODE: asked.codes}
    return {key(kind, said) for kind, every in told.items() for said in every}
