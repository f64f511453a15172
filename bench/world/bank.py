# SPDX-License-Identifier: Apache-2.0
"""What the bank tells of a chunk's money: one statement a bank day, and its lines in the words that people use.

The chunk has a bank account of its own, so that its statements tie and follow one another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from . import codes
from .bills import Bills
from .columns import Choice, digits, fixed, joined, letters
from .people import People

if TYPE_CHECKING:
    from .cash import Payments

Columns = dict[str, dict[str, object]]


def told(
    rng: np.random.Generator, who: People, bills: Bills, made: Payments, today: np.datetime64, first: dict[str, int]
) -> tuple[Columns, np.ndarray, np.ndarray]:  # fmt: skip
    """The columns of statements and lines; the line of each payment, and that of its return (0: none)."""
    columns: Columns = {}
    last = np.busday_offset(today, -1, roll="forward")
    begin = min([last, *made.booked[:1]])
    days = np.arange(begin, last + 1)
    days = days[np.is_busday(days)]
    strangers = np.sort(rng.choice(days[-60:], max(len(who) // 2500, 1)))
    gone = np.flatnonzero(~np.isnat(made.back))
    count = len(made.item)
    booked = np.concatenate([made.booked, made.back[gone], strangers])
    cents = np.concatenate([made.cents, -made.cents[gone], rng.integers(2500, 30_000, len(strangers))])
    order = np.argsort(booked, kind="stable")
    ids = np.empty(len(order), np.int64)
    ids[order] = first["line"] + np.arange(len(order))
    statement = np.searchsorted(days, booked[order])
    starts = np.searchsorted(statement, np.arange(len(days)))
    entries = np.diff(np.append(starts, len(order)))
    moved = np.bincount(statement, weights=cents[order], minlength=len(days)).astype(np.int64)
    closing = 5_000_000 + np.cumsum(moved)
    iban = codes.ibans(np.array([9981]), np.array([12_900]), np.array([first["customer"]]))[0].as_py()
    statement_ids = first["statement"] + np.arange(len(days))
    columns["statement"] = {
        "id": statement_ids, "iban": iban, "number": fixed(digits(np.arange(1, len(days) + 1), 5)), "opening_on": days,
        "opening_cents": closing - moved, "closing_on": days, "closing_cents": closing, "entries": entries,
        "content_sha": fixed(digits(statement_ids, 18), letters("0" * 46, len(days))),
    }  # fmt: skip
    item = np.concatenate([made.item, made.item[gone], np.zeros(len(strangers), np.int64)])
    kind = np.concatenate([np.zeros(count, np.int64), np.ones(len(gone), np.int64), np.full(len(strangers), 2)])
    columns["line"] = {
        "id": first["line"] + np.arange(len(order)), "statement_id": statement_ids[statement],
        "position": np.arange(len(order)) - starts[statement] + 1, "booked_on": booked[order], "value_on": booked[order],
        "amount_cents": cents[order], **_words(rng, who, bills, item[order], kind[order]),
    }  # fmt: skip
    back_line = np.zeros(count, np.int64)
    back_line[gone] = ids[count : count + len(gone)]
    return columns, ids[:count], back_line


def _words(
    rng: np.random.Generator, who: People, bills: Bills, item: np.ndarray, kind: np.ndarray
) -> dict[str, object]:
    """What the bank tells beside day and amount. `kind`: 0 a payment, 1 its return, 2 somebody whom nobody knows."""
    owner, n = bills.payer[item], len(item)
    number = bills.number.take(pa.array(bills.invoice[item]))
    debit, known = who.debit[owner] & (kind < 2), kind < 2
    structured = known & ~debit & who.structured[owner]
    reference = bills.columns["invoice"]["reference"].take(pa.array(bills.invoice[item]))  # type: ignore[attr-defined]
    habit = (who.ids[owner] + bills.position[item]) % 4
    prefixes = ("SALDO FATTURA N. ", "PAGAMENTO FATTURA ", "fatt. ", "Saldo doc. ", "SDD CORE ", "INSOLUTO ", "")
    prefix = np.select([kind == 1, kind == 2, debit, structured], [5, 6, 4, 6], habit)
    silent = pa.array(structured | (kind == 2))
    remittance = pa.compute.if_else(silent, "", number)
    stranger = fixed(letters("IT60X0998511111", n), digits(rng.integers(1, 10**9, n), 12))
    empty = pa.scalar("", pa.string())
    return {
        "end_to_end_id": pa.compute.if_else(pa.array(debit | (kind == 1)), reference, empty),
        "reference": pa.compute.if_else(pa.array(structured & (kind == 0)), reference, empty),
        "remittance": joined(Choice(prefixes, prefix), remittance),
        "payer_name": pa.compute.if_else(pa.array(known), who.name.arrow().take(pa.array(owner)), "RIMESSA DA TERZI"),
        "payer_iban": pa.compute.if_else(pa.array(known), who.iban.take(pa.array(owner)), stranger),
        "return_code": pa.array(np.where(kind == 1, "AM04", None)),
    }  # fmt: skip
