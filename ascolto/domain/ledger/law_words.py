# SPDX-License-Identifier: Apache-2.0
"""The law's refusals and warnings in words. Owns: the text of each code of the engine; needs no database."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ascolto.domain.records.errors import Refused
from ascolto.engine.rows import LawGap
from ascolto.policies import load_law


def table_name(table: str) -> str:
    """A dated table as people call it."""
    names = {
        "late_interest": _("late-payment reference rates"), "legal_interest": _("legal interest rates"),
        "late_margins": _("margins of late-payment interest"), "holidays": _("national holidays"),
        "complaints": _("complaint standards"), "usury": _("average rates for usury"),
    }  # fmt: skip
    return names.get(table, table)


def refused(gap: LawGap) -> Refused:
    """A refusal of the engine as one that a person can act upon; the code stays."""
    facts = {name: _plain(value) for name, value in gap.facts.items()}
    facts["table"] = table_name(str(gap.facts.get("table", "")))
    facts |= {name.removesuffix("_bp"): f"{bp / 100:.2f}" for name, bp in gap.facts.items() if name.endswith("_bp")}
    return Refused(gap.code, _gap_words(gap.code, facts))


def _gap_words(code: str, facts: dict[str, Any]) -> str:
    words: dict[str, Callable[[], str]] = {
        "past_table": lambda: _("The table “%(table)s” ends on %(ends)s: nothing is worked out for %(day)s."),
        "before_table": lambda: _("The table “%(table)s” starts on %(starts)s: nothing is worked out for %(day)s."),
        "ends_before_due": lambda: _("The last day (%(day)s) comes before the due date (%(starts)s)."),
        "paid_after_end": lambda: _("A payment of %(day)s comes after the last day (%(ends)s)."),
        "no_rate": lambda: _("There is no such rate: %(regime)s."),
        "unknown_kind": lambda: _("No limitation period is called %(kind)s."),
        "unknown_act": lambda: _("No act is called %(kind)s."),
        "unknown_sector": lambda: _("No arrears procedure is known for %(sector)s."),
        "term_too_early": lambda: _(
            "The final term %(day)s is earlier than %(starts)s, the first that the law allows."
        ),
        "answered_before": lambda: _("The answer (%(day)s) comes before the complaint (%(starts)s)."),
        "missing_date": lambda: _("A date is missing: %(name)s."),
        "usury_unknown": lambda: _(
            "A rate above %(safe)s %% needs the average rate of its quarter to be checked for usury, and no row has it."
        ),
        "above_usury": lambda: _("The agreed rate, %(rate)s %%, is above the usury threshold, %(threshold)s %%."),
        "beyond_calendar": lambda: _("No calendar reaches that far: check the dates."),
        "unknown_category": lambda: _("No average rate is known for %(category)s in %(quarter)s."),
    }
    return words[code]() % facts


def warning(code: str, facts: dict[str, Any]) -> str:
    """A warning beside a result."""
    words: dict[str, Callable[[], str]] = {
        "table_ends": lambda: _("The table of rates ends on %(ends)s: the next row is not known yet."),
        "contract_date_assumed": lambda: _(
            "The contract's date is not known: taken as %(day)s, which sets the margin."
        ),
        "agri_food_base_disputed": lambda: _("Agri-food: reference + 8 + 4 points; some read reference + 4."),
        "agreed_rate_in_writing": lambda: _(
            "An agreed rate above the legal one must be in writing; check it for usury."
        ),
        "from_memory": lambda: _("Row %(row)s is from memory: check it before it is used as law."),
        "holidays_by_rule": lambda: _("Holidays of that year are not listed yet: taken by the rule in force."),
        "consumer_needs_mora": lambda: _("Household: legal interest from the due date only when the contract says so."),
        "contract_unknown": lambda: _("The contract's terms are not kept here: the statutory rate is shown."),
        "over_threshold": lambda: _("The agreed rate is above the threshold."),
    }
    return words[code]() % {name: _plain(value) for name, value in facts.items()}


def ending_soon(as_of: dt.date) -> list[str]:
    """One sentence per dated table that ends within sixty days, or has ended."""
    coming = _("The table “%(table)s” ends on %(ends)s: after that day nothing is worked out until a row is added.")
    gone = _("The table “%(table)s” ended on %(ends)s: nothing is worked out until a row is added.")
    return [
        (coming if one.days_left >= 0 else gone) % {"table": table_name(one.table), "ends": _plain(one.ends)}
        for one in load_law.table_ends(as_of)
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date):
        return f"{value:%d/%m/%Y}" if (get_language() or "it").startswith("it") else value.isoformat()
    return "–" if value is None else value
