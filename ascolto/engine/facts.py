# SPDX-License-Identifier: Apache-2.0
"""The nouns of a decision. Owns: the schema of every table that goes into `decide` and of the one that comes out.

One client at a time. Money is integer cents, dates are dates. `Facts` carries Arrow tables; a wrong column, a
missing one or a wrong type is refused here with its name, so that no step has to wonder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc

KINDS = ("consumer", "business", "public")
CHANNELS = ("phone", "email", "letter", "pec", "sms", "visit")
ANSWERS = ("act", "wait", "blocked")
OUR_SERVICE = "care:our_service"
"""Reason of a hold that an open complaint about our own service stands for: it rests the pressure, not the courtesy."""
OUR_PAPERS = "papers:ours"
"""Reason of a hold on an invoice that lacks something through our own fault: first we mend it, then we ask."""
TRENDS = ("better", "same", "worse", "unknown")

SCHEMAS: dict[str, ibis.Schema] = {
    "customers": ibis.schema(
        {
            "customer_id": "!int64",
            "kind": "!string",
            "language": "string",
            "vulnerable": "!boolean",
            "active": "!boolean",
            "opted_courtesy": "!boolean",
            "email_ok": "!boolean",
            "phone_ok": "!boolean",
            "post_ok": "!boolean",
            "pec_ok": "!boolean",
            "preferred_channel": "string",
            "patron_day": "string",
            "path_id": "int64",  # the hardship path that runs today; null: none
            "path_pause_until": "date",
            "path_review_on": "date",
        }
    ),
    "instalments": ibis.schema(
        {
            "instalment_id": "!int64",
            "customer_id": "!int64",
            "invoice_id": "!int64",
            "issued_on": "!date",
            "due_on": "!date",
            "amount_cents": "!int64",
            "balance_cents": "!int64",
            "disputed_cents": "!int64",
            "closed_on": "date",
            "planned_until": "date",  # covered by a plan that holds until then; null: by none
            "collected_until": "date",  # presented to the bank (SDD, RiBa, MAV), which may answer until then; null: not
        }
    ),
    "contacts": ibis.schema(
        {
            "contact_id": "!int64",
            "customer_id": "!int64",
            "on_date": "!date",
            "hour": "int64",
            "channel": "!string",
            "direction": "!string",
            "human": "!boolean",
            "conversation": "!boolean",
            "right_party": "!boolean",
            "reason": "string",
            "fault": "string",
            "solution": "string",
            "requested_by_customer": "!boolean",
        }
    ),
    "promises": ibis.schema(
        {
            "promise_id": "!int64",
            "customer_id": "!int64",
            "made_on": "!date",
            "due_on": "!date",
            "amount_cents": "!int64",
            "grace_days": "!int64",
            "status": "!string",
            "judged_on": "date",
        }
    ),
    "holds": ibis.schema(
        {
            "hold_id": "!int64",
            "customer_id": "!int64",
            "invoice_id": "int64",
            "from_on": "!date",
            "until_on": "date",
            "reason": "string",
        }
    ),
    "actions": ibis.schema(
        {
            "action_id": "!int64",
            "customer_id": "!int64",
            "cycle": "!string",
            "step": "!string",
            "channel": "string",
            "status": "!string",
            "planned_on": "date",
            "done_on": "date",
        }
    ),
    "payments": ibis.schema(
        {
            "payment_id": "!int64",
            "customer_id": "!int64",
            "paid_on": "!date",
            "known_on": "!date",
            "cents": "!int64",
        }
    ),
    "client": ibis.schema({"bank_fresh_on": "date"}),
}

SCORE_PARTS = ("delay", "open_delay", "trend", "promises", "streak", "history")
PRIORITY_PARTS = ("base", "money", "age", "risk", "promise", "reason")

# One row per customer comes out, in this order of columns.
OUTPUT: ibis.Schema = ibis.schema(
    {
        "customer_id": "!int64",
        "answer": "!string",  # act | wait | blocked
        "ladder": "string",
        "step": "string",  # the step to take; of a refused step when answer is not 'act', else null
        "phase": "string",
        "cycle": "string",
        "channel": "string",
        "tone": "int64",
        "template": "string",  # only when the channel is a message
        "script": "string",  # only when the channel is a human voice
        "priority": "!int64",
        "until_on": "date",
        "rule": "string",  # see because.RULES
        # money
        "balance_cents": "!int64",
        "overdue_cents": "!int64",
        "disputed_cents": "!int64",
        "not_due_cents": "!int64",
        "claim_cents": "!int64",  # overdue, neither disputed nor held: what may be asked for today
        "held_cents": "!int64",  # overdue under a hold of its invoice, not disputed
        "blocked_cents": "!int64",  # overdue, but the invoice lacks something through our fault; neither disputed nor held
        "overdue_count": "!int64",
        "oldest_due_on": "date",
        "oldest_invoice_id": "int64",
        "claim_due_on": "date",
        "next_due_on": "date",
        "subject_invoice_id": "int64",  # the invoice that a courtesy or before-due step speaks of
        # behaviour
        "max_overdue_days": "!int64",
        "days_late_weighted": "int64",
        "open_days_late_weighted": "int64",
        "trend": "!string",
        "broken_promises": "!int64",
        "kept_promises": "!int64",
        "punctual_streak": "!int64",
        "closed_count": "!int64",
        "score": "!int64",
        "score_base": "!int64",
        **{f"points_{part}": "!int64" for part in SCORE_PARTS},
        "segment": "!string",
        # contact
        "last_contact_on": "date",
        "last_reason": "string",
        "last_fault": "string",
        "contacts_left_today": "!int64",
        "contacts_left_week": "!int64",
        "best_hour": "int64",
        "promise_due_on": "date",
        "path_phase": "string",  # pause | soft | null: on no hardship path
        "path_pause_until": "date",
        "path_review_on": "date",
        # why
        "rung_tone": "int64",  # the tone of the ladder before it was lowered
        "tone_rule": "string",  # what lowered it
        "after_step": "string",  # the step that opened this one, and when it was done
        "after_on": "date",
        "anchor": "string",
        "anchor_on": "date",  # the date that the rung counts from
        **{f"priority_{part}": "!int64" for part in PRIORITY_PARTS},
        "fingerprint": "!string",
    }
)


class FactsError(ValueError):
    """A table of facts that is not as agreed: says which table and which column."""


DAYS = tuple(name for name, kind in OUTPUT.items() if kind.is_date())
"""Columns of `OUTPUT` that are days."""
COUNTS = tuple(name for name, kind in OUTPUT.items() if kind.is_integer() and not kind.nullable)
"""Those that are always a number."""


def _coerce(name: str, table: pa.Table) -> pa.Table:
    wanted = SCHEMAS[name].to_pyarrow()
    missing = [column for column in wanted.names if column not in table.column_names]
    extra = [column for column in table.column_names if column not in wanted.names]
    if missing or extra:
        raise FactsError(f"facts.{name}: missing {missing or 'none'}, unknown {extra or 'none'}")
    try:
        return table.select(wanted.names).cast(wanted)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError) as error:
        raise FactsError(f"facts.{name}: {error}") from error


@dataclass(frozen=True)
class Facts:
    """What is known about one client's customers on a day, as Arrow tables of the agreed schemas."""

    customers: pa.Table
    instalments: pa.Table
    contacts: pa.Table
    promises: pa.Table
    holds: pa.Table
    actions: pa.Table
    payments: pa.Table
    client: pa.Table

    @classmethod
    def from_arrow(cls, tables: Mapping[str, pa.Table]) -> Facts:
        """Checks names, columns and types of every table. Raises FactsError naming what is wrong."""
        if set(tables) != set(SCHEMAS):
            raise FactsError(f"facts: expected the tables {sorted(SCHEMAS)}, got {sorted(tables)}")
        return cls(**{name: _coerce(name, tables[name]) for name in SCHEMAS})

    @classmethod
    def from_rows(cls, bank_fresh_on: date | None = None, **rows: Iterable[Mapping[str, Any]]) -> Facts:
        """For tests and small worlds: rows as mappings; absent tables are empty, absent nullable columns null."""
        tables = {name: table_of(name, rows.get(name, ())) for name in SCHEMAS if name != "client"}
        tables["client"] = table_of("client", [{"bank_fresh_on": bank_fresh_on}])
        return cls.from_arrow(tables)

    def items(self) -> list[tuple[str, pa.Table]]:
        return [(name, getattr(self, name)) for name in SCHEMAS]

    def only(self, customer_ids: Sequence[int]) -> Facts:
        """The facts of some customers."""
        wanted = pa.array(customer_ids, pa.int64())
        tables = {
            name: table.filter(pc.is_in(table["customer_id"], value_set=wanted)) if name != "client" else table
            for name, table in self.items()
        }
        return Facts(**tables)

    @property
    def bank_fresh_on(self) -> date | None:
        """The last day of which the bank has told us."""
        day: date | None = self.client.column("bank_fresh_on")[0].as_py() if self.client.num_rows else None
        return day


_UNKNOWN = {name: 0 if name in COUNTS else None for name in OUTPUT.names}


def row_of(told: Mapping[str, Any]) -> dict[str, Any]:
    """An answer as it was decided (a row of `OUTPUT`) out of its kept JSON: days are days again, the unknown is None."""
    row: dict[str, Any] = {**_UNKNOWN, **told}
    for name in DAYS:
        if isinstance(row[name], str):
            row[name] = date.fromisoformat(row[name])
    return row


def table_of(name: str, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """An Arrow table of the agreed schema from mappings."""
    return pa.Table.from_pylist([dict(row) for row in rows], schema=SCHEMAS[name].to_pyarrow())
