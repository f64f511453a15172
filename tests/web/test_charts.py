# SPDX-License-Identifier: Apache-2.0
"""Charts: what a reader sees, what a screen reader hears, and where the marks stand."""

import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from ascolto.web import charts
from ascolto.web.charts import Band, Bar, Series
from ascolto.web.charts_scale import Scale, nice_ticks, spread

SVG = "{http://www.w3.org/2000/svg}"


def euro(value: float) -> str:
    return f"{value:g} €"


def drawn(svg: str) -> ET.Element:
    return ET.fromstring(svg)


def boxes(svg: str, kind: str) -> list[dict[str, str]]:
    return [e.attrib for e in drawn(svg).iter(f"{SVG}rect") if e.get("class") == kind or e.get("fill") == kind]


@pytest.fixture
def ageing() -> charts.Chart:
    series = [Series("not due", [30, 10]), Series("1-30", [10, 40], marked=[0, 20])]
    return charts.stacked_bars("Overdue grows", ["Oct", "Nov"], series, euro, marked_name="disputed")


def test_a_chart_has_a_name_a_description_and_the_role_of_an_image(ageing: charts.Chart) -> None:
    root = drawn(ageing.svg)
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert root.get("role") == "img"
    assert title is not None
    assert desc is not None
    assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert title.text == "Overdue grows"
    with translation.override("en"):
        again = charts.lines("t", ["Oct", "Nov"], [Series("DSO", [70, 64])], euro)
    assert "From 70 € in Oct to 64 € in Nov." in again.svg


def test_pieces_stand_on_each_other_in_proportion(ageing: charts.Chart) -> None:
    lower, upper = boxes(ageing.svg, "age-0")[0], boxes(ageing.svg, "age-1")[0]
    assert float(lower["height"]) == pytest.approx(3 * float(upper["height"]), abs=0.2)
    assert float(upper["y"]) + float(upper["height"]) == pytest.approx(float(lower["y"]), abs=0.2)


def test_the_disputed_half_of_a_piece_is_hatched_over_half_of_it(ageing: charts.Chart) -> None:
    root = drawn(ageing.svg)
    pattern = next(root.iter(f"{SVG}pattern")).get("id")
    hatched = [b for b in boxes(ageing.svg, f"url(#{pattern})") if float(b["width"]) > 12]
    november = boxes(ageing.svg, "age-1")[1]
    assert len(hatched) == 1
    assert float(hatched[0]["height"]) == pytest.approx(float(november["height"]) / 2, abs=0.2)
    assert hatched[0]["x"] == november["x"]


def test_behind_each_chart_stands_the_table_of_the_same_figures(ageing: charts.Chart) -> None:
    assert ageing.rows == [["Oct", "30 €", "10 €", "40 €", "0 €"], ["Nov", "10 €", "40 €", "50 €", "20 €"]]
    assert ageing.head[-1] == "disputed"
    assert "<details" in str(ageing)
    assert '<th scope="row">Nov</th><td class="num">10 €</td>' in str(ageing)


def test_two_charts_on_a_page_share_no_id(ageing: charts.Chart) -> None:
    other = charts.bars("Reasons", [Bar("Forgot", 3)], euro)
    ids = [e.get("id") for svg in (ageing.svg, other.svg) for e in drawn(svg).iter() if e.get("id")]
    assert len(ids) == len(set(ids))


def test_names_of_customers_cannot_break_out_of_the_drawing() -> None:
    nasty = '<script>"&'
    chart = charts.bars(nasty, [Bar(nasty, 1, note=nasty, url=f"/x?a=1&b={nasty}")], euro, value_name=nasty)
    assert "<script" not in str(chart)
    assert any(e.text == nasty for e in drawn(chart.svg).iter(f"{SVG}text"))


def test_a_month_without_a_figure_is_a_gap_and_a_dash() -> None:
    chart = charts.lines("DSO", ["a", "b", "c", "d"], [Series("DSO", [1, 2, None, 4])], euro)
    path = next(drawn(chart.svg).iter(f"{SVG}path")).get("d") or ""
    assert path.count("M") == 2
    assert chart.rows[2] == ["c", "–"]


def test_the_italian_band_lies_between_its_two_values() -> None:
    chart = charts.lines("DSO", ["a"], [Series("DSO", [80])], euro, bands=[Band("Italy 61-70", 61, 70)])
    band = boxes(chart.svg, "band")[0]
    scale = Scale.upright(nice_ticks(0, 80), 14, 234)
    assert float(band["y"]) == pytest.approx(scale(70), abs=0.1)
    assert float(band["y"]) + float(band["height"]) == pytest.approx(scale(61), abs=0.1)


def test_lines_differ_by_dash_as_well_as_by_colour() -> None:
    chart = charts.lines("t", ["a", "b"], [Series(str(i), [i, i]) for i in range(4)], euro)
    dashes = {e.get("stroke-dasharray") for e in drawn(chart.svg).iter(f"{SVG}path")}
    assert len(dashes) == 4


@pytest.mark.parametrize(
    "svg",
    [
        charts.stacked_bars("t", [], [], euro).svg,
        charts.stacked_bars("t", ["a"], [Series("x", [0])], euro).svg,
        charts.lines("t", [], [], euro).svg,
        charts.lines("t", ["a"], [Series("x", [None])], euro).svg,
        charts.bars("t", [], euro).svg,
        charts.bars("t", [Bar("x", 0)], euro).svg,
        charts.bullet("t", 0, 0, 0, euro),
        charts.sparkline("t", [], euro),
        charts.sparkline("t", [5, 5], euro),
    ],
)
def test_no_data_still_draws(svg: str) -> None:
    assert drawn(svg).get("role") == "img"
    assert "nan" not in svg


def test_a_bullet_tints_the_side_one_wants() -> None:
    more = boxes(charts.bullet("CEI", 80, 75, 100, euro), "band-good")[0]
    less = boxes(charts.bullet("Legal", 3, 25, 100, euro, less_is_better=True), "band-good")[0]
    assert (more["x"], more["width"]) == ("210.0", "70.0")
    assert (less["x"], less["width"]) == ("0.0", "70.0")


@pytest.mark.parametrize(
    ("low", "high", "marks"),
    [
        (0, 80, [0, 20, 40, 60, 80]),
        (0, 7, [0, 2, 4, 6, 8]),
        (0, 1, [0, 0.25, 0.5, 0.75, 1]),
        (0, 0, [0, 1]),
        (-5, 12, [-5, 0, 5, 10, 15]),
    ],
)
def test_tick_marks_are_round_and_cover(low: float, high: float, marks: list[float]) -> None:
    assert nice_ticks(low, high) == pytest.approx(marks)


@given(st.integers(-(10**9), 10**9), st.integers(1, 10**12))
def test_tick_marks_always_cover_with_few_marks(low: int, span: int) -> None:
    marks = nice_ticks(low, low + span)
    assert marks[0] <= low
    assert marks[-1] >= low + span
    assert len(marks) <= 8


@given(st.lists(st.floats(0, 200), max_size=7))
def test_labels_moved_apart_never_touch_and_stay_in_order(wanted: list[float]) -> None:
    placed = spread(sorted(wanted), 15, 0, 200)
    assert all(b - a >= 15 - 1e-6 for a, b in pairwise(placed))
    assert all(-1e-6 <= y <= 200 + 1e-6 for y in placed)
