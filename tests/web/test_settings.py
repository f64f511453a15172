# SPDX-License-Identifier: Apache-2.0
"""A client's settings: each with its default, its source and its history; only for who may set them."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from ascolto.domain.access.models import Client, Membership, User
from ascolto.domain.access.viewer import Viewer
from ascolto.domain.mandates.models import Mandate
from ascolto.domain.mandates.queries import charter_of
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.records.models import TrailEntry
from ascolto.domain.strategy.policy import policy_for
from ascolto.domain.strategy.reactions import open_care_case
from ascolto.web.desk.settings.forms import CharterForm
from ascolto.web.desk.settings.urls import urlpatterns
from ascolto.web.desk.settings.words import CHARTER

TODAY = dt.date(2026, 11, 20)
SIGNED = {"signed_by": "Dott.ssa Neri", "signed_on": "2026-11-19"}


@pytest.fixture
def desk(client: Browser, bruno: User) -> Browser:
    client.force_login(bruno)
    return client


def agree(desk: Browser, acqua: Client, **said: Any) -> Any:
    return desk.post(reverse("desk:client_charter", args=[acqua.pk]), {**SIGNED, **said})


def test_every_key_of_a_charter_has_its_field_and_the_other_way_round() -> None:
    fields = {name.replace("__", ".") for name in CharterForm.base_fields} - {"signed_by", "signed_on"}
    assert fields == set(CHARTER)


def test_a_charter_is_agreed_read_again_and_its_history_told(desk: Browser, acqua: Client) -> None:
    page = desk.get(reverse("desk:settings"), follow=True).content.decode()
    assert "Nessuna carta è firmata" in page
    assert "95%" in page
    done = agree(
        desk, acqua, max_tone="3", phone_from="10:00", no_contact_days="24/12, 31/12", no_contact_months=["8"],
        min_cents="12,50", service__answer_days="20", service__late_cents="40", legal_share_bp="3,5",
        plans__interest="agreed", plans__interest_bp="4", channels=["phone", "email"],
    )  # fmt: skip
    assert done.status_code == 302
    assert charter_of(acqua.pk, TODAY) == {
        "channels": ["phone", "email"], "max_tone": 3, "phone_from": "10:00", "no_contact_months": [8],
        "no_contact_days": ["12-24", "12-31"], "min_cents": 1_250, "legal_share_bp": 350, "version": "2026-11-20",
        "service": {"answer_days": 20, "late_cents": 4_000}, "plans": {"interest": "agreed", "interest_bp": 400},
    }  # fmt: skip
    assert policy_for(acqua, TODAY).charter.max_tone == 3, "the next decision obeys it"
    page = desk.get(reverse("desk:client_settings", args=[acqua.pk])).content.decode()
    for word in (
        "carta firmata il 19/11/2026 da Dott.ssa Neri",
        "24/12, 31/12",
        "12,50",
        "3,5%",
        "firmata da Dott.ssa Neri",
    ):
        assert word in page, word
    agree(desk, acqua, max_tone="2")
    told = TrailEntry.objects.filter(verb="charter_agreed").latest("pk").data
    assert (told["from"]["max_tone"], told["to"]) == (3, {"max_tone": 2})


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"max_tone": "3", "signed_by": ""}, "obbligatorio"),
        ({"service__late_cents": "40"}, "un indennizzo ha bisogno del suo termine"),
        ({"plans__interest": "agreed"}, "Un tasso pattuito vuole il suo numero"),
        ({"phone_from": "18:00", "phone_to": "09:00"}, "devono finire dopo che iniziano"),
        ({"no_contact_days": "trentuno"}, "Scriva i giorni come"),
        ({"legal_share_bp": "120"}, "Scriva una quota come"),
        ({"plans__grants__operator": "6"}, "Indichi i mesi di tutti e tre"),
        ({"plans__interest": "agreed", "plans__interest_bp": "90"}, "usur"),
    ],
)
def test_what_cannot_be_taken_comes_back_as_it_was_sent(
    desk: Browser, acqua: Client, said: dict[str, Any], word: str
) -> None:
    answer = agree(desk, acqua, **said)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert word in page
    name, value = next(iter(said.items()))
    assert f'name="{name}"' in page
    assert value in page
    assert not Mandate.objects.exists()
    assert not TrailEntry.objects.exists()


def test_the_promise_of_the_charter_runs_on_the_page_of_a_case(
    desk: Browser, acqua: Client, carla: Customer, as_bruno: Viewer
) -> None:
    agree(desk, acqua, service__answer_days="20", service__late_cents="40")
    case = open_care_case(as_bruno, carla.pk, as_of=TODAY, kind="request", reason="Copia", topic="papers")
    assert (case.deadline_on, case.promised_cents) == (dt.date(2026, 12, 10), 4_000)
    page = desk.get(reverse("desk:case", args=[case.pk])).content.decode()
    assert "Secondo la carta del committente" in page
    assert "10/12/2026" in page


def test_switches_and_particulars_are_changed_with_their_source(desk: Browser, acqua: Client) -> None:
    saved = desk.post(
        reverse("desk:client_choices", args=[acqua.pk]), {"warn_of_gaps": "on", "default_terms_days": "45"}
    )
    assert saved.status_code == 302
    acqua.refresh_from_db()
    assert (acqua.warn_of_gaps, acqua.default_terms_days) == (True, 45)
    page = desk.get(reverse("desk:client_settings", args=[acqua.pk])).content.decode()
    assert "impostato il 20/11/2026 da bruno@acqua.test" in page
    particulars = reverse("desk:client_particulars", args=[acqua.pk])
    wrong = desk.post(particulars, {"iban": "IT00X", "phone": "1"})
    assert (wrong.status_code, "IT00X" in wrong.content.decode()) == (422, True)
    desk.post(
        particulars, {"iban": "IT40S0542811101000000123456", "email": "a@acqua.test", "phone": "1", "address": "Via"}
    )
    acqua.refresh_from_db()
    assert acqua.iban == "IT40S0542811101000000123456"
    changed = TrailEntry.objects.filter(verb="client_changed").latest("pk").data
    assert changed["iban"] == ["IT60X0542811101000000123456", "IT40S0542811101000000123456"]


def test_the_rules_of_cash_are_set_here_too_and_one_comes_back_here(desk: Browser, acqua: Client) -> None:
    here = reverse("desk:client_settings", args=[acqua.pk])
    bar = desk.post(reverse("desk:cash_bar", args=[acqua.pk]), {"percent": "98", "next": here})
    assert bar.headers["Location"] == here
    rule = {"order": "expenses,interest,capital", "small": "2,00", "share": "1", "next": here}
    assert desk.post(reverse("desk:cash_rule", args=[acqua.pk]), rule).headers["Location"] == here
    page = desk.get(here).content.decode()
    for word in ("98%", "(art. 1194 c.c.): ", "2,00", "Certezza impostata", "Regola di imputazione"):
        assert word in page, word


@pytest.mark.parametrize("pattern", urlpatterns, ids=lambda pattern: str(pattern.name))
def test_a_stranger_finds_no_settings_and_a_colleague_may_not_set_them(
    client: Browser, ada: User, dario: User, acqua: Client, pattern: Any
) -> None:
    args = [acqua.pk] if "client_id" in str(pattern.pattern) else []
    url = reverse(f"desk:{pattern.name}", args=args)
    for user, code in ((dario, 404), (ada, 403)):
        client.force_login(user)
        answers = {client.get(url).status_code, client.post(url, SIGNED).status_code} - {405}
        assert answers == ({code} if args or user == ada else {302}), url
    assert not TrailEntry.objects.exists()


def test_who_has_several_clients_chooses_one(client: Browser, bruno: User, acqua: Client, altrove: Client) -> None:
    Membership.objects.create(user=bruno, client=altrove, role="credit_manager")
    client.force_login(bruno)
    page = client.get(reverse("desk:settings")).content.decode()
    assert reverse("desk:client_settings", args=[acqua.pk]) in page
    assert "Altrove" in page
