# SPDX-License-Identifier: Apache-2.0
"""The nights' pages: history, one night told, one that runs or broke off, its report; strangers find nothing."""

import datetime as dt
import json
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import translation

from ascolto import day as story
from ascolto.domain.access.models import Client, Membership, User
from ascolto.domain.outreach import placeholders, wording
from ascolto.domain.outreach.placeholders import WordingError
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records import clock
from ascolto.domain.strategy import lived, nights
from ascolto.domain.strategy.models import Night, Slice
from ascolto.web.desk.nights import words
from ascolto.web.formats import span
from tests.domain.outreach.conftest import facts

TODAY = dt.date(2026, 11, 20)
NBSP = "\u00a0"


@pytest.fixture
def bruno_in(client: Browser, bruno: User) -> Browser:
    client.force_login(bruno)
    client.cookies["django_language"] = "en"
    return client


def night(client: Client, **said: Any) -> Night:
    now = clock.wall()
    usual: dict[str, Any] = {
        "as_of": TODAY, "state": "done", "lived_by": nights.myself(), "lease_until": now + nights.LEASE,
        "started_at": now - dt.timedelta(seconds=90), "finished_at": now - dt.timedelta(seconds=30),
    }  # fmt: skip
    return Night.objects.create(client=client, **{**usual, **said})


def report_of(customers: int = 100, *problems: str) -> dict[str, Any]:
    return {
        "cash": {"settled": 3, "waiting": 1}, "promises": {}, "plans": {},
        "decisions": {
            "customers": customers, "changed": 7, "withdrawn": 2, "problems": list(problems), "answers": {"act": 40, "wait": 60},
            "rules": {"spacing": 60}, "planned": {"email": 5, "phone": 30, "letter": 1},
        },
        "seconds": {"cash": 1.5, "decide": 4.5}, "peak_mb": {"cash": 200, "decide": 300},
    }  # fmt: skip


def page(browser: Browser, name: str, *args: Any, **query: Any) -> str:
    answer = browser.get(reverse(f"desk:{name}", args=args), query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_before_the_first_night_the_page_says_how_to_live_one(bruno_in: Browser) -> None:
    assert "<code>ascolto day</code>" in page(bruno_in, "nights")


def test_rows_of_a_step_are_what_it_handled_and_no_mark() -> None:
    told = report_of() | {"papers": {"found": 2, "closed": 3, "mark": 11_360_202}}
    assert [lived.rows_of(told, step) for step in ("cash", "papers", "decide", "measure")] == [4, 5, 100, None]


def test_a_second_run_says_of_how_many_nothing_new_was_known(bruno_in: Browser, acqua: Client) -> None:
    told = report_of()
    first = night(acqua, report=told)
    again = night(acqua, report=told | {"decisions": told["decisions"] | {"same": 98}})
    assert "Nothing new about them" not in page(bruno_in, "night", first.pk)
    assert "<span>Nothing new about them</span><b>98</b>" in page(bruno_in, "night", again.pk)


def test_a_night_really_lived_is_told(bruno_in: Browser, carla: Customer) -> None:
    story.live(client=carla.client, as_of=TODAY)
    found = Night.objects.get()
    assert set(found.report["seconds"]) == set(words.STEPS), "every step of the day has its words"
    assert reverse("desk:night", args=[found.pk]) in page(bruno_in, "nights")
    text = page(bruno_in, "night", found.pk)
    for word in (
        "Done",
        "Find what our papers lack",
        "Match the cash",
        "Nothing open",
        "Peak memory",
        "of the time went into",
    ):
        assert word in text
    report = bruno_in.get(reverse("desk:night_report", args=[found.pk]))
    kept = json.loads(report.content)
    assert (kept["client"], kept["state"], kept["decisions"]["customers"]) == ("acqua", "done", 1)
    assert report["Content-Disposition"] == 'attachment; filename="notte-acqua-2026-11-20.json"'


def test_the_history_tells_each_night_in_a_line(bruno_in: Browser, acqua: Client) -> None:
    night(acqua, report=report_of(1234, "customer 1: no address for email"))
    text = page(bruno_in, "nights")
    for word in ("Fri", f"1{NBSP}min", "1,234", "<b>1</b>", "300 MB"):
        assert word in text
    assert '<td class="num">6</td>' in text, "5 e-mails and a letter; calls are no messages"


@pytest.mark.parametrize("sort", ["day", "-customers", "changed", "-took", "state", "client", "problems", "nonsense"])
def test_the_history_is_sorted_and_paged(bruno_in: Browser, acqua: Client, sort: str) -> None:
    for n in range(35):
        night(acqua, as_of=TODAY - dt.timedelta(days=n), report=report_of(n) if n else {})
    assert "1–30" in page(bruno_in, "nights", sort=sort)
    assert "31–35" in page(bruno_in, "nights", sort=sort, page=2)
    order = [row["customers"] for row in bruno_in.get(reverse("desk:nights"), {"sort": "-customers"}).context["rows"]]
    assert order == list(range(34, 4, -1))


def test_problems_are_told_with_whom_and_what_to_do(bruno_in: Browser, carla: Customer) -> None:
    problems = [
        f"customer {carla.pk}: no address for email", "customer 999999: no address for email",
        f"customer {carla.number}: reminder_first: no IBAN", "slice 3 of 20 could not be decided: run the day again", "odd",
    ]  # fmt: skip
    text = page(bruno_in, "night", night(carla.client, report=report_of(5, *problems)).pk)
    for word in ("No address for: E-mail", "verify the address", "“reminder_first” could not be written: no IBAN",
                 "A slice of the customers", "odd", reverse("desk:customer", args=[carla.pk])):  # fmt: skip
        assert word in text


def test_a_running_night_tells_how_far_it_is(
    bruno_in: Browser, carla: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.wall()
    monkeypatch.setattr(clock, "wall", lambda: now)
    found = night(
        carla.client,
        state="running",
        finished_at=None,
        step="decide",
        buckets=4,
        step_at=now - dt.timedelta(seconds=10),
    )
    for n, (state, tries) in enumerate([("done", 0), ("done", 1), ("claimed", 1), ("waiting", 0)]):
        Slice.objects.create(client=carla.client, night=found, number=n, state=state, tries=tries)
    Customer.objects.bulk_create(
        Customer(client=carla.client, number=f"N{n}", name=f"N{n}", search_name=f"n{n}") for n in range(399)
    )
    text = page(bruno_in, "night", found.pk)
    for word in ("200 / 400", "10 customers a second", "about 20", "At work", "kept from the interrupted run",
                 'hx-trigger="every 2s"', '<noscript><meta http-equiv="refresh"'):  # fmt: skip
        assert word in text
    progress = lived.progress_of(found)
    assert progress is not None
    assert (progress.done, progress.of, progress.per_second) == (200, 400, 10)


def test_a_night_whose_process_died_is_interrupted_and_says_what_to_do(bruno_in: Browser, acqua: Client) -> None:
    host = nights.myself().split(":")[0]
    found = night(acqua, state="running", finished_at=None, lived_by=f"{host}:999999999:1", step="decide")
    text = page(bruno_in, "night", found.pk)
    assert "did not come to its end" in text
    assert "hx-trigger" not in text.partition('id="night"')[2]
    assert "Interrupted" in page(bruno_in, "nights")


def test_a_step_is_timed_from_its_beginning(acqua: Client) -> None:
    found = nights.begin_night(client=acqua, as_of=TODAY)
    nights.go_on(found, "cash")
    first = Night.objects.get().step_at
    nights.go_on(found, "cash")
    assert Night.objects.get().step_at == first is not None
    nights.go_on(found, "decide")
    assert (Night.objects.get().step_at or clock.wall()) > first


@pytest.fixture
def cora(acqua: Client) -> User:
    """Looks on for the client: sees, and decides nothing."""
    user = User.objects.create_user("cora@acqua.test", "x", name="Cora")
    Membership.objects.create(user=user, client=acqua, role="client_viewer")
    return user


@pytest.mark.parametrize(("who", "status"), [("dario", 404), ("ada", 403), ("cora", 403)])
def test_a_stranger_finds_no_night_and_who_may_not_is_refused(
    client: Browser, acqua: Client, who: str, status: int, request: pytest.FixtureRequest
) -> None:
    found = night(acqua, report=report_of())
    client.force_login(request.getfixturevalue(who))
    for name in ("night", "night_report"):
        assert client.get(reverse(f"desk:{name}", args=[found.pk])).status_code == status
    answer = client.get(reverse("desk:nights"))
    assert answer.status_code == (200 if who == "dario" else 403)
    assert reverse("desk:night", args=[found.pk]) not in answer.content.decode()


def test_the_pages_ask_little(bruno_in: Browser, acqua: Client, django_assert_max_num_queries: Any) -> None:
    for n in range(30):
        night(acqua, as_of=TODAY - dt.timedelta(days=n), report=report_of(n, *["customer 1: no address for pec"] * 50))
    with django_assert_max_num_queries(8):
        page(bruno_in, "nights")
    with django_assert_max_num_queries(9):
        page(bruno_in, "night", Night.objects.latest("pk").pk)


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.04, "0 s"), (2.44, "2,4 s"), (9.96, "10 s"), (41, "41 s"), (125, "2 min 5 s"), (3780, "1 h 3 min"), (None, "–")]
)  # fmt: skip
def test_a_span_of_time_in_words(seconds: float | None, told: str) -> None:
    with translation.override("it"):
        assert span(seconds).replace(NBSP, " ") == told


def test_why_a_message_could_not_be_written_is_told_in_the_language_of_the_screen() -> None:
    told = facts(client_iban="", client_phone="", client_email="")
    with pytest.raises(WordingError) as mute:
        wording.compose("reminder_first", 1, "it", told, channel="letter")
    with translation.override("it"):
        assert "né telefono né e-mail" in str(words._why(str(mute.value)))
        lacks = str(words._why("the facts have no pay_by, and the wording needs it"))
        assert lacks == "manca il termine ultimo"
        assert words._why("odd") == "odd"
    assert set(words.LACKS) <= placeholders.NAMES
    with pytest.raises(WordingError, match=words.MISSING):
        placeholders.fill("{promise_on}", dict.fromkeys(placeholders.NAMES, ""))
