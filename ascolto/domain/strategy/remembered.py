# SPDX-License-Identifier: Apache-2.0
"""What a large night remembers for a second run of its day. Owns: of whom nothing new is known.

An answer follows from the facts, the policy and the day, and from nothing else. Whose facts have the same print as when
the answer that stands was found would get that answer again, and is not asked about. What is kept is a row per customer
of numbers and marks, beside the nights' folders; where it is missing or of another day, everybody is asked.
"""

import datetime as dt
import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ascolto.engine import running
from ascolto.engine.decide import TABLES, of_the_day
from ascolto.engine.facts import SCHEMAS
from ascolto.engine.policy import Policy

PLACE = "remembered"
KEPT = pa.schema(
    [("customer_id", pa.int64()), ("facts", pa.int64()), ("fingerprint", pa.string()), ("answer", pa.string()),
     ("rule", pa.string())]
)  # fmt: skip


@dataclass(frozen=True)
class Recalled:
    """The customers of a slice: `prints` of all their facts, `same` of whom nothing new is known (a row of `KEPT` each),
    `anew` who has to be asked about (None: everybody)."""

    prints: pa.Table
    same: pa.Table
    anew: list[int] | None


@dataclass(frozen=True)
class Memory:
    """What is remembered of one client, in `place`, under one `key`."""

    place: Path
    key: str

    def recall(self, folder: Path, number: int) -> Recalled:
        """Slice `number` of the night in `folder` beside what is remembered of it."""
        db = running.connection()
        db.execute("SET threads = 1")
        known, current = self._known(number), _files(folder, "current", number)
        if not _files(folder, "customers", number):
            return Recalled(_NOBODY, KEPT.empty_table(), [])
        prints = db.sql(_prints(folder, number)).to_arrow_table()
        if not known.num_rows or not current:
            return Recalled(prints, KEPT.empty_table(), None)
        running.register(db, {"prints": prints, "remembered": known})
        same = db.sql(
            "SELECT kept.* FROM remembered kept "  # noqa: S608
            "JOIN prints ON prints.customer_id = kept.customer_id AND prints.facts = kept.facts "
            f"JOIN {current} stands ON stands.current_customer = kept.customer_id AND stands.print = kept.fingerprint"
        ).to_arrow_table()
        running.forget(db, (), ("prints", "remembered"))
        asked = pc.invert(pc.is_in(prints["customer_id"], value_set=same["customer_id"].combine_chunks()))
        anew = prints["customer_id"].filter(asked).to_pylist() if same.num_rows else None
        return Recalled(prints, same, anew)

    def keep(self, number: int, recalled: Recalled, answers: pa.Table, but: Collection[int]) -> None:
        """Remember the answers of a slice that was written, and those that it had no need to ask for; not those of the
        customers in `but`, for whom something is left to be done."""
        left = pa.array(but, pa.int64())
        answers = answers.filter(pc.invert(pc.is_in(answers["customer_id"], value_set=left)))
        told = answers.select(["customer_id", "fingerprint", "answer", "rule"])
        fresh = told.join(recalled.prints, "customer_id", join_type="inner").select(KEPT.names).cast(KEPT)
        table = pa.concat_tables([recalled.same, fresh]).replace_schema_metadata({"key": self.key})
        self.place.mkdir(exist_ok=True)
        written = self.place / f"{number}.new"
        pq.write_table(table, written)
        written.rename(self._file(number))  # whole or not at all

    def _known(self, number: int) -> pa.Table:
        """What is kept of the slice under our key: nothing, when there is none or it cannot be read."""
        try:
            kept = pq.read_table(self._file(number))
        except (OSError, pa.ArrowInvalid):
            return KEPT.empty_table()
        ours = kept.schema.equals(KEPT) and (kept.schema.metadata or {}).get(b"key") == self.key.encode()
        return kept.replace_schema_metadata(None) if ours else KEPT.empty_table()

    def _file(self, number: int) -> Path:
        return self.place / f"{number}.parquet"


def memory_of(folder: Path, sentences: str, policy: Policy, as_of: dt.date) -> Memory:
    """The memory of the client whose night lies in `folder`, under the mark of all that an answer follows from beside
    the facts: the engine's `sentences` and the tables of the day."""
    fresh_on = pq.read_table(folder / "client.parquet")["bank_fresh_on"].to_pylist()[0]
    tables = of_the_day(policy, as_of, fresh_on)
    said = [sentences, *(f"{name}: {table.to_pydict()}" for name, table in sorted(tables.items()))]
    return Memory(folder.parent / PLACE, hashlib.sha256("\0".join(said).encode()).hexdigest())


_NOBODY = pa.schema([KEPT.field("customer_id"), KEPT.field("facts")]).empty_table()


def _prints(folder: Path, number: int) -> str:
    """A sentence for (customer_id, facts): one number for all the rows of a customer, in whatever order they come. Rows
    are added up by their hashes, and 63 bits are kept: two states of a customer have the same number once in 10^19."""
    rows = [
        f"SELECT customer_id, hash('{name}', {', '.join(SCHEMAS[name].names)}) AS one, {name == 'customers'} AS whole FROM {files}"  # noqa: S608
        for name in TABLES
        if (files := _files(folder, name, number))
    ]
    return (
        f"SELECT customer_id, (hash(sum(one)) >> 1)::BIGINT AS facts FROM ({' UNION ALL '.join(rows)}) "  # noqa: S608
        "GROUP BY customer_id HAVING bool_or(whole)"
    )


def _files(folder: Path, name: str, number: int) -> str:
    """A table of a slice, to be read by DuckDB; empty when the slice has no row of it."""
    place = folder / name / f"bucket={number}"
    return running.parquet(place / "*.parquet") if place.exists() else ""
