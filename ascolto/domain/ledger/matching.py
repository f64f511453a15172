# SPDX-License-Identifier: Apache-2.0
"""One run of cash application: every waiting line is read, the sure ones settle, the others wait as proposals.

It goes round until a round settles nothing: what one line settles teaches the next round (an account that paid
before, an amount that only one customer still owes). So a second run finds nothing to change.
"""

import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from django.db import connection

from ascolto.domain.access.models import Client
from ascolto.domain.ledger import book as load
from ascolto.domain.ledger.actions import small_write_off
from ascolto.domain.ledger.models import Allocation, BankLine, MatchProposal, Payment
from ascolto.domain.portfolio.identities import chunks
from ascolto.domain.records.columns import insert
from ascolto.engine.evidence import Expected
from ascolto.engine.match import Candidate
from ascolto.engine.rounds import apply, uncollected

BATCH = 1000

Matched = list[tuple[BankLine, list[Candidate]]]
Awaited = Sequence[Expected] | Callable[[Collection[int]], Sequence[Expected]]
"""What customers said would come: all of it, or who tells what awaits some amounts."""


@dataclass(frozen=True)
class CashReport:
    """What a run did. `customer_ids`: whose money changed, to be decided upon anew."""

    settled: int = 0
    waiting: int = 0
    settled_cents: int = 0
    customer_ids: tuple[int, ...] = ()


def match_lines(
    client: Client, rows: Sequence[BankLine], actor: str, as_of: dt.date, expected: Awaited = (),
    *, alone: bool = False,
) -> CashReport:  # fmt: skip
    """Match `rows` (lines of `client` that wait): settle the sure ones, propose the others. In a transaction.

    `expected`: what customers said would come; the room of agreements stands above this one, so the caller brings it.
    `alone`: nothing that this transaction has written so far matters, see `book.book_for`.
    """
    if not rows:
        return CashReport()
    turns = load.turns(client.pk, [row.pk for row in rows])
    given = load.given(client.pk, list(turns)) if turns else {}
    held = dict.fromkeys(turns, "undone_before") | dict.fromkeys((line for line, _who in given), "partly_assigned")
    held |= dict.fromkeys(load.seen_before(client.pk, rows), "seen_before")
    lines = {row.pk: row for row in sorted(rows, key=lambda r: (r.booked_on, r.pk))}
    no = load.rejected(client.pk) | set(given)
    left = Counter({row.pk: row.amount_cents for row in rows})
    for (line_id, _who), cents in given.items():
        left[line_id] -= cents
    with uncollected():
        read = [load.line_of(row, left[row.pk]) for row in lines.values()]
        said = expected({line.amount_cents for line in read}) if callable(expected) else expected
        book = load.book_for(client.pk, read, as_of, said, alone=alone)
        done = apply(book, read, client.auto_settle_permille, held, no)
    settled = [(lines[line.line_id], found) for line, found in done.settled]
    waiting = [(lines[line.line_id], found) for line, found in done.waiting]
    _write_payments(client, settled, actor, as_of)
    _write_proposals(client, settled, waiting, held, set(given))
    return CashReport(
        settled=len(settled),
        waiting=len(waiting),
        settled_cents=sum(row.amount_cents for row, _candidates in settled),
        customer_ids=tuple(sorted({candidates[0].customer_id for _row, candidates in settled})),
    )


def _write_payments(client: Client, settled: Matched, actor: str, as_of: dt.date) -> None:
    if not settled:
        return
    money = [
        (best.customer_id, Payment.Kind.MONEY, paid_day(row), row.amount_cents, row.currency, row.pk, line_key(row.pk, 0), why(best))
        for row, (best, *_others) in settled
    ]  # fmt: skip
    names = ("customer_id", "kind", "paid_on", "amount_cents", "currency", "bank_line_id", "idempotency_key", "reason")
    _add(Payment, _columns(names, money), client, actor, as_of)
    made = _payments_of(client, [row.pk for row, _found in settled])
    parts = [
        (made[row.pk], instalment_id, cents, paid_day(row), why(best))
        for row, (best, *_others) in settled
        for instalment_id, cents in best.split.parts
    ]
    parts += _give_up_small(client, settled, made, actor, as_of)
    columns = ("payment_id", "instalment_id", "amount_cents", "paid_on", "reason")
    _add(Allocation, _columns(columns, parts), client, actor, as_of)


def _payments_of(client: Client, line_ids: Sequence[int]) -> dict[int, int]:
    """By line, the payment just written: the first that the line ever had."""
    made: dict[int, int] = {}
    for some in chunks(line_ids):
        written = Payment.objects.filter(client=client, bank_line_id__in=some)
        made.update(written.values_list("bank_line_id", "pk"))
    return made


def _give_up_small(
    client: Client, settled: Matched, made: dict[int, int], actor: str, as_of: dt.date
) -> list[tuple[Any, ...]]:
    """Writes what small differences give up; gives the parts that they settle."""
    told = [
        (small_write_off(client.pk, made[row.pk], best.customer_id, part, paid_day(row), row.currency, actor, as_of), part)
        for row, (best, *_others) in settled
        for part in best.split.small
    ]  # fmt: skip
    Payment.objects.bulk_create([small for small, _part in told], batch_size=BATCH)
    return [(small.pk, *part, small.paid_on, small.reason) for small, part in told]


def _columns(names: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> dict[str, Any]:
    return dict(zip(names, (list(column) for column in zip(*rows, strict=True)), strict=True))


def _add(
    model: type[Payment] | type[Allocation], columns: dict[str, Any], client: Client, actor: str, as_of: dt.date
) -> None:  # fmt: skip
    """All the rows as columns; after the first thousand the planner is told."""
    count = len(columns["amount_cents"])
    same = {"client_id": client.pk, "known_on": as_of, "author": actor}
    rows = pa.table({**columns, **{name: pa.repeat(pa.scalar(value), count) for name, value in same.items()}})
    insert(model, rows.slice(0, BATCH))
    if count > BATCH:
        _tell_the_planner(model)
        insert(model, rows.slice(BATCH))


def _tell_the_planner(model: type[Payment] | type[Allocation]) -> None:
    """PostgreSQL planned the guards when the table was empty and would walk all of a client's rows for each new one."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {model._meta.db_table}")


def paid_day(row: BankLine) -> dt.date:
    """The value date: the day the customer paid."""
    return row.value_on or row.booked_on


def line_key(line_id: int, turn: int) -> str:
    """The idempotency key of a line's payment: one per turn, the turn rising with every undo."""
    return f"line:{line_id}:{turn}"


def why(candidate: Candidate) -> str:
    """The codes of the reasons, kept on the payment; the page puts those of the proposal into words."""
    return ", ".join(dict.fromkeys(code for code, _params in candidate.reasons))[:300]


def _write_proposals(
    client: Client, settled: Matched, waiting: Matched, held: dict[int, str], given: set[tuple[int, int]]
) -> None:
    """Bring the kept proposals to what this run believes; what did not change, and what a person gave, is not touched."""
    wanted: dict[tuple[int, int], dict[str, Any]] = {}
    for row, candidates in settled:
        wanted[row.pk, candidates[0].customer_id] = _content(candidates[0], MatchProposal.Status.SETTLED)
    for row, candidates in waiting:
        for candidate in candidates:
            content = _content(candidate, MatchProposal.Status.OPEN, held.get(row.pk))
            wanted[row.pk, candidate.customer_id] = content
    lines = {row.pk for row, _candidates in (*settled, *waiting)}
    kept = {
        key: p
        for key, p in _kept(client, lines).items()
        if p.status != MatchProposal.Status.REJECTED and key not in given
    }
    _propose(client, {key: content for key, content in wanted.items() if key not in kept})
    changed = [p for key, p in kept.items() if key in wanted and _update(p, wanted[key])]
    gone = [p.pk for key, p in kept.items() if key not in wanted]
    fields = ["parts", "confidence_permille", "reasons", "status"]
    MatchProposal.objects.bulk_update(changed, fields, batch_size=200)
    for start in range(0, len(gone), BATCH):
        MatchProposal.objects.filter(client=client, pk__in=gone[start : start + BATCH]).delete()


def _propose(client: Client, wanted: dict[tuple[int, int], dict[str, Any]]) -> None:
    names = ("bank_line_id", "customer_id", "parts", "confidence_permille", "reasons", "status")
    rows = [
        (line_id, customer_id, json.dumps(said["parts"]), said["confidence_permille"], json.dumps(said["reasons"]), said["status"])
        for (line_id, customer_id), said in wanted.items()
    ]  # fmt: skip
    if rows:
        columns = _columns(names, rows)
        insert(MatchProposal, pa.table({**columns, "client_id": pa.repeat(pa.scalar(client.pk), len(rows))}))


def _kept(client: Client, lines: set[int]) -> dict[tuple[int, int], MatchProposal]:
    rows = MatchProposal.objects.filter(client=client)
    if len(lines) <= BATCH:
        rows = rows.filter(bank_line_id__in=lines)
    return {(p.bank_line_id, p.customer_id): p for p in rows if p.bank_line_id in lines}


def _content(candidate: Candidate, status: str, caution: str | None = None) -> dict[str, Any]:
    cautions = [[caution, {}]] if caution else []
    return {
        "parts": [list(part) for part in candidate.split.parts],
        "confidence_permille": candidate.told_permille,
        "reasons": [[code, params] for code, params in candidate.reasons] + cautions,
        "status": status,
    }


def _update(proposal: MatchProposal, content: dict[str, Any]) -> bool:
    """Writes the new content onto the proposal; False when nothing differs."""
    differs = any(getattr(proposal, name) != value for name, value in content.items())
    for name, value in content.items():
        setattr(proposal, name, value)
    return differs


def group_by_line(proposals: Iterable[MatchProposal]) -> dict[int, list[MatchProposal]]:
    """Proposals of each line, surest first."""
    grouped: dict[int, list[MatchProposal]] = defaultdict(list)
    for proposal in sorted(proposals, key=lambda p: (-p.confidence_permille, p.customer_id)):
        grouped[proposal.bank_line_id].append(proposal)
    return grouped
