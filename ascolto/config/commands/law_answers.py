# SPDX-License-Identifier: Apache-2.0
"""From the words of `ascolto law` to the calculators. Owns: which option goes where; loads only what is asked."""

from argparse import Namespace
from typing import Any

from django.utils.translation import gettext as _

from ascolto.config.commands.law import misuse


def _interest(o: Namespace) -> dict[str, Any]:
    from ascolto.domain.ledger import calculators
    from ascolto.engine.interest import Claim, Paid

    if (o.regime == "fixed") != (o.rate is not None):
        misuse(_("--rate goes with --regime fixed, and only with it."))
    if o.agri_food and o.regime != "dlgs231":
        misuse(_("--agri-food goes with --regime dlgs231."))
    claim = Claim(o.capital_cents, o.due, o.regime, o.contract_date, o.agri_food, o.rate or 0, o.divisor)
    return calculators.interest(claim, o.to, [Paid(*one) for one in o.payment], o.expenses_cents)


def _limitation(o: Namespace) -> dict[str, Any]:
    from ascolto.domain.ledger import calculators
    from ascolto.engine.limitation import Act, BillLine

    if bool(o.line) != bool(o.bill_issued) or (o.line and not o.sector):
        misuse(_("--line, --bill-issued and --sector go together."))
    answer = calculators.limitation(o.kind, o.start, [Act(*one) for one in o.act], o.sector, o.bill_due)
    if o.line:
        lines = [BillLine(str(n), *one) for n, one in enumerate(o.line, 1)]
        answer["bill"] = calculators.bill_lines(lines, o.bill_issued, o.sector)
    return answer


def _due_date(o: Namespace) -> dict[str, Any]:
    from ascolto.domain.ledger import calculators

    return calculators.due_date(o.trigger, o.days, o.move_holidays == "yes")


def _contact(o: Namespace) -> dict[str, Any]:
    from ascolto.domain.ledger.calculator_contact import contact

    return contact(
        o.channel,
        o.customer,
        o.at,
        o.conversations_today,
        o.conversations_this_week,
        o.requested_by_customer,
        o.patron_day,
    )


def _procedure(o: Namespace) -> dict[str, Any]:
    from ascolto.config.commands.law import AMOUNTS, FLAGS
    from ascolto.domain.ledger import calculators_energy

    amounts = [f"{name.replace('-', '_')}_cents" for name in AMOUNTS]
    dates = ["notice_received", "due", "final_term", "reduced_on", "complaint_received"]
    values = {name: getattr(o, name) for name in ("sector", *FLAGS, *amounts, *dates)}
    return calculators_energy.arrears(calculators_energy.facts_of(values), o.available_kw)


def _complaint(o: Namespace) -> dict[str, Any]:
    from ascolto.domain.ledger import calculators_energy

    return calculators_energy.complaint(o.received, o.answered, o.service, o.as_of)


def _usury(o: Namespace) -> dict[str, Any]:
    from ascolto.domain.ledger import calculators_energy

    if (o.tegm is None) != bool(o.quarter and o.category):
        misuse(_("Give either --tegm, or --quarter with --category."))
    return calculators_energy.usury(o.tegm, o.quarter, o.category, o.rate, o.late_markup)


ANSWERS = {
    "interest": _interest, "limitation": _limitation, "due-date": _due_date, "contact": _contact,
    "procedure": _procedure, "complaint": _complaint, "usury": _usury,
}  # fmt: skip
