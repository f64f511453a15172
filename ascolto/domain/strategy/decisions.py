# SPDX-License-Identifier: Apache-2.0
"""Deciding for a client and writing only what changed: decisions, the actions they want, the messages they queue.

The customers of a client are decided in one go, inside one transaction that holds the client's row: the night and
a payment that arrives at the same moment follow one another. A second run with the same facts writes nothing.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from django.db import transaction

from ascolto.domain.access.models import Client
from ascolto.domain.outreach.actions import queue_messages, withdraw_messages
from ascolto.domain.outreach.models import Message
from ascolto.domain.portfolio.models import ContactPoint
from ascolto.domain.records import clock
from ascolto.domain.strategy.messages import write_messages
from ascolto.domain.strategy.models import Action, Decision, PolicyVersion, Run
from ascolto.domain.strategy.policy import keep_version, policy_for
from ascolto.domain.strategy.snapshot import take_snapshot
from ascolto.engine.because import because
from ascolto.engine.decide import decide_arrow
from ascolto.engine.facts import Facts

CHUNK = 2000
MESSAGE_CHANNELS = ("email", "pec", "letter")
WRITTEN_FROM = ("tone", "template", "claim_cents", "balance_cents", "subject_invoice_id")
"""What the words of a message depend on: when one differs, what waits in the outbox is written anew."""
Row = Mapping[str, Any]


@dataclass
class DecisionReport:
    """How many customers were asked about, how many answers changed, and what could not be carried out."""

    customers: int = 0
    changed: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    planned: Counter[str] = field(default_factory=Counter)
    withdrawn: int = 0
    problems: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {
            "customers": self.customers, "changed": self.changed, "answers": dict(self.answers), "rules": dict(self.rules),
            "planned": dict(self.planned), "withdrawn": self.withdrawn, "problems": self.problems,
        }  # fmt: skip


@transaction.atomic
def decide_client(
    *, client: Client, as_of: dt.date, actor: str, customer_ids: Sequence[int] | None = None
) -> DecisionReport:
    """Decide for all customers of `client` (or for `customer_ids`) as of a day; returns what changed.

    Raises PolicyError when the strategy or the charter cannot be read.
    """
    Client.objects.select_for_update().get(pk=client.pk)
    follow_messages(client_id=client.pk)
    policy = policy_for(client, as_of)
    facts = take_snapshot(client_id=client.pk, as_of=as_of, customer_ids=customer_ids)
    answers = decide_arrow(facts, policy, as_of)
    report = DecisionReport(customers=answers.num_rows)
    for name in answers["answer"].to_pylist():
        report.answers[name] += 1
    report.rules.update(rule for rule in answers["rule"].to_pylist() if rule)
    changed = _changed(client.pk, answers, customer_ids)
    if changed:
        run = _run(client, as_of, keep_version(client, policy, as_of))
        _write(client, as_of, run, [row | {"as_of": as_of} for row in changed], facts, report)
    elif customer_ids is None:
        _run(client, as_of, keep_version(client, policy, as_of))
    _try_again(client, as_of, answers, {row["customer_id"] for row in changed}, facts, report)
    return report


def follow_messages(*, client_id: int) -> None:
    """An action is done when its message has left, and given up when it could not (the address is then doubted)."""
    planned = Action.objects.filter(client_id=client_id, status=Action.Status.PLANNED, message__isnull=False)
    sent = planned.filter(message__status__in=[Message.Status.SENT, Message.Status.DELIVERED]).select_related("message")
    done = []
    for action in sent:
        assert action.message is not None
        assert action.message.sent_at is not None
        action.status = Action.Status.DONE
        action.done_on = action.message.sent_at.astimezone(clock.ROME).date()
        done.append(action)
    Action.objects.bulk_update(done, ["status", "done_on"], batch_size=500)
    failed = planned.filter(message__status=Message.Status.FAILED).select_related("message")
    _give_up(client_id, list(failed.defer("message__text", "message__html", "message__facts")))


def _give_up(client_id: int, actions: Sequence[Action]) -> None:
    """Another way must be found: the steps are withdrawn, and the addresses that failed are doubted; set by set."""
    for start in range(0, len(actions), CHUNK):
        part, bad = actions[start : start + CHUNK], set[tuple[int, str, str]]()
        for action in part:
            assert action.message is not None
            action.status, action.withdrawn_on = Action.Status.WITHDRAWN, clock.today()
            action.why_withdrawn = f"not delivered: {action.message.detail}"[:200]
            bad.add((action.customer_id, action.message.channel, action.message.to_value))
        Action.objects.bulk_update(part, ["status", "withdrawn_on", "why_withdrawn"], batch_size=500)
        points = ContactPoint.objects.filter(
            client_id=client_id, customer_id__in={one[0] for one in bad}, verified=True
        )
        known = points.values_list("pk", "customer_id", "channel", "value")
        doubted = [pk for pk, *point in known if tuple(point) in bad]
        ContactPoint.objects.filter(pk__in=doubted).update(verified=False)


def _run(client: Client, as_of: dt.date, version: PolicyVersion) -> Run:
    run, _ = Run.objects.get_or_create(
        client=client, as_of=as_of, defaults={"policy": version, "started_at": clock.now()}
    )
    if run.policy_id != version.pk:
        run.policy = version
        run.save(update_fields=["policy"])
    return run


def _changed(client_id: int, answers: pa.Table, customer_ids: Sequence[int] | None) -> list[dict[str, Any]]:
    current = Decision.objects.filter(client_id=client_id, superseded_on__isnull=True)
    if customer_ids is not None:
        current = current.filter(customer_id__in=customer_ids)
    known = dict(current.values_list("customer_id", "fingerprint"))
    pairs = zip(answers["customer_id"].to_pylist(), answers["fingerprint"].to_pylist(), strict=True)
    new = [n for n, (customer, print_) in enumerate(pairs) if known.get(customer) != print_]
    rows = answers.take(pa.array(new, pa.int64()))
    return list(rows.to_pylist())


def _write(
    client: Client, as_of: dt.date, run: Run, rows: list[dict[str, Any]], facts: Facts, report: DecisionReport
) -> None:
    report.changed = len(rows)
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        ids = [row["customer_id"] for row in part]
        Decision.objects.filter(client=client, customer_id__in=ids, superseded_on__isnull=True).update(
            superseded_on=as_of
        )
        decisions = Decision.objects.bulk_create([_decision(client, as_of, run, row) for row in part], batch_size=500)
        live = _withdraw_stale(client, as_of, part, report)
        _plan(client, as_of, list(zip(part, decisions, strict=True)), live, facts, report)


def _try_again(
    client: Client, as_of: dt.date, answers: pa.Table, changed: set[int], facts: Facts, report: DecisionReport
) -> None:
    """What an earlier night wanted and could not carry out (no address, a wording at fault) is tried and told again."""
    names = ("answer", "customer_id", "cycle", "step")
    said = zip(*(answers[name].to_pylist() for name in names), range(answers.num_rows), strict=True)
    kept = [(key, n) for answer, *key, n in said if answer == "act" and key[0] not in changed]
    planned = Action.objects.filter(client=client, status=Action.Status.PLANNED)
    known = set(planned.values_list("customer_id", "cycle", "step"))
    missing = [n for key, n in kept if tuple(key) not in known]
    rows = [row | {"as_of": as_of} for row in answers.take(pa.array(missing, pa.int64())).to_pylist()]
    current = Decision.objects.filter(client=client, superseded_on__isnull=True)
    for start in range(0, len(rows), CHUNK):
        part = {row["customer_id"]: row for row in rows[start : start + CHUNK]}
        decisions = {decision.customer_id: decision for decision in current.filter(customer_id__in=list(part))}
        _plan(client, as_of, [(row, decisions[pk]) for pk, row in part.items()], set(), facts, report)


def _decision(client: Client, as_of: dt.date, run: Run, row: dict[str, Any]) -> Decision:
    facts = {key: value.isoformat() if isinstance(value, dt.date) else value for key, value in row.items()}
    return Decision(
        client=client, customer_id=row["customer_id"], run=run, decided_on=as_of, answer=row["answer"],
        ladder=row["ladder"] or "", step=row["step"] or "", cycle=row["cycle"] or "", channel=row["channel"] or "",
        tone=row["tone"], template=row["template"] or "", script=row["script"] or "", priority=row["priority"],
        until_on=row["until_on"], rule=row["rule"] or "", balance_cents=row["balance_cents"],
        overdue_cents=row["overdue_cents"], oldest_due_on=row["oldest_due_on"], score=row["score"],
        segment=row["segment"], best_hour=row["best_hour"], facts=facts,
        because=[[said.code, dict(said.params)] for said in because(row)], fingerprint=row["fingerprint"],
    )  # fmt: skip


def _withdraw_stale(
    client: Client, as_of: dt.date, rows: Sequence[Row], report: DecisionReport
) -> set[tuple[int, str, str]]:
    """Take back planned actions whose reason is gone, and messages whose words no longer hold (a part was paid).

    Returns the (customer, cycle, step) that are still alive.
    """
    wanted = {(row["customer_id"], row["cycle"], row["step"]): row for row in rows if row["answer"] == "act"}
    ids = [row["customer_id"] for row in rows]
    live = list(Action.objects.filter(client=client, customer_id__in=ids).exclude(status=Action.Status.WITHDRAWN))
    planned = [action for action in live if action.status == Action.Status.PLANNED]
    words = _words(client.pk, planned)
    stale = [
        action for action in planned
        if not _holds(action, wanted.get((action.customer_id, action.cycle, action.step)), words.get(action.pk))
    ]  # fmt: skip
    messages = [action.message_id for action in stale if action.message_id]
    gone = withdraw_messages(client_id=client.pk, message_ids=messages, why="superseded") if messages else set()
    taken = [action for action in stale if action.message_id is None or action.message_id in gone]
    Action.objects.filter(pk__in=[action.pk for action in taken]).update(
        status=Action.Status.WITHDRAWN, withdrawn_on=as_of, why_withdrawn="a newer decision replaced it"
    )
    report.withdrawn += len(taken)
    back = {action.pk for action in taken}
    return {(action.customer_id, action.cycle, action.step) for action in live if action.pk not in back}


def _words(client_id: int, planned: Sequence[Action]) -> dict[int, Row]:
    """By action, the facts that its waiting message was written from."""
    ids = [action.pk for action in planned if action.message_id is not None]
    return dict(Action.objects.filter(client_id=client_id, pk__in=ids).values_list("pk", "decision__facts"))


def _holds(action: Action, row: Row | None, words: Row | None) -> bool:
    """Is a planned step still what the new answer wants, on its channel and, if it was written, in its words?"""
    if row is None or row["channel"] != action.channel:
        return False
    return words is None or all(row[name] == words.get(name) for name in WRITTEN_FROM)


def _plan(
    client: Client, as_of: dt.date, pairs: list[tuple[dict[str, Any], Decision]], live: set[tuple[int, str, str]],
    facts: Facts, report: DecisionReport,
) -> None:  # fmt: skip
    """Plan the step of every new 'act' answer once per cycle; messages are written and queued at the same time."""
    fresh = [
        (row, decision) for row, decision in pairs
        if row["answer"] == "act" and (row["customer_id"], row["cycle"], row["step"]) not in live
    ]  # fmt: skip
    letters = [row for row, _ in fresh if row["channel"] in MESSAGE_CHANNELS]
    messages, problems = write_messages(client=client, as_of=as_of, rows=letters, facts=facts)
    report.problems += problems
    earlier = Action.objects.filter(client=client, decision__in=[decision for _, decision in fresh])
    tries = Counter(earlier.values_list("decision_id", flat=True))
    actions = []
    for row, decision in fresh:
        message = messages.get(row["customer_id"])
        if row["channel"] in MESSAGE_CHANNELS and message is None:
            continue
        if message is not None:
            again = f":{tries[decision.pk]}" if tries[decision.pk] else ""
            message.idempotency_key = f"{row['customer_id']}:{row['cycle']}:{row['step']}:{decision.pk}{again}"
        actions.append(
            Action(
                client=client, customer_id=row["customer_id"], decision=decision, cycle=row["cycle"], step=row["step"],
                channel=row["channel"], tone=row["tone"], planned_on=as_of, message=message,
            )
        )  # fmt: skip
        report.planned[row["channel"]] += 1
    queue_messages(action.message for action in actions if action.message is not None)
    for action in actions:
        action.message_id = action.message.pk if action.message is not None else None
    Action.objects.bulk_create(actions, batch_size=500)
