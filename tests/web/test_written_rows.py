# SPDX-License-Identifier: Apache-2.0
"""Rows that are written straight are, cell by cell, those of the templates that they were (slow/): whatever they hold."""

import datetime as dt
import re
from pathlib import Path
from types import SimpleNamespace as Thing
from typing import Any

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from ascolto.domain.agreements.models import Promise
from ascolto.domain.outreach.models import Contact
from ascolto.domain.records import clock
from ascolto.web import codes, words
from ascolto.web.desk.worklist import COLUMNS
from ascolto.web.tables import Column

SLOW = Path(__file__).parent / "slow"
TEXTS = st.text(st.sampled_from("aè<&\"'> 9"), max_size=8)
NAMES = st.text(st.sampled_from("aè<&\"'>"), min_size=1, max_size=8)
CENTS = st.integers(-(10**9), 10**9)
DAYS = st.none() | st.dates(dt.date(2020, 1, 1), dt.date(2028, 1, 1))
MOMENTS = st.none() | st.datetimes(dt.datetime(2026, 11, 1), dt.datetime(2026, 11, 22), timezones=st.just(clock.ROME))
OPERATORS = st.none() | st.builds(Thing, name=NAMES)
CODES = st.sampled_from(["", "spacing", "hold", "no_such_rule"])
CUSTOMERS = st.builds(
    Thing, pk=st.integers(1, 10**9), name=NAMES, number=TEXTS, city=TEXTS, vulnerable=st.booleans(), operator=OPERATORS,
    client=st.builds(Thing, name=NAMES), get_kind_display=st.sampled_from([lambda: "Famiglia", lambda: "Impresa & C."]),
)  # fmt: skip
CALLS = st.none() | st.builds(Thing, note=TEXTS, operator=OPERATORS)
PROMISES = st.none() | st.builds(
    Thing, contact=CALLS, what_said=TEXTS | st.text("o", min_size=150, max_size=160), who_said=TEXTS, amount_cents=CENTS,
    due_on=st.dates(dt.date(2026, 1, 1)), made_on=st.dates(dt.date(2026, 1, 1)),
    author=st.sampled_from(["system:x", "ada@acqua.test"]),
    get_channel_display=st.sampled_from([lambda: Promise.Channel.PHONE.label, lambda: "Posta & C."]),
)  # fmt: skip
DECISIONS = st.builds(
    Thing, customer_id=st.integers(1, 10**9), client=st.builds(Thing, name=NAMES), overdue_cents=CENTS, balance_cents=CENTS,
    oldest_due_on=DAYS, tone=st.none() | st.integers(0, len(words.TONES) - 1), best_hour=st.none() | st.integers(8, 19),
    last_at=MOMENTS, last_outcome=st.sampled_from([None, "", *Contact.Outcome.values]), promise_on=DAYS, promise_cents=CENTS,
    until_on=DAYS, priority=st.integers(0, 1000), rule=CODES, step=st.sampled_from(["call", "visit", "no_such_step"]),
    answer=st.sampled_from(["act", "wait", "blocked"]), channel=st.sampled_from(["phone", "email", ""]),
)  # fmt: skip


@st.composite
def day_lines(draw: st.DrawFn) -> dict[str, Any]:
    row = draw(DECISIONS)
    return {
        "row": row, "customer": draw(CUSTOMERS), "why": draw(TEXTS), "to_do": codes.to_do(row.step), "left": draw(st.integers(0, 3)),
        "oldest_days": 40 if row.oldest_due_on else None, "broken": draw(PROMISES), "may_call": draw(st.booleans()),
        "tone_word": "" if row.tone is None else words.TONES[row.tone],
    }  # fmt: skip


def same(fast: str, slow: str, values: dict[str, Any], language: str) -> None:
    request = RequestFactory().get("/")
    request._ascolto_names = {}  # type: ignore[attr-defined]
    with translation.override(language), clock.frozen(dt.date(2026, 11, 20)):
        written = [Template(source).render(Context({**values, "request": request})) for source in (fast, slow)]
    assert plain(written[0]) == plain(written[1])


def plain(html: str) -> str:
    """Without the blanks that no browser shows."""
    return re.sub(r"\s*(<[^>]*>)\s*", r"\1", re.sub(r"[ \n]+", " ", html)).strip()


@pytest.mark.parametrize("language", ["it", "en"])
@pytest.mark.parametrize("which", ["call", "done", "waiting"])
@given(
    lines=st.lists(day_lines(), max_size=3),
    columns=st.permutations(COLUMNS),
    many_clients=st.booleans(),
)
def test_the_work_list(
    language: str, which: str, lines: list[dict[str, Any]], columns: list[Column], many_clients: bool
) -> None:
    values = {"lines": lines, "columns": columns, "which": which, "many_clients": many_clients}
    same("{% load desk %}{% day_rows lines %}", (SLOW / "day_rows.html").read_text(), values, language)


@pytest.mark.parametrize("language", ["it", "en"])
@given(lines=st.lists(st.tuples(CUSTOMERS, st.none() | DECISIONS), max_size=3), many_clients=st.booleans())
def test_the_customers(language: str, lines: list[Any], many_clients: bool) -> None:
    values = {"lines": lines, "many_clients": many_clients}
    same("{% load desk %}{% customer_rows lines %}", (SLOW / "customer_rows.html").read_text(), values, language)


@given(title=TEXTS, at=DAYS | MOMENTS, who=TEXTS, kind=st.sampled_from(["", "in", "cash"]))
def test_an_item_of_the_story(title: str, at: Any, who: str, kind: str) -> None:
    values = {"title": title, "at": at, "who": who, "kind": kind, "icon": "phone", "content": "x"}
    fast = "{% event icon=icon title=title at=at who=who kind=kind %}x{% endevent %}"
    same(fast, (SLOW / "event.html").read_text(), values, "it")


def test_every_column_has_its_cell() -> None:
    from ascolto.web.desk.dayrows import CELLS

    assert {column.key for column in COLUMNS} == set(CELLS)
