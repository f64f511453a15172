# SPDX-License-Identifier: Apache-2.0
"""What a client allows in a plan on a day: its sector's terms, changed by the charter of its mandate, within the law.

The charter speaks in the place of our terms, stricter or wider: those are our choice. What the law gives a customer
no charter takes away (engine.plan.offer), and a rate that the law would not bear is refused here.
"""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ascolto.domain.access.models import Client
from ascolto.domain.ledger import law_words
from ascolto.domain.mandates.models import Mandate
from ascolto.domain.mandates.queries import mandate_on
from ascolto.domain.records.errors import Refused
from ascolto.engine.clocks import ServiceTerms
from ascolto.engine.plan import Terms, under
from ascolto.engine.plan_interest import PlanRate, check_usury, rate_on
from ascolto.engine.policy import Charter
from ascolto.engine.reading import PolicyError, read
from ascolto.engine.rows import LawGap
from ascolto.engine.usury import Average
from ascolto.policies import load, load_law

USURY_CATEGORY = "altri_finanziamenti"
"""The class of average rates that a deferred payment would fall under."""


@dataclass(frozen=True)
class Allowed:
    """The terms, the rate, and where they come from: `said` names what the mandate's charter sets."""

    terms: Terms
    rate: PlanRate
    said: tuple[str, ...] = ()
    mandate: Mandate | None = None


def charter_on(client: Client, as_of: dt.date) -> tuple[Charter, Mandate | None]:
    """The charter in force, read strictly. Refused: `charter_unreadable`."""
    mandate = mandate_on(client.pk, as_of)
    try:
        return read(Charter, mandate.charter if mandate else {}, f"charter of {client.slug}"), mandate
    except PolicyError as error:
        raise Refused(
            "charter_unreadable", _("The mandate's charter cannot be read: %(why)s.") % {"why": error}
        ) from error


def service_on(client: Client, received_on: dt.date) -> ServiceTerms | None:
    """What the charter of the day promises about answers. Refused: `charter_unreadable`."""
    return charter_on(client, received_on)[0].service


def terms_of(client: Client, as_of: dt.date) -> Allowed:
    """What may be offered today. Refused: `charter_unreadable`, `above_usury`, `usury_unknown`, `past_table`."""
    charter, mandate = charter_on(client, as_of)
    try:
        terms = under(load.plan_terms(client.sector), charter.plans)
        rules = (load_law.rule("P-1283"), load_law.rule("P-1284-3"), load_law.rule("P-1194"))
        rate = rate_on(terms.interest, terms.interest_bp, as_of, load_law.rate_table("legal_interest"), rules)
        if rate.kind == "agreed":
            check_usury(rate.rate_bp, as_of, load_law.rows("usury", Average), USURY_CATEGORY)
    except PolicyError as error:
        raise Refused(
            "charter_unreadable", _("The mandate's charter cannot be read: %(why)s.") % {"why": error}
        ) from error
    except LawGap as gap:
        raise law_words.refused(gap) from gap
    return Allowed(terms, rate, charter.plans.said if charter.plans else (), mandate)
