# SPDX-License-Identifier: Apache-2.0
"""Finding a customer by whatever is at hand: a name, a number, a tax code, an invoice, a phone, an
address."""

import re
import unicodedata

from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When

from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.portfolio.models import Account, ContactPoint, Customer, Invoice


def find_customers(viewer: Viewer, text: str, limit: int = 20) -> list[Customer]:
    """At most `limit` customers, the likeliest first: the exact number, then names that begin so, then the
    rest."""
    return list(matching(viewer, text).order_by(F("found_rank"), "search_name", "pk")[:limit])


def matching(viewer: Viewer, text: str) -> QuerySet[Customer]:
    """The viewer's customers that `text` can mean, annotated with `found_rank` (0 best). Empty text: all of
    them."""
    rows = visible(viewer, Customer.objects.all())
    text = text.strip()
    return (
        rows.filter(_means(viewer, text)).annotate(found_rank=_rank(text))
        if text
        else rows.annotate(found_rank=Value(0))
    )


def fold(text: str) -> str:
    """Lower case without accents and with single spaces: how names are kept for search. `Niccolò  D'Aù` ->
    `niccolo d'au`."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(letter for letter in plain if not unicodedata.combining(letter)).split())


def _means(viewer: Viewer, text: str) -> Q:
    name = Q()
    for word in fold(text).split():
        name &= Q(search_name__contains=word)
    compact = text.replace(" ", "").upper()
    means = name | Q(number__iexact=text) | Q(tax_code=compact) | Q(vat=compact) | Q(vat=f"IT{compact}")
    return means | _by_document(viewer, text) | _by_contact(viewer, text)


def _by_document(viewer: Viewer, text: str) -> Q:
    here = {"client_id": OuterRef("client_id"), "customer_id": OuterRef("pk")}
    invoices = visible(viewer, Invoice.objects.all()).filter(Q(number=text) | Q(reference=text), **here)
    accounts = visible(viewer, Account.objects.all()).filter(number=text, **here)
    return Q(Exists(invoices)) | Q(Exists(accounts))


def _by_contact(viewer: Viewer, text: str) -> Q:
    """Phones are compared by their last digits, so that spaces and +39 do not matter."""
    digits = re.sub(r"\D", "", text)
    points = visible(viewer, ContactPoint.objects.all()).filter(
        customer_id=OuterRef("pk"), client_id=OuterRef("client_id")
    )
    if "@" in text:
        return Q(Exists(points.filter(value__iexact=text)))
    if len(digits) >= 6 and not re.search(r"[A-Za-z]", text):
        return Q(Exists(points.filter(channel="phone", value__endswith=digits.removeprefix("39") or digits)))
    return Q(pk__in=[])


def _rank(text: str) -> Case:
    return Case(
        When(number__iexact=text, then=Value(0)),
        When(search_name__startswith=fold(text), then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
