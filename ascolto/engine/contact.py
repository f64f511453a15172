# SPDX-License-Identifier: Apache-2.0
"""Permission to contact. Owns: what was said so far, the channel, and the rule that refuses, with its end.

Checked here for a day (`with_permission`) and, for one call at one minute, by `phone_allowed`. The order of the
refusals is the order in which a person would want to hear them: first what only people can mend, then time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ibis

from .calendar import Calendar
from .columns import FAR, count, day, first_true, packed, yes
from .facts import CHANNELS
from .policy import HUMAN_CHANNELS, Policy

MESSAGES = tuple(channel for channel in CHANNELS if channel not in HUMAN_CHANNELS)
OK_COLUMN = {"phone": "phone_ok", "sms": "phone_ok", "email": "email_ok", "letter": "post_ok", "visit": "post_ok",
             "pec": "pec_ok"}  # fmt: skip
COUNTS = ("conversations_today", "conversations_week", "attempts_today", "attempts_week", "messages_week")
# What only a person, or the customer, can change; everything else passes with time.
BLOCKING = (
    "hold",
    "our_service",
    "disputed",
    "blocked_by_us",
    "stale_bank",
    "no_channel",
    "vulnerable_tone",
    "reason_tone",
    "charter_tone",
    "ladder_end",
)


@dataclass(frozen=True)
class Verdict:
    """May this call be made now? `until` = the first moment worth trying again, when time alone mends it."""

    allowed: bool
    rule: str | None = None
    until: datetime | None = None


def phone_allowed(
    at: datetime, kind: str, conversations_today: int, conversations_this_week: int, policy: Policy,
    calendar: Calendar | None = None, patron_day: str | None = None, requested_by_customer: bool = False,
) -> Verdict:  # fmt: skip
    """One call at one local minute (Europe/Rome). Rules: policies/law/it/contact.toml, strategy and charter.

    A conversation that the customer asked for passes the caps, never the hours. Raises LookupError past the holidays.
    """
    from .sheet import next_phone_time

    calendar = calendar or policy.calendar
    rules = policy.rules[kind]
    again = next_phone_time(at, kind, policy, calendar, patron_day)
    if calendar.is_holiday(at.date(), patron_day):
        return Verdict(False, "holiday", again)
    if policy.charter.closes(at.date()):
        return Verdict(False, "charter.closed", again)
    start, end = rules.windows[at.weekday()]
    if not start <= at.hour * 60 + at.minute < end:
        return Verdict(False, "contact.hours", again)
    if requested_by_customer:
        return Verdict(True)
    if conversations_this_week >= rules.cap("week_conversations"):
        return Verdict(False, "contact.week_cap", next_phone_time(at, kind, policy, calendar, patron_day, week=True))
    if conversations_today >= rules.cap("day_conversations"):
        return Verdict(False, "contact.day_cap", next_phone_time(at, kind, policy, calendar, patron_day, day=True))
    return Verdict(True)


def log(contacts: Any, today: Any) -> Any:
    """The contacts up to the day, with their day as a number."""
    c = contacts.cross_join(today.select("as_of", "week_start"))
    c = c.mutate(day=day(c.on_date))
    return c.filter(c.day <= c.as_of)


def with_contacts(table: Any) -> Any:
    """Adds what the caps still allow today and this week."""
    table = table.mutate(**{name: table[name].fill_null(0) for name in COUNTS})
    left_week = ibis.least(
        table.cap_week_conversations - table.conversations_week,
        table.cap_week_contacts - table.conversations_week - table.messages_week,
    )
    table = table.mutate(contacts_left_week=ibis.greatest(left_week, 0))
    left_today = ibis.least(table.cap_day_conversations - table.conversations_today, table.contacts_left_week)
    return table.mutate(contacts_left_today=ibis.greatest(left_today, 0))


def counted(c: Any, policy: Policy) -> Any:
    """What we began ourselves counts; what the customer asked for, or began, does not."""
    ours = (c.direction == "out") & ~c.requested_by_customer
    voice = ours & c.channel.isin(HUMAN_CHANNELS)
    talk, attempt, message = voice & c.conversation, voice & ~c.conversation, ours & c.channel.isin(MESSAGES)
    week = c.day >= c.week_start
    now = c.day == c.as_of
    spoke = c.reason.notnull() & (c.as_of - c.day < policy.strategy.limits.reason_days)
    order = packed(c.day, c.contact_id)
    by = c.group_by("customer_id").aggregate(
        conversations_today=count(talk & now),
        conversations_week=count(talk & week),
        attempts_today=count(attempt & now),
        attempts_week=count(attempt & week),
        messages_week=count(message & week),
        last_out=c.day.max(where=talk | message),
        last_contact=c.day.max(where=c.conversation | ~c.channel.isin(HUMAN_CHANNELS)),
        last_reason=c.reason.fill_null("").argmax(order, where=spoke),
        fault=c.fault.fill_null("").argmax(order, where=spoke),
    )
    return by.mutate(last_fault=by.fault.nullif("")).drop("fault")


def best_hours(c: Any) -> Any:
    """The hour at which the right person most often answered; the earliest of equals."""
    good = c.filter((c.channel == "phone") & c.conversation & c.right_party & c.hour.notnull())
    by = good.group_by("customer_id", "hour").aggregate(times=good.count())
    best = by.group_by("customer_id").aggregate(best=(by.times * 100 + (99 - by.hour)).max())
    return best.mutate(best_hour=99 - best.best % 100).drop("best")


def with_channel(table: Any, policy: Policy) -> Any:
    """Adds `channel`: the customer's preferred one if the step may use it, else the first that is usable."""
    table = table.mutate(usable=_usable(table, policy))
    slots = [table[f"channel_{n}"] for n in range(3)]
    wished = table.preferred_channel
    in_step = (slots[0] == wished) | yes(slots[1] == wished) | yes(slots[2] == wished)
    chosen = ibis.cases(
        (in_step & table.usable.contains("," + wished), wished),
        *[(table.usable.contains("," + slot), slot) for slot in slots],
        else_=ibis.null("string"),
    )
    table = table.mutate(channel=chosen)
    voice = yes(table.channel.isin(HUMAN_CHANNELS))
    scripts = [
        (yes(table.last_reason == reason) & table.is_dunning, script) for reason, script in policy.strategy.scripts
    ]
    return table.mutate(
        voice=voice,
        message=table.channel.notnull() & ~voice,
        template=(table.channel.notnull() & ~voice).ifelse(_words(table, policy), ibis.null("string")),
        script=voice.ifelse(first_true(scripts, table.rung_script), ibis.null("string")),
    )


def _words(table: Any, policy: Policy) -> Any:
    """The rung's own words; on a hardship path those that also speak of help, when the policy has some."""
    gentle = policy.strategy.hardship.template
    if gentle is None:
        return table.rung_template
    return (table.path_soft & yes(table.is_dunning)).ifelse(ibis.literal(gentle), table.rung_template)


def _usable(table: Any, policy: Policy) -> Any:
    """The channels that exist, are the customer's own and not refused, as one word: ',phone,sms'."""
    word = ibis.literal("")
    for flag in sorted(set(OK_COLUMN.values())):
        names = [channel for channel, column in OK_COLUMN.items() if column == flag]
        usual = "".join(f",{channel}" for channel in names)
        gentle = "".join(f",{channel}" for channel in names if channel in policy.strategy.hardship.channels)
        word = word + table[flag].ifelse(table.path_soft.ifelse(gentle, usual), "")
    return word


def with_permission(table: Any, policy: Policy) -> Any:
    """Adds `rule` (null = nothing stands in the way), `until` (day number, null = not by itself) and `answer`."""
    refusals = _of_step(table) + _without_step(table, policy)
    numbers = [(condition, n) for n, (condition, _, _) in enumerate(refusals)]
    table = table.mutate(refusal=first_true(numbers, ibis.null("int64")))
    rules = [(table.refusal == n, rule) for n, (_, rule, _) in enumerate(refusals)]
    untils = [(table.refusal == n, until) for n, (_, _, until) in enumerate(refusals) if until is not None]
    table = table.mutate(rule=first_true(rules, ibis.null("string")), until=first_true(untils, ibis.null("int64")))
    answer = ibis.cases((table.rule.isnull(), "act"), (table.rule.isin(BLOCKING), "blocked"), else_="wait")
    return table.mutate(answer=answer)


def _of_step(table: Any) -> list[tuple[Any, str, Any]]:
    """Refusals of a step that the ladder wants, in order."""
    wants = table.rung_no.notnull()
    dunning = wants & yes(table.is_dunning)
    too_soft, by_charter = yes(table.own_tone < table.min_tone), yes(table.tone < table.min_tone)
    patron = yes(table.patron_day == table.mmdd)
    holiday = table.is_holiday | patron
    closed = (table.voice & ~table.phone_open) | (table.message & ~table.message_open)
    tomorrow = table.voice.ifelse(table.next_phone, table.next_message)
    monday = table.voice.ifelse(table.week_phone, table.week_message)
    contacts_week = table.conversations_week + table.messages_week
    rested = table.last_out + table.path_soft.ifelse(
        ibis.greatest(table.spacing_days, table.path_spacing), table.spacing_days
    )
    return [
        (wants & table.hold_until.notnull(), "hold", (table.hold_until < FAR).ifelse(table.hold_until + 1, None)),
        (dunning & table.trouble_until.notnull(), "our_service", None),
        (dunning & table.path_pause.notnull(), "path_pause", table.path_pause + 1),
        (dunning & table.promise_until.notnull(), "promise_pending", table.promise_until + 1),
        (dunning & table.bank_stale, "stale_bank", None),
        (wants & table.charter_closed, "charter.closed", table.charter_until),
        (wants & too_soft & yes(table.own_rule == "vulnerable"), "vulnerable_tone", None),
        (wants & too_soft, "reason_tone", None),
        (wants & by_charter, "charter_tone", None),
        (wants & table.channel.isnull(), "no_channel", None),
        (wants & holiday, "holiday", tomorrow),
        (wants & closed, "contact.hours", tomorrow),
        (wants & table.voice & (table.conversations_week >= table.cap_week_conversations), "contact.week_cap", monday),
        (wants & table.voice & (table.conversations_today >= table.cap_day_conversations), "contact.day_cap", tomorrow),
        (wants & table.voice & (table.attempts_week >= table.cap_week_attempts), "contact.attempt_cap", monday),
        (wants & table.voice & (table.attempts_today >= table.cap_day_attempts), "contact.attempt_cap", tomorrow),
        (wants & table.message & (table.messages_week >= table.cap_week_messages), "contact.message_cap", monday),
        (wants & (contacts_week >= table.cap_week_contacts), "contact.total_cap", monday),
        (wants & yes(table.rung_spacing) & yes(rested > table.as_of), "spacing", rested),
    ]  # fmt: skip


def _without_step(table: Any, policy: Policy) -> list[tuple[Any, str, Any]]:
    """Why the ladder wants nothing today, in order; the last one takes everybody who is left."""
    none = table.rung_no.isnull()
    held_day = (table.held_until < FAR).ifelse(table.held_until + 1, None)
    nothing = none & (table.claim_cents == 0) & (table.overdue_cents > 0)
    claimed = none & (table.claim_cents > 0)
    return [
        (none & (table.balance_cents <= 0), "nothing_due", None),
        (none & table.hold_until.notnull() & (table.overdue_cents > 0), "hold",
         (table.hold_until < FAR).ifelse(table.hold_until + 1, None)),
        (nothing & table.plan_until.notnull(), "plan_running", table.plan_until + 1),
        (nothing & table.bank_until.notnull(), "being_collected", table.bank_until + 1),
        (nothing & (table.disputed_overdue_cents > 0), "disputed", None),
        (nothing & (table.blocked_cents > 0), "blocked_by_us", None),
        (nothing, "hold", held_day),
        (claimed & table.trouble_until.notnull(), "our_service", None),
        (claimed & table.path_pause.notnull(), "path_pause", table.path_pause + 1),
        (claimed & table.promise_until.notnull(), "promise_pending", table.promise_until + 1),
        (claimed & (table.claim_cents < policy.min_cents), "below_minimum", None),
        (claimed & table.next_day.isnull(), "ladder_end", None),
        (none, "not_yet", table.next_day),
    ]  # fmt: skip
