# SPDX-License-Identifier: Apache-2.0
"""The reasons of a match in words. Owns: one sentence for each code that engine/match.py gives."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ascolto.engine.settling import BY_LAW, CAPITAL, CAPITAL_FIRST, EXPENSES, INTEREST
from ascolto.web.formats import calendar_day, money

SENTENCES: dict[str, Any] = {
    "reference": gettext_lazy("gives our payment reference %(reference)s"),
    "number": gettext_lazy("names invoice %(number)s"),
    "number_announced": gettext_lazy("names invoice %(number)s"),
    "number_misread": gettext_lazy("names invoice %(number)s, with letters in place of digits"),
    "number_alike": gettext_lazy("names a number that is one slip away from invoice %(number)s"),
    "number_shared": gettext_lazy("names %(number)s, a number that several customers have"),
    "number_bare": gettext_lazy("contains %(number)s, and the amount agrees"),
    "tax_code": gettext_lazy("gives the tax code %(code)s"),
    "customer_number": gettext_lazy("gives the customer number %(number)s"),
    "account_number": gettext_lazy("gives the account number %(number)s"),
    "taught": gettext_lazy("comes from an account that %(who)s gave to this customer"),
    "taught_name": gettext_lazy("comes from a name that %(who)s gave to this customer"),
    "iban_shared": gettext_lazy("comes from an account that has paid for several customers"),
    "name": gettext_lazy("comes from %(name)s"),
    "name_alike": gettext_lazy("comes from a name very like %(name)s"),
    "name_in_text": gettext_lazy("mentions %(name)s"),
    "amount_named": gettext_lazy("the amount is exactly what is named"),
    "amount_one": gettext_lazy("the amount is exactly one open instalment"),
    "amount_all": gettext_lazy("the amount is exactly all that is open"),
    "amount_some": gettext_lazy("the amount is exactly %(count)s open instalments together"),
    "amount_less_withholding": gettext_lazy("the amount is less withholding tax of %(percent)s%%: %(money)s"),
    "amount_less_discount": gettext_lazy("the amount is less a discount of %(percent)s%%: %(money)s"),
    "amount_less_fee": gettext_lazy("the amount is less a bank fee of %(money)s"),
    "amount_nearly": gettext_lazy("the amount differs by %(money)s, within the client's limit"),
    "notice_code": gettext_lazy("gives our pagoPA notice %(reference)s"),
    "plan_amount": gettext_lazy("the amount is exactly the plan's instalment of %(on)s"),
    "promise_amount": gettext_lazy("the amount is exactly what was promised for %(on)s"),
    "already_paid": gettext_lazy("watch out: %(numbers)s is paid already"),
    "part_payment": gettext_lazy("pays a part of it"),
    "more_than_open": gettext_lazy("watch out: %(money)s more than is open, it would stay on account"),
    "nothing_open": gettext_lazy("watch out: nothing is open, it would stay on account"),
    "also_owes": gettext_lazy("watch out: %(name)s, who seems to pay, owes exactly this amount"),
    "refused_before": gettext_lazy("watch out: money of this payer was said not to be theirs"),
    "undone_before": gettext_lazy("watch out: it was matched and undone before"),
    "partly_assigned": gettext_lazy("watch out: a part of it is given to another customer already"),
    "seen_before": gettext_lazy("watch out: an earlier statement already had this line"),
    "by_hand": gettext_lazy("matched by hand"),
}
CAUTIONS = frozenset(
    ["already_paid", "more_than_open", "nothing_open", "undone_before", "seen_before", "refused_before", "also_owes",
     "partly_assigned"]
)  # fmt: skip
DEBTS = {
    CAPITAL: gettext_lazy("Capital"), INTEREST: gettext_lazy("Late interest"), EXPENSES: gettext_lazy("Recovery costs"),
}  # fmt: skip
ORDERS = {
    CAPITAL_FIRST: gettext_lazy("Capital only, the oldest first; interest and costs after"),
    BY_LAW: gettext_lazy("By law (art. 1194 c.c.): costs, interest, capital"),
    (INTEREST, EXPENSES, CAPITAL): gettext_lazy("Own order: interest, costs, capital"),
    (EXPENSES, CAPITAL, INTEREST): gettext_lazy("Own order: costs, capital, interest"),
    (INTEREST, CAPITAL, EXPENSES): gettext_lazy("Own order: interest, capital, costs"),
    (CAPITAL, EXPENSES, INTEREST): gettext_lazy("Own order: capital, costs, interest"),
}
"""Every order in which a client may want its money settled."""
GRADES = (
    (950, gettext_lazy("Almost certain"), "good"),
    (850, gettext_lazy("Very likely"), "accent"),
    (650, gettext_lazy("Likely"), "accent"),
    (0, gettext_lazy("Possible"), "watch"),
)
"""From this many per mille: the word, and the colour of its chip."""


def reason_in_words(reason: Sequence[Any], who: Mapping[str, str] = MappingProxyType({})) -> str:
    """`["number", {"number": "2026/123"}]` -> "names invoice 2026/123". An unknown code is shown as it is. `who`: names
    of people by their address."""
    code, params = reason[0], dict(reason[1]) if len(reason) > 1 else {}
    if code.startswith("iban_") and code != "iban_shared":
        times = int(params.get("times", 1))
        said = ngettext(
            "comes from an account that has paid for them once",
            "comes from an account that has paid for them %(times)s times",
            times,
        )
        return said % {"times": times}
    if "cents" in params:
        params["money"] = money(params["cents"])
    if "who" in params:
        params["who"] = who.get(params["who"], params["who"])
    if "day" in params:
        params["on"] = calendar_day(dt.date.fromisoformat(params["day"]))
    if "numbers" in params:
        params["numbers"] = ", ".join(params["numbers"])
    return str(SENTENCES[code]) % params if code in SENTENCES else str(code)


def reasons_in_words(
    reasons: Iterable[Sequence[Any]], who: Mapping[str, str] = MappingProxyType({})
) -> list[dict[str, Any]]:
    """Each reason as `text` and whether it is a `caution`; what speaks for the match first."""
    told = [{"text": reason_in_words(reason, who), "caution": reason[0] in CAUTIONS} for reason in reasons]
    return sorted(told, key=lambda reason: bool(reason["caution"]))


def grade(permille: int, settles: bool = True) -> dict[str, Any]:
    """How sure, as a word, the colour of its chip, and whole per cent rounded down: 100% is never said.

    Of money that would settle nothing no per cent is told: `on_account`.
    """
    if not settles:
        return {"word": _("On account only"), "kind": "", "percent": None, "on_account": True}
    word, kind = next((word, kind) for floor, word, kind in GRADES if permille >= floor)
    return {"word": word, "kind": kind, "percent": permille // 10}


def codes_in_words(codes: str) -> str:
    """The codes kept on a payment, in short: "name, amount_one" -> by name and amount."""
    short = {
        "reference": _("reference"), "number": _("invoice number"), "number_announced": _("invoice number"),
        "number_misread": _("invoice number"), "number_alike": _("invoice number"),
        "number_shared": _("invoice number"), "number_bare": _("invoice number"), "tax_code": _("tax code"),
        "customer_number": _("customer number"), "account_number": _("account number"), "iban_once": _("known account"),
        "iban_twice": _("known account"), "iban_often": _("known account"), "iban_shared": _("known account"),
        "taught": _("known account"), "taught_name": _("name"),
        "name": _("name"), "name_alike": _("name"), "name_in_text": _("name"), "amount_named": _("amount"),
        "amount_one": _("amount"), "amount_all": _("amount"), "amount_some": _("amount"),
        "amount_less_withholding": _("amount"), "amount_less_discount": _("amount"), "amount_less_fee": _("amount"),
        "amount_nearly": _("amount"), "notice_code": _("pagoPA notice"), "plan_amount": _("plan"),
        "promise_amount": _("promise"), "by_hand": _("by hand"), "on_account": _("from money on account"),
    }  # fmt: skip
    said = [short[code] for code in (c.strip() for c in codes.split(",")) if code in short]
    return ", ".join(dict.fromkeys(said))
