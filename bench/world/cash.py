# SPDX-License-Identifier: Apache-2.0
"""How the bills of a chunk were settled: bank statements and lines, payments, allocations, returns, credit notes.

The chunk has a bank account of its own, so that its statements tie and follow one another.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from . import codes, shape
from .bills import Bills
from .columns import Choice, digits, fixed, joined, letters, nullable
from .people import People

NEVER = 100_000
AUTHOR = "system:day"


@dataclass
class Settled:
    """What came of every instalment: its balance, and the day it was closed (NaT: open)."""

    balance: np.ndarray
    closed: np.ndarray
    columns: dict[str, dict[str, object]] = field(default_factory=dict)


@dataclass
class _Payments:
    """Payments of the chunk, a row each, before they are put in order. `item` is the instalment that leads it."""

    item: np.ndarray
    cents: np.ndarray
    booked: np.ndarray
    back: np.ndarray
    """The day on which the bank took it back (NaT: it stands)."""
    role: np.ndarray
    """0: closes what it leads; 1: a part; 2: came back."""

    def at(self, rows: np.ndarray) -> _Payments:
        return _Payments(self.item[rows], self.cents[rows], self.booked[rows], self.back[rows], self.role[rows])


def next_bank_day(days: np.ndarray) -> np.ndarray:
    return np.busday_offset(days, 1, roll="backward")


def settle(rng: np.random.Generator, who: People, bills: Bills, today: np.datetime64, first: dict[str, int], note_serials: dict[int, int]) -> Settled:  # fmt: skip
    """`first`: the next id of each table."""
    payer = bills.payer
    paid = np.maximum(bills.due + _delays(rng, who.temper[payer]), bills.issued[bills.invoice] + 1)
    several = bills.parts[bills.invoice] > 1
    together = (rng.random(len(bills.ids)) < shape.AT_ONCE)[bills.invoice] & several
    leader = np.where(together, np.arange(len(payer)) - bills.position + 1, np.arange(len(payer)))
    booked = np.busday_offset(paid[leader], 0, roll="forward")
    closed = next_bank_day(booked) <= today
    alone = closed & ~together
    slow = alone & ((booked - bills.issued[bills.invoice]).astype(np.int64) > 18)
    luck = rng.random(len(payer))
    by_note = alone & (luck < shape.CREDIT_NOTES)
    halved = slow & (luck > 1 - shape.PARTLY * 1.3) & (bills.amount > 1000)
    returned = slow & ~by_note & ~halved & (rng.random(len(payer)) < shape.RETURNED * 1.4)
    begun = ~closed & (bills.due < today - 10) & (rng.random(len(payer)) < shape.PARTLY_OPEN)

    amount = bills.amount.copy()
    part = np.where(halved | begun, bills.amount * rng.integers(2, 8, len(payer)) // 10, 0)
    whole = np.bincount(
        leader[closed], weights=(amount - np.where(halved, part, 0))[closed], minlength=len(payer)
    ).astype(np.int64)
    leads = closed & (leader == np.arange(len(payer))) & ~by_note
    nat = np.datetime64("NaT")
    early = np.busday_offset(np.maximum(np.where(begun, today - 4 - rng.integers(0, 30, len(payer)), booked - 14), bills.issued[bills.invoice] + 1), 0, roll="backward")  # fmt: skip
    first_try = np.busday_offset(np.minimum(bills.due, booked - 12), 0, roll="backward")
    rows = [np.flatnonzero(mask) for mask in (leads, halved | begun, returned)]
    made = _Payments(
        item=np.concatenate(rows),
        cents=np.concatenate([whole[rows[0]], part[rows[1]], amount[rows[2]]]),
        booked=np.concatenate([booked[rows[0]], early[rows[1]], first_try[rows[2]]]),
        back=np.concatenate([np.full(len(rows[0]) + len(rows[1]), nat, "datetime64[D]"),
                             np.busday_offset(first_try[rows[2]], 3, roll="forward")]),
        role=np.repeat([0, 1, 2], [len(some) for some in rows]),
    )  # fmt: skip
    kept = np.isnat(made.back) | (next_bank_day(made.back) < booked[made.item])  # too close: it never came back
    made = made.at(kept)
    made = made.at(np.argsort(made.booked, kind="stable"))

    told = Settled(
        balance=np.where(closed, 0, bills.amount - np.where(begun, part, 0)),
        closed=np.where(closed, booked, nat),
    )  # fmt: skip
    told.closed[by_note] = booked[by_note]
    line_of, back_line = _bank(rng, who, bills, made, today, first, told)
    members = np.flatnonzero(closed & ~by_note)
    taken = (amount - np.where(halved, part, 0))[members]
    _ledger(
        rng,
        who,
        bills,
        made,
        (members, leader[members], taken),
        (np.flatnonzero(by_note), booked),
        line_of,
        back_line,
        first,
        note_serials,
        told,
    )
    return told


def _delays(rng: np.random.Generator, temper: np.ndarray) -> np.ndarray:
    """Days from due to paid."""
    n = len(temper)
    punctual = np.minimum(rng.integers(-9, 3, n), rng.integers(-9, 3, n)) + 1
    punctual = np.where(rng.random(n) < 0.02, rng.integers(4, 60, n), punctual)
    late = np.where(rng.random(n) < 0.25, punctual, np.exp(3.3 + 0.8 * rng.standard_normal(n)))
    slow = np.where(rng.random(n) < 0.15, NEVER, np.exp(5.15 + 0.8 * rng.standard_normal(n)))
    very_late = np.where(rng.random(n) < 0.93, NEVER, np.exp(5.3 + 0.8 * rng.standard_normal(n)))
    return np.asarray(np.choose(temper, [punctual, late, slow, very_late]).astype(np.int64))


def _bank(
    rng: np.random.Generator, who: People, bills: Bills, made: _Payments, today: np.datetime64, first: dict[str, int], told: Settled
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Statements and lines, one statement a bank day. Returns the line of each payment and of its return (0: none)."""
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
    told.columns["statement"] = {
        "id": statement_ids, "iban": iban, "number": fixed(digits(np.arange(1, len(days) + 1), 5)), "opening_on": days,
        "opening_cents": closing - moved, "closing_on": days, "closing_cents": closing, "entries": entries,
        "content_sha": fixed(digits(statement_ids, 18), letters("0" * 46, len(days))),
    }  # fmt: skip
    item = np.concatenate([made.item, made.item[gone], np.zeros(len(strangers), np.int64)])
    kind = np.concatenate([np.zeros(count, np.int64), np.ones(len(gone), np.int64), np.full(len(strangers), 2)])
    told.columns["line"] = {
        "id": first["line"] + np.arange(len(order)), "statement_id": statement_ids[statement],
        "position": np.arange(len(order)) - starts[statement] + 1, "booked_on": booked[order], "value_on": booked[order],
        "amount_cents": cents[order], **_words(rng, who, bills, item[order], kind[order]),
    }  # fmt: skip
    back_line = np.zeros(count, np.int64)
    back_line[gone] = ids[count : count + len(gone)]
    return ids[:count], back_line


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


def _ledger(
    rng: np.random.Generator, who: People, bills: Bills, made: _Payments, members: tuple[np.ndarray, np.ndarray, np.ndarray],
    notes: tuple[np.ndarray, np.ndarray], line_of: np.ndarray, back_line: np.ndarray, first: dict[str, int],
    note_serials: dict[int, int], told: Settled,
) -> None:  # fmt: skip
    """Payments (money, then reversals, then credit notes, in the order in which they became known) and allocations."""
    note_items, booked = notes
    note_ids = _notes(who, bills, note_items, booked[note_items], first, note_serials, told)
    count, gone = len(made.item), np.flatnonzero(~np.isnat(made.back))
    item = np.concatenate([made.item, made.item[gone], note_items])
    paid_on = np.concatenate([made.booked, made.back[gone], booked[note_items]])
    known_on = next_bank_day(paid_on)
    known_on[count + len(gone) :] = paid_on[count + len(gone) :]
    cents = np.concatenate([made.cents, -made.cents[gone], bills.amount[note_items]])
    kind = np.concatenate([np.zeros(count, np.int64), np.ones(len(gone), np.int64), np.full(len(note_items), 2)])
    order = np.argsort(known_on, kind="stable")
    ids = np.empty(len(order), np.int64)
    ids[order] = first["payment"] + np.arange(len(order))
    line = np.concatenate([line_of, line_of[gone], np.zeros(len(note_items), np.int64)])
    note = np.concatenate([np.zeros(count + len(gone), np.int64), note_ids])
    reverses = np.concatenate([np.zeros(count, np.int64), ids[gone], np.zeros(len(note_items), np.int64)])
    subject = np.choose(kind, [line, reverses, note])[order]
    kinds = kind[order]
    words = ("number", "Restituito dalla banca: fondi insufficienti (AM04)", "credit_note")
    told.columns["payment"] = {
        "id": first["payment"] + np.arange(len(order)), "customer_id": who.ids[bills.payer[item]][order],
        "kind": Choice(("money", "money", "credit_note"), kinds), "paid_on": paid_on[order], "known_on": known_on[order],
        "amount_cents": cents[order], "bank_line_id": nullable(line[order], kinds < 2),
        "credit_note_id": nullable(note[order], kinds == 2), "reverses_id": nullable(reverses[order], kinds == 1),
        "idempotency_key": joined(Choice(("line:", "reversal:", "credit_note:"), kinds), subject, Choice((":0", "", ""), kinds)),
        "reason": Choice(words, kinds), "author": AUTHOR,
    }  # fmt: skip
    _allocations(
        bills,
        made,
        members,
        (note_items, ids[count + len(gone) :], paid_on[count + len(gone) :]),
        ids,
        gone,
        first,
        told,
    )
    pairs = np.stack([line_of[gone], back_line[gone]], 1).ravel()
    told.columns["aside"] = {
        "bank_line_id": pairs, "reason": words[1], "author": AUTHOR, "known_on": np.repeat(next_bank_day(made.back[gone]), 2),
    }  # fmt: skip


def _allocations(
    bills: Bills, made: _Payments, members: tuple[np.ndarray, np.ndarray, np.ndarray],
    notes: tuple[np.ndarray, np.ndarray, np.ndarray], ids: np.ndarray, gone: np.ndarray, first: dict[str, int], told: Settled,
) -> None:  # fmt: skip
    """Each instalment on the payment that leads it; parts and returned ones by themselves; credit notes last."""
    settled, leader, taken = members
    leads = np.full(len(bills.item_ids), -1)
    leads[made.item[made.role == 0]] = np.flatnonzero(made.role == 0)
    lone = np.flatnonzero(made.role > 0)
    by = leads[leader]
    note_items, note_ids, note_days = notes
    known = next_bank_day(made.booked)
    payment = np.concatenate([ids[by], ids[lone], ids[gone], note_ids])
    item = np.concatenate([settled, made.item[lone], made.item[gone], note_items])
    cents = np.concatenate([taken, made.cents[lone], -made.cents[gone], bills.amount[note_items]])
    paid_on = np.concatenate([made.booked[by], made.booked[lone], made.back[gone], note_days])
    known_on = np.concatenate([known[by], known[lone], next_bank_day(made.back[gone]), note_days])
    sizes = (len(by), len(lone), len(gone), len(note_items))
    kind = np.repeat(np.arange(4), sizes)
    order = np.argsort(known_on, kind="stable")
    own = np.empty(len(order), np.int64)
    own[order] = first["allocation"] + np.arange(len(order))
    reverses = np.zeros(len(order), np.int64)
    reverses[kind == 2] = own[sizes[0] : sizes[0] + sizes[1]][np.searchsorted(lone, gone)]
    kinds = kind[order]
    told.columns["allocation"] = {
        "id": first["allocation"] + np.arange(len(order)), "payment_id": payment[order],
        "instalment_id": bills.item_ids[item][order], "amount_cents": cents[order], "paid_on": paid_on[order],
        "known_on": known_on[order], "reverses_id": nullable(reverses[order], kinds == 2),
        "reason": Choice(("number", "number", "Restituito dalla banca: fondi insufficienti (AM04)", "credit_note"), kinds),
        "author": AUTHOR,
    }  # fmt: skip


def _notes(who: People, bills: Bills, items: np.ndarray, days: np.ndarray, first: dict[str, int], serials: dict[int, int], told: Settled) -> np.ndarray:  # fmt: skip
    """Credit notes over whole instalments; their ids follow those of the chunk's invoices."""
    n = len(items)
    years = days.astype("datetime64[Y]").astype(np.int64) + 1970
    number = np.empty(n, np.int64)
    for year in np.unique(years).tolist():
        mine = years == year
        number[mine] = serials.get(year, 0) + 1 + np.arange(mine.sum())
        serials[year] = int(number[mine][-1])
    ids = first["invoice"] + len(bills.ids) + np.arange(n)
    told.columns["note"] = {
        "id": ids, "customer_id": who.ids[bills.payer[items]], "kind": "credit_note",
        "number": fixed(letters("NC", n), digits(years, 4), letters("/", n), digits(number, 6)), "issued_on": days,
        "total_cents": bills.amount[items], "payable_cents": bills.amount[items],
        "description": bills.number.take(pa.array(bills.invoice[items])),
    }  # fmt: skip
    return ids
