# SPDX-License-Identifier: Apache-2.0
"""What happens to a case between its opening and its outcome; a refusal beside each success."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from ascolto.domain.access.models import Client, User
from ascolto.domain.access.viewer import Viewer
from ascolto.domain.care.actions import Part, close_case, open_case, reopen_case
from ascolto.domain.care.clockwork import clock_for
from ascolto.domain.care.handling import add_event, add_evidence, assign_owner, convert_kind, set_fault, wait_for
from ascolto.domain.care.models import CareCase, CasePart, Evidence
from ascolto.domain.care.queries import contested_cents, our_disservice, story_of_case
from ascolto.domain.portfolio.models import Customer, Invoice
from ascolto.domain.records.errors import Refused
from ascolto.engine.clocks import ServiceTerms

TODAY = dt.date(2026, 11, 20)
BY: dict[str, Any] = {"actor": "ada", "as_of": TODAY}
PDF = b"%PDF-1.7 letter"


def bill(carla: Customer, number: str = "F1", cents: int = 12_200) -> Invoice:
    return Invoice.objects.create(
        client=carla.client, customer=carla, number=number, issued_on=dt.date(2026, 9, 1), total_cents=cents,
        payable_cents=cents,
    )  # fmt: skip


def opened(carla: Customer, **said: Any) -> CareCase:
    return open_case(
        client=carla.client, customer=carla, **{"kind": "complaint", "reason": "Nessuno è venuto", **BY, **said}
    )


def refusal(deed: Callable[[], Any]) -> str:
    with pytest.raises(Refused) as no:
        deed()
    return no.value.code


def test_the_clock_of_the_sector_runs_from_the_day_it_was_received(carla: Customer) -> None:
    case = opened(carla, received_on=dt.date(2026, 11, 2))
    assert (case.clock, case.deadline_on, case.since) == ("I07", dt.date(2026, 12, 2), dt.date(2026, 11, 2))
    assert refusal(lambda: opened(carla, received_on=dt.date(2026, 11, 21))) == "in_the_future"
    assert opened(carla, deadline_on=TODAY).clock == "", "a person's own deadline follows no row"


def test_a_dispute_of_several_parts_contests_each_invoice_once(carla: Customer) -> None:
    first, second = bill(carla), bill(carla, "F2", 5_000)
    parts = [Part(first, 2_000, "Quota fissa"), Part(first, 1_000, "Mora"), Part(second)]
    case = opened(carla, kind="dispute", parts=parts)
    assert case.disputed_cents == 8_000
    assert contested_cents(carla.client_id, TODAY) == {first.pk: 3_000, second.pk: 5_000}
    assert contested_cents(carla.client_id, TODAY - dt.timedelta(days=1)) == {}
    assert refusal(lambda: opened(carla, kind="dispute", parts=[Part(second, 1)])) == "open_already"
    third = bill(carla, "F3", 900)
    assert refusal(lambda: opened(carla, kind="dispute", parts=[Part(third, 500), Part(third, 500)])) == "part_twice"
    twice = [Part(third, 500), Part(third, 500, "altro")]
    assert refusal(lambda: opened(carla, kind="dispute", parts=twice)) == "beyond_the_invoice"


def test_a_late_answer_owes_the_indemnity_and_a_withdrawn_case_none(carla: Customer) -> None:
    long_ago = dt.date(2026, 9, 1)
    late = close_case(case=opened(carla, received_on=long_ago), outcome="Ci scusiamo", **BY)
    gone = close_case(case=opened(carla, received_on=long_ago), outcome="Ci ripensa", verdict="withdrawn", **BY)
    request = close_case(case=opened(carla, kind="request", received_on=long_ago), outcome="Ecco la copia", **BY)
    assert [late.indemnity_cents, gone.indemnity_cents, request.indemnity_cents] == [6_000, 0, 0]
    assert late.verdict == "answered"


@pytest.mark.parametrize(
    ("verdict", "cents", "granted"),
    [("upheld", 0, 5_000), ("partial", 2_000, 2_000), ("confirmed", 0, 0), ("", 0, 0),
     ("partial", 5_000, "no_part_granted"), ("partial", 0, "no_part_granted"), ("maybe", 0, "unknown_verdict")],
)  # fmt: skip
def test_a_verdict_grants_its_part(carla: Customer, verdict: str, cents: int, granted: int | str) -> None:
    case = opened(carla, kind="dispute", invoice=bill(carla), disputed_cents=5_000)

    def close() -> CareCase:
        return close_case(case=case, outcome="Riletto", verdict=verdict, granted_cents=cents, **BY)

    if isinstance(granted, str):
        assert refusal(close) == granted
    else:
        assert close().granted_cents == granted


def test_a_complaint_about_our_service_is_ours_until_we_know_better(carla: Customer) -> None:
    case = opened(carla, topic="service")
    assert list(our_disservice(carla.client_id, TODAY)) == [case]
    set_fault(case=case, fault="nobody", **BY)
    assert not our_disservice(carla.client_id, TODAY).exists()
    assert opened(carla, topic="contract").fault == ""
    assert refusal(lambda: set_fault(case=case, fault="theirs?", **BY)) == "unknown_word"
    assert refusal(lambda: opened(carla, topic="weather")) == "unknown_topic"


def test_an_owner_is_a_colleague_and_waiting_moves_the_case_on_the_board(
    carla: Customer, ada: User, dario: User
) -> None:
    case = opened(carla)
    assert case.state == "new"
    assert assign_owner(case=case, owner=ada, **BY).state == "working"
    assert wait_for(case=case, whom="client", **BY).state == "client"
    assert wait_for(case=case, whom="", **BY).state == "working"
    assert refusal(lambda: assign_owner(case=case, owner=dario, **BY)) == "not_a_colleague"
    assert refusal(lambda: wait_for(case=case, whom="godot", **BY)) == "unknown_word"
    done = close_case(case=case, outcome="Fatto", **BY)
    assert done.state == "closed"
    assert refusal(lambda: assign_owner(case=done, owner=ada, **BY)) == "closed_already"


def test_another_kind_keeps_the_story_and_counts_from_the_first_day(carla: Customer, as_ada: Viewer) -> None:
    case = opened(carla, kind="request", received_on=dt.date(2026, 11, 2))
    assert refusal(lambda: convert_kind(case=case, kind="dispute", why="Contesta", **BY)) == "no_invoice"
    invoice = bill(carla)
    changed = convert_kind(case=case, kind="dispute", why="Contesta", invoice=invoice, cents=700, **BY)
    assert (changed.kind, changed.disputed_cents, changed.deadline_on) == ("dispute", 700, dt.date(2026, 12, 2))
    back = convert_kind(case=case, kind="complaint", why="Riguarda il servizio", **BY)
    assert (back.disputed_cents, CasePart.objects.count()) == (0, 0)
    story = list(story_of_case(as_ada, case))
    assert [event.kind for event in story] == ["opened", "converted", "converted"]
    assert story[-1].data["parts"] == [[invoice.pk, "", 700]], "what was contested is remembered"
    assert refusal(lambda: convert_kind(case=case, kind="complaint", why="x", **BY)) == "same_kind"
    assert refusal(lambda: convert_kind(case=case, kind="request", why=" ", **BY)) == "no_reason"


def test_evidence_is_what_its_bytes_say(carla: Customer) -> None:
    case = opened(carla)
    file = add_evidence(case=case, name='C:\\doc\\"lettera".pdf', content=PDF, **BY)
    assert (file.name, file.media_type, file.size) == ("lettera.pdf", "application/pdf", len(PDF))
    assert add_evidence(case=case, name="copia.pdf", content=PDF, **BY) == file
    for content, code in ((b"", "empty_file"), (b"<html>", "not_readable"), (b"%PDF-" + b"x" * 5_242_880, "too_large")):
        assert refusal(lambda content=content: add_evidence(case=case, name="x.pdf", content=content, **BY)) == code
    assert Evidence.objects.count() == 1


def test_the_discussion_shows_the_client_only_what_is_meant_for_it(
    carla: Customer, as_ada: Viewer, as_dario: Viewer
) -> None:
    case = opened(carla)
    add_event(case=case, text="Il tecnico era malato", **BY)
    add_event(case=case, text="Potete mandare la lettura?", visibility="client", **BY)
    client = Viewer("cliente", {carla.client_id: "client_viewer"})
    assert [e.text for e in story_of_case(client, case)] == ["Nessuno è venuto", "Potete mandare la lettura?"]
    assert story_of_case(as_ada, case).count() == 3
    assert not story_of_case(as_dario, case).exists()
    assert refusal(lambda: add_event(case=case, text=" ", **BY)) == "no_words"


def test_a_closed_case_opens_again_unless_money_was_granted(carla: Customer) -> None:
    case = close_case(case=opened(carla, received_on=dt.date(2026, 9, 1)), outcome="Risposto", **BY)
    again = reopen_case(case=case, why="Non è d'accordo", **BY)
    assert (again.closed_on, again.verdict, again.indemnity_cents) == (None, "", 0)
    assert refusal(lambda: reopen_case(case=case, why="x", **BY)) == "open_already"
    dispute = opened(carla, kind="dispute", invoice=bill(carla))
    close_case(case=dispute, outcome="Ha ragione", verdict="upheld", **BY)
    assert refusal(lambda: reopen_case(case=dispute, why="x", **BY)) == "granted_already"


@pytest.mark.parametrize(
    ("sector", "kind", "topic", "on", "row", "days"),
    [
        ("utility", "complaint", "service", "2026-03-02", "I07", 30),
        ("utility", "complaint", "service", "2025-12-31", "I06", 30),
        ("utility", "complaint", "double_billing", "2026-03-02", "T04", 15),
        ("utility", "complaint", "double_billing", "2025-12-31", "I06", 30),
        ("utility", "dispute", "amount", "2026-03-02", "T02", 60),
        ("utility", "dispute", "contract", "2026-03-02", "own", 30),
        ("utility", "request", "papers", "2026-03-02", "T05", 30),
        ("b2b_services", "complaint", "service", "2026-03-02", "own", 30),
    ],
)
def test_the_clock_in_force(sector: str, kind: str, topic: str, on: str, row: str, days: int) -> None:
    received = dt.date.fromisoformat(on)
    found = clock_for(sector, kind, topic, received)
    assert (found.id, (found.answer_by - received).days) == (row, days)


@pytest.mark.parametrize(
    ("service", "topic", "deadline", "late"),
    [
        (ServiceTerms(20, 4_000), "service", dt.date(2026, 9, 21), 6_000),  # the law gives more after 80 days
        (ServiceTerms(20, 9_900), "service", dt.date(2026, 9, 21), 9_900),
        (ServiceTerms(60, 4_000), "service", dt.date(2026, 10, 1), 6_000),  # the law's own clock is the earlier one
        (None, "service", dt.date(2026, 10, 1), 6_000),
    ],
)
def test_the_charter_of_services_binds_where_it_gives_the_customer_more(
    carla: Customer, service: ServiceTerms | None, topic: str, deadline: dt.date, late: int
) -> None:
    case = opened(carla, received_on=dt.date(2026, 9, 1), topic=topic, service=service)
    assert (case.deadline_on, case.clock) == (deadline, "I07")
    assert close_case(case=case, outcome="Ecco", **BY).indemnity_cents == late


def test_where_no_law_sets_a_clock_the_charter_alone_owes_and_another_kind_keeps_its_promise(carla: Customer) -> None:
    Client.objects.filter(pk=carla.client_id).update(sector="b2b_services")
    carla.client.refresh_from_db()
    since, service = dt.date(2026, 11, 5), ServiceTerms(10, 2_500)
    late = close_case(case=opened(carla, received_on=since, service=service), outcome="Ecco", **BY)
    assert (late.clock, late.deadline_on, late.indemnity_cents) == ("own", dt.date(2026, 11, 15), 2_500)
    timely = opened(carla, received_on=dt.date(2026, 11, 10), service=service)
    assert close_case(case=timely, outcome="Ecco", **BY).indemnity_cents == 0, "the tenth day is in time"
    other = convert_kind(case=opened(carla, received_on=since, service=service), kind="request", why="Chiede", **BY)
    assert other.deadline_on == dt.date(2026, 11, 15)
