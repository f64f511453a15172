# SPDX-License-Identifier: Apache-2.0
"""The forms of a client's settings: a charter as fields, each empty where the charter says nothing."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from ascolto.engine.facts import CHANNELS
from ascolto.web import codes
from ascolto.web.desk.fields import MoneyField
from ascolto.web.desk.settings.words import CHARTER, CHOICES, INTEREST_SHORT, PARTICULARS

SILENT = pgettext_lazy("charter", "Nothing said")
GRANTS = ("operator", "team_leader", "credit_manager")


class ShareField(forms.Field):
    """`12,5` per cent -> `of` times as much in whole numbers (10: per mille, 100: basis points)."""

    def __init__(self, of: int, **said: Any) -> None:
        super().__init__(required=False, **said)
        self.of = of

    def to_python(self, value: Any) -> int | None:
        text = re.sub(r"[\s%]", "", str(value or "")).replace(",", ".")
        if not text:
            return None
        if not re.fullmatch(r"\d{1,3}(\.\d{1,2})?", text) or Decimal(text) > 100:
            raise forms.ValidationError(_("Write a share like 12,5."))
        return int(Decimal(text) * self.of)


class DaysField(forms.Field):
    """`24/12, 31/12` -> ['12-24', '12-31']."""

    def to_python(self, value: Any) -> list[str]:
        found = []
        for text in re.split(r"[,;\s]+", str(value or "").strip()):
            match = re.fullmatch(r"(\d{1,2})/(\d{1,2})", text)
            if text and match is None:
                raise forms.ValidationError(_("Write the days like 24/12, 31/12."))
            if match is not None:
                found.append(f"{int(match[2]):02}-{int(match[1]):02}")
        return found


def _number(least: int, most: int) -> forms.IntegerField:
    return forms.IntegerField(required=False, min_value=least, max_value=most)


def _clock() -> forms.CharField:
    widget = forms.TextInput(attrs={"type": "time"})
    return forms.RegexField(r"^([01]\d|2[0-3]):[0-5]\d$", required=False, widget=widget)


def _ticks(options: list[tuple[Any, Any]], kind: Any) -> forms.TypedMultipleChoiceField:
    return forms.TypedMultipleChoiceField(
        choices=options, coerce=kind, required=False, widget=forms.CheckboxSelectMultiple
    )  # fmt: skip


def _unit(name: str) -> str:
    """What a number of the charter counts, where its label does not say."""
    if name.endswith("_days") and name != "no_contact_days":
        return _("days")
    return "€" if name.endswith("_cents") else "%" if name.endswith(("_bp", "_permille")) else ""


class CharterForm(forms.Form):
    """What the charter says. Fields are named as in words.CHARTER, with two underscores where it has a point."""

    channels = _ticks([(code, codes.CHANNELS[code][0]) for code in CHANNELS], str)
    max_tone = forms.TypedChoiceField(
        choices=[("", SILENT), *((n, n) for n in range(6))], coerce=int, required=False, empty_value=None
    )
    phone_from, phone_to = _clock(), _clock()
    max_contacts_week = _number(0, 100)
    no_contact_months = _ticks(list(MONTHS.items()), int)
    no_contact_days = DaysField(required=False)
    min_cents = MoneyField(required=False)
    service__answer_days = _number(1, 365)
    service__late_cents = MoneyField(required=False)
    legal_share_bp = ShareField(100)
    plans__max_months = _number(1, 120)
    plans__min_instalment_cents = MoneyField(required=False)
    plans__down_payment_permille = ShareField(10)
    plans__interest = forms.ChoiceField(choices=[("", SILENT), *INTEREST_SHORT.items()], required=False)
    plans__interest_bp = ShareField(100)
    plans__grants__operator = _number(0, 120)
    plans__grants__team_leader = _number(0, 120)
    plans__grants__credit_manager = _number(0, 120)
    signed_by = forms.CharField(max_length=120, label=gettext_lazy("Signed for the client by"))
    signed_on = forms.DateField(
        label=gettext_lazy("Signed on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, **said: Any) -> None:
        super().__init__(*args, **said)
        for name, field in self.fields.items():
            word = CHARTER.get(name.replace("__", "."))
            if word is not None:
                unit = _unit(name)
                field.label, field.help_text = f"{word.label} ({unit})" if unit else word.label, word.why

    @property
    def groups(self) -> list[tuple[Any, list[Any]]]:
        """The fields under headings: towards customers, our answers, lawyers and plans, who signed."""
        heads = ((_("Towards customers"), "channels"), (_("Our answers"), "service__answer_days"),
                 (_("Lawyers and plans"), "legal_share_bp"), (_("Signature"), "signed_by"))  # fmt: skip
        found: list[tuple[Any, list[Any]]] = []
        for bound in self:
            found += [(title, []) for title, first in heads if first == bound.name]
            found[-1][1].append(bound)
        return found

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("service__late_cents") and not said.get("service__answer_days"):
            self.add_error("service__answer_days", _("Say within how many days: an indemnity needs its clock."))
        if said.get("phone_from") and said.get("phone_to") and said["phone_from"] >= said["phone_to"]:
            self.add_error("phone_to", _("Calls must end after they begin."))
        if (said.get("plans__interest") == "agreed") != (said.get("plans__interest_bp") is not None):
            self.add_error("plans__interest_bp", _("An agreed rate needs its number, and only that does."))
        given = [said.get(f"plans__grants__{role}") is not None for role in GRANTS]
        if any(given) and not all(given):
            self.add_error("plans__grants__operator", _("Say the months of all three, or of none."))
        return said

    def rules(self, kept: Mapping[str, Any]) -> dict[str, Any]:
        """The charter as the mandate keeps it; what no field speaks of stays as in `kept`."""
        said: dict[str, Any] = {}
        for name, value in self.cleaned_data.items():
            if name.replace("__", ".") in CHARTER and value not in (None, [], ""):
                *tables, key = name.split("__")
                place = said
                for table in tables:
                    place = place.setdefault(table, {})
                place[key] = value
        grants = said.get("plans", {}).get("grants")
        if grants is not None:
            before = (kept.get("plans") or {}).get("grants") or {}
            grants["administrator"] = max(before.get("administrator", 0), grants["credit_manager"])
        return said


def written(charter: Mapping[str, Any]) -> dict[str, Any]:
    """A charter (flat, words.flat) as the form's fields show it."""
    found = {key.replace(".", "__"): value for key, value in charter.items()}
    for name, value in found.items():
        if name.endswith("_cents"):
            found[name] = f"{value // 100},{value % 100:02}"
        elif name.endswith(("_bp", "_permille")):
            of = 10 if name.endswith("_permille") else 100
            found[name] = f"{Decimal(value) / of:f}".replace(".", ",")
        elif name == "no_contact_days":
            found[name] = ", ".join("/".join(reversed(day.split("-"))) for day in value)
    return found


class ChoicesForm(forms.Form):
    """The client's switches."""

    warn_of_gaps = forms.BooleanField(required=False, label=CHOICES["warn_of_gaps"].label)
    auto_accept = forms.BooleanField(required=False, label=CHOICES["auto_accept"].label)
    default_terms_days = forms.IntegerField(
        min_value=0,
        max_value=365,
        label=CHOICES["default_terms_days"].label,
        help_text=CHOICES["default_terms_days"].why,
    )


class ParticularsForm(forms.Form):
    """Where customers pay and write."""

    iban = forms.CharField(max_length=42, required=False, label=PARTICULARS["iban"].label)
    email = forms.EmailField(required=False, label=PARTICULARS["email"].label)
    phone = forms.CharField(max_length=40, required=False, label=PARTICULARS["phone"].label)
    address = forms.CharField(max_length=300, required=False, label=PARTICULARS["address"].label)
