# SPDX-License-Identifier: Apache-2.0
"""The clients whose settings one may look after, and the settings of one. Views only read."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import visible
from ascolto.domain.ledger.rules import rule_on
from ascolto.domain.mandates.models import Mandate
from ascolto.domain.mandates.queries import mandate_on
from ascolto.domain.records import clock
from ascolto.domain.records.models import TrailEntry
from ascolto.domain.strategy import client_settings
from ascolto.domain.strategy.legal_gate import CAP
from ascolto.engine.settling import CAPITAL_FIRST
from ascolto.policies import load
from ascolto.web import ui
from ascolto.web.desk.cash.words import ORDERS
from ascolto.web.desk.page import narrowed
from ascolto.web.desk.settings import words
from ascolto.web.desk.settings.forms import CharterForm, ChoicesForm, ParticularsForm, written
from ascolto.web.formats import basis_points, days, money, percent
from ascolto.web.tables import page_of

RIGHT = "policy"


@dataclass(frozen=True)
class Row:
    """One setting as the page tells it. `source`: who set it and when; empty when nobody did."""

    key: str
    label: Any
    value: str
    usual: Any
    why: Any
    source: str

    @property
    def is_own(self) -> bool:
        return bool(self.source)


@require_GET
def clients(request: HttpRequest) -> HttpResponse:
    """The clients whose settings one may look after; with only one, its settings."""
    viewer = narrowed(request, RIGHT)
    if len(viewer.client_ids) == 1:
        return HttpResponseRedirect(reverse("desk:client_settings", args=viewer.client_ids))
    today = clock.today()
    rows = [
        {"client": one, "mandate": mandate_on(one.pk, today), "sure": percent(one.auto_settle_permille / 10)}
        for one in visible(viewer, Client.objects.all())
    ]
    return render(request, "desk/settings/clients.html", {"rows": rows})


@require_GET
def settings(request: HttpRequest, client_id: int) -> HttpResponse:
    """What the client chose, what holds where it chose nothing, who set it, and what it was before."""
    return page(request, client_id)


def page(request: HttpRequest, client_id: int, **wrong: Any) -> HttpResponse:
    """The settings of one client; `wrong`: a form that could not be taken, as it was sent."""
    viewer = ui.whole_viewer(request)
    client = client_settings.client_of(viewer, client_id)
    today = clock.today()
    mandate = mandate_on(client.pk, today)
    trail = client_settings.history_of(viewer, client)
    charter = words.flat(mandate.charter) if mandate else {}
    context = {
        "client": client, "mandate": mandate, "several": len(viewer.client_ids) > 1, "back_here": request.path,
        "charter": _charter(client, mandate, charter), "cash": _cash(client, trail), "orders": _orders(),
        "choices": _own(client, words.CHOICES, trail), "particulars": _own(client, words.PARTICULARS, trail),
        "charter_form": CharterForm(initial={**written(charter), "signed_on": today}),
        "choices_form": ChoicesForm(initial=_values(client, words.CHOICES)),
        "particulars_form": ParticularsForm(initial=_values(client, words.PARTICULARS)),
        "rule": _rule_fields(client), "history": _history(request, trail), **wrong,
    }  # fmt: skip
    return render(request, "desk/settings/settings.html", context, status=422 if wrong else 200)


def _charter(client: Client, mandate: Mandate | None, said: dict[str, Any]) -> list[Row]:
    source = ""
    if mandate is not None:
        told = {"day": f"{mandate.signed_on:%d/%m/%Y}", "who": mandate.signed_by}
        source = _("charter signed on %(day)s by %(who)s") % told
    usual, sources = _usual(client), dict.fromkeys(said, source)
    least = load.load_policy(client.sector).strategy.limits.min_cents
    if 0 < said.get("min_cents", 0) < least:
        said = {**said, "min_cents": least}
        sources["min_cents"] = _("the strategy is stricter than the charter")
    return [
        Row(key, word.label, words.told(key, said.get(key)), usual.get(key, _("as strategy and law say")), word.why,
            sources.get(key, ""))
        for key, word in words.CHARTER.items()
    ]  # fmt: skip


def _usual(client: Client) -> dict[str, Any]:
    """What holds where the charter says nothing, by key."""
    terms, care = load.plan_terms(client.sector), load.care_clocks()
    return {
        "min_cents": money(load.load_policy(client.sector).strategy.limits.min_cents),
        "service.answer_days": _("the law's clock of the sector; without one, %(days)s") % {"days": days(care.days)},
        "service.late_cents": _("the law's indemnity, where there is one"),
        "legal_share_bp": basis_points(CAP), "plans.max_months": str(terms.max_months),
        "plans.min_instalment_cents": money(terms.min_instalment_cents),
        "plans.down_payment_permille": percent(terms.down_payment_permille / 10),
        "plans.interest": words.told("plans.interest", terms.interest),
        "plans.interest_bp": basis_points(terms.interest_bp, 2) if terms.interest == "agreed" else "–",
        "plans.grants.operator": str(terms.grants.operator), "plans.grants.team_leader": str(terms.grants.team_leader),
        "plans.grants.credit_manager": str(terms.grants.credit_manager),
        "no_contact_months": _("none"), "no_contact_days": _("none"),
    }  # fmt: skip


def _cash(client: Client, trail: Any) -> list[Row]:
    rule, last = rule_on(client.pk, clock.today()), _last_by(trail)
    values = {"bar": client.auto_settle_permille, "order": list(rule.order), "small_cents": rule.cents,
              "small_permille": rule.permille}  # fmt: skip
    usual = {"bar": 950, "order": list(CAPITAL_FIRST), "small_cents": 0, "small_permille": 0}
    return [
        Row(key, word.label, words.told(key, values[key]), words.told(key, usual[key]), word.why,
            last.get("cash_bar_set" if key == "bar" else "cash_rule_set", ""))
        for key, word in words.CASH.items()
    ]  # fmt: skip


def _own(client: Client, told: Any, trail: Any) -> list[Row]:
    """Settings that are columns of the client, with their column's default."""
    changed: dict[str, str] = {}
    for entry in trail.filter(verb="client_changed").order_by("at", "pk"):
        changed |= dict.fromkeys(entry.data, _by(entry))
    rows = []
    for key, word in told.items():
        usual, value = getattr(Client(), key), getattr(client, key)
        since = changed.get(key) or (_("set when the client was opened") if value != usual else "")
        rows.append(Row(key, word.label, words.told(key, value), words.told(key, usual), word.why, since))
    return rows


def _last_by(trail: Any) -> dict[str, str]:
    """Who did each verb last, and when."""
    return {entry.verb: _by(entry) for entry in trail.filter(verb__startswith="cash_").order_by("at", "pk")}


def _by(entry: TrailEntry) -> str:
    return _("set on %(day)s by %(who)s") % {"day": f"{entry.at.astimezone(clock.ROME):%d/%m/%Y}", "who": entry.actor}


def _values(client: Client, told: Any) -> dict[str, Any]:
    return {key: getattr(client, key) for key in told}


def _rule_fields(client: Client) -> dict[str, str]:
    """The rules of cash as one writes them."""
    rule = rule_on(client.pk, clock.today())
    return {
        "order": ",".join(rule.order), "small": f"{rule.cents // 100},{rule.cents % 100:02}",
        "share": f"{rule.permille // 10},{rule.permille % 10}",
        "percent": f"{client.auto_settle_permille // 10},{client.auto_settle_permille % 10}",
    }  # fmt: skip


def _orders() -> list[tuple[str, Any]]:
    return [(",".join(order), word) for order, word in ORDERS.items()]


def _history(request: HttpRequest, trail: Any) -> Any:
    found = page_of(request, trail, 20)
    for entry in found:
        entry.word = words.VERBS[entry.verb]
        entry.changes = words.changes(entry.verb, entry.data)
        entry.signed_by = entry.data.get("signed_by", "")
    return found
