# SPDX-License-Identifier: Apache-2.0
"""Deciding on Spark. Owns: the folder in which facts go there and decisions come back, and the session that runs them.

Whatever speaks Spark Connect will do (Apache Spark, Sail). The folder is one that Ascolto and Spark's workers see under
the same name; in it the client comes first, then the table, then the customer's bucket:

    client=7/instalments/bucket=3/part-0.parquet        client=7/decisions/*.parquet

Each stage of the engine's expressions is put down as Parquet too: no plan grows beyond one stage, and a worker that is
lost costs one stage. When the answer has been read the folder is deleted. Does not do: choose (engines.py) or decide.
"""

import datetime as dt
import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings
from django.utils.translation import gettext as _

from ascolto.domain.records.errors import Refused
from ascolto.engine.decide import INPUTS, compiled, inputs
from ascolto.engine.facts import OUTPUT, Facts
from ascolto.engine.policy import Policy

BUCKET_CUSTOMERS = 50_000
"""About so many customers share a bucket: a file of their instalments is then some ten megabytes."""
PATIENCE_SECONDS = 5


def decide_spark(facts: Facts, policy: Policy, as_of: dt.date, *, client_id: int) -> pa.Table:
    """As `engine.decide.decide_arrow`, on the Spark that ASCOLTO_ENGINE names. Refused when it cannot be reached."""
    home = Path(settings.SPARK_FOLDER) / f"client={client_id}"
    shutil.rmtree(
        home, ignore_errors=True
    )  # what a night that was killed left; only one at a time holds the client's row
    try:
        lay_down(inputs(facts, policy, as_of), home, buckets=1 + facts.customers.num_rows // BUCKET_CUSTOMERS)
        with session(settings.ENGINE) as spark:
            run(spark, home, policy)
        answers = pick_up(home)
    finally:
        shutil.rmtree(home, ignore_errors=True)  # nothing of a client stays behind
    asked = facts.customers.sort_by("customer_id")["customer_id"]
    assert answers["customer_id"].equals(asked), "a customer without an answer, or with two, or a stranger's"
    return answers


def lay_down(tables: Mapping[str, pa.Table], home: Path, *, buckets: int, part: int = 0) -> None:
    """Write the tables of `decide.INPUTS`; facts by customer bucket, an empty bucket as an empty file.

    May be called again with another `part` for more customers of the client: each call adds files.
    """
    for name, table in tables.items():
        if "customer_id" not in table.column_names:
            _write(table, home / name, part)
            continue
        ids = table["customer_id"]
        bucket = pc.subtract(ids, pc.multiply(pc.divide(ids, buckets), buckets))
        for n in range(buckets):
            _write(table.filter(pc.equal(bucket, n)), home / name / f"bucket={n}", part)


def _write(table: pa.Table, folder: Path, part: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, folder / f"part-{part}.parquet", compression="zstd")


def run(spark: Any, home: Path, policy: Policy) -> None:
    """Decide for the customers laid down in `home`; leaves the table `decisions` there."""
    for name, schema in INPUTS.items():
        spark.read.parquet(f"{home}/{name}").select(*schema.names).createOrReplaceTempView(name)
    for name, sql in compiled(policy, "pyspark"):
        table = spark.sql(sql)
        table.write.mode("overwrite").parquet(f"{home}/{name}")
        left = any((home / name).glob("*.parquet"))  # a table without a row leaves nothing on Sail
        (spark.read.parquet(f"{home}/{name}") if left else table).createOrReplaceTempView(name)


def pick_up(home: Path) -> pa.Table:
    """The decisions in `home`, ordered by customer_id, columns as `facts.OUTPUT`."""
    return pq.read_table(home / "decisions").select(OUTPUT.names).cast(OUTPUT.to_pyarrow()).sort_by("customer_id")


@contextmanager
def session(url: str) -> Iterator[Any]:
    """A session of one's own: the names given to tables in it are seen by nobody else. Refused: no client, no answer."""
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        words = _("ASCOLTO_ENGINE names a Spark, whose client is not installed: pip install -r requirements/spark.txt")
        raise Refused("no_spark", words) from error
    address = urlsplit(url)
    try:  # the client itself would try for minutes
        socket.create_connection((str(address.hostname), address.port or 0), PATIENCE_SECONDS).close()
    except OSError as error:
        words = _("ASCOLTO_ENGINE: no Spark answers at %(host)s:%(port)s (%(why)s).")
        why = {"host": address.hostname, "port": address.port, "why": error}
        raise Refused("no_spark", words % why) from error
    spark = SparkSession.builder.remote(url).create()
    try:
        yield spark
    finally:
        spark.stop()
