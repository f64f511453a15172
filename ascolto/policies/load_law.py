# SPDX-License-Identifier: Apache-2.0
"""The reader of the law. Owns: law/it/*.toml into the engine's rows, each parsed once; no engine library is loaded.

Refuses: unknown keys, and dated tables with a gap or an overlap. PolicyError.
"""

from __future__ import annotations

import tomllib
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

from ascolto.engine.calendar import Calendar
from ascolto.engine.clocks import Standard
from ascolto.engine.conduct import ContactLaw, LawRule
from ascolto.engine.due_dates import HolidayLaw, HolidayRule
from ascolto.engine.interest import FixedSum, InterestLaw, Margin, RateTable
from ascolto.engine.limitation import ActRow, LimitationLaw, PeriodRow
from ascolto.engine.procedure import ProcedureLaw, StepRow
from ascolto.engine.reading import PolicyError, read
from ascolto.engine.rows import Bonus, LawGap, Note, Row, Rule, in_sequence, row_on, table_end
from ascolto.engine.usury import Average, Markup

LAW = Path(__file__).parent / "law" / "it"
ALERT_DAYS = 60
R = TypeVar("R", bound=Row)


@dataclass(frozen=True)
class TableEnd:
    """A dated table that runs out: nothing can be worked out after `ends`."""

    table: str
    ends: date
    days_left: int


def _toml(name: str) -> dict[str, Any]:
    with (LAW / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)


def rows(name: str, kind: type[R]) -> tuple[R, ...]:
    """The rows of law/it/<name>.toml. Raises PolicyError with file and key."""
    found: tuple[R, ...] = _rows(name, cast(Hashable, kind))
    return found


@lru_cache
def _rows(name: str, kind: Hashable) -> Any:
    data = _toml(name)
    where = f"law/it/{name}.toml"
    for extra in data.keys() - {"version", "warn_from", "row"}:
        raise PolicyError(f"{where}: unknown key '{extra}'")
    return tuple(read(cast(Any, kind), row, f"{where}.row[{n}]") for n, row in enumerate(data["row"]))


@lru_cache
def rate_table(name: str) -> RateTable:
    """A table of rates that must follow each other without a gap."""
    table = read(RateTable, _toml(name), f"law/it/{name}.toml")
    if not in_sequence(table.row):
        raise PolicyError(f"law/it/{name}.toml: a gap or an overlap between the rows")
    return table


@lru_cache
def interest_law() -> InterestLaw:
    return InterestLaw(
        reference=rate_table("late_interest"),
        legal=rate_table("legal_interest"),
        margins=rows("late_margins", Margin),
        fixed_sums=rows("fixed_sums", FixedSum),
    )


@lru_cache
def holiday_law() -> HolidayLaw:
    """The listed years (holidays.toml) and the rule for the others."""
    listed = frozenset(row["on"] for row in _toml("holidays")["holiday"])
    return HolidayLaw(Calendar(listed), rows("holiday_rules", HolidayRule))


@lru_cache
def limitation_law() -> LimitationLaw:
    return LimitationLaw(rows("limitation", PeriodRow), rows("limitation_acts", ActRow), holiday_law())


@lru_cache
def procedure_law() -> ProcedureLaw:
    return ProcedureLaw(rows("procedures", StepRow), rows("procedure_rules", Rule), holiday_law())


def everything() -> list[tuple[str, Row | LawRule]]:
    """Every row of the law in force, with the table it is in."""
    kinds: list[tuple[str, type[Row]]] = [
        ("late_margins", Margin), ("fixed_sums", FixedSum), ("limitation", PeriodRow), ("limitation_acts", ActRow),
        ("limitation_notes", Note), ("procedures", StepRow), ("procedure_rules", Rule), ("complaints", Standard),
        ("rules", Rule), ("social_bonus", Bonus), ("usury", Average), ("usury_markups", Markup), ("holiday_rules", HolidayRule),
    ]  # fmt: skip
    found: list[tuple[str, Row | LawRule]] = []
    for name in ("late_interest", "legal_interest"):
        found += [(name, row) for row in reversed(rate_table(name).row)]
    found += [(name, row) for name, kind in kinds for row in rows(name, kind)]
    return found + [("contact", row) for row in contact_law().rule]


@lru_cache
def contact_law() -> ContactLaw:
    return read(ContactLaw, _toml("contact"), "law/it/contact.toml")


@lru_cache
def italian_titles() -> dict[str, str]:
    """What each row says, in Italian, by its id (law/it/titles.toml)."""
    return {str(key): str(words) for key, words in _toml("titles")["title"].items()}


def rule(row_id: str) -> Rule:
    """A rule that is no table of its own, by its id."""
    return next(row for name in ("rules", "procedure_rules") for row in rows(name, Rule) if row.id == row_id)


def bill_days() -> int:
    """Days within which consumption has to be billed (row P-BILLTERM)."""
    days = rule("P-BILLTERM").days
    assert days is not None
    return days


def social_bonus(as_of: date) -> Bonus | None:
    """The limits of the social bonus in force on a day; None where no row tells them."""
    try:
        return row_on(rows("social_bonus", Bonus), as_of, "social_bonus")
    except LawGap:
        return None


def no_disconnection() -> tuple[Rule, ...]:
    """Who may not be cut off from a supply, by law."""
    return tuple(row for row in rows("procedure_rules", Rule) if row.group == "no_disconnect")


def table_ends(as_of: date, within_days: int = ALERT_DAYS) -> list[TableEnd]:
    """Dated tables that end within some days of `as_of`, or have ended; the soonest first."""
    found = [TableEnd(name, ends, (ends - as_of).days) for name, ends in _ends()]
    return sorted((one for one in found if one.days_left <= within_days), key=lambda one: (one.ends, one.table))


def _ends() -> Iterator[tuple[str, date]]:
    for name in ("late_interest", "legal_interest"):
        ends = table_end(rate_table(name).row)
        if ends is not None:
            yield name, ends
    yield "holidays", date(max(holiday_law().calendar.years), 12, 31)
