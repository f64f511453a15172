# SPDX-License-Identifier: Apache-2.0
"""A page costs the same number of queries whatever it shows, and the five that people live in walk no big table."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from ascolto.domain.access.models import Client, User
from ascolto.domain.agreements.models import Promise
from ascolto.domain.care.models import CareCase
from ascolto.domain.ledger.statements import EntryIn, StatementIn, receive_statement
from ascolto.domain.outreach.models import Contact, Message
from ascolto.domain.portfolio import sizes
from ascolto.domain.portfolio.indexing import rebuild
from ascolto.domain.portfolio.models import ContactPoint, Customer, Instalment, Invoice
from ascolto.domain.records import clock
from ascolto.domain.strategy.figures import measure
from ascolto.domain.strategy.models import Action, Decision
from tests.web.test_worklist import decided

TODAY = dt.date(2026, 11, 20)
LISTS = (
    "/", "/?list=waiting", "/?list=blocked", "/?list=done", "/?q=rossi", "/clienti/", "/clienti/?sort=name",
    "/clienti/?q=rossi", "/clienti/?q=rosii", "/clienti/?q=3331", "/clienti/?q=2026/", "/incassi/", "/incassi/?tab=out",
    "/incassi/?tab=settled", "/promesse/", "/promesse/?list=plans", "/pratiche/", "/pratiche/?view=table", "/messaggi/",
    "/cruscotto/", "/cruscotto/azioni/", "/cruscotto/righe/receivables/", "/cruscotto/righe/overdue/",
    "/cruscotto/righe/contacts/", "/cruscotto/righe/promises/", "/cruscotto/righe/legal/", "/prescrizione/", "/bloccate/",
    "/incassi/?tab=small", "/incassi/?tab=aside", "/messaggi/?status=sent", "/addebiti/", "/notti/", "/importazioni/",
)  # fmt: skip
MOST_QUERIES = 36
BIG = (
    "portfolio_customer", "portfolio_contactpoint", "portfolio_searchterm", "portfolio_invoice", "portfolio_instalment",
    "ledger_bankline", "ledger_payment", "ledger_allocation", "outreach_contact", "outreach_message",
    "strategy_decision", "strategy_action",
)  # fmt: skip


def grow(client: Client, start: int, count: int) -> None:
    """So many customers more, each with something on every page."""
    entries = []
    for n in range(start, start + count):
        answer = ("act", "wait", "blocked")[n % 3]
        more = {"rule": "spacing", "until_on": TODAY} if answer != "act" else {}
        decision = decided(client, f"Rossi {n}", answer=answer, overdue_cents=100 + n, **more)
        who = decision.customer
        ContactPoint.objects.create(client=client, customer=who, channel="phone", value=f"+39333{1000000 + n}")
        invoice = Invoice.objects.create(
            client=client, customer=who, number=f"2026/{n}", issued_on=dt.date(2026, 9, 1), total_cents=900,
            payable_cents=900,
        )  # fmt: skip
        item = {"due_on": dt.date(2026, 10, 1), "amount_cents": 900}
        Instalment.objects.create(client=client, customer=who, invoice=invoice, **item)
        spoken = {"on_date": TODAY, "channel": "phone", "direction": "out", "human": True, "outcome": "right_party"}
        Contact.objects.create(client=client, customer=who, at=clock.now(), reason="forgot", fault="theirs", **spoken)
        Promise.objects.create(client=client, customer=who, amount_cents=900, made_on=TODAY, due_on=TODAY, author="a")
        CareCase.objects.create(
            client=client, customer=who, kind="request", reason="r", opened_on=TODAY, deadline_on=TODAY, author="a"
        )
        Message.objects.create(
            client=client, customer=who, channel="email", to_value="c@x.test", template="t", template_version="1",
            tone=1, language="it", step="s", subject="s", text="t", html="<p>", facts={}, idempotency_key=f"m{n}",
            status="queued", queued_at=clock.now(), not_before=clock.now(),
        )  # fmt: skip
        taken = {"cycle": "c", "step": "call", "channel": "phone", "tone": 1, "planned_on": TODAY}
        Action.objects.create(client=client, customer=who, decision=decision, **taken)
        entries += [EntryIn(booked_on=TODAY, amount_cents=cents, payer_name=f"X {n}", remittance="?") for cents in (n + 1, -n - 1)]  # fmt: skip
    statement = StatementIn("IT60X0542811101000000123456", str(start), "EUR", None, None, None, None, tuple(entries))
    receive_statement(client=client, statement=statement, batch_id=None, actor="t", as_of=TODAY)
    rebuild(client.pk)
    measure(client=client, as_of=TODAY)


@pytest.fixture
def bruno_in(client: Browser, bruno: User) -> Browser:
    client.force_login(bruno)
    return client


def reads(browser: Browser, page: str) -> list[str]:
    with CaptureQueriesContext(connection) as seen:
        assert browser.get(page).status_code == 200, page
    return [query["sql"] for query in seen]


def reads_again(browser: Browser, page: str) -> list[str]:
    """The second time: the first may write the remembered list into the session."""
    reads(browser, page)
    return reads(browser, page)


@pytest.fixture(params=["small", "large"])
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every page as a small client sees it, which counts, and as a large one, which takes the night's figures."""
    if request.param == "large":
        monkeypatch.setattr(sizes, "LARGE", 3)
    return str(request.param)


@pytest.mark.parametrize("page", LISTS)
def test_ten_times_the_rows_cost_no_more_queries(bruno_in: Browser, acqua: Client, size: str, page: str) -> None:
    grow(acqua, 0, 6)
    few = len(reads_again(bruno_in, page))
    grow(acqua, 6, 54)
    assert len(reads_again(bruno_in, page)) <= few <= MOST_QUERIES


@pytest.mark.only_on("sqlite")  # the plan is told in its words
@pytest.mark.parametrize(
    "page", ["/", "/?list=waiting", "/?list=blocked", "/clienti/", "/clienti/?q=rossi", "/clienti/?q=1+rossi",
             "/clienti/?q=rosii", "/clienti/?q=33310", "/clienti/?q=2026/1", "/incassi/", "customer"],
)  # fmt: skip
def test_the_pages_people_live_in_walk_no_big_table(
    bruno_in: Browser, acqua: Client, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    grow(acqua, 0, 12)
    monkeypatch.setattr(sizes, "LARGE", 3)
    page = f"/clienti/{Customer.objects.all()[0].pk}/" if page == "customer" else page
    walked = []
    for sql in reads(bruno_in, page):
        if sql.startswith("SELECT"):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN {sql.replace('%', '%%')}", ())
                walked += [(row[3], sql) for row in cursor.fetchall() if _walks(row[3])]
    assert walked == []


def _walks(step: str) -> bool:
    return step.startswith("SCAN ") and any(table in step for table in BIG)


def test_a_large_client_reads_the_lists_totals_of_the_night(
    bruno_in: Browser, acqua: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(acqua, 0, 12)
    exact = bruno_in.get("/?list=waiting")
    monkeypatch.setattr(sizes, "LARGE", 3)
    page = bruno_in.get("/?list=waiting")
    assert page.context["totals"] is None
    assert (page.context["by_night"].count, page.context["by_night"].overdue) == (
        exact.context["totals"].count, exact.context["totals"].overdue)  # fmt: skip
    assert [tab["count"] for tab in page.context["tabs"]] == [tab["count"] for tab in exact.context["tabs"]]
    assert [line["customer"].pk for line in page.context["lines"]] == [
        line["customer"].pk for line in exact.context["lines"]
    ]


def test_a_long_list_narrowed_by_a_rule_does_not_pretend_to_the_nights_total(
    bruno_in: Browser, acqua: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(acqua, 0, 12)
    monkeypatch.setattr(sizes, "LARGE", 3)
    page = bruno_in.get("/?list=waiting&rule=spacing")
    assert page.context["by_night"] is None
    assert len(page.context["lines"]) == 4


def test_the_large_list_of_customers_is_that_of_the_small_one(
    bruno_in: Browser, acqua: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(acqua, 0, 12)
    small = [(c.pk, d.pk) for c, d in bruno_in.get("/clienti/").context["lines"]]
    monkeypatch.setattr(sizes, "LARGE", 3)
    assert [(c.pk, d.pk) for c, d in bruno_in.get("/clienti/").context["lines"]] == small
    assert len(bruno_in.get("/clienti/?overdue=1").context["lines"]) == 12


def test_the_large_lists_are_never_a_strangers(
    client: Browser, acqua: Client, altrove: Client, dario: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(acqua, 0, 6)
    Customer.objects.create(client=altrove, number="D1", name="Verdi", search_name="verdi", kind="consumer")
    monkeypatch.setattr(sizes, "LARGE", 0)
    client.force_login(dario)
    for page in ("/", "/?list=waiting", "/clienti/", "/clienti/?q=rossi", "/clienti/?q=33310", "/clienti/?q=2026/1"):
        assert list(client.get(page).context["lines"]) == []


def test_a_list_stops_counting_and_says_so(bruno_in: Browser, acqua: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from ascolto.web import tables

    grow(acqua, 0, 12)
    monkeypatch.setattr(tables, "MOST_COUNTED", 10)
    monkeypatch.setattr(tables, "PER_PAGE", 5)
    page: Any = bruno_in.get("/clienti/?sort=name").context["page"]
    assert (page.paginator.count, page.paginator.more) == (10, True)


def test_nobody_decided_yet_is_no_reason_to_hide_a_customer(bruno_in: Browser, acqua: Client) -> None:
    Customer.objects.create(client=acqua, number="N1", name="Nuova", search_name="nuova")
    assert [c.name for c, decision in bruno_in.get("/clienti/").context["lines"] if decision is None] == ["Nuova"]
    assert not Decision.objects.exists()


@pytest.mark.parametrize("sort", ["overdue", "-overdue", "until", "-until", "name"])
def test_a_few_rows_are_sorted_as_an_index_would(
    bruno_in: Browser, acqua: Client, monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    from ascolto.web import tables

    grow(acqua, 0, 12)
    page = f"/?list=waiting&sort={sort}"
    few = [line["row"].pk for line in bruno_in.get(page).context["lines"]]
    monkeypatch.setattr(tables, "MOST_COUNTED", 0)
    assert [line["row"].pk for line in bruno_in.get(page).context["lines"]] == few != []


def test_what_a_large_client_has_matched_is_sorted_only_by_what_an_index_sorts(
    bruno_in: Browser, acqua: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(acqua, 0, 6)
    sortable = [column.key for column in bruno_in.get("/incassi/?tab=settled").context["columns"] if column.order]
    monkeypatch.setattr(sizes, "LARGE", 3)
    page = bruno_in.get("/incassi/?tab=settled&sort=customer")
    assert sortable == ["customer", "on", "cents", "known"]
    assert [column.key for column in page.context["columns"] if column.order] == ["on", "known"]
    assert page.context["sort"].key == "known"


def test_a_large_client_sees_what_is_lost_first_of_those_who_owe_most(
    bruno_in: Browser, acqua: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ascolto.domain.strategy import drill
    from ascolto.web.desk.law import expiring

    monkeypatch.setattr(sizes, "LARGE", 3)
    grow(acqua, 0, 12)
    Invoice.objects.update(issued_on=dt.date(2024, 1, 1))
    Instalment.objects.update(due_on=dt.date(2024, 2, 1))
    measure(client=acqua, as_of=TODAY)
    large = bruno_in.get("/prescrizione/?band=0")
    monkeypatch.setattr(sizes, "LARGE", 5_000)
    small = bruno_in.get("/prescrizione/?band=0")
    shown = [[one.item.pk for one in page.context["page"]] for page in (large, small)]
    assert len(shown[1]) == 12
    assert shown[0] == shown[1]
    assert [tab["count"] for tab in large.context["tabs"]] == [tab["count"] for tab in small.context["tabs"]]
    monkeypatch.setattr(sizes, "LARGE", 3)
    monkeypatch.setattr(expiring, "OWE_MOST", 5)
    few = bruno_in.get("/prescrizione/?band=0")
    owing = drill.those_who_owe_most(few.wsgi_request._ascolto_viewer, acqua.pk, 5)
    assert {one.item.customer_id for one in few.context["page"]} == set(owing)
    assert (few.context["only"], few.context["tabs"][1]["count"]) == (5, 12)
