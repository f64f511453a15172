# SPDX-License-Identifier: Apache-2.0
"""The strategy studio: what is in force in words, drafts tried, mended, read, exported; strangers find nothing."""

import io
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse

from ascolto.domain.access.models import Client, Membership, User
from ascolto.domain.mandates.models import Mandate
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records import clock
from ascolto.domain.strategy import nights, studio
from ascolto.domain.strategy.models import Decision, Preview
from ascolto.policies import load
from tests.domain.test_previews import HASTY, MONDAY, UTILITY, asked, owes, waiting

__all__ = ["owes"]


@pytest.fixture
def bruno_in(client: Browser, bruno: User) -> Browser:
    client.force_login(bruno)
    client.cookies["django_language"] = "en"
    return client


def post(browser: Browser, acqua: Client, text: str, day: str = "2026-11-23", **more: Any) -> Any:
    return browser.post(reverse("desk:draft", args=[acqua.pk]), {"draft": text, "as_of": day, **more})


def page(browser: Browser, name: str, *args: Any, **query: Any) -> str:
    answer = browser.get(reverse(f"desk:{name}", args=args), query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_strategy_in_force_is_told_in_words(bruno_in: Browser, acqua: Client) -> None:
    Mandate.objects.create(client=acqua, starts_on=clock.today(), signed_on=clock.today(), charter={"max_tone": 3})
    answer = bruno_in.get(reverse("desk:studio"), follow=True)
    text = answer.content.decode()
    assert answer.redirect_chain[-1][0] == reverse("desk:strategy", args=[acqua.pk])
    for word in ("First reminder", "from 5 days after the due date", "E-mail", "Friendly", "never above tone 3"):
        assert word in text
    assert "None yet" in text
    assert text.index("Courtesy message") < text.index("Formal notice"), "the gentlest first"


def test_it_leaves_as_the_file_it_is_read_from(bruno_in: Browser, acqua: Client) -> None:
    answer = bruno_in.get(reverse("desk:strategy_file", args=[acqua.pk]))
    assert answer.content.decode() == UTILITY
    assert answer["Content-Disposition"] == 'attachment; filename="utility.toml"'


def test_a_strategy_that_cannot_be_read_is_said_and_a_draft_may_still_be_written(
    bruno_in: Browser, acqua: Client
) -> None:
    Mandate.objects.create(client=acqua, starts_on=clock.today(), signed_on=clock.today(), charter={"max_tones": 3})
    assert "max_tones" in page(bruno_in, "strategy", acqua.pk)
    assert "max_tones" in post(bruno_in, acqua, UTILITY).content.decode()


def test_a_draft_is_tried_and_nobody_gets_anything(bruno_in: Browser, owes: Customer) -> None:
    assert "fresh_days" in page(bruno_in, "draft", owes.client_id)
    answer = post(bruno_in, owes.client, HASTY.replace("\n", "\r\n"))
    found = Preview.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("desk:preview", args=[found.pk]))
    assert (found.author, found.as_of, found.draft) == ("bruno@acqua.test", MONDAY, HASTY)
    text = page(bruno_in, "preview", found.pk)
    for word in (
        "With the draft: E-mail +1",
        "First reminder · E-mail",
        "300.00",
        owes.name,
        reverse("desk:customer", args=[owes.pk]),
    ):
        assert word in text
    assert not Decision.objects.exists()
    assert reverse("desk:preview", args=[found.pk]) in page(bruno_in, "strategy", owes.client_id)
    assert bruno_in.get(reverse("desk:preview_draft", args=[found.pk])).content.decode() == HASTY
    assert "from_days = 2\n" in page(bruno_in, "draft", owes.client_id, **{"from": found.pk})


def test_a_draft_that_changes_nothing_says_so(bruno_in: Browser, owes: Customer) -> None:
    post(bruno_in, owes.client, UTILITY)
    assert "every customer would get the same" in page(bruno_in, "preview", Preview.objects.get().pk)


def test_without_any_customer_it_says_so(bruno_in: Browser, acqua: Client) -> None:
    post(bruno_in, acqua, HASTY)
    assert "no customer yet" in page(bruno_in, "preview", Preview.objects.get().pk)


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(bruno_in: Browser, owes: Customer) -> None:
    typed = UTILITY.replace("tone = 2", "tone = 9", 1) + "# my <b>own</b> note\n"
    answer = post(bruno_in, owes.client, typed)
    text = answer.content.decode()
    assert answer.status_code == 422
    for word in ("].tone", "is not on the scale", "0 to 5", "line ", "my &lt;b&gt;own&lt;/b&gt; note"):
        assert word in text
    wrong_day = post(bruno_in, owes.client, HASTY, "the day after")
    assert "the day after" in wrong_day.content.decode()
    assert "from_days = 2" in wrong_day.content.decode()
    assert not Preview.objects.exists()


def test_a_file_takes_the_place_of_the_text(bruno_in: Browser, owes: Customer) -> None:
    post(bruno_in, owes.client, UTILITY, file=SimpleUploadedFile("mia.toml", HASTY.encode()))
    assert Preview.objects.get().draft == HASTY
    bad = post(bruno_in, owes.client, "what was typed", file=SimpleUploadedFile("foto.png", b"\x89PNG\xff\xfe"))
    text = bad.content.decode()
    assert "foto.png" in text
    assert "what was typed" in text


def test_what_changes_leaves_as_a_file(bruno_in: Browser, owes: Customer) -> None:
    pk = asked(owes.client).pk
    moves = bruno_in.get(reverse("desk:preview_export", args=[pk, "spostamenti", "csv"])).content.decode("utf-8-sig")
    assert moves.splitlines()[1].endswith(";1;300,00")
    file = bruno_in.get(reverse("desk:preview_export", args=[pk, "clienti", "xlsx"])).content
    sheet = openpyxl.load_workbook(io.BytesIO(file)).active
    assert (sheet["B2"].value, sheet["E2"].value) == (owes.name, 300)
    for what, form in (("spostamenti", "pdf"), ("segreti", "csv")):
        assert bruno_in.get(reverse("desk:preview_export", args=[pk, what, form])).status_code == 404


def test_while_it_is_computed_the_page_asks_again_by_itself_and_without_javascript(
    bruno_in: Browser, owes: Customer
) -> None:
    at_work = waiting(
        owes.client, state="running", claimed_by=nights.myself(), claimed_until=clock.wall() + nights.LEASE,
        begun_at=clock.wall(), done=400, customers=1000,
    )  # fmt: skip
    text = page(bruno_in, "preview", at_work.pk)
    for word in ("400 / 1,000", "customers a second", 'hx-trigger="every 1s"', '<noscript><meta http-equiv="refresh"'):
        assert word in text
    Preview.objects.filter(pk=at_work.pk).update(claimed_by=f"{nights.myself().split(':')[0]}:999999999:1")
    text = page(bruno_in, "preview", at_work.pk)
    assert "It was interrupted" in text
    assert "hx-trigger" not in text.partition('id="preview"')[2]
    assert bruno_in.post(reverse("desk:ask_preview_again", args=[at_work.pk])).status_code == 302
    assert "With the draft" in page(bruno_in, "preview", at_work.pk)


def test_when_the_policy_in_force_has_changed_the_page_says_so(bruno_in: Browser, owes: Customer) -> None:
    found = asked(owes.client)
    assert "has changed since" not in page(bruno_in, "preview", found.pk)
    Mandate.objects.create(client=owes.client, starts_on=MONDAY, signed_on=MONDAY, charter={"max_tone": 3})
    assert "has changed since" in page(bruno_in, "preview", found.pk)


def test_one_deletes_ones_own(bruno_in: Browser, owes: Customer) -> None:
    mine, theirs = asked(owes.client), asked(owes.client, actor="altra@acqua.test")
    for found in (mine, theirs):
        assert bruno_in.post(reverse("desk:delete_preview", args=[found.pk])).status_code == 302
    assert list(Preview.objects.all()) == [theirs]
    assert 'popovertarget="delete"' not in page(bruno_in, "preview", theirs.pk)


def addresses(preview: Preview) -> list[tuple[str, str]]:
    """Every address of the studio that names a thing, with the method that it takes."""
    client, pk = preview.client_id, preview.pk
    return [
        ("get", reverse("desk:strategy", args=[client])), ("get", reverse("desk:strategy_file", args=[client])),
        ("get", reverse("desk:draft", args=[client])), ("post", reverse("desk:draft", args=[client])),
        ("get", reverse("desk:preview", args=[pk])), ("get", reverse("desk:preview_draft", args=[pk])),
        ("get", reverse("desk:preview_export", args=[pk, "clienti", "csv"])),
        ("post", reverse("desk:ask_preview_again", args=[pk])), ("post", reverse("desk:delete_preview", args=[pk])),
    ]  # fmt: skip


@pytest.fixture
def cora(acqua: Client) -> User:
    """Looks on for the client: sees, and decides nothing."""
    user = User.objects.create_user("cora@acqua.test", "x", name="Cora")
    Membership.objects.create(user=user, client=acqua, role="client_viewer")
    return user


@pytest.mark.parametrize(("who", "status"), [("dario", 404), ("ada", 403), ("cora", 403)])
def test_a_stranger_finds_nothing_and_who_may_not_is_refused(
    client: Browser, owes: Customer, who: str, status: int, request: pytest.FixtureRequest
) -> None:
    found = asked(owes.client)
    client.force_login(request.getfixturevalue(who))
    for method, url in addresses(found):
        answer = getattr(client, method)(url, {"draft": HASTY, "as_of": "2026-11-23"})
        assert (url, answer.status_code) == (url, status)
    assert Preview.objects.get().state == "done"


def test_a_draft_of_another_client_cannot_be_taken_up(
    client: Browser, dario: User, altrove: Client, owes: Customer
) -> None:
    found = asked(owes.client)
    client.force_login(dario)
    assert client.get(reverse("desk:draft", args=[altrove.pk]), {"from": found.pk}).status_code == 404
    assert "utility" not in client.get(reverse("desk:studio"), follow=True).content.decode()


def test_with_several_clients_one_chooses(client: Browser, bruno: User, altrove: Client) -> None:
    Membership.objects.create(user=bruno, client=altrove, role="credit_manager")
    client.force_login(bruno)
    text = client.get(reverse("desk:studio")).content.decode()
    assert reverse("desk:strategy", args=[altrove.pk]) in text


def test_the_pages_ask_little(bruno_in: Browser, owes: Customer, django_assert_max_num_queries: Any) -> None:
    for _ in range(3):
        asked(owes.client)
    pk = Preview.objects.latest("pk").pk
    with django_assert_max_num_queries(12):
        page(bruno_in, "strategy", owes.client_id)
    with django_assert_max_num_queries(12):
        page(bruno_in, "preview", pk)


def test_every_step_of_what_is_shipped_has_its_place_in_words(acqua: Client) -> None:
    from ascolto.web import codes
    from ascolto.web.desk.studio import words

    for name in load.strategy_names():
        policy = load.load_policy(name)
        told = words.ladders(policy)
        assert [len(one["steps"]) for one in told] == [len(ladder.rung) for ladder in policy.strategy.ladder]
        assert {rung.anchor for ladder in policy.strategy.ladder for rung in ladder.rung} <= set(codes.ANCHORS)


def test_the_preview_is_kept_by_client(acqua: Client, altrove: Client, owes: Customer, as_dario: Any) -> None:
    asked(owes.client)
    assert not studio.previews(as_dario, altrove.pk).exists()
