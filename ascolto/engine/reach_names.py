# SPDX-License-Identifier: Apache-2.0
"""Whose names the waiting lines say, in sets. Owns: the twin of `names.Names` for millions of customers.

Works on names as they are compared, each once with how many customers bear it: however many Mario Rossi there are, a
line that says the name looks at one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import duckdb
import pyarrow as pa

from ascolto.engine.asked import Asked
from ascolto.engine.names import FAMILY, FORMS, NAMESAKES, RAREST, WORD, Said, few, in_order, is_like, words

Sayings = list[frozenset[str]]


def said(db: duckdb.DuckDBPyConnection, keys: Asked) -> dict[int, Said]:
    """By line, whose names it says; lines that say nobody's are left out."""
    _keep_names(db)
    payers = list(keys.payers)
    same = _same(db, [in_order(payer) for payer in payers])
    strange = [payer for payer in payers if in_order(payer) not in same]
    alike = {
        payer: [number for number, name in near if is_like(in_order(payer), name)]
        for payer, near in zip(strange, _sharing(db, strange), strict=True)
    }
    texts = list(dict.fromkeys(written for written, _payer in keys.texts))
    told = {
        written: [(number, name) for number, name in near if " " in name and written.issuperset(name.split(" "))]
        for written, near in zip(texts, _sharing(db, texts), strict=True)
    }
    asked_for = {number for numbers in alike.values() for number in numbers}
    asked_for |= {number for near in told.values() for number, _name in near} | set(same.values())
    bear = _bearers(db, asked_for)
    found: dict[int, dict[str, tuple[int, ...]]] = defaultdict(dict)
    for payer, lines in keys.payers.items():
        name = in_order(payer)
        for line in lines:
            found[line]["same"] = bear([same[name]] if name in same else [])
            found[line]["alike"] = bear(alike.get(payer, []))
    for (written, payer_name), lines in keys.texts.items():
        whose = bear([number for number, name in told[written] if name != payer_name])
        for line in lines:
            found[line]["told"] = whose
    return {line: Said(**whose) for line, whose in found.items() if any(whose.values())}


def _keep_names(db: duckdb.DuckDBPyConnection) -> None:
    """`names`: each name with a number and how many bear it; `bearers`: whose it is; `name_words`: its words."""
    ascii_only = "strlen(name) = length(name)"
    forms = ", ".join(f"'{form}'" for form in sorted(FORMS))
    said = f"list_filter(regexp_extract_all(upper(name), '{WORD}'), lambda w: length(w) > 1 AND w NOT IN ({forms}))"
    other = db.sql(f"SELECT DISTINCT name FROM people WHERE NOT ({ascii_only})").fetchall()
    folded = pa.table({
        "name": pa.array([name for (name,) in other], pa.string()),
        "words": pa.array([sorted(words(name)) for (name,) in other], pa.list_(pa.string())),
    })  # fmt: skip
    db.register("folded_names", folded)
    db.execute(
        "CREATE OR REPLACE TEMP TABLE written_names AS SELECT name, array_to_string(words, ' ') AS in_order, words FROM ("
        f"SELECT name, list_sort(list_distinct({said})) AS words FROM (SELECT DISTINCT name FROM people WHERE {ascii_only}) "
        "UNION ALL SELECT name, words FROM folded_names)"
    )
    db.execute(
        "CREATE OR REPLACE TEMP TABLE names AS SELECT row_number() OVER () AS number, w.in_order, any_value(w.words) AS words, "
        "COUNT(*) AS bearers FROM people p JOIN written_names w USING (name) GROUP BY w.in_order"
    )
    db.execute(
        "CREATE OR REPLACE TEMP TABLE name_words AS SELECT word, number, bearers FROM ("
        "SELECT unnest(words) AS word, number, bearers FROM names)"
    )


def _same(db: duckdb.DuckDBPyConnection, payers: Iterable[str]) -> dict[str, int]:
    """Which payers' names are customers' names, and which one."""
    db.register("payers", pa.table({"in_order": pa.array(sorted(set(payers)), pa.string())}))
    return dict(db.sql("SELECT in_order, number FROM names SEMI JOIN payers USING (in_order)").fetchall())


def _sharing(db: duckdb.DuckDBPyConnection, sayings: Sayings) -> list[list[tuple[int, str]]]:
    """For each saying, the names (number, words in order) that share two of its rarest known words; else those that have
    its rarest one, when few customers have it."""
    at = [n for n, said in enumerate(sayings) for _word in said]
    told = [word for said in sayings for word in said]
    db.register("sayings", pa.table({"saying": pa.array(at, pa.int64()), "word": pa.array(told, pa.string())}))
    rows = db.sql(
        "WITH known AS (SELECT word, SUM(bearers) AS customers FROM name_words SEMI JOIN sayings USING (word) GROUP BY word), "
        "ranked AS (SELECT saying, word, customers, row_number() OVER (PARTITION BY saying ORDER BY customers, word) AS rank "
        f"FROM sayings JOIN known USING (word) QUALIFY rank <= {RAREST}), "
        "several AS (SELECT * FROM ranked QUALIFY COUNT(*) OVER (PARTITION BY saying) > 1), "
        "shared AS (SELECT saying, number FROM several JOIN name_words USING (word) GROUP BY ALL HAVING COUNT(*) > 1), "
        "single AS (SELECT saying, number FROM ranked JOIN name_words USING (word) "
        f"WHERE rank = 1 AND customers <= {FAMILY} AND saying NOT IN (SELECT saying FROM shared)) "
        "SELECT saying, number, in_order FROM (FROM shared UNION ALL FROM single) JOIN names USING (number)"
    ).fetchall()
    found: list[list[tuple[int, str]]] = [[] for _said in sayings]
    for saying, number, name in rows:
        found[saying].append((number, name))
    return found


class _bearers:
    """Customers who bear names: of names that few bear, all of them; of the others, how many."""

    def __init__(self, db: duckdb.DuckDBPyConnection, numbers: Iterable[int]) -> None:
        db.register("asked_names", pa.table({"number": pa.array(sorted(set(numbers)), pa.int64())}))
        self.count = dict(db.sql("SELECT number, bearers FROM names SEMI JOIN asked_names USING (number)").fetchall())
        self.whose: dict[int, list[int]] = defaultdict(list)
        rows = db.sql(
            "SELECT n.number, p.customer_id FROM names n SEMI JOIN asked_names USING (number) "
            "JOIN written_names w ON w.in_order = n.in_order JOIN people p ON p.name = w.name "
            f"WHERE n.bearers <= {NAMESAKES}"
        )
        for number, customer in rows.fetchall():
            self.whose[number].append(customer)

    def __call__(self, numbers: list[int]) -> tuple[int, ...]:
        """All who bear one of the names; nobody when they are too many to say something (`names.few`)."""
        if sum(self.count[number] for number in numbers) > NAMESAKES:
            return ()
        return few(c for number in numbers for c in self.whose[number])
