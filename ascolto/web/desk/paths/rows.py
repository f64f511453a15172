# SPDX-License-Identifier: Apache-2.0
"""What the customer page shows of hardship paths and of who must be treated with care. Reads only."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from ascolto.domain.access.viewer import Viewer
from ascolto.domain.agreements.models import HardshipPath
from ascolto.domain.agreements.paths import paths_of, signs_of
from ascolto.domain.care.models import Gap
from ascolto.domain.portfolio.marks import DEMANDS
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.strategy.paths import protections, terms_of
from ascolto.policies.load_law import italian_titles, social_bonus


def path_panel(viewer: Viewer, who: Customer, today: dt.date) -> dict[str, Any]:
    """The running path or what is needed to begin one, and the earlier ones."""
    known = list(paths_of(viewer, who.pk)[:20])
    running = next((path for path in known if path.ended_on is None), None)
    words, signs, terms = dict(HardshipPath.Sign.choices), signs_of(who, today), terms_of(who.client, today)
    days = dt.timedelta(days=1)
    told = _("A pause of at most %(pause)s days, then gentle words, and a review within %(review)s days.")
    return {
        "path": running, "past_paths": [path for path in known if path.ended_on], "signs": [words[s] for s in signs],
        "first_sign": signs[0] if signs else "", "sign_choices": HardshipPath.Sign.choices,
        "path_outcomes": [choice for choice in HardshipPath.Outcome.choices if choice[0]],
        "pause_max": today + terms.pause_days * days, "review_max": today + terms.review_days * days,
        "pause_usual": today + terms.pause_days // 2 * days, "review_usual": today + terms.review_days // 2 * days,
        "terms_words": told % {"pause": terms.pause_days, "review": terms.review_days},
    }  # fmt: skip


def marks_panel(who: Customer, today: dt.date) -> dict[str, Any]:
    """What a person may note: protected by whom, the bonus with its limits of today, what invoices must name."""
    utility = who.client.sector == "utility"
    words = {"order": _("Purchase order"), "cig": "CIG", "cup": "CUP"}
    bonus = social_bonus(today) if utility else None
    return {
        "protections": [(row.id, law_words(row.id)) for row in protections()] if utility else [],
        "bonus": bonus, "row": bonus.id if bonus else "",
        "demand_choices": [(code, words[code], code in who.demands.split()) for code in DEMANDS],
    }  # fmt: skip


def protected_by(who: Customer) -> list[str]:
    """The rows of law that protect a customer's supply, in words: the one that was noted, and the bonus for water."""
    if who.client.sector != "utility":
        return []
    ids = [who.protection] if who.protection else []
    ids += ["N03"] if who.social_bonus and who.kind == "consumer" and "N03" not in ids else []
    return [law_words(row_id) for row_id in ids]


def law_words(row_id: str) -> str:
    """What a row of law says, in Italian, or its id."""
    return italian_titles().get(row_id, row_id)


def open_gaps_of(who: Customer) -> list[Gap]:
    """What the customer's invoices lack by our own fault."""
    rows = Gap.objects.filter(client=who.client, customer=who, closed_on=None).select_related("invoice")
    return list(rows.order_by("effect", "pk")[:20])
