# SPDX-License-Identifier: Apache-2.0
"""The bills of a chunk's customers and their instalments, in the order in which they were issued."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from . import codes, shape
from .columns import Choice, digits, fixed, letters
from .people import People


@dataclass
class Bills:
    """Invoices (a row each) and instalments (a row each, of `invoice`); `owner` is the customer's place in the chunk."""

    ids: np.ndarray
    owner: np.ndarray
    issued: np.ndarray
    number: pa.Array
    item_ids: np.ndarray
    invoice: np.ndarray
    position: np.ndarray
    due: np.ndarray
    amount: np.ndarray
    parts: np.ndarray
    columns: dict[str, dict[str, object]]

    @property
    def payer(self) -> np.ndarray:
        """The customer's place, per instalment."""
        return self.owner[self.invoice]


def bills(
    rng: np.random.Generator, who: People, today: np.datetime64, first_invoice: int, first_item: int, serials: dict[int, int]
) -> Bills:  # fmt: skip
    """`serials`: the last number given out, by year; counted on."""
    owner, issued, parts, terms = _issued(rng, who, today)
    order = np.argsort(issued, kind="stable")
    owner, issued, parts, terms = owner[order], issued[order], parts[order], terms[order]
    total = _money(rng, who.kind[owner], parts)
    n = len(owner)
    years = issued.astype("datetime64[Y]").astype(np.int64) + 1970
    number = counted(years, serials)
    ids = first_invoice + np.arange(n)
    invoice = np.repeat(np.arange(n), parts)
    position = np.arange(len(invoice)) - (np.cumsum(parts) - parts)[invoice] + 1
    amount = total[invoice] // parts[invoice]
    amount += np.where(position == 1, (total - total // parts * parts)[invoice], 0)
    due = issued[invoice] + terms[invoice] + 30 * (position - 1)
    text = fixed(digits(years, 4), letters("/", n), digits(number, 7))
    reference = fixed(codes.creditor_references(years * 10_000_000 + number, 11))
    account = who.first_account[owner] + rng.integers(0, 2, n) % who.accounts[owner]
    made = Bills(
        ids, owner, issued, text, first_item + np.arange(len(invoice)), invoice, position, due, amount, parts, {}
    )
    made.columns["invoice"] = {
        "id": ids, "customer_id": who.ids[owner], "account_id": account, "kind": "invoice",
        "number": text, "issued_on": issued, "total_cents": total, "payable_cents": total, "reference": reference,
        "description": Choice(("Energia elettrica", "Gas naturale", "Servizio idrico"), (account + owner) % 3),
    }  # fmt: skip
    made.columns["item"] = {
        "id": made.item_ids, "customer_id": who.ids[owner][invoice], "invoice_id": ids[invoice], "position": position,
        "due_on": due, "amount_cents": amount, "method": Choice(("MP05", "MP19"), who.debit[owner][invoice].astype(np.int64)),
    }  # fmt: skip
    return made


def counted(years: np.ndarray, serials: dict[int, int]) -> np.ndarray:
    """The next number of its year for each row; `serials` holds the last ones and is counted on."""
    number = np.empty(len(years), np.int64)
    for year in np.unique(years).tolist():
        mine = years == year
        number[mine] = serials.get(year, 0) + 1 + np.arange(mine.sum())
        serials[year] = int(number[mine][-1])
    return number


def _issued(rng: np.random.Generator, who: People, today: np.datetime64) -> tuple[np.ndarray, ...]:
    """Whose, when, in how many instalments, after how many days due: the bill of this month, and those before it."""
    n = len(who)
    own_terms = np.choose(who.kind, [20 + rng.integers(0, 3, n) * 5, np.full(n, 30), 30 + 30 * rng.integers(0, 2, n)])
    phase = rng.integers(0, own_terms)
    depth = np.where(who.temper == shape.VERY_LATE, shape.MEMORY_DAYS["very_late"], shape.MEMORY_DAYS["usual"])
    known = np.minimum((today - who.since).astype(np.int64), depth)
    past = np.maximum(known - phase, 0) // who.interval
    extra = ((who.accounts > 1) & (rng.random(n) < 0.8)).astype(np.int64)
    counts = past + 1 + extra
    owner = np.repeat(np.arange(n), counts)
    turn = np.arange(len(owner)) - (np.cumsum(counts) - counts)[owner]
    back = np.maximum(turn - extra[owner], 0)  # the second supply's bill of this month stands first
    issued = today - phase[owner] - back * who.interval[owner]
    current = shape.pick(rng, shape.CURRENT_PARTS, len(owner)) + 1
    usual = shape.pick(rng, shape.USUAL_PARTS, len(owner)) + 1
    return owner, issued, np.where(back == 0, current, usual), own_terms[owner]


def _money(rng: np.random.Generator, kind: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Log-normal cents, never below a few euro per instalment."""
    medians = np.array([shape.MONEY[name][0] for name in shape.KINDS])[kind]
    sigmas = np.array([shape.MONEY[name][1] for name in shape.KINDS])[kind]
    cents = medians * np.exp(sigmas * rng.standard_normal(len(kind)))
    return np.clip(cents, 500 * parts, 50_000_000).astype(np.int64)
