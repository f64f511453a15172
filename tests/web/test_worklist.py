# SPDX-License-Identifier: Apache-2.0
"""La mia giornata: who is on which list, in which order, why, and what can be asked of it."""

import datetime as dt
import io
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from ascolto.domain.access.models import Client, User
from ascolto.domain.outreach.models import Contact
from ascolto.domain.portfolio.indexing import note_customers
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records import clock
from ascolto.domain.strategy.models import Decision, PolicyVersion, Run

TODAY = dt.date(2026, 11, 20)
FACTS: dict[str, Any] = {
    "score_base": 600,
    "phase": "call",
    "anchor": "due",
    "anchor_on": "2026-10-01",
    "max_overdue_days": 50,
}


def decided(client: Client, name: str, **said: Any) -> Decision:
    """A customer with an answer in force; said: what is not usual about it."""
    policy, _ = PolicyVersion.objects.get_or_create(
        client=client, sha="x", defaults={"name": "utility", "content": {}, "first_used_on": TODAY}
    )
    run, _ = Run.objects.get_or_create(
        client=client, as_of=TODAY, defaults={"policy": policy, "started_at": clock.now()}
    )
    more = {key: said.pop(key) for key in ("city", "operator") if key in said}
    customer = Customer.objects.create(client=client, number=f"N-{name}", name=name, search_name=name.lower(), **more)
    note_customers(client.pk, [customer.pk])
    usual: dict[str, Any] = {
        "answer": "act", "ladder": "household", "step": "call", "channel": "phone", "tone": 2, "priority": 100,
        "overdue_cents": 10_000, "balance_cents": 12_000, "oldest_due_on": dt.date(2026, 10, 1), "segment": "slow",
        "facts": FACTS, "fingerprint": "f", "decided_on": TODAY,
    }  # fmt: skip
    return Decision.objects.create(client=client, customer=customer, run=run, **{**usual, **said})


@pytest.fixture
def ada_in(client: Browser, ada: User) -> Browser:
    client.force_login(ada)
    return client


def names(page: Any) -> list[str]:
    return [line["customer"].name for line in page.context["lines"]]


def test_the_list_is_ranked_and_holds_only_calls(ada_in: Browser, acqua: Client) -> None:
    decided(acqua, "Second", priority=100)
    decided(acqua, "First", priority=900)
    decided(acqua, "ByLetter", channel="letter")
    decided(acqua, "Waits", answer="wait", rule="spacing", until_on=dt.date(2026, 11, 23))
    decided(acqua, "Yesterday", superseded_on=TODAY)
    assert names(ada_in.get("/")) == ["First", "Second"]


def test_the_other_lists_say_the_rule_and_until_when(ada_in: Browser, acqua: Client) -> None:
    decided(acqua, "Waits", answer="wait", rule="spacing", until_on=dt.date(2026, 11, 23))
    decided(acqua, "Blocked", answer="blocked", rule="stale_bank")
    decided(acqua, "Paid", answer="wait", rule="nothing_due", overdue_cents=0)
    waiting, blocked = ada_in.get("/?list=waiting"), ada_in.get("/?list=blocked")
    assert (names(waiting), names(blocked)) == (["Waits"], ["Blocked"])
    assert "tra 3 giorni" in waiting.content.decode() or "in 3 days" in waiting.content.decode()
    assert waiting.context["tabs"][2]["count"] == 1


def test_done_today_are_those_spoken_to(ada_in: Browser, acqua: Client) -> None:
    spoken = decided(acqua, "Spoken")
    decided(acqua, "Unspoken")
    Contact.objects.create(
        client=acqua,
        customer=spoken.customer,
        at=clock.now(),
        on_date=TODAY,
        channel="phone",
        direction="out",
        human=True,
        outcome="right_party",
    )
    assert names(ada_in.get("/?list=done")) == ["Spoken"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=ross", ["Rossi"]),
        ("q=N-Verdi", ["Verdi"]),
        ("amount=small", ["Rossi"]),
        ("amount=large", ["Verdi"]),
        ("city=Milano", ["Rossi"]),
        ("step=promise_broken", ["Verdi"]),
        ("tone=3", ["Verdi"]),
        ("segment=new", ["Verdi"]),
        ("segment=new&city=Milano", []),
        ("amount=nonsense&tone=x&sort=nothing&page=99", ["Verdi", "Rossi"]),
        ("sort=name", ["Rossi", "Verdi"]),
        ("sort=-overdue", ["Verdi", "Rossi"]),
    ],
)
def test_filters_search_and_sort(ada_in: Browser, acqua: Client, query: str, found: list[str]) -> None:
    decided(acqua, "Rossi", overdue_cents=5_000, city="Milano", priority=1)
    decided(
        acqua,
        "Verdi",
        overdue_cents=60_000,
        step="promise_broken",
        tone=3,
        segment="new",
        city="Roma",
        priority=2,
    )
    page = ada_in.get(f"/?{query}")
    assert names(page) == found
    assert page.context["totals"].count == len(found)


def test_totals_follow_the_filter(ada_in: Browser, acqua: Client) -> None:
    decided(acqua, "Rossi", overdue_cents=5_000)
    decided(acqua, "Verdi", overdue_cents=60_000)
    assert ada_in.get("/").context["totals"].overdue == 65_000
    assert ada_in.get("/?q=rossi").context["totals"].overdue == 5_000


def test_mine_are_mine_and_nobodys(ada_in: Browser, ada: User, bruno: User, acqua: Client) -> None:
    decided(acqua, "Hers", operator=ada, priority=3)
    decided(acqua, "Nobodys", priority=2)
    decided(acqua, "His", operator=bruno, priority=1)
    assert names(ada_in.get("/")) == ["Hers", "Nobodys"]
    assert names(ada_in.get("/?operator=all")) == ["Hers", "Nobodys", "His"]
    assert names(ada_in.get(f"/?operator={bruno.pk}")) == ["His"]


def test_nobody_sees_another_clients_list(ada_in: Browser, altrove: Client) -> None:
    decided(altrove, "Elsewhere")
    page = ada_in.get("/?operator=all")
    assert "Elsewhere" not in page.content.decode()
    assert names(page) == []


def test_contacts_left_are_counted_from_the_log(ada_in: Browser, acqua: Client) -> None:
    fresh, spoken = decided(acqua, "Fresh", priority=2), decided(acqua, "Spoken", priority=1)
    Contact.objects.create(
        client=acqua,
        customer=spoken.customer,
        at=clock.now(),
        on_date=TODAY,
        channel="phone",
        direction="out",
        human=True,
        outcome="third_party",
    )
    left = {line["row"].pk: line["left"] for line in ada_in.get("/").context["lines"]}
    assert left == {fresh.pk: 1, spoken.pk: 0}


def test_a_page_of_fifty_takes_a_bounded_number_of_reads(
    ada_in: Browser, acqua: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(60):
        decided(acqua, f"Cliente {number:02}")
    ada_in.get("/")
    with django_assert_max_num_queries(24):
        assert len(names(ada_in.get("/"))) == 50


def test_next_goes_down_the_list_and_ends_with_a_word(ada_in: Browser, acqua: Client) -> None:
    first, second = decided(acqua, "First", priority=2), decided(acqua, "Second", priority=1)
    ada_in.get("/")
    to_second = ada_in.get(f"/prossimo/?after={first.customer_id}&to=call")
    assert to_second.headers["Location"] == f"/clienti/{second.customer_id}/chiamata/"
    Decision.objects.filter(pk__in=[first.pk]).update(answer="wait")
    end = ada_in.get(f"/prossimo/?after={second.customer_id}", follow=True)
    assert end.redirect_chain[-1][0] == "/"
    assert len(list(end.context["messages"])) <= 1


def test_exports_hold_what_one_sees_and_no_formula_runs(ada_in: Browser, acqua: Client) -> None:
    decided(acqua, "=HYPERLINK(1)", overdue_cents=123_456)
    decided(acqua, "Other", overdue_cents=100)
    csv = ada_in.get("/giornata/csv/?amount=large").content.decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in csv
    assert "1234,56" in csv
    assert "Other" not in csv
    sheet = openpyxl.load_workbook(io.BytesIO(ada_in.get("/giornata/xlsx/?amount=large").content)).active
    assert sheet is not None
    assert (sheet["A2"].value, sheet["A2"].data_type) == ("=HYPERLINK(1)", "s")
    assert float(sheet["E2"].value) == 1234.56  # type: ignore[arg-type]
    assert ada_in.get("/giornata/pdf/").status_code == 404


@pytest.mark.parametrize("which", ["call", "done", "waiting", "blocked"])
def test_an_empty_list_says_what_to_do(ada_in: Browser, which: str) -> None:
    page = ada_in.get(f"/?list={which}")
    assert page.status_code == 200
    assert 'class="empty"' in page.content.decode()


def test_columns_are_chosen_and_kept(ada_in: Browser, acqua: Client) -> None:
    decided(acqua, "Rossi")
    ada_in.get("/?list=call&col=name&col=priority")
    assert [column.key for column in ada_in.get("/").context["columns"]] == ["name", "reason", "priority"]


def test_going_from_list_to_list_writes_nothing_and_coming_back_finds_the_list(ada_in: Browser, acqua: Client) -> None:
    decision = decided(acqua, "Carla")
    ada_in.get("/")
    for page in ("/?list=waiting", "/?list=blocked", "/?list=done", "/"):
        with CaptureQueriesContext(connection) as seen:
            ada_in.get(page)
        assert [query["sql"] for query in seen if not query["sql"].startswith("SELECT")] == []
        assert ada_in.get(f"/clienti/{decision.customer_id}/").context["list_url"] == page


def test_another_persons_list_is_not_come_back_to(ada_in: Browser, acqua: Client, bruno: User) -> None:
    decision = decided(acqua, "Carla")
    ada_in.get("/?list=waiting")
    kept = ada_in.cookies["ascolto_day"].value
    ada_in.force_login(bruno)
    ada_in.cookies["ascolto_day"] = kept
    assert ada_in.get(f"/clienti/{decision.customer_id}/").context["list_url"] == "/"
    ada_in.cookies["ascolto_day"] = f"{bruno.pk}:https://elsewhere.test/"
    assert ada_in.get(f"/clienti/{decision.customer_id}/").context["list_url"] == "/"
