# SPDX-License-Identifier: Apache-2.0
"""What stands between a chunk's overdue bills and the next step: promises, plans, disputes, complaints, holds."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from . import shape
from .bills import Bills
from .cash import Settled
from .columns import Choice, nullable
from .people import People

AUTHOR = "Ada Operatore"
NAT = np.datetime64("NaT", "D")


@dataclass
class Commitments:
    """`free`: cents of every instalment that may be asked for; `broken`: promise ids and days, by customer place."""

    free: np.ndarray
    promised: np.ndarray
    columns: dict[str, dict[str, object]] = field(default_factory=dict)
    broken: list[tuple[np.ndarray, ...]] = field(default_factory=list)
    talks: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)
    """Customer places and days of the conversations in which promises were made."""


def first_of(items: np.ndarray, owner: np.ndarray, due: np.ndarray, count: int) -> np.ndarray:
    """The instalment of `items` that is due first, by customer place; -1 for none."""
    order = items[np.lexsort((items, due[items], owner[items]))]
    found = np.full(count, -1)
    found[owner[order][::-1]] = order[::-1]
    return found


def commitments(rng: np.random.Generator, who: People, bills: Bills, settled: Settled, today: np.datetime64, first: dict[str, int]) -> Commitments:  # fmt: skip
    n, owner = len(who), bills.payer
    open_ = np.flatnonzero(settled.balance > 0)
    late = open_[bills.due[open_] < today]
    oldest, earliest = first_of(late, owner, bills.due, n), first_of(open_, owner, bills.due, n)
    made = Commitments(settled.balance.copy(), np.zeros(n, bool))
    made.free[bills.due >= today] = settled.balance[bills.due >= today]
    luck = rng.random(n)
    contested = np.where(oldest >= 0, oldest, earliest)
    _cases(rng, who, bills, settled, made, contested, luck, today, first)
    overdue = np.flatnonzero((oldest >= 0) & (luck > 0.2))
    _plans(rng, who, bills, settled, made, overdue[rng.permutation(len(overdue))], oldest, late, today, first)
    _holds(rng, who, bills, made, earliest, today)
    _promises(rng, who, bills, made, overdue, late, today, first)
    return made


def _cases(rng: np.random.Generator, who: People, bills: Bills, settled: Settled, made: Commitments, item: np.ndarray, luck: np.ndarray, today: np.datetime64, first: dict[str, int]) -> None:  # fmt: skip
    """Disputes over one instalment, complaints about our service, requests: open ones, and as many closed."""
    shares = np.cumsum([shape.DISPUTES, shape.COMPLAINTS, shape.REQUESTS])
    kind = np.searchsorted(shares, luck, side="right")
    place = np.flatnonzero((kind < 3) & (item >= 0))
    kind, its = kind[place], item[place]
    m = len(place)
    cents = np.where(kind == 0, np.maximum(settled.balance[its] * rng.integers(3, 11, m) // 10, 1), 0)
    opened = today - rng.integers(1, 25, m)
    dispute = kind == 0
    np.subtract.at(made.free, its[dispute], cents[dispute])
    ids, invoice = first["case"] + np.arange(m), bills.ids[bills.invoice[its]]
    topics = Choice(
        ("amount", "meter", "service", "papers"), np.select([dispute, kind == 1], [rng.integers(0, 2, m), 2], 3)
    )
    words = ("Importo più alto del solito", "Lettura non corretta", "Servizio interrotto", "Chiede copia delle fatture")
    made.columns["case"] = {
        "id": ids, "customer_id": who.ids[place], "invoice_id": nullable(invoice, dispute),
        "kind": Choice(("dispute", "complaint", "request"), kind), "topic": topics,
        "fault": Choice(("", "ours"), (kind == 1).astype(np.int64)), "reason": Choice(words, topics.codes),
        "disputed_cents": cents, "received_on": opened, "opened_on": opened, "deadline_on": opened + 40,
        "clock": Choice(("correction", "complaint", "information"), kind), "author": AUTHOR,
    }  # fmt: skip
    made.columns["part"] = {"case_id": ids[dispute], "invoice_id": invoice[dispute], "amount_cents": cents[dispute]}
    at = opened.astype("datetime64[s]") + rng.integers(8 * 3600, 16 * 3600, m)
    made.columns["event"] = {
        "case_id": ids,
        "kind": "opened",
        "text": Choice(words, topics.codes),
        "author": AUTHOR,
        "at": at,
    }
    made.promised[place] = True  # they neither promise nor have a plan


def _plans(rng: np.random.Generator, who: People, bills: Bills, settled: Settled, made: Commitments, candidates: np.ndarray, oldest: np.ndarray, late: np.ndarray, today: np.datetime64, first: dict[str, int]) -> None:  # fmt: skip
    """Running plans over all that is overdue, the first instalment still to come."""
    aged = candidates[(today - bills.due[oldest[candidates]]).astype(np.int64) > 30]
    total = np.bincount(bills.payer[late], weights=settled.balance[late], minlength=len(who)).astype(np.int64)
    aged = aged[(total[aged] >= 12_000) & ~made.promised[aged]]
    place = np.sort(aged[: round(len(who) * shape.PLANS)])
    m = len(place)
    ids, accepted = first["plan"] + np.arange(m), today - rng.integers(2, 24, m)
    count = np.minimum(3 + rng.integers(0, 10, m), total[place] // 2000)
    made.columns["plan"] = {
        "id": ids, "customer_id": who.ids[place], "status": "active", "total_cents": total[place], "tolerance_permille": 950,
        "grace_days": 20, "missed_allowed": 0, "monthly_cents": total[place] // count, "proposed_on": accepted - 2,
        "author": AUTHOR, "approved_on": accepted - 1, "approved_by": "Bruno Responsabile", "accepted_on": accepted,
        "accepted_how": "signed", "accepted_by": who.name.at(place),
    }  # fmt: skip
    plan = np.repeat(np.arange(m), count)
    number = np.arange(len(plan)) - (np.cumsum(count) - count)[plan] + 1
    cents = total[place][plan] // count[plan] + np.where(number == 1, (total[place] % count)[plan], 0)
    made.columns["plan_part"] = {
        "id": first["plan_part"] + np.arange(len(plan)), "plan_id": ids[plan], "number": number,
        "due_on": accepted[plan] + 30 * number, "amount_cents": cents,
    }  # fmt: skip
    where = np.full(len(who), -1)
    where[place] = np.arange(m)
    covered = late[where[bills.payer[late]] >= 0]
    covered = covered[np.argsort(where[bills.payer[covered]], kind="stable")]
    made.columns["cover"] = {
        "plan_id": ids[where[bills.payer[covered]]], "instalment_id": bills.item_ids[covered],
        "balance_cents": settled.balance[covered],
    }  # fmt: skip
    made.columns["concession"] = {
        "customer_id": who.ids[place], "plan_id": ids, "kind": "plan", "granted_on": accepted, "cents": total[place],
        "days": 15 * (count + 1), "author": AUTHOR,
    }  # fmt: skip
    made.free[covered] = 0
    made.promised[place] = True


def _holds(rng: np.random.Generator, who: People, bills: Bills, made: Commitments, earliest: np.ndarray, today: np.datetime64) -> None:  # fmt: skip
    """Half of a whole customer, half of one invoice; some are over, some have no end."""
    m = round(len(who) * shape.HOLDS)
    place = np.sort(rng.choice(len(who), m, replace=False))
    began = today - rng.integers(0, 60, m)
    ends = np.where(rng.random(m) < 0.15, NAT, began + rng.integers(15, 60, m))
    of_invoice = (rng.random(m) < 0.5) & (earliest[place] >= 0)
    invoice = np.where(of_invoice, bills.invoice[earliest[place]], 0)
    reasons = ("In attesa di risposta dal distributore", "Accordo con l'ufficio commerciale", "Lutto in famiglia")
    made.columns["hold"] = {
        "customer_id": who.ids[place], "invoice_id": nullable(bills.ids[invoice], of_invoice),
        "reason": Choice(reasons, rng.integers(0, 3, m)), "author": AUTHOR, "from_on": began, "until_on": ends,
    }  # fmt: skip
    stands = of_invoice & (np.isnat(ends) | (ends >= today))
    held = np.zeros(len(bills.ids), bool)
    held[invoice[stands]] = True
    made.free[held[bills.invoice]] = 0


def _promises(rng: np.random.Generator, who: People, bills: Bills, made: Commitments, overdue: np.ndarray, late: np.ndarray, today: np.datetime64, first: dict[str, int]) -> None:  # fmt: skip
    """Running promises of those who owe, and judged ones of those who paid late."""
    claim = np.bincount(bills.payer[late], weights=np.maximum(made.free[late], 0), minlength=len(who)).astype(np.int64)
    able = overdue[(claim[overdue] >= 1000) & ~made.promised[overdue]]
    running = np.sort(rng.permutation(able)[: round(len(who) * shape.PENDING)])
    past = np.flatnonzero(who.temper > shape.PUNCTUAL)
    past = np.sort(rng.permutation(past)[: round(len(who) * shape.JUDGED)])
    a, b = len(running), len(past)
    place = np.concatenate([running, past])
    said = np.concatenate([today - rng.integers(1, 12, a), today - rng.integers(30, 400, b)])
    due = np.concatenate([today + rng.integers(0, 18, a), said[a:] + rng.integers(3, 21, b)])
    cents = np.concatenate([claim[running], np.exp(9.1 + 0.6 * rng.standard_normal(b)).astype(np.int64)])
    ending = np.concatenate([np.zeros(a, np.int64), 1 + shape.pick(rng, shape.JUDGED_SHARES, b)])
    paid = np.select([ending == 1, ending == 2], [cents, cents // 2], 0)
    ids = first["promise"] + np.arange(a + b)
    judged = np.where(ending == 0, NAT, np.where(ending == 1, due - 1, due + 4))
    made.columns["promise"] = {
        "id": ids, "customer_id": who.ids[place], "contact_id": pa.array(first["contact"] + np.arange(a + b)),
        "amount_cents": cents, "made_on": said, "due_on": due, "channel": "phone",
        "status": Choice(("pending", *shape.JUDGED_AS), ending), "paid_cents": paid, "judged_on": judged, "author": AUTHOR,
    }  # fmt: skip
    made.promised[running] = True
    made.talks.append((place, said))
    broken = ending == 3
    made.broken.append((place[broken], ids[broken], judged[broken]))
