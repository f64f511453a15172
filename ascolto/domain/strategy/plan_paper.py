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
    said = {"total": _money(plan.total_cents, language), "count": len(parts), "days": plan.grace_days}
    return [
        *_agreed(plan, said, language),
        *(Block("point", _line(part, language)) for part in parts),
        Block("text", _("While the plan is kept, no reminder is sent for these amounts.")),
        Block("text", _("An instalment not received %(days)s days after its day may end the plan: what is left is "
                        "then due at once. If a difficulty comes up, call us before the day.") % said),
        Block("text", _early(plan)),
        Block("payment"),
    ]  # fmt: skip


def _agreed(plan: Plan, said: dict[str, Any], language: str) -> list[Block]:
    """What is agreed: without interest, or with its rate, its amount and the law it rests on."""
    if not plan.interest_cents:
        return [Block("text", _("We agree that %(total)s is paid in %(count)s instalments, without interest:") % said)]
    more = {
        "capital": _money(plan.capital_cents, language), "interest": _money(plan.interest_cents, language),
        "rate": _percent(plan.rate_bp, language), "from": formats.day(plan.proposed_on, language),
        "articles": "; ".join(dict.fromkeys(row["article"] for row in plan.interest_law)),
    }  # fmt: skip
    return [
        Block("text", _("We agree that %(capital)s is paid in %(count)s instalments, with interest of %(interest)s: "
                        "%(total)s in all.") % {**said, **more}),
        Block("text", _("The interest is worked out from %(from)s at %(rate)s a year, the same for the whole plan, on "
                        "the capital still to be paid; interest never bears interest (%(articles)s).") % more),
    ]  # fmt: skip


def _line(part: Any, language: str) -> str:
    told = f"{part.number}. {formats.long_day(part.due_on, language)}: {_money(part.amount_cents, language)}"
    of_it = _("of which interest %(cents)s") % {"cents": _money(part.interest_cents, language)}
    return f"{told} ({of_it})" if part.interest_cents else told


def _early(plan: Plan) -> str:
    if plan.interest_cents:
        return _("Everything may be paid earlier, on any day: interest that has not run by then is not asked.")
    return _("Everything may be paid earlier, on any day.")


def _percent(basis_points: int, language: str) -> str:
    text = f"{basis_points / 100:.2f} %"
    return text if language == "en" else text.replace(".", ",")


def _money(cents: int, language: str) -> str:
    return formats.money(cents, "EUR", language)


def _facts(plan: Plan, as_of: dt.date) -> MessageFacts:
    client, who = plan.client, plan.customer
    place = " ".join(part for part in (who.postcode, who.city, who.province) if part)
    return MessageFacts(
        client_name=client.name, client_address=(client.address,), client_phone=client.phone,
        client_email=client.email, client_iban=client.iban, customer_name=who.name,
        customer_address=tuple(line for line in (who.street, place) if line), customer_number=who.number, as_of=as_of,
    )  # fmt: skip
