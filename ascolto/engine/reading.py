# SPDX-License-Identifier: Apache-2.0
"""Strict reading of data into frozen dataclasses. Owns: the refusal of unknown, missing or mistyped keys.

A policy file with a misspelt key must not load: the message says file, key and what was expected.
"""

from __future__ import annotations

import types
from collections.abc import Hashable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")


class PolicyError(ValueError):
    """A policy that cannot be read. The text starts with file and key."""


def read(cls: type[T], data: Mapping[str, Any], where: str) -> T:
    """An instance of the frozen dataclass `cls` from a mapping; lists become tuples, tables become dataclasses."""
    known = {field.name: field for field in fields(cast(Any, cls)) if field.init}
    for key in data:
        if key not in known:
            raise PolicyError(f"{where}: unknown key '{key}' (known: {', '.join(sorted(known))})")
    values = {}
    for name, field in known.items():
        if name in data:
            values[name] = _value(_hints(cast(Hashable, cls))[name], data[name], f"{where}.{name}")
        elif field.default is MISSING and field.default_factory is MISSING:
            raise PolicyError(f"{where}: missing key '{name}'")
    try:
        return cls(**values)
    except PolicyError as error:
        raise PolicyError(f"{where}: {error}") from error


@cache
def _hints(cls: Hashable) -> dict[str, Any]:
    return get_type_hints(cast(Any, cls))


def _value(hint: Any, value: Any, where: str) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        inner = [arg for arg in get_args(hint) if arg is not type(None)]
        return None if value is None else _value(inner[0], value, where)
    if origin is tuple:
        return _tuple(get_args(hint), value, where)
    if is_dataclass(hint):
        if isinstance(value, cast(type, hint)):
            return value
        if not isinstance(value, Mapping):
            raise PolicyError(f"{where}: expected a table, got {value!r}")
        return read(cast(Any, hint), value, where)
    return _plain(hint, value, where)


def _tuple(args: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    if isinstance(value, str) or not isinstance(value, (list, tuple)):
        raise PolicyError(f"{where}: expected a list, got {value!r}")
    if len(args) == 2 and args[1] is Ellipsis:
        return tuple(_value(args[0], item, f"{where}[{n}]") for n, item in enumerate(value))
    if len(args) != len(value):
        raise PolicyError(f"{where}: expected {len(args)} values, got {value!r}")
    return tuple(_value(arg, item, f"{where}[{n}]") for n, (arg, item) in enumerate(zip(args, value, strict=True)))


def _plain(hint: Any, value: Any, where: str) -> Any:
    if hint is Any:
        return tuple(value) if isinstance(value, list) else value
    if hint is date and isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            raise PolicyError(f"{where}: expected date, got {value!r}") from None
    if isinstance(value, bool) and hint is not bool:
        raise PolicyError(f"{where}: expected {hint.__name__}, got {value!r}")
    if not isinstance(value, hint) or (isinstance(value, int) and abs(value) >= 2**53):
        raise PolicyError(f"{where}: expected {hint.__name__}, got {value!r}")
    return value
