# SPDX-License-Identifier: Apache-2.0
"""Saved views: what one sees, under a name; chosen again in one click, opened by default, nobody else's."""

import re
from html import unescape

import pytest
from django.db import IntegrityError, transaction
from django.test import Client as Browser

from ascolto.domain.access.models import Client, Membership, SavedView, User
from ascolto.domain.access.views import MOST_VIEWS

SAVE = "/viste/my_day/salva/"


@pytest.fixture
def ada_in(client: Browser, ada: User) -> Browser:
    client.force_login(ada)
    return client


def offered(browser: Browser, address: str) -> str:
    """What the page would keep now: the hidden field of its form, as a browser without JavaScript sends it."""
    found = re.search(r'name="query" value="([^"]*)"', browser.get(address).content.decode())
    assert found is not None
    return unescape(found[1])


def test_filters_order_and_columns_come_back_in_one_click(ada_in: Browser) -> None:
    ada_in.get("/?list=call&col=name&col=overdue&col=tone")
    query = offered(ada_in, "/?list=call&tone=2&operator=all&sort=-overdue&page=3")
    saved = ada_in.post(SAVE, {"name": "  Tono   2 ", "query": query}, follow=True)
    view = SavedView.objects.get()
    assert (view.name, view.is_default) == ("Tono 2", False)
    assert "page=" not in view.query
    ada_in.get("/?list=call&col=name&col=city")  # other columns in the meantime
    again = ada_in.get(f"/?{view.query}")
    for page in (saved, again):
        assert [column.key for column in page.context["columns"]] == ["name", "reason", "overdue", "tone"]
        assert (page.context["wanted"].tone, page.context["sort"].key) == ("2", "overdue")
        assert page.context["saved"]["here"] == view.pk


def test_the_page_opens_with_the_default_until_told_otherwise(ada_in: Browser) -> None:
    for name, query in (("Attesa", "list=waiting"), ("Grandi", "list=call&amount=huge")):
        ada_in.post(SAVE, {"name": name, "query": query, "default": "1"})
    assert list(SavedView.objects.filter(is_default=True).values_list("name", flat=True)) == ["Grandi"]
    assert ada_in.get("/").headers["Location"] == "/?list=call&amount=huge"
    assert ada_in.get("/?list=done").status_code == 200
    first, second = SavedView.objects.order_by("name")
    ada_in.post(f"/viste/{first.pk}/apri/", {"default": "1"})
    assert ada_in.get("/").headers["Location"] == "/?list=waiting"
    ada_in.post(f"/viste/{first.pk}/apri/")
    assert ada_in.get("/").status_code == 200
    ada_in.post(f"/viste/{second.pk}/elimina/")
    assert list(SavedView.objects.values_list("name", flat=True)) == ["Attesa"]


def test_the_customers_have_views_of_their_own(ada_in: Browser) -> None:
    query = offered(ada_in, "/clienti/?overdue=1&sort=-balance")
    ada_in.post("/viste/customers/salva/", {"name": "Scaduti", "query": query})
    assert SavedView.objects.get().query == "overdue=1&sort=-balance"
    assert "Scaduti" in ada_in.get("/clienti/").content.decode()
    assert "Scaduti" not in ada_in.get("/").content.decode()


def test_what_is_not_kept(ada_in: Browser, ada: User) -> None:
    for said in ({"name": " "}, {"name": "x" * 61}, {"name": "x", "query": "q=" + "y" * 1500}):
        ada_in.post(SAVE, {"query": "list=call", **said})
    assert not SavedView.objects.exists()
    assert ada_in.post("/viste/altro/salva/", {"name": "x"}).status_code == 404
    ada_in.post(SAVE, {"name": "x", "query": "list=call&evil=%2F%2Fa.test"})
    ada_in.post(SAVE, {"name": "x", "query": "list=done"})  # the same name again replaces
    assert SavedView.objects.get().query == "list=done"
    SavedView.objects.bulk_create(
        SavedView(user=ada, page="my_day", name=f"n{n}", query="list=call") for n in range(MOST_VIEWS - 1)
    )
    ada_in.post(SAVE, {"name": "one too many", "query": "list=call"})
    assert SavedView.objects.count() == MOST_VIEWS
    SavedView.objects.filter(name="n1").update(is_default=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        SavedView.objects.filter(name="n2").update(is_default=True)


def test_a_colleague_neither_sees_nor_changes_them(ada_in: Browser, ada: User, acqua: Client, client: Browser) -> None:
    view = SavedView.objects.create(user=ada, page="my_day", name="Riservata", query="list=done", is_default=True)
    colleague = User.objects.create_user("eva@acqua.test", "x", name="Eva")
    Membership.objects.create(user=colleague, client=acqua, role="operator")
    client.force_login(colleague)
    page = client.get("/")
    assert page.status_code == 200
    assert "Riservata" not in page.content.decode()
    for verb in ("apri", "elimina"):
        assert client.post(f"/viste/{view.pk}/{verb}/").status_code == 404
    view.refresh_from_db()
    assert view.is_default
