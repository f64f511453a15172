# SPDX-License-Identifier: Apache-2.0
"""Who answers as Spark in the tests: Sail always, on loopback; Apache Spark where there is Java and a Spark to start.

SPARK_HOME  the folder of Apache Spark with its Spark Connect server (.ci/setup makes one where it finds Java)
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

HOME = Path(os.environ.get("SPARK_HOME", ""))


def why_no_spark() -> str | None:
    """What is missing for Apache Spark on this machine; None when all is there."""
    if shutil.which("java") is None:
        return "there is no Java"
    if not os.environ.get("SPARK_HOME") or not (HOME / "bin" / "spark-submit").exists():
        return "SPARK_HOME names no Spark"
    return None


@pytest.fixture(scope="session")
def sail() -> Iterator[str]:
    """The address of a Sail on a free port of loopback, started once and stopped at the end."""
    os.environ.setdefault("RUST_LOG", "error")  # it warns of its own tasks when it is stopped
    main = sys.modules["__main__"]
    if not hasattr(main, "__file__"):  # a worker of the test runner: the client would take it for its own doctests
        main.__file__ = __file__
    from pysail.spark import SparkConnectServer

    server = SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    ip, port = server.listening_address
    yield f"sc://{ip}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def apache_spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an Apache Spark on a free port of loopback; its JVM ends with the session."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    room = tmp_path_factory.mktemp("spark")
    command = [str(HOME / "bin" / "spark-submit"), "--master", "local[2]", "--driver-memory", "1g"]
    for setting in (f"connect.grpc.binding.port={port}", "connect.grpc.binding.address=127.0.0.1", "ui.enabled=false",
                    "sql.shuffle.partitions=2", f"local.dir={room}", f"sql.warehouse.dir={room}"):  # fmt: skip
        command += ["--conf", f"spark.{setting}"]
    command += ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "spark-internal"]
    with (room / "log").open("wb") as log:
        server = subprocess.Popen(
            command, cwd=room, stdout=log, stderr=log, env={**os.environ, "SPARK_LOCAL_IP": "127.0.0.1"}
        )
    for _ in range(240):
        if server.poll() is not None:
            raise RuntimeError((room / "log").read_text()[-3000:])
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            time.sleep(0.5)
    yield f"sc://127.0.0.1:{port}"
    server.terminate()
    server.wait(30)
