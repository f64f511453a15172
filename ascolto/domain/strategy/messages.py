# SPDX-License-Identifier: Apache-2.0
"""From answers to messages: gathers, in a few queries for all customers, the facts that each message speaks of."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from ascolto.domain.access.models import Client, User
from ascolto.domain.outreach import wording
from ascolto.domain.outreach.composed import Composed
from ascolto.domain.outreach.facts import FactsError, Item, MessageFacts
from ascolto.domain.outreach.models import Message
from ascolto.domain.outreach.placeholders import WordingError
from ascolto.domain.portfolio.models import ContactPoint, Customer, Instalment
from ascolto.domain.records import clock
from ascolto.engine.facts import Facts
from ascolto.policies.load_law import social_bonus

Row = Mapping[str, Any]
CHUNK = 2000
EARLIEST = dt.time(8, 30)
"""Messages are not put on their way before this hour of the day they were decided for."""


@dataclass(frozen=True)
class Addressee:
    customer: Customer
    name: str
    value: str
    operator_name: str


def write_messages(
    *, client: Client, as_of: dt.date, rows: Sequence[Row], facts: Facts
) -> tuple[dict[int, Message], list[str]]:
    """Unsaved messages by customer id for the answers `rows` (channel e-mail, PEC or letter), and what went wrong.

    One bad record never stops the run: it is reported with the customer's number and the reason.
    """
    people = _addressees(client.pk, rows)
    items = _items(client.pk, rows, facts)
    promised = _promises(facts)
    written = _written(facts, rows)
    bonus = social_bonus(as_of) if client.sector == "utility" else None
    paid = _payments(facts)
    messages: dict[int, Message] = {}
    problems: list[str] = []
    for row in rows:
        customer_id = row["customer_id"]
        person = people.get((customer_id, row["channel"]))
        if person is None:
            problems.append(f"customer {customer_id}: no address for {row['channel']}")
            continue
        try:
            facts_of = _facts(
                client, as_of, row, person, items.get(customer_id, []), promised.get(customer_id), paid.get(customer_id)
            )
            facts_of = replace(
                facts_of, written_before=written.get(customer_id, 0), bonus_isee_cents=bonus.isee_cents if bonus else 0,
                bonus_isee_family_cents=bonus.family_isee_cents if bonus else 0,
            )  # fmt: skip
            composed = wording.compose(
                row["template"], row["tone"], person.customer.language, facts_of, channel=row["channel"]
            )
        except (WordingError, FactsError) as error:
            problems.append(f"customer {person.customer.number}: {row['template']}: {error}")
            continue
        messages[customer_id] = _message(client, as_of, row, person, facts_of, composed)
    return messages, problems


def _message(
    client: Client, as_of: dt.date, row: Row, person: Addressee, facts: MessageFacts, composed: Composed
) -> Message:
    now = clock.now()
    return Message(
        client=client, customer=person.customer, channel=row["channel"], to_name=person.name, to_value=person.value,
        template=composed.template, template_version=composed.template_version, tone=composed.tone,
        language=composed.language, step=row["step"], subject=composed.subject, text=composed.text, html=composed.html,
        facts=facts.to_dict(), queued_at=now,
        not_before=max(now, dt.datetime.combine(as_of, EARLIEST, clock.ROME)),
    )  # fmt: skip


def _facts(
    client: Client, as_of: dt.date, row: Row, person: Addressee, items: list[Item],
    promise: tuple[int, dt.date] | None, payment: tuple[int, dt.date] | None,
) -> MessageFacts:  # fmt: skip
    customer = person.customer
    reference = f"{customer.number} " + " ".join(item.invoice_number for item in items)
    return MessageFacts(
        client_name=client.name, client_address=_lines(client.address), client_phone=client.phone,
        client_email=client.email, client_iban=client.iban, client_beneficiary=client.name,
        customer_name=customer.name, customer_number=customer.number, customer_kind=cast(Any, customer.kind),
        customer_address=_lines(f"{customer.street}, {customer.postcode} {customer.city} {customer.province}"),
        salutation="person" if customer.kind == "consumer" else "company",
        items=tuple(items), total_cents=sum(item.balance_cents for item in items),
        oldest_due_on=min((item.due_on for item in items), default=None), as_of=as_of,
        payment_reference=reference.strip()[:140], operator_name=person.operator_name,
        promise_cents=promise[0] if promise else None, promise_on=promise[1] if promise else None,
        paid_cents=payment[0] if payment else None, paid_on=payment[1] if payment else None,
    )  # fmt: skip


def _lines(address: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in address.split(",") if part.strip())


def _addressees(client_id: int, rows: Sequence[Row]) -> dict[tuple[int, str], Addressee]:
    """Who gets it: the preferred verified point of the channel, of the right party."""
    found: dict[tuple[int, str], Addressee] = {}
    channels = {row["channel"] for row in rows}
    for ids in _chunks([row["customer_id"] for row in rows]):
        people = {one.pk: one for one in Customer.objects.filter(client_id=client_id, pk__in=ids)}
        operators = User.objects.filter(pk__in={one.operator_id for one in people.values()})
        names: dict[int | None, str] = dict(operators.values_list("pk", "name"))
        points = (
            ContactPoint.objects.filter(client_id=client_id, customer_id__in=ids, is_right_party=True, verified=True)
            .filter(channel__in=channels)
            .exclude(consent=ContactPoint.Consent.DENIED)
            .order_by("preferred", "-pk")
        )
        for pk, channel, value, person in points.values_list("customer_id", "channel", "value", "person_name"):
            customer = people[pk]
            found[pk, channel] = Addressee(
                customer, person or customer.name, value, names.get(customer.operator_id, "")
            )
    return found


def _items(client_id: int, rows: Sequence[Row], facts: Facts) -> dict[int, list[Item]]:
    """What each message lists: the claimed overdue items, or the one invoice a courtesy step speaks of."""
    subject = {
        row["customer_id"]: row["subject_invoice_id"] for row in rows if row["phase"] in ("courtesy", "before_due")
    }
    dunning = {
        row["customer_id"]: row["as_of"] for row in rows if row["phase"] not in ("courtesy", "before_due", "thanks")
    }
    wanted: dict[int, tuple[int, int]] = {}
    aside = _left_alone(facts, rows)
    table = facts.instalments
    columns = (
        "instalment_id",
        "customer_id",
        "invoice_id",
        "due_on",
        "balance_cents",
        "disputed_cents",
        "planned_until",
    )
    for pk, customer, invoice, due, balance, disputed, planned in zip(
        *(table[name].to_pylist() for name in columns), strict=True
    ):
        owed = balance - disputed
        covered = planned is not None and customer in dunning and planned >= dunning[customer]
        if (
            owed > 0
            and not covered
            and (customer, invoice) not in aside
            and (
                (customer in subject and subject[customer] == invoice)
                or (customer in dunning and due < dunning[customer])
            )
        ):
            wanted[pk] = (customer, owed)
    found: dict[int, list[Item]] = defaultdict(list)
    for ids in _chunks(list(wanted)):
        lines = Instalment.objects.filter(client_id=client_id, pk__in=ids).order_by("due_on", "pk")
        for pk, number, issued, due, amount, currency in lines.values_list(
            "pk", "invoice__number", "invoice__issued_on", "due_on", "amount_cents", "invoice__currency"
        ):
            customer, owed = wanted[pk]
            found[customer].append(
                Item(
                    invoice_number=number,
                    issued_on=issued,
                    due_on=due,
                    amount_cents=amount,
                    balance_cents=owed,
                    currency=currency,
                )
            )
    return found


def _left_alone(facts: Facts, rows: Sequence[Row]) -> set[tuple[int, int]]:
    """(customer, invoice) under a hold of its own on the day of the answer: not asked for, so not listed either."""
    today = {row["customer_id"]: row["as_of"] for row in rows}
    found = set()
    for hold in facts.holds.to_pylist():
        day, invoice = today.get(hold["customer_id"]), hold["invoice_id"]
        if (
            day
            and invoice is not None
            and hold["from_on"] <= day
            and (hold["until_on"] is None or hold["until_on"] >= day)
        ):
            found.add((hold["customer_id"], invoice))
    return found


def _written(facts: Facts, rows: Sequence[Row]) -> dict[int, int]:
    """How many messages about what is claimed now have left: those of the same arrears cycle."""
    cycles = {row["customer_id"]: row["cycle"] for row in rows}
    counts: Counter[int] = Counter()
    table = facts.actions
    for customer, cycle, channel, status in zip(
        *(table[name].to_pylist() for name in ("customer_id", "cycle", "channel", "status")), strict=True
    ):
        if status == "done" and channel in ("email", "pec", "letter", "sms") and cycles.get(customer) == cycle:
            counts[customer] += 1
    return counts


def _promises(facts: Facts) -> dict[int, tuple[int, dt.date]]:
    rows = sorted(facts.promises.to_pylist(), key=lambda row: (row["made_on"], row["promise_id"]))
    return {row["customer_id"]: (row["amount_cents"], row["due_on"]) for row in rows}


def _payments(facts: Facts) -> dict[int, tuple[int, dt.date]]:
    rows = sorted(facts.payments.to_pylist(), key=lambda row: (row["paid_on"], row["payment_id"]))
    return {row["customer_id"]: (row["cents"], row["paid_on"]) for row in rows}


def _chunks(ids: list[int]) -> list[list[int]]:
    return [ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK)]
