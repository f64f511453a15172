# SPDX-License-Identifier: Apache-2.0
"""Deciding for a client and writing only what changed: decisions, the actions they want, the messages they queue.

In two halves. `choose` reads nothing and writes nothing: answers, what they change, the words of the messages.
`write_chosen` holds the client's row, so that the night and a payment that arrives at the same moment follow one
another, and writes it all in one transaction. A second run with the same facts writes nothing.
"""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction

from ascolto.domain.access.models import Client
from ascolto.domain.outreach.actions import WITHDRAWABLE, queue_messages, withdraw_messages
from ascolto.domain.outreach.models import Message
from ascolto.domain.portfolio.models import ContactPoint
from ascolto.domain.records import clock
from ascolto.domain.records.columns import Read, as_columns, fetch, insert
from ascolto.domain.strategy.messages import write_messages
from ascolto.domain.strategy.models import Action, Decision, PolicyVersion, Run
from ascolto.domain.strategy.policy import keep_version, policy_for
from ascolto.domain.strategy.snapshot import Ids, run_stages, take_snapshot
from ascolto.engine import changes, running
from ascolto.engine.decide import decide_arrow
from ascolto.engine.facts import COUNTS, Facts

CHUNK = 2000
MESSAGE_CHANNELS = ("email", "pec", "letter")
WRITTEN_FROM = ("tone", "template", "claim_cents", "balance_cents", "subject_invoice_id")
"""What the words of a message depend on: when one differs, what waits in the outbox is written anew."""
Row = Mapping[str, Any]


@dataclass
class DecisionReport:
    """How many customers were looked at, of how many of them nothing new was known (`same`: they are not asked about),
    how many answers changed, and what could not be carried out."""

    customers: int = 0
    same: int = 0
    changed: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    planned: Counter[str] = field(default_factory=Counter)
    withdrawn: int = 0
    problems: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {
            "customers": self.customers, "same": self.same, "changed": self.changed, "answers": dict(self.answers),
            "rules": dict(self.rules), "planned": dict(self.planned), "withdrawn": self.withdrawn, "problems": self.problems,
        }  # fmt: skip

    def count(self, answers: pa.Table) -> None:
        """Count answers and rules."""
        for name, counts in (("answer", self.answers), ("rule", self.rules)):
            for pair in pc.value_counts(answers[name].drop_null()).to_pylist():
                counts[pair["values"]] += pair["counts"]

    def add(self, other: Mapping[str, Any]) -> None:
        """Count in what another report (`as_dict`) counted."""
        self.customers += other["customers"]
        self.same += other.get("same", 0)
        self.changed += other["changed"]
        self.withdrawn += other["withdrawn"]
        self.problems += other["problems"]
        for name in ("answers", "rules", "planned"):
            getattr(self, name).update(other[name])


@dataclass(frozen=True)
class Chosen:
    """What a set of answers changes, ready to be written. `rows`: answers by customer, of those who get a step."""

    answers: pa.Table
    changed: pa.Table
    ended: pa.Table
    kept: pa.Table
    again: Mapping[int, int]
    rows: Mapping[int, Row]
    messages: Mapping[int, Message]
    problems: Sequence[str]

    def unsaid(self) -> list[int]:
        """Customers who should be written to and cannot be: they are asked about until somebody has mended why."""
        return [pk for pk, row in self.rows.items() if row["channel"] in MESSAGE_CHANNELS and pk not in self.messages]


@transaction.atomic
def decide_client(*, client: Client, as_of: dt.date, actor: str, customer_ids: Ids = None) -> DecisionReport:
    """Decide for all customers of `client` (or for `customer_ids`) as of a day; returns what changed.

    Raises PolicyError when the strategy or the charter cannot be read.
    """
    Client.objects.select_for_update().get(pk=client.pk)
    follow_messages(client_id=client.pk, customer_ids=customer_ids)
    policy = policy_for(client, as_of)
    facts = take_snapshot(client_id=client.pk, as_of=as_of, customer_ids=customer_ids)
    answers = decide_arrow(facts, policy, as_of)
    chosen = choose(client, as_of, facts, answers, fetch(current_answers(client.pk, customer_ids)))
    run = None
    if chosen.changed.num_rows or customer_ids is None:
        run = open_run(client, as_of, keep_version(client, policy, as_of))
    return write_chosen(client, as_of, run, chosen)


def current_answers(client_id: int, ids: Ids = None) -> Read:
    """The answers that stand, by their fingerprint."""
    rows = Decision.objects.filter(client_id=client_id, superseded_on__isnull=True)
    if ids is not None:
        rows = rows.filter(customer_id__in=ids)
    return Read(rows.values_list("customer_id", "pk", "fingerprint"), changes.CURRENT.to_pyarrow())


def choose(client: Client, as_of: dt.date, facts: Facts, answers: pa.Table, current: pa.Table) -> Chosen:
    """Compare `answers` with what stands and write the messages that they want. Reads addresses, changes nothing."""
    made = run_stages(
        changes.stages(), {"answers": answers, "current": current, "actions": facts.actions}, changes.MADE
    )
    again = dict(zip(*made["again"].to_pydict().values(), strict=True))
    taking = [*made["begun"]["customer_id"].to_pylist(), *again]
    # A step whose waiting words no longer hold is written anew at once, in case its message can be taken back.
    rows = {row["customer_id"]: row | {"as_of": as_of} for row in _of(answers, [*taking, *_rewritten(client, made)])}
    spoken = [row for row in rows.values() if row["channel"] in MESSAGE_CHANNELS]
    messages, problems = write_messages(
        client=client, as_of=as_of, rows=spoken, facts=facts.only([row["customer_id"] for row in spoken])
    )
    changed = made["changed"].append_column(
        "facts", _as_json(made["changed"].drop(["decision_id", "customer_id", *_OWN]))
    )
    return Chosen(answers, changed, made["ended"], made["kept"], again, rows, messages, problems)


def _of(answers: pa.Table, customer_ids: Sequence[int]) -> list[dict[str, Any]]:
    rows = answers.filter(pc.is_in(answers["customer_id"], value_set=pa.array(customer_ids, pa.int64())))
    return list(rows.to_pylist())


def _rewritten(client: Client, made: Mapping[str, pa.Table]) -> list[int]:
    """Customers whose planned message is still wanted but was written from other figures."""
    found = []
    kept = dict(zip(*made["kept"].to_pydict().values(), strict=True))
    words = _words(client.pk, list(kept))
    said = {row["customer_id"]: row for row in _of(made["changed"], [kept[pk] for pk in words])}
    for pk, written in words.items():
        row = said[kept[pk]]
        if any(row[name] != written.get(name) for name in WRITTEN_FROM):
            found.append(kept[pk])
    return found


def _words(client_id: int, action_ids: list[int]) -> dict[int, Row]:
    """By action, the facts that its waiting message was written from."""
    found: dict[int, Row] = {}
    for start in range(0, len(action_ids), CHUNK):
        rows = Action.objects.filter(client_id=client_id, pk__in=action_ids[start : start + CHUNK])
        found.update(
            {one.pk: one.decision.told for one in rows.filter(message__isnull=False).select_related("decision")}
        )
    return found


def write_chosen(
    client: Client, as_of: dt.date, run: Run | None, chosen: Chosen, leave: Collection[int] = ()
) -> DecisionReport:
    """Write what was chosen, but for the customers in `leave`: they were decided by somebody who knew more.

    In the caller's transaction, which holds the client's row.
    """
    report = _counted(chosen)
    changed = chosen.changed
    if leave:
        changed = changed.filter(pc.invert(pc.is_in(changed["customer_id"], value_set=pa.array(leave, pa.int64()))))
    report.changed = changed.num_rows
    if run is not None and changed.num_rows:
        _supersede([pk for pk in changed["decision_id"].to_pylist() if pk is not None], as_of)
        insert(Decision, _as_decisions(client, as_of, run, changed))
    alive = _withdraw(client, as_of, chosen, set(leave), report)
    rows = [row for pk, row in chosen.rows.items() if pk not in alive and pk not in leave]
    _plan(client, as_of, rows, chosen, report)
    return report


def _counted(chosen: Chosen) -> DecisionReport:
    report = DecisionReport(customers=chosen.answers.num_rows, problems=list(chosen.problems))
    report.count(chosen.answers)
    return report


def _supersede(decision_ids: list[int], as_of: dt.date) -> None:
    for start in range(0, len(decision_ids), CHUNK):
        Decision.objects.filter(pk__in=decision_ids[start : start + CHUNK], superseded_on__isnull=True).update(
            superseded_on=as_of
        )


_OWN = ("answer", "ladder", "step", "cycle", "channel", "tone", "template", "script", "priority", "until_on", "rule",
        "balance_cents", "overdue_cents", "oldest_due_on", "score", "segment", "best_hour", "fingerprint")  # fmt: skip
"""What of an answer has a column of its own in Decision; the rest is in `facts`."""


def _as_decisions(client: Client, as_of: dt.date, run: Run, changed: pa.Table) -> pa.Table:
    columns: dict[str, Any] = {
        name: pc.fill_null(changed[name], "") if pa.types.is_string(changed[name].type) else changed[name]
        for name in _OWN
    }
    count = changed.num_rows
    said = {
        "client_id": pa.repeat(client.pk, count), "customer_id": changed["customer_id"],
        "run_id": pa.repeat(run.pk, count), "decided_on": pa.repeat(pa.scalar(as_of, pa.date32()), count),
        "facts": changed["facts"],
    }  # fmt: skip
    return pa.table({**said, **columns})


def _as_json(rows: pa.Table) -> Any:
    """Each row as a JSON object of what is known and not nought: half of a row says nothing."""
    said = ", ".join(f"NULLIF({name}, 0) AS {name}" if name in COUNTS else name for name in rows.column_names)
    db = running.connection()
    db.register("told", rows)
    text = db.sql(
        f"SELECT json_merge_patch('{{}}', to_json(said))::VARCHAR AS facts FROM (SELECT {said} FROM told) said"  # noqa: S608
    ).to_arrow_table()
    db.unregister("told")
    return text["facts"]


def open_run(client: Client, as_of: dt.date, version: PolicyVersion) -> Run:
    """The client's run of the day, with the policy that it obeys now."""
    run, _ = Run.objects.get_or_create(
        client=client, as_of=as_of, defaults={"policy": version, "started_at": clock.now()}
    )
    if run.policy_id != version.pk:
        run.policy = version
        run.save(update_fields=["policy"])
    return run


def _withdraw(
    client: Client, as_of: dt.date, chosen: Chosen, leave: Collection[int], report: DecisionReport
) -> set[int]:
    """Take back planned actions whose reason is gone, and messages whose words no longer hold (a part was paid).

    Returns the customers whose step is alive all the same: its message had begun to leave.
    """
    same = {row["action_id"]: row["same_step"] for row in chosen.ended.to_pylist()}
    again = [pk for pk, who in zip(*chosen.kept.to_pydict().values(), strict=True) if who in chosen.rows]
    ids = [*same, *again]
    alive: set[int] = set()
    for start in range(0, len(ids), CHUNK):
        found = Action.objects.filter(client=client, pk__in=ids[start : start + CHUNK], status=Action.Status.PLANNED)
        stale = {pk: (who, message) for pk, who, message in found.values_list("pk", "customer_id", "message_id")}
        stale = {pk: told for pk, told in stale.items() if told[0] not in leave}
        messages = [message for _who, message in stale.values() if message]
        gone = withdraw_messages(client_id=client.pk, message_ids=messages, why="superseded") if messages else set()
        taken = [pk for pk, (_who, message) in stale.items() if message is None or message in gone]
        Action.objects.filter(pk__in=taken).update(
            status=Action.Status.WITHDRAWN, withdrawn_on=as_of, why_withdrawn="a newer decision replaced it"
        )
        report.withdrawn += len(taken)
        alive |= {who for pk, (who, _m) in stale.items() if pk not in set(taken) and same.get(pk, True)}
    return alive


def _plan(client: Client, as_of: dt.date, rows: list[Row], chosen: Chosen, report: DecisionReport) -> None:
    """Plan the step of every new answer to act, once per cycle; its message is queued with it."""
    decisions = _decisions_of(client, [row["customer_id"] for row in rows])
    tries = _tries(client, list(chosen.again.values()))
    actions = []
    for row in rows:
        message, decision_id = chosen.messages.get(row["customer_id"]), decisions[row["customer_id"]]
        if row["channel"] in MESSAGE_CHANNELS and message is None:
            continue
        if message is not None:
            again = f":{tries[decision_id]}" if tries[decision_id] else ""
            message.idempotency_key = f"{row['customer_id']}:{row['cycle']}:{row['step']}:{decision_id}{again}"
        actions.append(
            Action(
                client=client, customer_id=row["customer_id"], decision_id=decision_id, cycle=row["cycle"],
                step=row["step"], channel=row["channel"], tone=row["tone"], planned_on=as_of, message=message,
            )
        )  # fmt: skip
        report.planned[row["channel"]] += 1
    queue_messages(action.message for action in actions if action.message is not None)
    for action in actions:
        action.message_id = action.message.pk if action.message is not None else None
    if actions:
        insert(Action, as_columns(actions))


def _decisions_of(client: Client, customer_ids: list[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for start in range(0, len(customer_ids), CHUNK):
        rows = Decision.objects.filter(
            client=client, customer_id__in=customer_ids[start : start + CHUNK], superseded_on__isnull=True
        )
        found.update(rows.values_list("customer_id", "pk"))
    return found


def _tries(client: Client, decision_ids: list[int]) -> Counter[int]:
    """How often the step of a decision was planned before (and not carried out)."""
    found: Counter[int] = Counter()
    for start in range(0, len(decision_ids), CHUNK):
        earlier = Action.objects.filter(client=client, decision__in=decision_ids[start : start + CHUNK])
        found.update(earlier.values_list("decision_id", flat=True))
    return found


def follow_messages(*, client_id: int, customer_ids: Ids = None) -> None:
    """An action is done when its message has left, and given up when it could not (the address is then doubted).

    `customer_ids`: only theirs; the others' are followed by the night, or when they are decided again.
    """
    planned = Action.objects.filter(client_id=client_id, status=Action.Status.PLANNED, message__isnull=False)
    if customer_ids is not None:
        planned = planned.filter(customer_id__in=customer_ids)
    else:  # most still wait: an index names those, and the others alone are looked up
        waiting = Message.objects.filter(client_id=client_id, status__in=WITHDRAWABLE)
        planned = planned.exclude(message__in=waiting)
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
