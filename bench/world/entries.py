# SPDX-License-Identifier: Apache-2.0
"""The ledger of a chunk: payments, their reversals, credit notes, and what each settles, as they became known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from .bills import Bills, counted
from .columns import Choice, digits, fixed, joined, letters, nullable
from .people import People

if TYPE_CHECKING:
    from .cash import Fates, Payments

AUTHOR = "system:day"
REASONS = ("number", "Restituito dalla banca: fondi insufficienti (AM04)", "credit_note")
MONEY, REVERSAL, NOTE = range(3)
Columns = dict[str, dict[str, object]]


def next_bank_day(days: np.ndarray) -> np.ndarray:
    """The day on which we learn what the bank booked on `days`."""
    return np.busday_offset(days, 1, roll="backward")


def written(
    who: People, bills: Bills, fates: Fates, made: Payments, lines: tuple[np.ndarray, np.ndarray], first: dict[str, int],
    note_serials: dict[int, int],
) -> Columns:  # fmt: skip
    """`lines`: the bank line of each payment, and that of its return."""
    items = np.flatnonzero(fates.by_note)
    days, gone = fates.booked[items], np.flatnonzero(~np.isnat(made.back))
    notes = _notes(who, bills, items, days, first["invoice"] + len(bills.ids), note_serials)
    sizes = (len(made.item), len(gone), len(items))
    kind = np.repeat((MONEY, REVERSAL, NOTE), sizes)
    paid_on = np.concatenate([made.booked, made.back[gone], days])
    known_on = np.where(kind == NOTE, paid_on, next_bank_day(paid_on))
    order = np.argsort(known_on, kind="stable")
    ids = _ranked(order, first["payment"])
    none = np.zeros(len(kind), np.int64)
    line, note, reverses = (none.copy() for _ in range(3))
    line[kind < NOTE] = np.concatenate([lines[0], lines[0][gone]])
    note[kind == NOTE] = notes["id"]
    reverses[kind == REVERSAL] = ids[gone]
    whose = who.ids[bills.payer[np.concatenate([made.item, made.item[gone], items])]]
    cents = np.concatenate([made.cents, -made.cents[gone], bills.amount[items]])
    kinds, subject = kind[order], np.choose(kind, [line, reverses, note])[order]
    key = joined(Choice(("line:", "reversal:", "credit_note:"), kinds), subject, Choice((":0", "", ""), kinds))
    payment = {
        "id": first["payment"] + np.arange(len(order)), "customer_id": whose[order],
        "kind": Choice(("money", "money", "credit_note"), kinds), "paid_on": paid_on[order], "known_on": known_on[order],
        "amount_cents": cents[order], "bank_line_id": nullable(line[order], kinds < NOTE),
        "credit_note_id": nullable(note[order], kinds == NOTE), "reverses_id": nullable(reverses[order], kinds == REVERSAL),
        "idempotency_key": key, "reason": Choice(REASONS, kinds), "author": AUTHOR,
    }  # fmt: skip
    aside = {
        "bank_line_id": np.stack([lines[0][gone], lines[1][gone]], 1).ravel(), "reason": REASONS[REVERSAL],
        "author": AUTHOR, "known_on": np.repeat(next_bank_day(made.back[gone]), 2),
    }  # fmt: skip
    allocation = _allocations(bills, fates, made, items, ids, first["allocation"])
    return {"note": notes, "payment": payment, "allocation": allocation, "aside": aside}


def _ranked(order: np.ndarray, first: int) -> np.ndarray:
    """The id of each row when ids are given out in `order`."""
    ids = np.empty(len(order), np.int64)
    ids[order] = first + np.arange(len(order))
    return ids


def _allocations(bills: Bills, fates: Fates, made: Payments, items: np.ndarray, ids: np.ndarray, first: int) -> dict[str, object]:  # fmt: skip
    """Each instalment on the payment that closes it; parts and returned ones by themselves; credit notes (`items`) last."""
    closes, gone = np.flatnonzero(made.role == 0), np.flatnonzero(~np.isnat(made.back))
    lone = np.flatnonzero(made.role > 0)
    leads = np.full(len(bills.item_ids), -1)
    leads[made.item[closes]] = closes
    settled = np.flatnonzero(fates.closed & ~fates.by_note)
    by = leads[fates.leader[settled]]
    taken = bills.amount[settled] - np.where(fates.halved, fates.part, 0)[settled]
    payment = np.concatenate([ids[by], ids[lone], ids[gone], ids[len(ids) - len(items) :]])
    item = np.concatenate([settled, made.item[lone], made.item[gone], items])
    cents = np.concatenate([taken, made.cents[lone], -made.cents[gone], bills.amount[items]])
    paid_on = np.concatenate([made.booked[by], made.booked[lone], made.back[gone], fates.booked[items]])
    kind = np.repeat((MONEY, MONEY, REVERSAL, NOTE), (len(by), len(lone), len(gone), len(items)))
    known_on = np.where(kind == NOTE, paid_on, next_bank_day(paid_on))
    order = np.argsort(known_on, kind="stable")
    own, reverses = _ranked(order, first), np.zeros(len(order), np.int64)
    # The reversal hangs on the payment that it empties, and names the allocation that it takes back.
    reverses[kind == REVERSAL] = own[len(by) : len(by) + len(lone)][np.searchsorted(lone, gone)]
    kinds = kind[order]
    return {
        "id": first + np.arange(len(order)), "payment_id": payment[order], "instalment_id": bills.item_ids[item][order],
        "amount_cents": cents[order], "paid_on": paid_on[order], "known_on": known_on[order],
        "reverses_id": nullable(reverses[order], kinds == REVERSAL), "reason": Choice(REASONS, kinds), "author": AUTHOR,
    }  # fmt: skip


def _notes(who: People, bills: Bills, items: np.ndarray, days: np.ndarray, first: int, serials: dict[int, int]) -> dict[str, object]:  # fmt: skip
    """Credit notes over whole instalments; their ids follow those of the chunk's invoices."""
    n, years = len(items), days.astype("datetime64[Y]").astype(np.int64) + 1970
    number = counted(years, serials)
    return {
        "id": first + np.arange(n), "customer_id": who.ids[bills.payer[items]], "kind": "credit_note",
        "number": fixed(letters("NC", n), digits(years, 4), letters("/", n), digits(number, 6)), "issued_on": days,
        "total_cents": bills.amount[items], "payable_cents": bills.amount[items],
        "description": bills.number.take(pa.array(bills.invoice[items])),
    }  # fmt: skip
