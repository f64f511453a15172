# SPDX-License-Identifier: Apache-2.0
"""Typed readings of the environment that fail loudly, naming the variable and what was expected."""

import os
import re


class EnvironmentError_(SystemExit):
    """The environment says something Ascolto cannot use; the process must not start half-configured."""


def text(name: str, default: str | None = None) -> str:
    """Value of `name`, or `default` where it is not set or empty; without a default the variable is required."""
    value = os.environ.get(name) or default
    if value is None:
        raise EnvironmentError_(f"{name} is not set: it is required.")
    return value


def flag(name: str, default: bool) -> bool:
    """True for 1/true/yes/on, False for 0/false/no/off."""
    value = os.environ.get(name, "").strip().lower()
    if value == "":
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise EnvironmentError_(f"{name}={value!r}: expected 1 or 0 (true/false, yes/no, on/off).")


def number(name: str, default: int) -> int:
    """Whole number."""
    value = os.environ.get(name, "")
    if value == "":
        return default
    try:
        return int(value)
    except ValueError as error:
        raise EnvironmentError_(f"{name}={value!r}: expected a whole number.") from error


def words(name: str, default: str) -> list[str]:
    """Comma-separated list."""
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def engine(name: str) -> str:
    """Where decisions run: `duckdb` (the default), or what `spark://host:port` says in Spark Connect's own words.

    Parameters of the connection may follow as Spark Connect knows them: `spark://host:port/;use_ssl=true;token=...`.
    """
    value = os.environ.get(name, "").strip() or "duckdb"
    if value == "duckdb":
        return value
    # Neither value nor parameters are repeated in the refusal: a token may be among them.
    found = re.fullmatch(r"spark://([\w.-]+|\[[0-9A-Fa-f:]+\]):(\d{1,5})(/;[^\s]*)?", value)
    if found is None or not 0 < int(found[2]) < 65536:
        raise EnvironmentError_(f"{name}: expected duckdb or spark://host:port.")
    return f"sc://{found[1]}:{found[2]}{found[3] or ''}"
