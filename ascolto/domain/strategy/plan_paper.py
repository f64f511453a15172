# SPDX-License-Identifier: Apache-2.0
"""The plan on paper, for the customer to sign: the calendar, how to pay, what happens when an instalment is missed."""

import datetime as dt
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from ascolto.domain.agreements.models import Plan
from ascolto.domain.outreach import formats, letters
from ascolto.domain.outreach.composed import Block, Composed
from ascolto.domain.outreach.facts import MessageFacts


def plan_pdf(plan: Plan, as_of: dt.date) -> bytes:
    """PDF bytes, in the customer's language; the payment box asks for the first instalment."""
    language = plan.customer.language if plan.customer.language in ("it", "en") else "it"
    parts = list(plan.instalments.order_by("number"))
    with translation.override(language):
        blocks = _blocks(plan, parts, language)
        composed = Composed(
            subject=_("Plan of instalments"), text="", html="", template_version="", template="plan", tone=0,
            language=language, greeting=plan.customer.name, blocks=tuple(blocks),
            closing=_("Place, date and signature of the customer: ______________________________"),
            amount_cents=parts[0].amount_cents,
        )  # fmt: skip
    return letters.render(composed, _facts(plan, as_of))


def _blocks(plan: Plan, parts: list[Any], language: str) -> list[Block]:
    total = formats.money(plan.total_cents, "EUR", language)
    said = {"total": total, "count": len(parts), "days": plan.grace_days}
    return [
        Block("text", _("We agree that %(total)s is paid in %(count)s instalments, without interest:") % said),
        *(
            Block("point", f"{p.number}. {formats.long_day(p.due_on, language)}: "
                           f"{formats.money(p.amount_cents, 'EUR', language)}")
            for p in parts
        ),
        Block("text", _("While the plan is kept, no reminder is sent for these amounts.")),
        Block("text", _("An instalment not received %(days)s days after its day may end the plan: what is left is "
                        "then due at once. If a difficulty comes up, call us before the day.") % said),
        Block("payment"),
    ]  # fmt: skip


def _facts(plan: Plan, as_of: dt.date) -> MessageFacts:
    client, who = plan.client, plan.customer
    place = " ".join(part for part in (who.postcode, who.city, who.province) if part)
    return MessageFacts(
        client_name=client.name, client_address=(client.address,), client_phone=client.phone,
        client_email=client.email, client_iban=client.iban, customer_name=who.name,
        customer_address=tuple(line for line in (who.street, place) if line), customer_number=who.number, as_of=as_of,
    )  # fmt: skip
