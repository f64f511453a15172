# SPDX-License-Identifier: Apache-2.0
"""The ladder. Owns: cycles, what was already done in them, which rung matches today, which comes next.

Rungs count from dates with `<=` and catch up; a rung waits for the step before it (the stage gate); worst rung
first, first match wins. A step is never taken twice in a cycle: a done one is out, a planned one is still the
answer. Arrears cycle = the oldest due date that may be claimed; a new oldest due date starts friendly again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ibis

from .columns import (
    all_of,
    as_date,
    beside,
    day,
    first_true,
    greatest,
    least,
    met,
    packed,
    unpacked_first,
    unpacked_second,
    without,
    yes,
)  # fmt: skip
from .policy import HUMAN_CHANNELS, OF_PLANS, Ladder, Policy, Rung

# anchor -> (column of its day, column of its cycle); invoice rungs carry their own.
ANCHOR = {
    "due": ("claim_due", "arrears_cycle"),
    "last_contact": ("last_contact", "arrears_cycle"),
    "broken": ("broken_day", "promise_cycle"),
    "settled": ("settled_day", "settled_cycle"),
    "kept": ("kept_day", "kept_cycle"),
    "plan_half": ("half_day", "half_cycle"),
    "plan_done": ("plan_done_day", "plan_done_cycle"),
    "review": ("review_day", "path_cycle"),
}
PAID_WITHIN_DAYS = 7  # a thank-you needs a payment near the day of settlement: a credit note is no merit


def numbered(policy: Policy) -> Iterator[tuple[int, Ladder, Rung]]:
    """Every rung of every ladder with its number."""
    pairs = [(ladder, rung) for ladder in policy.strategy.ladder for rung in ladder.rung]
    return ((n, ladder, rung) for n, (ladder, rung) in enumerate(pairs))


def with_cycles(table: Any) -> Any:
    """Adds the name of each cycle the customer is in; null when in none."""
    return table.mutate(
        arrears_cycle=_named("arrears:", as_date(table.claim_due)),
        promise_cycle=_named("promise:", table.broken_id),
        settled_cycle=_named("thanks:", as_date(table.settled_day)),
        kept_cycle=_named("thanks:", as_date(table.kept_day)),
        half_cycle=_named("thanks:", as_date(table.half_day)),
        plan_done_cycle=_named("thanks:", as_date(table.plan_done_day)),
        path_cycle=_named("path:", table.path_id.cast("string") + ":" + as_date(table.review_day).cast("string")),
    )


def _named(prefix: str, column: Any) -> Any:
    return ibis.literal(prefix) + column.cast("string")


def _done(step: str, anchor: str) -> str:
    return f"done_{ANCHOR[anchor][1]}_{step}"


def with_done(table: Any, actions: Any, items: Any, invoice_rungs: Any, policy: Policy) -> Any:
    """Adds what was already done in the current cycles and which invoices a gentle step may speak of."""
    return beside(table, done_steps(table, actions, policy), *invoices(table, items, actions, invoice_rungs, policy))


def done_steps(table: Any, actions: Any, policy: Policy) -> Any:
    """Per rung, the day on which its step was done in the current cycle, and the last thanks of any cycle."""
    cycles = sorted({cycle for _, cycle in ANCHOR.values()})
    done = actions.filter(actions.status == "done")
    done = done.mutate(day=day(done.done_on.fill_null(done.planned_on)))
    done = beside(done.select("customer_id", "cycle", "step", "day"), table.select("customer_id", *cycles))
    wanted = {
        _done(step, rung.anchor): (step, ANCHOR[rung.anchor][1])
        for _, _, rung in numbered(policy)
        if not rung.is_invoice
        for step in (rung.step, *rung.after)
    }
    columns = {
        name: done.day.max(where=(done.step == step) & yes(done.cycle == done[cycle]))
        for name, (step, cycle) in wanted.items()
    }
    thanks = [rung.step for _, _, rung in numbered(policy) if rung.phase == "thanks"]
    columns["last_thanks"] = done.day.max(where=done.step.isin(thanks or [""]))
    return done.group_by("customer_id").aggregate(**columns)


def invoices(table: Any, items: Any, actions: Any, invoice_rungs: Any, policy: Policy) -> list[Any]:
    """Per invoice rung, the first invoice it may speak of today (`now_n`) and the next day it could (`next_n`)."""
    who = table.select("customer_id", "kind", "opted_courtesy", "first_issued")
    i = items.filter((items.free_cents > 0) & (items.due >= items.as_of))
    i = i.select("customer_id", "invoice_id", "issued", "due", "amount_cents", "free_cents", "as_of")
    i = beside(i, who)
    i = i.inner_join(invoice_rungs, i.kind == invoice_rungs.rung_kind)
    i = i.filter(
        (i.free_cents >= i.rung_min_cents)
        & (
            i.of_any
            | (i.of_first & (i.issued == i.first_issued))
            | (i.of_large & (i.amount_cents >= policy.strategy.limits.large_cents))
            | (i.of_opted & i.opted_courtesy)
        )
    )
    issued = i.rung_anchor == "issued"
    i = i.mutate(
        anchor=issued.ifelse(i.issued, i.due),
        cycle=issued.ifelse(_named("invoice:", i.invoice_id), _named("due:", as_date(i.due))),
    )
    i = i.mutate(start=i.anchor + i.rung_from, end=i.anchor + i.rung_until)
    taken = actions.filter(actions.status == "done").select("customer_id", "step", "cycle").distinct()
    taken = taken.rename(t_customer="customer_id", t_step="step", t_cycle="cycle")
    i = i.anti_join(taken, [i.customer_id == taken.t_customer, i.rung_step == taken.t_step, i.cycle == taken.t_cycle])
    columns = {}
    for n in (n for n, _, rung in numbered(policy) if rung.is_invoice):
        mine = i.rung_no == n
        now = mine & (i.start <= i.as_of) & (i.as_of <= i.end)
        columns[f"now_{n}"] = packed(i.anchor, i.invoice_id).min(where=now)
        columns[f"next_{n}"] = i.start.min(where=mine & (i.start > i.as_of))
    return [i.group_by("customer_id").aggregate(**columns)] if columns else []


def with_rung(table: Any, policy: Policy) -> Any:
    """Adds `rung_no` (the step for today, null when none), `next_day` and `next_step`, and the ladder's name."""
    rungs, nexts, names = [], [], []
    for ladder in policy.strategy.ladder:
        own = table.kind.isin(ladder.kinds)
        mine = [(n, rung) for n, other, rung in numbered(policy) if other is ladder]
        rungs.append(
            (own, first_true([(_now(table, n, r, policy), n) for n, r in mine], ibis.null("int64")).cast("int64"))
        )
        nexts.append((own, least([packed(_next(table, n, r, policy), n) for n, r in mine])))
        names.append((own, ladder.name))
    null = ibis.null("int64")
    table = table.mutate(ladder=first_true(names, ""), rung_no=first_true(rungs, null), next=first_true(nexts, null))
    steps = [(unpacked_second(table.next) == n, rung.step) for n, _, rung in numbered(policy)]
    after_step, after_day = _gate(table, policy)
    subject = [(table.rung_no == n, table[f"now_{n}"]) for n, _, rung in numbered(policy) if rung.is_invoice]
    table = table.mutate(
        next_day=unpacked_first(table.next),
        next_step=first_true(steps, ibis.null("string")),
        after_step=after_step,
        after_day=after_day,
        subject=first_true(subject, ibis.null("int64")),
    )
    return without(table, "done_", "now_", *[f"next_{n}" for n, _, _ in numbered(policy)])


def _now(table: Any, n: int, rung: Rung, policy: Policy) -> Any:
    """Does this rung match today?"""
    if rung.is_invoice:
        return table[f"now_{n}"].notnull() & _fits(table, rung, policy)
    anchor = table[ANCHOR[rung.anchor][0]]
    until = ibis.literal(True) if rung.until_days is None else table.as_of <= anchor + rung.until_days
    open_ = _opens(table, rung, anchor) <= table.as_of
    return yes(open_ & until & table[_done(rung.step, rung.anchor)].isnull()) & _fits(table, rung, policy)


def _next(table: Any, n: int, rung: Rung, policy: Policy) -> Any:
    """The next day on which it could match if nothing else changes; null when that cannot be said."""
    if rung.phase == "thanks":
        return ibis.null("int64")
    if rung.is_invoice:
        return _fits(table, rung, policy).ifelse(table[f"next_{n}"], ibis.null("int64"))
    anchor = table[ANCHOR[rung.anchor][0]]
    if rung.anchor == "due" and not rung.after:
        anchor = anchor.fill_null(table.next_free_due)  # not overdue yet: the ladder as it would begin
    opens = _opens(table, rung, anchor)
    ahead = yes((opens > table.as_of) & table[_done(rung.step, rung.anchor)].isnull())
    if rung.until_days is not None:
        ahead = ahead & yes(opens <= anchor + rung.until_days)
    return (ahead & _audience(table, rung, policy)).ifelse(opens, ibis.null("int64"))


def _opens(table: Any, rung: Rung, anchor: Any) -> Any:
    """The first day on which the rung may be taken: days from its anchor, and the stage gate."""
    start = anchor + rung.from_days
    if not rung.after:
        return start
    gate = greatest([table[_done(step, rung.anchor)] for step in rung.after]) + rung.after_days
    return (start.isnull() | gate.isnull()).ifelse(ibis.null("int64"), ibis.greatest(start, gate))


def _audience(table: Any, rung: Rung, policy: Policy) -> Any:
    """Whom the rung is for. On a hardship path only the gentle steps that the policy names, and the review itself."""
    parts = [met(table, rung.when)]
    if rung.is_dunning and not policy.strategy.hardship.allows(rung):
        parts.append(~table.path_soft)
    if rung.kinds:
        parts.append(table.kind.isin(rung.kinds))
    if rung.segments:
        chosen = table.segment.isin(rung.segments)
        parts.append(chosen | table.opted_courtesy if rung.opted else chosen)
    return all_of(parts)


def _fits(table: Any, rung: Rung, policy: Policy) -> Any:
    """Audience and money: one message for all that is due, so gentle steps only speak when nothing is overdue."""
    audience = _audience(table, rung, policy)
    if rung.phase == "thanks":
        anchor = table[ANCHOR[rung.anchor][0]]
        rested = table.last_thanks.isnull() | (
            table.as_of - table.last_thanks >= policy.strategy.limits.thanks_gap_days
        )
        paid = yes(table.last_paid >= anchor - PAID_WITHIN_DAYS)
        if rung.anchor in OF_PLANS:  # each comes once in a plan, and what the plan covers is overdue while it runs
            return audience & table.active & (table.claim_cents == 0) & paid
        return audience & table.active & (table.overdue_cents == 0) & rested & paid
    if rung.is_invoice:
        return audience & table.active & (table.overdue_cents == 0)
    return audience & (table.claim_cents >= max(policy.min_cents, rung.min_cents, 1))


def with_step(table: Any, rungs: Any, policy: Policy) -> Any:
    """Adds what the chosen rung says: step, phase, tone, channels, texts; its cycle, its anchor, what opened it."""
    table = beside(table, rungs, on=("rung_no",))
    speaks = table.subject.notnull()
    table = table.mutate(
        subject_invoice_id=unpacked_second(table.subject),
        anchor_day=ibis.cases(
            (speaks, unpacked_first(table.subject)),
            *[(table.anchor == anchor, table[column]) for anchor, (column, _) in ANCHOR.items()],
            else_=ibis.null("int64"),
        ),
    )
    cycle = ibis.cases(
        (yes(table.phase == "before_due"), _named("due:", as_date(table.anchor_day))),
        (speaks, _named("invoice:", table.subject_invoice_id)),
        *[(table.anchor == anchor, table[cycle]) for anchor, (_, cycle) in ANCHOR.items()],
        else_=ibis.null("string"),
    )
    return table.mutate(cycle=cycle)


def _gate(table: Any, policy: Policy) -> tuple[Any, Any]:
    """The step that opened the chosen rung (the first of its list that was done) and its day."""
    steps, days = [], []
    for n, _, rung in numbered(policy):
        for step in rung.after:
            done = table[_done(step, rung.anchor)]
            here = yes((table.rung_no == n) & done.notnull())
            steps.append((here, step))
            days.append((here, done))
    return first_true(steps, ibis.null("string")), first_true(days, ibis.null("int64"))


def rungs_rows(policy: Policy) -> list[dict[str, Any]]:
    """The rungs as a table: what a chosen number means. Channels that the charter forbids are not in it."""
    return [
        {
            "rung_no": n, "step": rung.step, "phase": rung.phase, "anchor": rung.anchor, "rung_tone": rung.tone,
            "min_tone": rung.min_tone, "rung_template": rung.template, "rung_script": rung.script,
            "rung_priority": rung.priority, "rung_spacing": rung.spacing, "is_dunning": rung.is_dunning,
            **{f"channel_{k}": channel for k, channel in enumerate(_channels(rung, policy))},
        }
        for n, _, rung in numbered(policy)
    ]  # fmt: skip


def _channels(rung: Rung, policy: Policy) -> list[str | None]:
    allowed = policy.charter.channels
    kept: list[str | None] = [c for c in rung.channels if allowed is None or c in allowed]
    return (kept + [None] * 3)[:3]


def invoice_rungs_rows(policy: Policy) -> list[dict[str, Any]]:
    """Invoice rungs as a table, a row for each kind of customer of its ladder."""
    return [
        {
            "rung_no": n, "rung_kind": kind, "rung_step": rung.step, "rung_anchor": rung.anchor,
            "rung_from": rung.from_days, "rung_until": 3_000_000 if rung.until_days is None else rung.until_days,
            "rung_min_cents": rung.min_cents,
            "of_any": not rung.invoice or "any" in rung.invoice,
            **{f"of_{word}": word in rung.invoice for word in ("first", "large", "opted")},
        }
        for n, ladder, rung in numbered(policy)
        if rung.is_invoice
        for kind in ladder.kinds
    ]  # fmt: skip


assert set(HUMAN_CHANNELS) == {"phone", "visit"}
