# SPDX-License-Identifier: Apache-2.0
"""One run of cash application: every waiting line is read, the sure ones settle, the others wait as proposals.

It goes round until a round settles nothing: what one line settles teaches the next round (an account that paid
before, an amount that only one customer still owes). So a second run finds nothing to change.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from ascolto.domain.access.models import Client
from ascolto.domain.ledger import book as load
from ascolto.domain.ledger.actions import small_write_off
from ascolto.domain.ledger.models import Allocation, BankLine, MatchProposal, Payment
from ascolto.domain.ledger.rules import rule_on
from ascolto.engine.evidence import Expected
from ascolto.engine.match import Book, Candidate
from ascolto.engine.rounds import apply, uncollected

BATCH = 1000

Matched = list[tuple[BankLine, list[Candidate]]]


@dataclass(frozen=True)
class CashReport:
    """What a run did. `customer_ids`: whose money changed, to be decided upon anew."""

    settled: int = 0
    waiting: int = 0
    settled_cents: int = 0
    customer_ids: tuple[int, ...] = ()


def match_lines(
    client: Client, rows: Sequence[BankLine], actor: str, as_of: dt.date, expected: Sequence[Expected] = ()
) -> CashReport:
    """Match `rows` (lines of `client` that wait): settle the sure ones, propose the others. In a transaction.

    `expected`: what customers said would come; the room of agreements stands above this one, so the caller brings it.
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
        book = Book(
            load.items(client.pk, as_of), load.people(client.pk), load.history(client.pk), load.taught(client.pk),
            expected, rule_on(client.pk, as_of),
        )  # fmt: skip
        read = (load.line_of(row, left[row.pk]) for row in lines.values())
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
    payments = [
        Payment(
            client=client, customer_id=best.customer_id, kind=Payment.Kind.MONEY, paid_on=paid_day(row),
            known_on=as_of, amount_cents=row.amount_cents, currency=row.currency, bank_line=row,
            idempotency_key=line_key(row.pk, 0), reason=why(best), author=actor,
        )
        for row, (best, *_others) in settled
    ]  # fmt: skip
    _create(Payment, payments)
    best_of = [(payment, best) for payment, (_row, (best, *_others)) in zip(payments, settled, strict=True)]
    parts = [(payment, part, why(best)) for payment, best in best_of for part in best.split.parts]
    given_up = [
        (small_write_off(payment, instalment_id, cents, actor, as_of), (instalment_id, cents))
        for payment, best in best_of
        for instalment_id, cents in best.split.small
    ]
    _create(Payment, [small for small, _part in given_up])
    parts += [(small, part, small.reason) for small, part in given_up]
    allocations = [
        Allocation(
            client=client, payment=payment, instalment_id=instalment_id, amount_cents=cents, paid_on=payment.paid_on,
            known_on=as_of, reason=reason, author=actor,
        )
        for payment, (instalment_id, cents), reason in parts
    ]  # fmt: skip
    _create(Allocation, allocations)


def _create(model: type[Payment] | type[Allocation], rows: list[Any]) -> None:
    """All the rows; after the first thousand the planner is told."""
    model.objects.bulk_create(rows[:BATCH])
    if len(rows) > BATCH:
        _tell_the_planner(model)
        model.objects.bulk_create(rows[BATCH:], batch_size=BATCH)


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
    fresh = [
        MatchProposal(client=client, bank_line_id=line_id, customer_id=customer_id, **content)
        for (line_id, customer_id), content in wanted.items()
        if (line_id, customer_id) not in kept
    ]
    changed = [p for key, p in kept.items() if key in wanted and _update(p, wanted[key])]
    gone = [p.pk for key, p in kept.items() if key not in wanted]
    fields = ["parts", "confidence_permille", "reasons", "status"]
    MatchProposal.objects.bulk_create(fresh, batch_size=BATCH)
    MatchProposal.objects.bulk_update(changed, fields, batch_size=200)
    for start in range(0, len(gone), BATCH):
        MatchProposal.objects.filter(client=client, pk__in=gone[start : start + BATCH]).delete()


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
