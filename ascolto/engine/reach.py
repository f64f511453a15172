# SPDX-License-Identifier: Apache-2.0
"""Whom the waiting lines could mean, of millions of customers. Owns: the reach of lines, worked out in sets.

A book of everybody answers by looking up keys; here the keys of all lines (`asked`) are joined with the columns of all
customers and items, and only whom some line could find is brought in. Nobody else can ever be touched by a run, so what
the book must know of them stays as it is while it runs: how many owe an amount, and whose name a line says.

What SQL cannot fold exactly as Python does (letters with accents) is compared in Python.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from ascolto.engine import reach_names
from ascolto.engine import remittance as text
from ascolto.engine.asked import Asked, asked
from ascolto.engine.book import Left
from ascolto.engine.evidence import Expected, Line, Person
from ascolto.engine.match import CROWD, is_near

TABLES = {
    "items": pa.schema([("instalment_id", pa.int64()), ("customer_id", pa.int64()), ("invoice_id", pa.int64()),
                        ("amount_cents", pa.int64()), ("reference", pa.string())]),
    "settled": pa.schema([("settled_id", pa.int64()), ("cents", pa.int64()), ("lately", pa.bool_())]),
    "documents": pa.schema([("document_id", pa.int64()), ("number", pa.string()), ("reference", pa.string())]),
    "people": pa.schema([("customer_id", pa.int64()), ("number", pa.string()), ("name", pa.string()),
                         ("tax_code", pa.string()), ("vat", pa.string())]),
    "accounts": pa.schema([("customer_id", pa.int64()), ("number", pa.string())]),
}  # fmt: skip
"""What is read. `lately`: whether the settlement is so recent that the instalment is told even when nothing is left."""


@dataclass(frozen=True)
class Reach:
    """The customers whom lines could mean, what their open items still owe, and what a book must know of the others."""

    people: list[Person]
    balances: dict[int, int]
    left: Left


def reach(
    db: duckdb.DuckDBPyConnection,
    tables: Mapping[str, pa.Table],
    lines: Sequence[Line],
    known: Collection[int] = (),
    expected: Iterable[Expected] = (),
) -> Reach:
    """Whom `lines` could mean. `known`: those whom their accounts bring in, and what people said about payers."""
    keys = asked(lines)
    for name, table in tables.items():
        db.register(name, table)
    _keep_open(db)
    said = reach_names.said(db, keys)
    _bring(db, known)
    _bring(db, _by_reference(db, keys))
    _bring(db, _by_number(db, keys))
    _bring(db, _by_person(db, keys))
    _bring(db, [c for one in said.values() for c in (*one.same, *one.alike, *one.told)])
    _by_amount(db, keys, lines, expected)
    rows = db.sql("SELECT instalment_id, balance FROM open SEMI JOIN reached USING (customer_id)").fetchall()
    return Reach(_people(db), dict(rows), Left(_others(db), _outside(db, "one"), _outside(db, "all"), said))


def _keep_open(db: duckdb.DuckDBPyConnection) -> None:
    """What is open or was paid lately, and its documents; `open`, `papers` and `reached` from here on."""
    db.execute(
        "CREATE OR REPLACE TEMP TABLE open AS SELECT i.*, (amount_cents - COALESCE(s.cents, 0))::BIGINT AS balance "
        "FROM items i LEFT JOIN (SELECT settled_id, SUM(cents) AS cents, BOOL_OR(lately) AS lately FROM settled GROUP BY 1) s "
        "ON i.instalment_id = s.settled_id WHERE amount_cents - COALESCE(s.cents, 0) > 0 OR s.lately"
    )
    db.execute(
        "CREATE OR REPLACE TEMP TABLE papers AS FROM documents WHERE document_id IN (SELECT invoice_id FROM open)"
    )
    db.execute("CREATE OR REPLACE TEMP TABLE reached (customer_id BIGINT)")


def _bring(db: duckdb.DuckDBPyConnection, customer_ids: Collection[int]) -> int:
    """Add customers to those reached; how many are new."""
    db.register("brought", pa.table({"customer_id": pa.array(sorted(set(customer_ids)), pa.int64())}))
    new = db.execute("INSERT INTO reached SELECT customer_id FROM brought ANTI JOIN reached USING (customer_id)")
    return int(new.fetchall()[0][0])


def _people(db: duckdb.DuckDBPyConnection) -> list[Person]:
    accounts: dict[int, list[str]] = defaultdict(list)
    for customer_id, number in db.sql("FROM accounts SEMI JOIN reached USING (customer_id)").fetchall():
        accounts[customer_id].append(number)
    rows = db.sql("FROM people SEMI JOIN reached USING (customer_id) ORDER BY customer_id").fetchall()
    return [
        Person(pk, number, name, tuple(code for code in codes if code), tuple(accounts[pk]))
        for pk, number, name, *codes in rows
    ]


# --- by what a line names ----------------------------------------------------------------------------------

ASCII = "strlen({0}) = length({0})"
PRINTED = "regexp_full_match({0}, '[ -~]*')"
PLAIN = (
    "CASE WHEN regexp_full_match({0}, '[A-Z0-9]*') THEN {0} ELSE regexp_replace(upper({0}), '[^A-Z0-9]', '', 'g') END"
)
"""`remittance.compact`, of what has no accents."""


def _by_reference(db: duckdb.DuckDBPyConnection, keys: Asked) -> set[int]:
    _register_words(db, "asked_references", keys.references)
    notice = f"length(k) = {text.NOTICE} AND k[1:1] = '3' AND regexp_full_match(k, '[0-9]*')"
    found = set[int]()
    for rows in (
        "SELECT customer_id, reference FROM open",
        "SELECT customer_id, p.reference FROM papers p JOIN open ON invoice_id = document_id",
    ):
        plain = f"(SELECT customer_id, {PLAIN.format('reference')} AS k FROM ({rows}) WHERE reference <> '')"
        asked_for = db.sql(
            f"SELECT customer_id FROM {plain} WHERE CASE WHEN {notice} THEN k[2:] ELSE k END IN (SELECT word FROM asked_references)"
        )
        other = db.sql(f"SELECT customer_id, reference FROM ({rows}) WHERE NOT ({ASCII.format('reference')})")
        found |= {c for (c,) in asked_for.fetchall()}
        found |= {c for c, said in other.fetchall() if text.reference_key(said) in keys.references}
    return found


KEY = "CASE WHEN ltrim({0}, '0') <> '' THEN ltrim({0}, '0') ELSE '0' END"
YEAR = "length({0}) = 4 AND ({0}[1:2] = '19' OR {0}[1:2] = '20')"
RUNS = "regexp_extract_all(number, '[0-9]+')"
ONLY_YEARS = "[^0-9]*0*(19|20)[0-9]{2}([^0-9]+0*(19|20)[0-9]{2})*[^0-9]*"


def _by_number(db: duckdb.DuckDBPyConnection, keys: Asked) -> set[int]:
    """Every form of a number (`remittance.number_keys`) has its longest run of digits that is no year, or is all of its
    digits glued together, or the number is nothing but years. What has one that was asked for is looked at closely."""
    _register_words(db, "asked_digits", keys.digits)
    parts = f"list_transform({RUNS}, lambda r: {KEY.format('r')})"
    plain = f"list_filter({parts}, lambda r: NOT ({YEAR.format('r')}))"
    longest = f"list_max(list_transform({plain}, lambda r: {{'length': length(r), 'run': r}})).run"
    glued = KEY.format("regexp_replace(number, '[^0-9]', '', 'g')")
    asked_for = "IN (SELECT word FROM asked_digits)"
    db.execute(
        "CREATE OR REPLACE TEMP TABLE near_numbers AS SELECT document_id, number, run FROM (SELECT document_id, number, "
        f"{KEY.format('r')} AS run FROM (SELECT document_id, number, unnest({RUNS}) AS r FROM papers)) "
        f"WHERE NOT ({YEAR.format('run')}) AND run {asked_for}"
    )
    rows = db.sql(
        f"WITH near AS (SELECT document_id, number FROM near_numbers WHERE run = {longest} "
        f"UNION SELECT document_id, number FROM papers WHERE {glued} {asked_for} "
        f"UNION SELECT document_id, number FROM papers WHERE regexp_full_match(number, '{ONLY_YEARS}') "
        f"UNION SELECT document_id, number FROM papers WHERE NOT ({ASCII.format('number')})) "
        "SELECT DISTINCT o.customer_id, n.number FROM near n JOIN open o ON o.invoice_id = n.document_id"
    ).fetchall()
    return {customer for customer, number in rows if not keys.runs.isdisjoint(text.number_keys(number))}


def _by_person(db: duckdb.DuckDBPyConnection, keys: Asked) -> set[int]:
    """By tax code and VAT number, by customer and account number."""
    _register_words(db, "asked_codes", keys.codes)
    _register_words(db, "asked_runs", keys.runs)
    found = set[int]()
    for code in ("tax_code", "vat"):
        rows = db.sql(
            f"SELECT customer_id FROM people WHERE {code} <> '' AND {ASCII.format(code)} "
            f"AND {PLAIN.format(code)} IN (SELECT word FROM asked_codes)"
        ).fetchall()
        other = db.sql(f"SELECT customer_id, {code} FROM people WHERE NOT ({ASCII.format(code)})").fetchall()
        found |= {c for (c,) in rows} | {c for c, said in other if text.compact(said) in keys.codes}
    cut = "upper(number)"
    for pattern in (text.DATE, text.AMOUNT):
        cut = f"regexp_replace({cut}, '{pattern}', ' ', 'g')"
    odd = "regexp_matches(number, '[./,-]|[Ee][Uu][Rr]')"  # only then can a date or an amount stand in it
    cut = f"CASE WHEN {odd} THEN {cut} ELSE upper(number) END"
    last = "regexp_extract(number, '([0-9]+)[^0-9]*$', 1)"
    run = f"CASE WHEN s[1:1] BETWEEN '0' AND '9' THEN ({KEY.format('s')}) ELSE s END"
    key = f"array_to_string(list_transform(regexp_extract_all({cut}, '{text.SEGMENT}'), lambda s: {run}), ' ')"
    for table in ("people", "accounts"):
        db.execute(
            f"CREATE OR REPLACE TEMP TABLE near_people AS SELECT customer_id, number FROM {table} WHERE {PRINTED.format('number')} "
            f"AND ({last} = '' OR {KEY.format(last)} IN (SELECT word FROM asked_digits) OR {odd})"
        )
        rows = db.sql(f"SELECT customer_id FROM near_people WHERE {key} IN (SELECT word FROM asked_runs)").fetchall()
        other = db.sql(f"SELECT customer_id, number FROM {table} WHERE NOT {PRINTED.format('number')}").fetchall()
        found |= {c for (c,) in rows}
        found |= {c for c, said in other if " ".join(s.key for s in text.read(said)) in keys.runs}
    return found


# --- by what is owed ---------------------------------------------------------------------------------------


def _by_amount(db: duckdb.DuckDBPyConnection, keys: Asked, lines: Sequence[Line], expected: Iterable[Expected]) -> None:
    """Those known by nothing but the amount, where so few of the others owe it that a line may bring them in. Whoever
    comes in is no longer one of the others: so again, until nobody comes."""
    db.register("asked_amounts", pa.table({"cents": pa.array(sorted(keys.amounts), pa.int64())}))
    db.execute(
        "CREATE OR REPLACE TEMP TABLE owing AS SELECT DISTINCT 'one' AS what, balance AS cents, customer_id FROM open "
        "WHERE balance > 0 AND balance IN (SELECT cents FROM asked_amounts) UNION ALL "
        "SELECT 'all', SUM(balance)::BIGINT, customer_id FROM open WHERE balance > 0 GROUP BY customer_id "
        "HAVING COUNT(*) > 1 AND SUM(balance) IN (SELECT cents FROM asked_amounts)"
    )
    expecting = awaited(lines, expected)
    while True:
        few = db.sql(
            f"SELECT customer_id FROM owing ANTI JOIN reached USING (customer_id) "
            f"QUALIFY COUNT(*) OVER (PARTITION BY what, cents) <= {CROWD}"
        ).fetchall()
        reached = {pk for (pk,) in db.sql("SELECT customer_id FROM reached").fetchall()}
        said = [others for owners in expecting if 0 < len(others := owners - reached) <= CROWD]
        if not _bring(db, [*(pk for (pk,) in few), *(c for others in said for c in others)]):
            return


def awaited(lines: Sequence[Line], expected: Iterable[Expected]) -> set[frozenset[int]]:
    """For each line, those who said that such an amount would come near its day."""
    by_amount: dict[int, list[Expected]] = defaultdict(list)
    for one in expected:
        by_amount[one.amount_cents].append(one)
    days = {(line.amount_cents, line.on): line for line in lines if line.on and line.currency == "EUR"}
    return {
        frozenset(one.customer_id for one in by_amount.get(line.amount_cents, ()) if is_near(line, one))
        for line in days.values()
    }


def _outside(db: duckdb.DuckDBPyConnection, what: str) -> dict[int, int]:
    """By amount, how many of those whom no line reaches owe it."""
    rows = db.sql(
        f"SELECT cents, COUNT(*) FROM owing ANTI JOIN reached USING (customer_id) WHERE what = '{what}' GROUP BY 1"
    )
    return dict(rows.fetchall())


def _others(db: duckdb.DuckDBPyConnection) -> int:
    """How many customers no line reaches."""
    rows = db.sql("SELECT COUNT(*) FROM people ANTI JOIN reached USING (customer_id)")
    return int(rows.fetchall()[0][0])


def _register_words(db: duckdb.DuckDBPyConnection, name: str, words: Iterable[str]) -> None:
    db.register(name, pa.table({"word": pa.array(sorted(words), pa.string())}))
