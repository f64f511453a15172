# SPDX-License-Identifier: Apache-2.0
"""Every address of the desk that names a thing is a 404 for a stranger, by GET and by POST, and changes nothing."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from ascolto.domain.access.models import SavedView, User
from ascolto.domain.care.models import CareCase
from ascolto.domain.outreach.models import Bundle, Contact, Document, Message, Receipt
from ascolto.domain.portfolio.models import Customer, Hold
from ascolto.domain.records import clock
from ascolto.domain.records.models import TrailEntry

TODAY = dt.date(2026, 11, 20)
OPEN_TO_ALL = {"my_day", "my_day_export", "next", "customers", "messages", "prints", "language_check", "save_view"}
"""Lists and the language check name nothing: they show only what is one's own."""


def named(patterns: list[Any]) -> Iterator[URLPattern]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from named(pattern.url_patterns)
        else:
            yield pattern


def desk_patterns() -> list[URLPattern]:
    """The addresses of our own part of the desk."""
    resolver = next(r for r in get_resolver().url_patterns if isinstance(r, URLResolver) and r.app_name == "desk")
    return [p for p in resolver.url_patterns if isinstance(p, URLPattern)]


@pytest.fixture
def things(carla: Customer) -> dict[str, int]:
    """One thing of Acqua for each address that names one, by the address' name."""
    acqua, now = carla.client, clock.now()
    message = Message.objects.create(
        client=acqua, customer=carla, channel="email", to_value="c@x.test", template="t", template_version="1", tone=1,
        language="it", step="s",
        subject="s", text="t", html="<p>", facts={}, idempotency_key="m", status="doubtful", queued_at=now,
        not_before=now,
    )  # fmt: skip
    document = Document.objects.create(
        client=acqua, customer=carla, name="x.pdf", media_type="application/pdf", sha="x", content=b"x", made_at=now
    )
    receipt = Receipt.objects.create(
        client=acqua, message=message, what="delivered", at=now, sha="r", content=b"r", read_at=now
    )
    hold = Hold.objects.create(client=acqua, customer=carla, reason="r", author="a", from_on=TODAY)
    case = CareCase.objects.create(
        client=acqua, customer=carla, kind="request", reason="r", opened_on=TODAY, deadline_on=TODAY, author="a"
    )
    ada = User.objects.create_user("ada-viste@acqua.test", "x", name="Ada")
    view = SavedView.objects.create(user=ada, page="my_day", name="Le mie", query="list=call")
    call = Contact.objects.create(
        client=acqua, customer=carla, at=now, on_date=TODAY, channel="phone", direction="out", human=True,
        outcome="no_answer",
    )  # fmt: skip
    bundle = Bundle.objects.create(
        client=acqua, number=1, duplex=True, state="made", made_at=now, letters=1, pages=2, sheets=1
    )
    by_kind = {"message": message.pk, "document": document.pk, "lift_hold": hold.pk, "close_case": case.pk}
    return {
        "message": message.pk, "message_body": message.pk, "resolve_message": message.pk, "document": document.pk, "receipt": receipt.pk,
        "lift_hold": by_kind["lift_hold"], "close_case": by_kind["close_case"],
        "take_back": call.pk, "choose_view": view.pk, "delete_view": view.pk,
        "bundle": bundle.pk, "bundle_file": bundle.pk, "hand_over_bundle": bundle.pk, "take_back_bundle": bundle.pk,
    }  # fmt: skip


def test_every_thing_of_acqua_is_unknown_to_dario(
    client: Browser, dario: User, carla: Customer, things: dict[str, int]
) -> None:
    client.force_login(dario)
    tried = []
    for pattern in desk_patterns():
        if pattern.name in OPEN_TO_ALL:
            continue
        assert pattern.name is not None
        pk = things.get(pattern.name, carla.pk)
        args = [
            pk,
            *{"customer_tab": ["fatture"], "statement_file": ["pdf"], "bundle_file": ["pdf"]}.get(pattern.name, []),
        ]
        url = reverse(f"desk:{pattern.name}", args=args)
        answers = {client.get(url).status_code, client.post(url, {"reason": "x"}).status_code}
        assert answers <= {404, 405}, f"{url} answered {answers}"
        assert 404 in answers, f"{url} answered {answers}"
        tried.append(pattern.name)
    assert len(tried) >= 12
    assert not TrailEntry.objects.exists()
    assert Hold.objects.get().until_on is None


@pytest.mark.parametrize(
    "url", ["/", "/giornata/csv/", "/clienti/?q=carla", "/messaggi/?status=all", "/messaggi/stampa/"]
)
def test_the_lists_of_a_stranger_do_not_hold_her(
    client: Browser, dario: User, carla: Customer, things: dict[str, int], url: str
) -> None:
    client.force_login(dario)
    page = client.get(url)
    assert page.status_code == 200
    assert b"Carla" not in page.content


@pytest.mark.parametrize("url", ["/", "/clienti/", "/clienti/1/", "/messaggi/", "/prossimo/"])
def test_nobody_sees_anything_without_signing_in(client: Browser, db: None, url: str) -> None:
    answer = client.get(url)
    assert answer.status_code == 302
    assert "/accounts/login/" in answer.headers["Location"]
