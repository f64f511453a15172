# SPDX-License-Identifier: Apache-2.0
"""What an invoice lacks through our own fault. Owns: the checks, as sets over a table of invoices.

Facts and rules in, one row per invoice and check that fails out. A rule says for which customers a check is made,
whether it blocks or only warns, and whether it is made of everybody or only where the customer's record demands it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import pyarrow as pa

from . import running
from .facts import KINDS
from .reading import PolicyError

CHECKS = ("iban", "addressee", "order", "cig", "cup", "file", "description", "due_date", "amounts", "contact")
"""In the order in which a person would mend them: what stops the payment first."""
EFFECTS = ("block", "warn")
WORD = "[A-Za-zÀ-ÿ]{4}"
"""A description says something when it has a word of four letters: codes and amounts alone say nothing."""

PAPERS = ibis.schema(
    {
        "invoice_id": "!int64",
        "kind": "!string",  # of the customer
        "demands": "!string",  # checks that the customer's record asks for, between blanks: ' order cig '
        "iban_ok": "!boolean",  # where the customer is asked to pay: there, and valid
        "tax_id": "!string",
        "street": "!string",
        "city": "!string",
        "undeliverable": "!boolean",  # an e-invoice to a firm that names neither recipient code nor PEC
        "purchase_order": "!string",
        "cig": "!string",
        "cup": "!string",
        "has_file": "!boolean",
        "description": "!string",
        "due_stated": "!boolean",
        "listed": "!boolean",  # known from a list of open items: its amounts are what was left
        "payable_cents": "!int64",
        "instalment_cents": "!int64",
        "reachable": "!boolean",
    }
)
RULES = ibis.schema({"rule_kind": "!string", "check": "!string", "effect": "!string", "demanded": "!boolean"})


@dataclass(frozen=True)
class PaperRule:
    """One check for some kinds of customers of some sectors (none named: all)."""

    check: str
    effect: str
    sectors: tuple[str, ...] = ()
    kinds: tuple[str, ...] = KINDS
    demanded: bool = False  # only where the customer's record demands it
    why: str = ""

    def __post_init__(self) -> None:
        for value, known in ((self.check, CHECKS), (self.effect, (*EFFECTS, "off"))):
            if value not in known:
                raise PolicyError(f"'{value}' is none of {known}")
        if not set(self.kinds) <= set(KINDS):
            raise PolicyError(f"kinds {self.kinds}")


def rules_for(rules: Sequence[PaperRule], sector: str) -> list[dict[str, Any]]:
    """The rules of a sector as rows: for each kind and check the first that names it, and one more for what is
    demanded; `off` ends the search."""
    chosen: dict[tuple[str, str, bool], PaperRule] = {}
    for rule in rules:
        for kind in rule.kinds if not rule.sectors or sector in rule.sectors else ():
            chosen.setdefault((kind, rule.check, rule.demanded), rule)
    return [
        {"rule_kind": kind, "check": check, "effect": rule.effect, "demanded": demanded}
        for (kind, check, demanded), rule in chosen.items() if rule.effect != "off"
    ]  # fmt: skip


def lacking(table: Any) -> dict[str, Any]:
    """For each check the condition under which an invoice fails it."""
    return {
        "iban": ~table.iban_ok,
        "addressee": (table.tax_id == "") | (table.street == "") | (table.city == "") | table.undeliverable,
        "order": (table.purchase_order == "") & (table.cig == ""),
        "cig": table.cig == "",
        "cup": table.cup == "",
        "file": ~table.has_file,
        "description": ~table.description.re_search(WORD),
        "due_date": ~table.due_stated,
        "amounts": ~table.listed & (table.instalment_cents != table.payable_cents),
        "contact": ~table.reachable,
    }


def gaps(papers: Any, rules: Any) -> Any:
    """One row per invoice and failed check; where a check is both usual and demanded, a block is stronger."""
    failed = None
    for check, fails in lacking(papers).items():
        part = papers.filter(fails).select("invoice_id", "kind", "demands").mutate(failed=ibis.literal(check))
        failed = part if failed is None else failed.union(part)
    assert failed is not None
    joined = failed.inner_join(rules, [failed.kind == rules.rule_kind, failed.failed == rules.check])
    asked = joined.demands.contains(ibis.literal(" ") + joined.check + " ")
    wanted = joined.filter(~joined.demanded | asked)
    return wanted.group_by("invoice_id", "check").aggregate(effect=wanted.effect.min())


def find_gaps(papers: pa.Table, rules: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same, run in the process: rows of invoice_id, check and effect, ordered."""
    known = {
        "papers": papers.cast(PAPERS.to_pyarrow()),
        "paper_rules": pa.Table.from_pylist(list(rules), schema=RULES.to_pyarrow()),
    }
    db, stages = running.connection(), _stages()
    running.register(db, known)
    running.run(db, stages, ())
    rows: list[dict[str, Any]] = db.sql("FROM gaps").to_arrow_table().to_pylist()
    running.forget(db, [name for name, _sql in stages], known)
    return sorted(rows, key=lambda row: (row["invoice_id"], CHECKS.index(row["check"])))


def _stages(dialect: str = "duckdb") -> running.Stages:
    def build(tables: Mapping[str, Any], keep: running.Keep) -> None:
        keep("gaps", gaps(tables["papers"], tables["paper_rules"]))

    return running.compiled(f"papers:{dialect}", {"papers": PAPERS, "paper_rules": RULES}, build)
