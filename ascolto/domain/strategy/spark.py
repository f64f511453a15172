# SPDX-License-Identifier: Apache-2.0
"""Deciding on Spark. Owns: the session, and how a night's folder is read there and answered.

Whatever speaks Spark Connect will do (Apache Spark, Sail). The folder is the one that the night's snapshot fills
(extract.py: `<table>/bucket=<n>/*.parquet`), in a place that Spark's workers see under the same name. Each stage of the
engine's expressions is put down there as Parquet too: no plan grows beyond one stage, and a worker of Spark that is lost
costs one stage. Does not do: choose (engines.py) or decide (engine/decide.py).
"""

import datetime as dt
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyarrow.parquet as pq
from django.utils.translation import gettext as _

from ascolto.domain.records.errors import Refused
from ascolto.engine.decide import INPUTS, TABLES, compiled, of_the_day
from ascolto.engine.policy import Policy

ANSWERS = "answers"
"""The table that a night's workers read: `answers/bucket=<n>/*.parquet`."""
PATIENCE_SECONDS = 5


def decide_folder(url: str, folder: Path, policy: Policy, as_of: dt.date, buckets: int) -> None:
    """Decide for the customers of a night's folder; leaves their answers beside their facts, by the same buckets.

    Refused when no Spark answers. Raises LookupError when the holidays of the year are not known.
    """
    _complete(folder, policy, as_of)
    with session(url) as spark:
        for name, schema in INPUTS.items():
            spark.read.parquet(f"{folder}/{name}").select(*schema.names).createOrReplaceTempView(name)
        for name, sql in compiled(policy, "pyspark"):
            table = spark.sql(sql)
            table.write.mode("overwrite").parquet(f"{folder}/{name}")
            left = any((folder / name).glob("*.parquet"))  # a table without a row leaves nothing on Sail
            (spark.read.parquet(f"{folder}/{name}") if left else table).createOrReplaceTempView(name)
        answers = spark.sql(f"SELECT *, customer_id % {buckets} AS bucket FROM decisions")  # noqa: S608
        answers.write.mode("overwrite").partitionBy("bucket").parquet(f"{folder}/{ANSWERS}")


def _complete(folder: Path, policy: Policy, as_of: dt.date) -> None:
    """What stands beside the facts, and for each table without a row a file that tells its columns."""
    fresh_on = pq.read_table(folder / "client.parquet")["bank_fresh_on"].to_pylist()
    tables = of_the_day(policy, as_of, fresh_on[0] if fresh_on else None)
    empty = [name for name in TABLES if not any(folder.glob(f"{name}/*/*.parquet"))]
    tables |= {name: INPUTS[name].to_pyarrow().empty_table() for name in empty}
    for name, table in tables.items():
        (folder / name).mkdir(exist_ok=True)
        pq.write_table(table, folder / name / "part.parquet")


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
