# SPDX-License-Identifier: Apache-2.0
"""What an invoice lacks by our own fault: each check, the rules of a sector, and the slow twin on random invoices."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ascolto.engine.facts import KINDS
from ascolto.engine.papers import CHECKS, PAPERS, PaperRule, find_gaps, rules_for
from ascolto.engine.reading import PolicyError
from ascolto.policies import load

ALL = [{"rule_kind": kind, "check": check, "effect": "block", "demanded": False} for kind in KINDS for check in CHECKS]
WHOLE: dict[str, Any] = {
    "invoice_id": 1, "kind": "business", "demands": "  ", "iban_ok": True, "tax_id": "01234567897", "street": "Via Roma 1",
    "city": "Milano", "undeliverable": False, "purchase_order": "ODA-1", "cig": "Z123456789", "cup": "J31B09000000001",
    "has_file": True, "description": "Canone di manutenzione", "due_stated": True, "listed": False, "payable_cents": 1000,
    "instalment_cents": 1000, "reachable": True,
}  # fmt: skip


def table(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=PAPERS.to_pyarrow())


def lacks(rules: Sequence[dict[str, Any]] = ALL, **change: Any) -> list[str]:
    return [row["check"] for row in find_gaps(table({**WHOLE, **change}), rules)]


@pytest.mark.parametrize(("change", "found"), [
    ({}, []),
    ({"iban_ok": False}, ["iban"]),
    ({"tax_id": ""}, ["addressee"]),
    ({"street": ""}, ["addressee"]),
    ({"undeliverable": True}, ["addressee"]),
    ({"purchase_order": ""}, []),
    ({"purchase_order": "", "cig": ""}, ["order", "cig"]),
    ({"cup": ""}, ["cup"]),
    ({"has_file": False}, ["file"]),
    ({"description": ""}, ["description"]),
    ({"description": "F24/2026 - 0012 kWh"}, ["description"]),
    ({"due_stated": False}, ["due_date"]),
    ({"instalment_cents": 999}, ["amounts"]),
    ({"instalment_cents": 999, "listed": True}, []),
    ({"reachable": False}, ["contact"]),
], ids=str)  # fmt: skip
def test_each_check_finds_what_is_missing_and_nothing_else(change: dict[str, Any], found: list[str]) -> None:
    assert lacks(**change) == found


def test_a_demanded_check_is_made_only_where_the_customer_demands_it() -> None:
    rules = [{"rule_kind": "business", "check": "cup", "effect": "block", "demanded": True}]
    assert lacks(rules, cup="") == []
    assert lacks(rules, cup="", demands=" order cup ") == ["cup"]


def test_a_block_is_stronger_than_a_warning_when_a_check_is_both_usual_and_demanded() -> None:
    rules = [{"rule_kind": "business", "check": "cig", "effect": effect, "demanded": demanded}
             for effect, demanded in (("warn", False), ("block", True))]  # fmt: skip
    assert [row["effect"] for row in find_gaps(table({**WHOLE, "cig": ""}), rules)] == ["warn"]
    assert [row["effect"] for row in find_gaps(table({**WHOLE, "cig": "", "demands": " cig "}), rules)] == ["block"]


def test_the_first_rule_that_fits_holds_and_off_ends_the_search() -> None:
    rules = (PaperRule("file", "off", sectors=("public_housing",)), PaperRule("file", "warn"))
    assert rules_for(rules, "public_housing") == []
    assert {row["effect"] for row in rules_for(rules, "utility")} == {"warn"}


def test_the_shipped_rules_load_and_public_bodies_need_their_cig() -> None:
    found = rules_for(load.paper_rules().rule, "utility")
    assert {"rule_kind": "public", "check": "cig", "effect": "block", "demanded": False} in found
    assert not [
        row for row in found if row["rule_kind"] == "consumer" and row["check"] == "cig" and not row["demanded"]
    ]


@pytest.mark.parametrize("wrong", [{"check": "shoe", "effect": "block"}, {"check": "cig", "effect": "shout"}])
def test_a_rule_that_means_nothing_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(PolicyError):
        PaperRule(**wrong)


def slow(rows: list[dict[str, Any]], rules: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One invoice at a time, plain Python."""
    found = []
    for row in sorted(rows, key=lambda one: int(one["invoice_id"])):
        fails = {
            "iban": not row["iban_ok"],
            "addressee": "" in (row["tax_id"], row["street"], row["city"]) or row["undeliverable"],
            "order": not row["purchase_order"] and not row["cig"], "cig": not row["cig"], "cup": not row["cup"],
            "file": not row["has_file"], "description": not re.search("[A-Za-zÀ-ÿ]{4}", row["description"]),
            "due_date": not row["due_stated"],
            "amounts": not row["listed"] and row["instalment_cents"] != row["payable_cents"],
            "contact": not row["reachable"],
        }  # fmt: skip
        for check in CHECKS:
            effects = [r["effect"] for r in rules if r["rule_kind"] == row["kind"] and r["check"] == check
                       and (not r["demanded"] or check in row["demands"].split())]  # fmt: skip
            if fails[check] and effects:
                found.append({"invoice_id": row["invoice_id"], "check": check, "effect": min(effects)})
    return found


ROWS = st.fixed_dictionaries({
    "kind": st.sampled_from(KINDS), "demands": st.sampled_from(["  ", " order ", " cig cup "]),
    "iban_ok": st.booleans(), "tax_id": st.sampled_from(["", "X"]), "street": st.sampled_from(["", "Via"]),
    "city": st.sampled_from(["", "Roma"]), "undeliverable": st.booleans(), "purchase_order": st.sampled_from(["", "1"]),
    "cig": st.sampled_from(["", "Z"]), "cup": st.sampled_from(["", "J"]), "has_file": st.booleans(),
    "description": st.text("aèZ1 -", max_size=8), "due_stated": st.booleans(), "listed": st.booleans(),
    "payable_cents": st.sampled_from([0, 5]), "instalment_cents": st.sampled_from([0, 5]), "reachable": st.booleans(),
})  # fmt: skip
RULES = st.lists(st.fixed_dictionaries({
    "rule_kind": st.sampled_from(KINDS), "check": st.sampled_from(CHECKS), "effect": st.sampled_from(["block", "warn"]),
    "demanded": st.booleans(),
}), max_size=14)  # fmt: skip


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(ROWS, max_size=8), rules=RULES)
def test_the_sets_and_the_twin_find_the_same(rows: list[dict[str, Any]], rules: list[dict[str, Any]]) -> None:
    numbered = [{**row, "invoice_id": n} for n, row in enumerate(rows)]
    assert find_gaps(table(*numbered), rules) == slow(numbered, rules)
