# SPDX-License-Identifier: Apache-2.0
"""Before the first day: the clients with their mandates, the people who work for them, the lists that begin it all."""

from __future__ import annotations

from datetime import date, timedelta

from ascolto.demo.clients import DemoClient
from ascolto.demo.files import lists
from ascolto.demo.population import Person
from ascolto.domain.access.actions import add_client
from ascolto.domain.access.models import Client, User
from ascolto.domain.intake.profile import Profile
from ascolto.domain.intake.profiles import save_profile
from ascolto.domain.mandates.models import Mandate
from ascolto.domain.portfolio.actions import save_customers
from ascolto.domain.portfolio.drafts import CustomerDraft, PointDraft
from ascolto.domain.portfolio.models import ContactPoint, Customer
from ascolto.domain.records.actions import record

ACTOR = "bruno@ascolto.test"


def open_client(client: DemoClient, first: date) -> Client:
    """The tenant, its signed mandate with the charter, and the profiles of its lists."""
    made = add_client(
        slug=client.slug, name=client.name, sector=client.sector, vat=client.vat, iban=client.iban, email=client.email,
        phone=client.phone, address=client.address, default_terms_days=client.terms_days, auto_accept=True, actor=ACTOR,
    )  # fmt: skip
    mandate = Mandate.objects.create(
        client=made,
        starts_on=first,
        ends_on=None,
        signed_on=first,
        signed_by=f"Direzione {client.name}",
        charter=client.charter,
    )
    record("mandate_signed", actor=ACTOR, client_id=made.pk, subject=mandate)
    return made


def save_profiles(client: Client, demo: DemoClient, people: tuple[Person, ...]) -> None:
    """What a person mapped once on the imports page."""
    profile = Profile.from_dict(lists.CUSTOMER_PROFILE)
    save_profile(
        client=client, name="Anagrafica clienti", profile=profile, sample=lists.customers(people[:1]), actor=ACTOR
    )
    if demo.bank_list:
        entries = Profile.from_dict(lists.BANK_PROFILE)
        save_profile(
            client=client, name="Movimenti della banca", profile=entries, sample=lists.bank(demo, 0, ()), actor=ACTOR
        )
    if demo.slug == "casacomune":
        rents = Profile.from_dict(lists.RENT_PROFILE)
        save_profile(client=client, name="Canoni di locazione", profile=rents, sample=lists.rents(()), actor=ACTOR)


def what_we_know(client: Client, people: tuple[Person, ...], operators: list[User], as_of: date) -> None:
    """What no list says: vulnerable people, further contact persons, consents, who looks after whom."""
    special = [p for p in people if p.vulnerable or p.wants_courtesy or p.others]
    save_customers(client=client, rows=[_draft(person) for person in special], actor=ACTOR, as_of=as_of)
    numbers = dict(Customer.objects.filter(client=client).values_list("number", "pk"))
    for place, operator in enumerate(operators):
        own = [numbers[p.number] for n, p in enumerate(people) if n % len(operators) == place]
        Customer.objects.filter(client=client, pk__in=own).update(operator=operator)
    points = {(p.customer_id, p.value): p for p in ContactPoint.objects.filter(client=client)}
    mailboxes = [(points.get((numbers[person.number], person.email)), person) for person in people]
    for consent in ("given", "denied"):
        said = [point.pk for point, person in mailboxes if point is not None and person.consent == consent]
        ContactPoint.objects.filter(pk__in=said).update(consent=consent, consent_on=as_of - timedelta(days=400))
    _roles(special, numbers, points)
    record("contact_roles_noted", actor=ACTOR, client_id=client.pk, data={"people": len(special)})


def _roles(people: list[Person], numbers: dict[str, int], points: dict[tuple[int, str], ContactPoint]) -> None:
    """Who orders or helps is not who pays."""
    for person in people:
        for _name, role, _channel, value in person.others:
            point = points.get((numbers[person.number], value))
            if point is not None:
                point.person_role, point.is_right_party = role, role == "pays"
                point.save(update_fields=["person_role", "is_right_party"])


def _draft(person: Person) -> CustomerDraft:
    points = tuple(
        PointDraft(channel=channel, value=value, person_name=name) for name, _role, channel, value in person.others
    )
    return CustomerDraft(
        number=person.number, name=person.name, kind=person.kind, vulnerable=person.vulnerable,
        wants_courtesy=person.wants_courtesy, since_on=person.since_on, points=points,
    )  # fmt: skip
