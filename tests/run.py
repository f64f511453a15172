# SPDX-License-Identifier: Apache-2.0
"""`make test`: the suite on SQLite, then, where PostgreSQL answers, what touches the database again on it.

ASCOLTO_TEST_POSTGRES  URL of a server on which a test database may be made (CI sets it)
SPARK_HOME             folder of an Apache Spark to try beside Sail; needs Java (CI sets it where there is Java)
ASCOLTO_REQUIRE_ALL=1  a missing PostgreSQL or browser, or any skipped test, is a failure (CI sets it)
"""

import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WORKERS = str(min(os.cpu_count() or 2, 4))
ON_POSTGRES = [
    "tests/domain", "tests/web", "tests/scenarios",
    *(f"tests/e2e/test_{path}.py" for path in ("back_office", "desk", "without_javascript")),
]  # fmt: skip
"""What touches the database; how a page looks and answers the keyboard is the same on both."""


def run(name: str, arguments: list[str], database: str | None) -> int:
    """One pytest run in a home of its own; returns its exit code."""
    print(f"\n== {name}", flush=True)
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "ASCOLTO_HOME": home, "PYTHONPATH": ROOT}
        environment.pop("DATABASE_URL", None)
        environment.pop("ASCOLTO_TODAY", None)
        if database:
            environment["DATABASE_URL"] = database
        command = [sys.executable, "-m", "pytest", "-n", WORKERS, "--dist", "loadfile", "--no-loadscope-reorder"]
        command += arguments
        return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def main() -> int:
    required = os.environ.get("ASCOLTO_REQUIRE_ALL") == "1"
    # Before any worker starts: Django keeps the words that it found when it was set up.
    words = "from ascolto.config.catalogues import compile_catalogues; compile_catalogues()"
    subprocess.run([sys.executable, "-c", words], cwd=ROOT, env={**os.environ, "PYTHONPATH": ROOT}, check=True)
    codes = [run("SQLite", sys.argv[1:] or ["tests"], None)]
    postgres = os.environ.get("ASCOLTO_TEST_POSTGRES")
    if postgres:
        codes.append(run("PostgreSQL", ON_POSTGRES, postgres))
    elif required:
        print("ASCOLTO_TEST_POSTGRES is not set: the suite must also run on PostgreSQL.")
        codes.append(1)
    else:
        print("\nPostgreSQL was not tried: set ASCOLTO_TEST_POSTGRES=postgres://... (.ci/run does it).")
    if required and shutil.which("java") and not os.environ.get("SPARK_HOME"):
        print("There is Java, but SPARK_HOME names no Apache Spark: its test must run too.")
        codes.append(1)
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
