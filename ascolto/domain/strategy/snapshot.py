# SPDX-License-Identifier: Apache-2.0
"""The snapshot: what is known of a client's customers on a day, as the tables that the engine reads.

One query per table, whole columns, no loop over customers. Nothing here decides anything. `reads` says what is asked
of the database; how it comes is records/columns.py: through the running transaction for a few customers, as a stream
for a million (night.py).
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import Max, Q, QuerySet

from ascolto.domain.agreements.models import Promise
from ascolto.domain.agreements.paths import running_paths
from ascolto.domain.agreements.queries import covered_until, said_by_plans
from ascolto.domain.care.papers import blocking
from ascolto.domain.care.queries import contested_cents, our_disservice
from ascolto.domain.debits.queries import collected_until
from ascolto.domain.ledger.credits import pending_cents
from ascolto.domain.ledger.models import Allocation, BankLine, BankStatement, Payment
from ascolto.domain.outreach.models import Contact
from ascolto.domain.portfolio.models import Account, ContactPoint, Customer, Hold, Instalment, Invoice
from ascolto.domain.portfolio.supplies import supply_of
from ascolto.domain.records.clock import ROME
from ascolto.domain.records.columns import Read, fetch
from ascolto.domain.strategy.models import Action
from ascolto.engine import gather, running
from ascolto.engine.balances import RAW
from ascolto.engine.facts import OUR_PAPERS, OUR_SERVICE, SCHEMAS, Facts

MEMORY_DAYS = 730
"""How far back closed items, contacts and promises still tell something about a customer."""
PERIOD_DAYS = 90
"""The flows of the figures: the last so many days."""
SALES_MONTHS = 24

Ids = Sequence[int] | None
Table = Any
"""A Read, or an Arrow table where a few rows have been made into one already."""


def take_snapshot(*, client_id: int, as_of: dt.date, customer_ids: Ids = None) -> Facts:
    """The facts of one client (or of some of its customers) as known on `as_of`. Money in cents."""
    raw = fetched(reads(client_id, as_of, customer_ids))
    made = run_stages(gather.stages(*gather.LEDGER, *gather.FACTS), raw, gather.FACTS)
    return Facts.from_arrow({**{name: raw[name] for name in gather.AS_THEY_ARE}, **made, "client": raw["client"]})


def fetched(tables: Mapping[str, Table]) -> dict[str, pa.Table]:
    """Every read carried out through the running transaction."""
    return {name: fetch(table) if isinstance(table, Read) else table for name, table in tables.items()}


def run_stages(stages: running.Stages, raw: Mapping[str, pa.Table], wanted: Sequence[str]) -> dict[str, pa.Table]:
    """Run `stages` over `raw` in the process; gives the tables named."""
    db = running.connection()
    running.register(db, raw)
    running.run(db, stages)
    made = {name: db.sql(f"FROM {name}").to_arrow_table() for name in wanted}
    running.forget(db, [name for name, _sql in stages], raw)
    return made


def reads(client_id: int, as_of: dt.date, ids: Ids = None) -> dict[str, Table]:
    """All that a decision reads, by the names of `gather.RAW` and of `facts.SCHEMAS`."""
    since = as_of - dt.timedelta(days=MEMORY_DAYS)
    return {
        **ledger_reads(client_id, as_of, ids),
        **_people(client_id, as_of, ids),
        "covered": _rows(RAW["covered"], list(covered_until(client_id, as_of, ids).items())),
        "presented": _rows(RAW["presented"], list(collected_until(client_id, as_of, ids).items())),
        "contacts": _contacts(client_id, as_of, since, ids),
        "promises": _promises(client_id, as_of, since, ids),
        "holds": _holds(client_id, as_of, ids),
        "actions": Read(
            _of(Action.objects.exclude(status=Action.Status.WITHDRAWN), client_id, ids).values_list(
                "pk", "customer_id", "cycle", "step", "channel", "status", "planned_on", "done_on"),
            _schema("actions"),
        ),
        "payments": _payments(client_id, as_of, ids),
        "client": pa.table({"bank_fresh_on": pa.array([bank_fresh_on(client_id, as_of)], pa.date32())}),
    }  # fmt: skip


def ledger_reads(client_id: int, as_of: dt.date, ids: Ids = None) -> dict[str, Table]:
    """What was invoiced, what settled it, and what is set aside: all that balances and figures derive from."""
    settled = Allocation.objects.filter(client_id=client_id)
    if ids is not None:
        settled = settled.filter(instalment__client_id=client_id, instalment__customer_id__in=ids)
    days = [as_of, *(as_of - dt.timedelta(days=back) for back in (MEMORY_DAYS, PERIOD_DAYS, 31 * SALES_MONTHS))]
    return {
        "span": _rows(RAW["span"], [tuple(days)]),
        "items": Read(
            _of(Instalment.objects.all(), client_id, ids).values_list(
                "pk", "customer_id", "invoice_id", "due_on", "amount_cents"),
            RAW["items"].to_pyarrow(),
        ),
        "documents": Read(
            _of(Invoice.objects.all(), client_id, ids).values_list(
                "pk", "issued_on", "currency", "kind", "account_id"),
            RAW["documents"].to_pyarrow(),
        ),
        "settled": Read(
            settled.values_list("instalment_id", "amount_cents", "paid_on", "known_on"), RAW["settled"].to_pyarrow()
        ),
        "aside": _rows(RAW["aside"], list(contested(client_id, as_of, ids).items())),
    }  # fmt: skip


def supplies_read(client_id: int) -> Read:
    """What each contract supplies."""
    return Read(
        Account.objects.filter(client_id=client_id).values_list("pk", "kind"),
        RAW["supplies"].to_pyarrow(),
        _as_supplies,
    )


def _as_supplies(contracts: pa.Table) -> pa.Table:
    kinds = contracts["supply"].combine_chunks().dictionary_encode()
    words = pa.array([supply_of(kind) for kind in kinds.dictionary.to_pylist()], pa.string())
    return contracts.set_column(1, RAW["supplies"].to_pyarrow().field("supply"), words.take(kinds.indices))


def bank_fresh_on(client_id: int, as_of: dt.date) -> dt.date | None:
    """The last day of which the bank has told us, up to `as_of`."""
    closing = BankStatement.objects.filter(client_id=client_id, closing_on__lte=as_of).aggregate(on=Max("closing_on"))
    booked = BankLine.objects.filter(client_id=client_id, booked_on__lte=as_of).aggregate(on=Max("booked_on"))
    days = [row["on"] for row in (closing, booked) if row["on"]]
    return max(days) if days else None


def contested(client_id: int, as_of: dt.date, ids: Ids = None) -> dict[int, int]:
    """Cents per invoice that are left out of what is asked: disputes open on `as_of`, and what was granted but not posted."""
    named = None if ids is None else list(ids)
    disputes, pending = contested_cents(client_id, as_of, named), pending_cents(client_id, as_of, named)
    return {pk: disputes.get(pk, 0) + pending.get(pk, 0) for pk in {*disputes, *pending}}


def _of(rows: QuerySet[Any], client_id: int, ids: Ids) -> QuerySet[Any]:
    rows = rows.filter(client_id=client_id)
    return rows if ids is None else rows.filter(customer_id__in=ids)


def _schema(name: str) -> pa.Schema:
    return SCHEMAS[name].to_pyarrow()


def _rows(schema: Any, rows: Sequence[Sequence[Any]]) -> pa.Table:
    """A table out of a few rows, columns in the agreed order."""
    kept = schema.to_pyarrow()
    columns = list(zip(*rows, strict=True)) or [() for _ in kept]
    return pa.table([pa.array(column, field.type) for column, field in zip(columns, kept, strict=True)], schema=kept)


def _people(client_id: int, as_of: dt.date, ids: Ids) -> dict[str, Table]:
    """Customers, the contact points that may be used (verified, of the right party, not refused), hardship paths."""
    rows = Customer.objects.filter(client_id=client_id)
    points = ContactPoint.objects.filter(client_id=client_id, is_right_party=True, verified=True).exclude(
        consent="denied"
    )
    if ids is not None:
        rows, points = rows.filter(pk__in=ids), points.filter(customer_id__in=ids)
    columns = ("pk", "kind", "language", "vulnerable", "active", "wants_courtesy", "preferred_channel")
    return {
        "people_kept": Read(
            rows.values_list(*columns), gather.PEOPLE.to_pyarrow(), partial(_empty_is_none, names=["preferred_channel"])
        ),
        "points": Read(points.values_list("customer_id", "channel"), gather.POINTS.to_pyarrow()),
        "paths": Read(
            running_paths(client_id, as_of, None if ids is None else list(ids)).values_list(
                "customer_id", "pk", "pause_until_on", "review_on"
            ),
            gather.PATHS.to_pyarrow(),
        ),
    }


def _promises(client_id: int, as_of: dt.date, since: dt.date, ids: Ids) -> pa.Table:
    """Promises, and what plans tell as promises do: few beside the instalments, so made in the process."""
    rows = _of(Promise.objects.filter(made_on__gte=since, made_on__lte=as_of), client_id, ids).values_list(
        "pk", "customer_id", "made_on", "due_on", "amount_cents", "grace_days", "status", "judged_on"
    )
    said = said_by_plans(client_id, as_of, since, None if ids is None else list(ids))
    return pa.concat_tables([fetch(Read(rows, _schema("promises"))), _rows(SCHEMAS["promises"], said)])


def _holds(client_id: int, as_of: dt.date, ids: Ids) -> pa.Table:
    """Holds not over on the day; open complaints about our service and gaps of invoices rest the pressure in the same way."""
    rows = _of(Hold.objects.filter(Q(until_on__isnull=True) | Q(until_on__gte=as_of)), client_id, ids)
    held = rows.values_list("pk", "customer_id", "invoice_id", "from_on", "until_on", "reason")
    troubles = _of(our_disservice(client_id, as_of), client_id, ids).values_list("pk", "customer_id", "opened_on")
    ours = [(-pk, customer, None, opened, None, OUR_SERVICE) for pk, customer, opened in troubles]
    lacking = _of(blocking(client_id, as_of), client_id, ids).values_list("customer_id", "invoice_id", "found_on")
    ours += [(-invoice, customer, invoice, found, None, OUR_PAPERS) for customer, invoice, found in lacking.distinct()]
    return pa.concat_tables([fetch(Read(held, _schema("holds"))), _rows(SCHEMAS["holds"], ours)])


_LOG = pa.schema(
    [("contact_id", pa.int64()), ("customer_id", pa.int64()), ("on_date", pa.date32()), ("at", pa.timestamp("us", "UTC")),
     ("channel", pa.string()), ("direction", pa.string()), ("human", pa.bool_()), ("outcome", pa.string()),
     ("reason", pa.string()), ("fault", pa.string()), ("solution", pa.string()), ("asked", pa.bool_())]
)  # fmt: skip


def _contacts(client_id: int, as_of: dt.date, since: dt.date, ids: Ids) -> Read:
    rows = _of(Contact.objects.filter(on_date__gte=since, on_date__lte=as_of), client_id, ids).exclude(
        outcome=Contact.Outcome.FAILED
    )
    columns = ("pk", "customer_id", "on_date", "at", "channel", "direction", "human", "outcome", "reason", "fault",
               "solution", "requested_by_customer")  # fmt: skip
    return Read(rows.values_list(*columns), _LOG, _as_contacts)


def _as_contacts(log: pa.Table) -> pa.Table:
    """The hour in Rome instead of the moment, whether it was a conversation, and an empty word as none."""
    log = _empty_is_none(log, names=["reason", "fault", "solution"])
    talks = pa.array([outcome.value for outcome in Contact.CONVERSATIONS])
    local = pc.local_timestamp(log["at"].cast(pa.timestamp("us", str(ROME))))
    columns = {
        **{name: log[name] for name in log.column_names},
        "hour": pc.hour(local), "conversation": pc.and_(log["human"], pc.is_in(log["outcome"], value_set=talks)),
        "right_party": pc.equal(log["outcome"], Contact.Outcome.RIGHT_PARTY.value), "requested_by_customer": log["asked"],
    }  # fmt: skip
    schema = _schema("contacts")
    return pa.table([columns[name] for name in schema.names], names=schema.names).cast(schema)


def _empty_is_none(table: pa.Table, *, names: Sequence[str]) -> pa.Table:
    """An empty word of these columns is none."""
    for name in names:
        column = table[name]
        told = pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)
        table = table.set_column(table.column_names.index(name), pa.field(name, pa.string()), told)
    return table


def _payments(client_id: int, as_of: dt.date, ids: Ids) -> Read:
    """Money received of the last weeks, reversed payments left out: what a thank-you may answer."""
    rows = Payment.objects.filter(
        kind=Payment.Kind.MONEY, known_on__gte=as_of - dt.timedelta(days=60), known_on__lte=as_of, amount_cents__gt=0
    ).exclude(reversed_by__known_on__lte=as_of)
    columns = ("pk", "customer_id", "paid_on", "known_on", "amount_cents")
    return Read(_of(rows, client_id, ids).values_list(*columns), _schema("payments"))
