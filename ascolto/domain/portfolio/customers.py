# SPDX-License-Identifier: Apache-2.0
"""Writing what sources tell of customers: new ones, what was missing, and, from the client's own list, what changed."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

from ascolto.domain.access.models import Client
from ascolto.domain.portfolio.drafts import CustomerDraft, PointDraft
from ascolto.domain.portfolio.identities import Directory, chunks, numbered_by_us
from ascolto.domain.portfolio.indexing import note_customers
from ascolto.domain.portfolio.models import ContactPoint, Customer, Invoice
from ascolto.domain.portfolio.normalise import address, search_name
from ascolto.domain.records.actions import record

_TEXTS = {"name": 200, "vat": 20, "tax_code": 20, "street": 200, "postcode": 12, "city": 100, "province": 60,
          "country": 2, "language": 5, "kind": 10, "preferred_channel": 10, "salesperson": 120}  # fmt: skip
_FACTS = ("vulnerable", "active", "wants_courtesy", "since_on")
_DEFAULTS = {"language": "it", "country": "IT", "kind": "consumer"}


class Learned(NamedTuple):
    """The customer that a draft meant, and whether it was new, known as it is, or changed by it."""

    customer: Customer
    verdict: Literal["new", "known", "changed"]


class Registrar:
    """Collects what the drafts of one delivery tell of customers, then writes it set by set.

    An invoice only completes what is empty. A customer list (`master`) is the client's word and replaces.
    """

    def __init__(self, client: Client, directory: Directory, *, actor: str, as_of: dt.date) -> None:
        self.client, self.directory, self.actor, self.as_of = client, directory, actor, as_of
        self._new: dict[int, Customer] = {}
        self._changed: dict[int, tuple[Customer, dict[str, Any]]] = {}
        self._points: dict[int, tuple[Customer, dict[tuple[str, str], PointDraft], bool]] = {}

    def learn(self, draft: CustomerDraft, *, master: bool = False) -> Learned:
        """Take in one draft. The customer has its primary key after `write`."""
        customer = self.directory.find(draft)
        if customer is None:
            customer = self._create(draft)
            self._note_points(customer, draft, master)
            return Learned(customer, "new")
        return self._complete(customer, draft, master)

    def learn_of(self, invoice: Invoice, draft: CustomerDraft) -> Customer:
        """Whose a known invoice is, by what its document says now. The same invoice is evidence of the same customer
        when we know no code of that customer yet (it came from a list), or none that says otherwise."""
        found = self.directory.find(draft)
        if found is None and not draft.number:
            owner = Customer.objects.get(pk=invoice.customer_id)
            if not owner.vat and not owner.tax_code:
                self._complete(owner, draft, False)
                self.directory.add(owner)
                return owner
        return self.learn(draft).customer

    def write(self) -> None:
        """Write everything collected, in the caller's transaction, and forget it."""
        Customer.objects.bulk_create(self._new.values())
        changed = [(customer, before) for customer, before in self._changed.values() if id(customer) not in self._new]
        fields = ["number", "search_name", *_TEXTS, *_FACTS]
        Customer.objects.bulk_update([customer for customer, _ in changed], fields, batch_size=50)
        for customer, before in changed:
            after = {name: _plain(getattr(customer, name)) for name in before}
            data = {"before": before, "after": after}
            record("customer.changed", actor=self.actor, client_id=self.client.pk, subject=customer, data=data)
        called = self._write_points()
        renamed = [customer.pk for customer, before in self._changed.values() if "name" in before]
        note_customers(self.client.pk, [*(customer.pk for customer in self._new.values()), *renamed, *called])
        self._new, self._changed, self._points = {}, {}, {}

    def _create(self, draft: CustomerDraft) -> Customer:
        customer = Customer(client=self.client, number=draft.own_number[:60])
        for name, limit in _TEXTS.items():
            setattr(customer, name, (getattr(draft, name) or _DEFAULTS.get(name, ""))[:limit])
        for name in _FACTS:
            if getattr(draft, name) is not None:
                setattr(customer, name, getattr(draft, name))
        customer.name = customer.name or customer.number
        customer.search_name = search_name(customer.name)
        self._new[id(customer)] = customer
        self.directory.add(customer)
        return customer

    def _complete(self, customer: Customer, draft: CustomerDraft, master: bool) -> Learned:
        before: dict[str, Any] = {}
        if draft.number and draft.number != customer.number and numbered_by_us(customer):
            before["number"] = customer.number
            self.directory.renumber(customer, draft.number[:60])
        for name, limit in _TEXTS.items():
            told, known = getattr(draft, name)[:limit], getattr(customer, name)
            unnamed = name == "name" and known == customer.number
            if told and told != known and (master or not known or unnamed):
                before[name] = known
                setattr(customer, name, told)
        for name in _FACTS:
            told, known = getattr(draft, name), getattr(customer, name)
            if told is not None and told != known and (master or known is None):
                before[name] = _plain(known)
                setattr(customer, name, told)
        customer.search_name = search_name(customer.name)
        if before:
            kept = self._changed.setdefault(id(customer), (customer, before))[1]
            kept.update({name: value for name, value in before.items() if name not in kept})
            if "vat" in before or "tax_code" in before:
                self.directory.add(customer)
        self._note_points(customer, draft, master)
        return Learned(customer, "changed" if before else "known")

    def _note_points(self, customer: Customer, draft: CustomerDraft, master: bool) -> None:
        _, points, was_master = self._points.setdefault(id(customer), (customer, {}, False))
        self._points[id(customer)] = (customer, points, was_master or master)
        for point in draft.points:
            points.setdefault((point.channel, point.value[:300]), point)
        home = address(
            street=draft.street,
            postcode=draft.postcode,
            city=draft.city,
            province=draft.province,
            country=draft.country,
        )
        if home:
            points.setdefault(("letter", home), PointDraft(channel="letter", value=home))

    def _write_points(self) -> list[int]:
        """New ways are added and old ones stay, but for the home: there is one, and the client's list moves it.
        Returns whose phone is new."""
        known: dict[int, set[tuple[str, str]]] = defaultdict(set)
        ids = [customer.pk for customer, _, _ in self._points.values() if id(customer) not in self._new]
        for some in chunks(ids):
            rows = ContactPoint.objects.filter(client=self.client, customer__in=some)
            for customer_id, channel, value in rows.values_list("customer_id", "channel", "value"):
                known[customer_id].add((channel, value))
        moved: list[tuple[Customer, str]] = []
        fresh: list[ContactPoint] = []
        for customer, points, master in self._points.values():
            has_home = any(channel == "letter" for channel, _ in known[customer.pk])
            for (channel, value), point in points.items():
                if (channel, value) in known[customer.pk]:
                    continue
                if channel == "letter" and has_home:
                    moved += [(customer, value)] if master else []
                    continue
                has_home = has_home or channel == "letter"
                fresh.append(self._point(customer, value, point))
        ContactPoint.objects.bulk_create(fresh)
        self._move(moved)
        return [point.customer_id for point in fresh if point.channel == "phone"]

    def _point(self, customer: Customer, value: str, point: PointDraft) -> ContactPoint:
        return ContactPoint(
            client=self.client,
            customer=customer,
            channel=point.channel,
            value=value,
            person_name=point.person_name[:120],
            consent=point.consent,
            consent_on=self.as_of if point.consent != "unsaid" else None,
        )

    def _move(self, moved: Iterable[tuple[Customer, str]]) -> None:
        for customer, value in moved:
            home = (
                ContactPoint.objects.filter(client=self.client, customer=customer, channel="letter")
                .order_by("pk")
                .first()
            )
            if home is None:
                continue
            data = {"before": home.value, "after": value}
            home.value = value
            home.save(update_fields=["value"])
            record("contact_point.moved", actor=self.actor, client_id=self.client.pk, subject=customer, data=data)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value
