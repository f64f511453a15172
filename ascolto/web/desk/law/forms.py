# SPDX-License-Identifier: Apache-2.0
"""The calculators' forms. Owns: what each asks; `answer()` gives the plain values of the calculator. Raises Refused."""

import datetime as dt
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ascolto.domain.ledger import calculators, calculators_energy
from ascolto.domain.ledger.calculator_contact import contact
from ascolto.engine.interest import Claim, Paid
from ascolto.engine.limitation import Act
from ascolto.web.desk.fields import MoneyField

YES_NO = (("yes", gettext_lazy("yes")), ("no", gettext_lazy("no")))
CUSTOMERS = (("consumer", gettext_lazy("Household")), ("business", gettext_lazy("Business")),
             ("public", gettext_lazy("Public administration")))  # fmt: skip


class Day(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def percentage(label: Any, required: bool = False) -> forms.DecimalField:
    """A rate in percent with at most two decimals."""
    return forms.DecimalField(
        label=label, required=required, min_value=Decimal(0), max_digits=6, decimal_places=2, localize=True
    )


def points(value: Decimal | None) -> int | None:
    return None if value is None else int(value * 100)


class Calculator(forms.Form):
    """One calculator. `title` names it on its tab."""

    title: ClassVar[Any]
    icon: ClassVar[str] = "scale"

    def answer(self) -> dict[str, Any]:
        raise NotImplementedError


class Interest(Calculator):
    title = gettext_lazy("Interest")
    regime = forms.ChoiceField(label=gettext_lazy("Regime"), choices=(
        ("dlgs231", gettext_lazy("D.Lgs. 231/2002 (firms, public bodies)")), ("legal", gettext_lazy("Legal (art. 1284)")),
        ("fixed", gettext_lazy("Agreed rate"))))  # fmt: skip
    capital = MoneyField(label=gettext_lazy("Capital, VAT included"))
    due = Day(label=gettext_lazy("Due date"))
    to = Day(label=gettext_lazy("Until"))
    contract_on = Day(label=gettext_lazy("Date of the contract"), required=False)
    rate = percentage(gettext_lazy("Agreed rate, %"))
    divisor = forms.TypedChoiceField(
        label=gettext_lazy("Days of the year"), choices=((365, "365"), (366, gettext_lazy("366 in leap years"))),
        coerce=int, required=False,
    )  # fmt: skip
    paid_on = Day(label=gettext_lazy("Paid on"), required=False)
    paid = MoneyField(label=gettext_lazy("Part paid"), required=False)
    agri_food = forms.BooleanField(label=gettext_lazy("Agri-food"), required=False)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("regime") == "fixed" and data.get("rate") is None:
            self.add_error("rate", _("Write the agreed rate."))
        if bool(data.get("paid_on")) != bool(data.get("paid")):
            self.add_error("paid", _("Write both the day and the amount paid."))
        return data

    def answer(self) -> dict[str, Any]:
        d = self.cleaned_data
        food = d["agri_food"] and d["regime"] == "dlgs231"
        rate = points(d["rate"]) or 0
        claim = Claim(d["capital"], d["due"], d["regime"], d["contract_on"], food, rate, d["divisor"] or 365)
        return calculators.interest(claim, d["to"], [Paid(d["paid_on"], d["paid"])] if d["paid"] else [])


class Limitation(Calculator):
    title = gettext_lazy("Limitation")
    kind = forms.ChoiceField(label=gettext_lazy("Claim"), choices=(
        ("ordinary_10y", gettext_lazy("ordinary contract claim, 10 years")), ("5y", gettext_lazy("interest and periodic payments, 5 years")),
        ("rent_5y", gettext_lazy("rents, 5 years")), ("utility_2y", gettext_lazy("energy and water bills, 2 years"))))  # fmt: skip
    start = Day(label=gettext_lazy("From"))
    act = forms.ChoiceField(label=gettext_lazy("Act"), required=False, choices=(
        ("", "–"), ("pec_notice", gettext_lazy("notice by PEC")), ("registered_letter", gettext_lazy("registered letter")),
        ("uncollected_letter", gettext_lazy("registered letter not collected")), ("part_payment", gettext_lazy("part payment")),
        ("acknowledgement", gettext_lazy("acknowledgement")), ("signed_plan", gettext_lazy("signed plan")),
        ("lawsuit", gettext_lazy("lawsuit")), ("phone", gettext_lazy("phone call")), ("email", gettext_lazy("plain e-mail"))))  # fmt: skip
    act_on = Day(label=gettext_lazy("Day of the act"), required=False)
    received_on = Day(label=gettext_lazy("Received on (from the receipt)"), required=False)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("act") and not data.get("act_on"):
            self.add_error("act_on", _("Write the day of the act."))
        return data

    def answer(self) -> dict[str, Any]:
        d = self.cleaned_data
        acts = [Act(d["act"], d["act_on"], d["received_on"])] if d["act"] else []
        return calculators.limitation(d["kind"], d["start"], acts)


class DueDate(Calculator):
    title = gettext_lazy("Due date")
    trigger = Day(label=gettext_lazy("Invoice received on"))
    days = forms.IntegerField(label=gettext_lazy("Days of term"), min_value=0, max_value=3650, initial=30)
    move = forms.ChoiceField(label=gettext_lazy("Move off holidays"), choices=YES_NO, required=False)

    def answer(self) -> dict[str, Any]:
        d = self.cleaned_data
        return calculators.due_date(d["trigger"], d["days"], d["move"] != "no")


class Contact(Calculator):
    title = gettext_lazy("Contact")
    channel = forms.ChoiceField(label=gettext_lazy("Channel"), choices=(
        ("phone", gettext_lazy("Phone")), ("visit", gettext_lazy("Visit")), ("email", gettext_lazy("E-mail")),
        ("sms", "SMS"), ("letter", gettext_lazy("Letter")), ("pec", "PEC")))  # fmt: skip
    customer = forms.ChoiceField(label=gettext_lazy("Customer"), choices=CUSTOMERS)
    on = Day(label=gettext_lazy("Day"))
    at = forms.TimeField(label=gettext_lazy("Hour"), widget=forms.TimeInput(attrs={"type": "time"}))
    today = forms.IntegerField(label=gettext_lazy("Conversations today"), min_value=0, max_value=99, initial=0)
    week = forms.IntegerField(label=gettext_lazy("Conversations this week"), min_value=0, max_value=99, initial=0)

    def answer(self) -> dict[str, Any]:
        d = self.cleaned_data
        at = dt.datetime.combine(d["on"], d["at"])
        return contact(d["channel"], d["customer"], at, d["today"], d["week"])


class Procedure(Calculator):
    title = gettext_lazy("Arrears procedure")
    sector = forms.ChoiceField(label=gettext_lazy("Sector"), choices=(
        ("electricity_LV", gettext_lazy("electricity, low voltage")), ("electricity_MV_HV", gettext_lazy("electricity, medium and high voltage")),
        ("gas", gettext_lazy("gas")), ("water", gettext_lazy("water"))))  # fmt: skip
    due = Day(label=gettext_lazy("Due date"), required=False)
    notice_received = Day(label=gettext_lazy("Notice received on (water: first reminder)"), required=False)
    final_term = Day(label=gettext_lazy("Final term given"), required=False)
    unpaid_cents = MoneyField(label=gettext_lazy("Unpaid"), required=False)
    yearly_band_cents = MoneyField(label=gettext_lazy("Yearly charge of the subsidised band (water)"), required=False)
    available_kw = forms.DecimalField(
        label=gettext_lazy("Available power, kW"), required=False, min_value=Decimal(0), max_digits=9, decimal_places=3,
        localize=True,
    )  # fmt: skip
    resident = forms.BooleanField(label=gettext_lazy("resident household (water)"), required=False)
    social_bonus = forms.BooleanField(label=gettext_lazy("social bonus (water)"), required=False)
    life_support = forms.BooleanField(label=gettext_lazy("life-support equipment"), required=False)
    public_service = forms.BooleanField(label=gettext_lazy("public service"), required=False)

    def answer(self) -> dict[str, Any]:
        values = dict(self.cleaned_data)
        power = values.pop("available_kw")
        return calculators_energy.arrears(calculators_energy.facts_of(values), power)


class Complaint(Calculator):
    title = gettext_lazy("Complaint")
    service = forms.ChoiceField(label=gettext_lazy("Service"), choices=(
        ("complaint", gettext_lazy("written complaint")), ("correction", gettext_lazy("billing correction")),
        ("correction_four_monthly", gettext_lazy("billing correction, four-monthly bills")),
        ("double_billing", gettext_lazy("double billing")), ("information", gettext_lazy("written information request"))))  # fmt: skip
    received = Day(label=gettext_lazy("Received on"))
    answered = Day(label=gettext_lazy("Answered on"), required=False)

    def answer(self) -> dict[str, Any]:
        d = self.cleaned_data
        return calculators_energy.complaint(d["received"], d["answered"], d["service"])


class Usury(Calculator):
    title = gettext_lazy("Usury")
    tegm = percentage(gettext_lazy("Average rate (TEGM), %"), required=True)
    rate = percentage(gettext_lazy("Agreed rate, %"))
    markup = forms.ChoiceField(label=gettext_lazy("Late interest of"), required=False, choices=(
        ("", "–"), ("mortgages", gettext_lazy("mortgages")), ("leasing", "leasing"), ("others", gettext_lazy("other loans"))))  # fmt: skip

    def answer(self) -> dict[str, Any]:
        d = self.cleaned_data
        return calculators_energy.usury(points(d["tegm"]), rate_bp=points(d["rate"]), markup=d["markup"])


CALCULATORS: dict[str, type[Calculator]] = {
    "interessi": Interest, "prescrizione": Limitation, "scadenza": DueDate, "contatto": Contact,
    "procedura": Procedure, "reclamo": Complaint, "usura": Usury,
}  # fmt: skip
