# SPDX-License-Identifier: Apache-2.0
"""The decision. Owns: the order of the steps, and how they are run.

Facts, a policy and a date in; one row for every customer out: act, wait until, or blocked by. Each step is
table -> table, columns added, none changed. The expressions are compiled once per policy (`Policy.sha`): the date
and everything that depends on it come as rows, so a year of days runs the same text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import pyarrow as pa

from . import ageing, behaviour, columns, contact, priority, running, schedule, score, segment, sheet
from .columns import as_date
from .facts import OUTPUT, SCHEMAS, Facts
from .policy import Policy
from .running import Keep

RUNGS = ibis.schema(
    {"rung_no": "!int64", "step": "string", "phase": "string", "anchor": "string", "rung_tone": "int64",
     "min_tone": "int64", "rung_template": "string", "rung_script": "string", "rung_priority": "int64",
     "rung_spacing": "boolean", "is_dunning": "boolean",
     "channel_0": "string", "channel_1": "string", "channel_2": "string"}
)  # fmt: skip
INVOICE_RUNGS = ibis.schema(
    {"rung_no": "!int64", "rung_kind": "string", "rung_step": "string", "rung_anchor": "string", "rung_from": "int64",
     "rung_until": "int64", "rung_min_cents": "int64",
     "of_any": "boolean", "of_first": "boolean", "of_large": "boolean", "of_opted": "boolean"}
)  # fmt: skip
INPUTS = {**{name: schema for name, schema in SCHEMAS.items() if name != "client"}, "today": sheet.TODAY,
          "conduct": sheet.CONDUCT, "rungs": RUNGS, "invoice_rungs": INVOICE_RUNGS}  # fmt: skip

SHEET = tuple(name for name in (*sheet.TODAY, *sheet.CONDUCT) if name not in ("as_of", "rule_kind"))

# What may drift from one day to the next without anything having happened stays out of the fingerprint.
FINGERPRINT = (
    "answer", "ladder", "step", "cycle", "channel", "tone", "template", "script", "rule", "until_on", "balance_cents",
    "overdue_cents", "disputed_cents", "claim_cents", "overdue_count", "oldest_due_on", "oldest_invoice_id",
    "claim_due_on", "next_due_on", "subject_invoice_id", "segment", "promise_due_on",
    "broken_promises", "kept_promises", "path_phase", "path_review_on",
)  # fmt: skip


@dataclass(frozen=True)
class Inputs:
    """The tables a decision reads, as Ibis tables of any backend (or of none, to be compiled)."""

    customers: Any
    instalments: Any
    contacts: Any
    promises: Any
    holds: Any
    actions: Any
    payments: Any
    today: Any
    conduct: Any
    rungs: Any
    invoice_rungs: Any


def decide(facts: Inputs, policy: Policy, keep: Keep = lambda name, table: table) -> Any:
    """One row per customer, columns as `facts.OUTPUT`. Pure: an expression, nothing is run.

    `keep` names the places where an engine may put a table down and pick it up again; by default it never does.
    """
    items = keep("items", ageing.dated(facts.instalments, facts.holds, facts.today))
    table = on_the_day(facts, items, policy)
    table = ageing.with_exposure(table)
    table = behaviour.with_history(table, policy)
    table = contact.with_contacts(table)
    table = score.with_score(table, policy)
    table = segment.with_segment(table, policy)
    table = keep("known", schedule.with_cycles(table).drop(*SHEET))
    table = schedule.with_done(table, facts.actions, items, facts.invoice_rungs, policy)
    table = with_sheet(keep("candidates", table), facts)
    table = schedule.with_rung(table, policy)
    table = schedule.with_step(table, facts.rungs, policy)
    table = segment.with_tone(table, policy)
    table = contact.with_channel(table, policy)
    table = contact.with_permission(table, policy)
    table = priority.with_priority(table, policy)
    return with_fingerprint(in_dates(table)).select(*OUTPUT.names)


def on_the_day(facts: Inputs, items: Any, policy: Policy) -> Any:
    """Customers beside the sheet of the day, the rules of their kind, and one row of each kind of fact."""
    table = with_sheet(facts.customers.cross_join(facts.today.select("as_of")), facts)
    log = contact.log(facts.contacts, facts.today)
    table = on_a_path(table, policy)
    return columns.beside(
        table,
        ageing.whole_holds(facts.holds, facts.today),
        ageing.exposure(items),
        behaviour.paying(facts.instalments, facts.today, policy),
        behaviour.promising(facts.promises, facts.today),
        behaviour.paid(facts.payments),
        contact.counted(log, policy),
        contact.best_hours(log),
    )


def with_sheet(table: Any, facts: Inputs) -> Any:
    """Adds the sheet of the day and the rules of each kind. They are the same for thousands of rows, so what is put
    down goes without them, and they come back where they are read."""
    table = table.cross_join(facts.today.drop("as_of"))
    return table.inner_join(facts.conduct, table.kind == facts.conduct.rule_kind).drop("rule_kind")


def on_a_path(table: Any, policy: Policy) -> Any:
    """Adds where a customer is on its hardship path: until when it pauses, whether the softer cadence holds, its review."""
    pause = columns.day(table.path_pause_until)
    table = table.mutate(
        path_pause=(pause >= table.as_of).ifelse(pause, None),
        review_day=columns.day(table.path_review_on),
        path_spacing=ibis.literal(policy.strategy.hardship.spacing_days, "int64"),
    )
    table = table.mutate(path_soft=table.path_id.notnull() & table.path_pause.isnull())
    paused = table.path_id.notnull() & table.path_pause.notnull()
    return table.mutate(path_phase=ibis.cases((paused, "pause"), (table.path_soft, "soft"), else_=ibis.null("string")))


def in_dates(table: Any) -> Any:
    """Day numbers become dates again, at the border."""
    names = {"until_on": "until", "oldest_due_on": "oldest_due", "claim_due_on": "claim_due", "next_due_on": "next_due",
             "last_contact_on": "last_contact", "promise_due_on": "promise_due", "after_on": "after_day",
             "anchor_on": "anchor_day"}  # fmt: skip
    return table.mutate(**{date_name: as_date(table[number]) for date_name, number in names.items()})


def with_fingerprint(table: Any) -> Any:
    """md5 of all that changes only when something happened: the same customer, the same print tomorrow."""
    words = [table[name].cast("string").fill_null("-") for name in FINGERPRINT]
    text = words[0]
    for word in words[1:]:
        text = text + "|" + word
    return table.mutate(fingerprint=text.hexdigest("md5"))


# --- running it in the process -------------------------------------------------------------------------------------

SMALL, WIDE = 20_000, 4  # below SMALL customers a second thread costs more than it helps
JOINING = ("items", "known", "candidates")
TABLES = tuple(name for name in SCHEMAS if name != "client")


def compiled(policy: Policy, dialect: str = "duckdb") -> running.Stages:
    """The SQL of `decide` for this policy, stage by stage; the last one is `decisions`."""

    def build(tables: Mapping[str, Any], keep: Keep) -> None:
        keep("decisions", decide(Inputs(**tables), policy, keep))

    return running.compiled(f"{policy.sha}:{dialect}", INPUTS, build)


def taught(policy: Policy) -> str:
    """What `compiled` gives, as text for another process to `learn`."""
    return json.dumps(compiled(policy))


def learn(policy: Policy, told: str) -> None:
    """Take over what another process has compiled for this policy."""
    running.learn(f"{policy.sha}:duckdb", tuple((name, sql) for name, sql in json.loads(told)))


def of_the_day(policy: Policy, as_of: date, bank_fresh_on: date | None) -> dict[str, pa.Table]:
    """The sheet of the day and the policy's rungs, as Arrow tables by name: what stands beside the facts."""
    return {
        "today": sheet.today_table(policy, as_of, bank_fresh_on),
        "conduct": sheet.conduct_table(policy, as_of),
        "rungs": pa.Table.from_pylist(schedule.rungs_rows(policy), schema=RUNGS.to_pyarrow()),
        "invoice_rungs": pa.Table.from_pylist(schedule.invoice_rungs_rows(policy), schema=INVOICE_RUNGS.to_pyarrow()),
    }


def inputs(facts: Facts, policy: Policy, as_of: date) -> dict[str, pa.Table]:
    """Facts, the sheet of the day and the policy's rungs, as Arrow tables by name."""
    tables = {name: getattr(facts, name) for name in TABLES}
    return tables | of_the_day(policy, as_of, facts.bank_fresh_on)


def decide_arrow(facts: Facts, policy: Policy, as_of: date, threads: int = WIDE) -> pa.Table:
    """The decisions of one client's customers on a day, ordered by customer_id, columns as `facts.OUTPUT`.

    Runs in the process (DuckDB, in memory). Raises LookupError when the holidays of the year are not known.
    """
    db, small = running.connection(), facts.customers.num_rows < SMALL
    db.execute(f"SET threads = {1 if small else threads}")
    known, stages = inputs(facts, policy, as_of), compiled(policy)
    running.register(db, known)
    if small:
        *kept, (_, decisions) = stages
        running.run(db, kept, JOINING)
        result = running.ask(db, decisions, optimized=False)
        running.forget(db, [name for name, _sql in kept])
    else:
        result = running.ask(db, running.together(stages))
    running.forget(db, (), known)
    assert result.num_rows == facts.customers.num_rows, "a customer without an answer, or with two"
    return result.cast(OUTPUT.to_pyarrow()).sort_by("customer_id")
