# SPDX-License-Identifier: Apache-2.0
"""The words of a client's settings: what each is called, why it exists, what holds when nobody chose, its values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.dates import MONTHS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ascolto.web import codes
from ascolto.web.desk.cash.words import ORDERS
from ascolto.web.formats import basis_points, days, money, percent


@dataclass(frozen=True)
class Word:
    """One setting: its label, why one would set it, its value in words."""

    label: Any
    why: Any
    tell: Callable[[Any], Any]


def _channels(value: Any) -> str:
    return ", ".join(str(codes.channel(code)) for code in value)


def _months(value: Any) -> str:
    return ", ".join(str(MONTHS[month]) for month in value)


def _dates(value: Any) -> str:
    return ", ".join("/".join(reversed(day.split("-"))) for day in value)


def _tone(value: Any) -> str:
    return _("at most %(tone)s of 5") % {"tone": value}


def _yes(value: Any) -> str:
    return _("Yes") if value else _("No")


def _interest(value: Any) -> str:
    return str(INTEREST_SHORT.get(value, value))


INTEREST_SHORT = {
    "none": gettext_lazy("none"), "legal": gettext_lazy("the legal rate"), "agreed": gettext_lazy("an agreed rate"),
}  # fmt: skip

CHARTER: Mapping[str, Word] = {
    "channels": Word(gettext_lazy("Only these channels"), gettext_lazy("A step that has no channel left waits for a person."), _channels),
    "max_tone": Word(gettext_lazy("Highest tone"), gettext_lazy("Never more formal than this: beyond it a person decides."), _tone),
    "phone_from": Word(gettext_lazy("Calls not before"), gettext_lazy("Narrows the hours of law and strategy, never widens them."), str),
    "phone_to": Word(gettext_lazy("Calls not after"), gettext_lazy("Narrows the hours of law and strategy, never widens them."), str),
    "max_contacts_week": Word(gettext_lazy("Contacts a week, at most"), gettext_lazy("Conversations and messages together, for one customer."), str),
    "no_contact_months": Word(gettext_lazy("Months without contacts"), gettext_lazy("Nobody is called or written to; what customers ask is answered."), _months),
    "no_contact_days": Word(gettext_lazy("Days without contacts"), gettext_lazy("Every year, besides the holidays."), _dates),
    "min_cents": Word(gettext_lazy("Nothing is asked below"), gettext_lazy("What is owed stays owed; it is asked for once it is more."), money),
    "service.answer_days": Word(gettext_lazy("We answer within"), gettext_lazy("Disputes, complaints and requests: it counts when it is shorter than the law's own clock."), days),
    "service.late_cents": Word(gettext_lazy("Indemnity for a later answer"), gettext_lazy("Once per case; the law's indemnity is paid instead when it is more."), money),
    "legal_share_bp": Word(gettext_lazy("Cap on the legal share"), gettext_lazy("Of the credit stock: beyond it a case goes to the lawyer only with a manager's approval."), basis_points),
    "plans.max_months": Word(gettext_lazy("Longest plan"), gettext_lazy("Instalments; what the law gives a customer is given all the same."), str),
    "plans.min_instalment_cents": Word(gettext_lazy("Least instalment"), gettext_lazy("A plan with smaller instalments is refused."), money),
    "plans.down_payment_permille": Word(gettext_lazy("First payment at least"), gettext_lazy("Of what the plan covers."), lambda value: percent(value / 10)),
    "plans.interest": Word(gettext_lazy("Interest of plans"), gettext_lazy("The law decides how much it may be: a rate above usury is refused."), _interest),
    "plans.interest_bp": Word(gettext_lazy("Agreed rate of plans"), gettext_lazy("A year; only with “an agreed rate”."), lambda value: basis_points(value, 2)),
    "plans.grants.operator": Word(gettext_lazy("Months an operator may grant"), gettext_lazy("Longer plans need somebody with a higher limit."), str),
    "plans.grants.team_leader": Word(gettext_lazy("Months a team leader may grant"), gettext_lazy("Longer plans need somebody with a higher limit."), str),
    "plans.grants.credit_manager": Word(gettext_lazy("Months a credit manager may grant"), gettext_lazy("Longer plans are refused."), str),
}  # fmt: skip
"""Keys of engine.policy.Charter, those of its tables with a point between."""

CHOICES: Mapping[str, Word] = {
    "warn_of_gaps": Word(gettext_lazy("Only warn of what our invoices lack"), gettext_lazy("No: an invoice that lacks something by our fault is not asked for until it is mended (“blocked by us”). Yes: it is asked for, and we are warned."), _yes),
    "auto_accept": Word(gettext_lazy("Deliveries without errors are taken by themselves"), gettext_lazy("No: a person looks at every file before it counts."), _yes),
    "default_terms_days": Word(gettext_lazy("Terms when a document says nothing"), gettext_lazy("Days from the invoice's date (D.Lgs. 231/2002 art. 4)."), days),
}  # fmt: skip

PARTICULARS: Mapping[str, Word] = {
    "iban": Word(gettext_lazy("Account on which customers pay"), gettext_lazy("Printed on every letter and in every QR code."), str),
    "email": Word(gettext_lazy("E-mail for customers"), gettext_lazy("Where they are asked to write."), str),
    "phone": Word(gettext_lazy("Phone for customers"), gettext_lazy("Where they are asked to call."), str),
    "address": Word(gettext_lazy("Address on letters"), gettext_lazy("In one line, commas between its parts."), str),
}  # fmt: skip

CASH: Mapping[str, Word] = {
    "bar": Word(gettext_lazy("Matched without asking, from"), gettext_lazy("How sure a match must be; everything else waits for a person, and money never crosses customers without one."), lambda value: percent(value / 10)),
    "order": Word(gettext_lazy("What money settles first"), gettext_lazy("The debt that the payer names comes before all of it (art. 1193 and 1194 c.c.)."), lambda value: str(ORDERS.get(tuple(value), ", ".join(value)))),
    "small_cents": Word(gettext_lazy("Small difference, at most"), gettext_lazy("Given up without asking when it is also within the share below; zero gives up nothing."), money),
    "small_permille": Word(gettext_lazy("and at most, of what was asked"), gettext_lazy("Both limits hold together."), lambda value: percent(value / 10)),
}  # fmt: skip
WORDS: Mapping[str, Word] = {**CHARTER, **CHOICES, **PARTICULARS, **CASH}


def flat(charter: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """A charter as keys of `CHARTER`; the name of its version is left out."""
    found: dict[str, Any] = {}
    for key, value in charter.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{before}{key}.")
        elif key != "version" and value not in (None, [], ()):
            found[before + key] = value
    return found


def told(key: str, value: Any) -> str:
    """A value in words; an en dash when nothing is said."""
    if value is None or value == "" or value == []:
        return "–"
    return str(WORDS[key].tell(value)) if key in WORDS else str(value)


def changes(verb: str, data: Mapping[str, Any]) -> list[tuple[Any, str, str]]:
    """What one entry of the trail changed: label, before, after."""
    pairs: dict[str, tuple[Any, Any]]
    if verb == "client_changed":
        pairs = {key: (was, now) for key, (was, now) in data.items()}
    elif verb == "cash_bar_set":
        pairs = {"bar": (data.get("from"), data.get("to"))}
    else:
        was, now = flat(data.get("from") or {}), flat(data.get("to") or {})
        pairs = {key: (was.get(key), now.get(key)) for key in [*now, *(key for key in was if key not in now)]}
    return [
        (WORDS[key].label if key in WORDS else key, told(key, was), told(key, now))
        for key, (was, now) in pairs.items()
        if was != now
    ]


VERBS = {
    "charter_agreed": gettext_lazy("Charter agreed"), "mandate_signed": gettext_lazy("Mandate signed"),
    "client_changed": gettext_lazy("Client corrected"), "cash_bar_set": gettext_lazy("Sureness set"),
    "cash_rule_set": gettext_lazy("Rule of settling set"),
}  # fmt: skip
