# SPDX-License-Identifier: Apache-2.0
"""Questions whose SQL is worked out once in the life of a process.

Django builds and compiles a query anew each time it is asked: half a millisecond for a plain one, two for one with what
stands beside a row. A page asks twenty, so that saying them cost more than answering them. A question is a function that
makes a QuerySet for a viewer, ids, words and days; it is made once with marks in their place, and afterwards only the marks
are replaced. Answers are never kept.

It is made twice, with other marks, on another day and in another language: what differs between the two must be the marks
themselves. A question that reckons with what it is given, looks at the clock, translates, or leaves some of what it is given
unasked, is found out there and then.
"""

import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence
from copy import copy
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import BigIntegerField, Func, QuerySet
from django.utils.translation import get_language, override

from ascolto.domain.records import clock

Make = Callable[..., QuerySet[Any]]
STEPS = (1, 10, 50, 200, 1_000)
"""Keys are filled up to one of these by repeating the last, lest each number of them be a question of its own."""
MOST_KEPT = 1_000
"""Questions in this process; who asks ever new ones makes it forget the others."""
_kept: dict[Any, Any] = {}
_UNKNOWN = object()


def asked(make: Make, *given: Any, most: int | None = None, **shape: Any) -> list[Any]:
    """The rows of `make(*given, **shape)`, at most so many. `make`: a function of a module. By place it is given viewers,
    ids, words, days and lists of ids or words; by name what changes the SQL, which must be few."""
    if any(type(value) is int and value.bit_length() > 63 for value in given):
        return []  # an address may say any number; no database has this one
    key = (make, most, connection.vendor, *map(_kind, given), *sorted(shape.items()))
    question = _kept.get(key, _UNKNOWN)
    if question is _UNKNOWN:
        question = _prepare(lambda *marks: make(*marks, **shape)[:most], make.__qualname__, given)
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[key] = question
    return [] if question is None else question.answer(given)


def how_many(make: Make, *given: Any, **shape: Any) -> int:
    """How many rows a question has."""
    found: list[int] = asked(_counted, *given, of=make, **shape)
    return found[0] if found else 0


def _counted(*given: Any, of: Make, **shape: Any) -> QuerySet[Any]:
    count = Func(template="COUNT(*)", output_field=BigIntegerField())
    return of(*given, **shape).order_by().values_list(count, flat=True)


class _Question:
    """A query as it was compiled, and which of its parameters is taken from where."""

    def __init__(
        self, make: Make, rows: QuerySet[Any], compiler: Any, sql: str, parts: Sequence[tuple[int | None, Any]]
    ) -> None:
        self.make, self.rows, self.compiler, self.sql, self.parts = make, rows, compiler, sql, parts

    def answer(self, given: Sequence[Any]) -> list[Any]:
        values = _flat(given)
        params = tuple(constant if place is None else values[place] for place, constant in self.parts)
        compiler = copy(self.compiler)
        compiler.connection = connections[DEFAULT_DB_ALIAS]
        compiler.as_sql = lambda *_args, **_more: (self.sql, params)
        rows: Any = self.rows
        ready: Any = type(rows)(model=rows.model, query=_Compiled(rows.query, compiler))
        ready._prefetch_related_lookups = rows._prefetch_related_lookups
        ready._iterable_class, ready._fields = rows._iterable_class, rows._fields
        return list(ready)


class _Compiled:
    """Stands where a QuerySet has its query: it need not be compiled any more."""

    def __init__(self, query: Any, compiler: Any) -> None:
        self._query, self._compiler = query, compiler

    def get_compiler(self, *_args: Any, **_more: Any) -> Any:
        return self._compiler

    def __getattr__(self, name: str) -> Any:
        return getattr(self._query, name)


def _prepare(make: Make, name: str, given: Sequence[Any]) -> _Question | None:
    """The question; None when nothing can answer it, whatever the ids (there were none)."""
    marks = [_marks(given, base) for base in (2_000_000_000, 2_100_000_000)]
    try:
        rows, compiler, sql, params = _worked_out(make, marks[0])
        with clock.frozen(dt.date(1970, 1, 1)), override("it" if get_language() == "en" else "en"):
            _rows, _compiler, sql_again, params_again = _worked_out(make, marks[1])
    except EmptyResultSet as nothing:
        if all(value.client_ids if _looks(value) else value != [] for value in given):
            # Not for want of ids: a column is too narrow for a mark.
            raise TypeError(f"{name}: nothing can answer it") from nothing
        return None
    if not all(isinstance(path, str) for path in rows._prefetch_related_lookups):
        raise TypeError(f"{name}: it fetches beside its rows by a query of its own, which is a question of its own")
    if sql != sql_again:
        raise TypeError(f"{name}: its SQL depends on what it is given")
    places, places_again = ({mark: place for place, mark in enumerate(_flat(one))} for one in marks)
    parts: list[tuple[int | None, Any]] = []
    for one, other in zip(params, params_again, strict=True):
        if one != other and (one not in places or places[one] != places_again.get(other)):
            raise TypeError(f"{name}: it reckons with what it is given, or with the day or the language of who asks")
        parts.append((None, one) if one == other else (places[one], None))
    told = {one for one in params if one in places}
    if not all(_is_asked(mark, told) for mark in marks[0]):
        raise TypeError(f"{name}: it does not ask for all that it is given")
    return _Question(make, rows, compiler, sql, parts)


def _worked_out(make: Make, marks: Sequence[Any]) -> tuple[Any, Any, str, Sequence[Any]]:
    rows: Any = make(*marks)
    compiler = rows.query.get_compiler(connection=connection)
    return rows, compiler, *compiler.as_sql()


def _is_asked(mark: Any, told: set[Any]) -> bool:
    """Whether a question asks for all of a mark; of a viewer, for the rows of their clients or for their own."""
    if _looks(mark):
        return told >= set(mark.client_ids) or mark.user_id in told
    return told >= set(_flat([mark]))


def _marks(given: Sequence[Any], base: int) -> list[Any]:
    """The same kinds of things, none of which is ever met in a database."""
    marks: list[Any] = []
    for place, value in enumerate(given):
        first, day = base + 10_000 * place, dt.date(base // 1_000_000, 1, 1) + dt.timedelta(place)
        if _looks(value):
            roles = {first + n: value.roles[pk] for n, pk in enumerate(value.client_ids, 1)}
            marks.append(dataclasses.replace(value, name="", roles=roles, user_id=value.user_id and first))
        elif value == []:
            marks.append([])
        elif isinstance(value, list):
            keys = range(first, first + _room(value))
            marks.append([f"\ue000{key}" for key in keys] if isinstance(value[0], str) else list(keys))
        elif isinstance(value, dt.datetime):
            marks.append(dt.datetime.combine(day, dt.time(), dt.UTC))
        else:
            marks.append({dt.date: day, int: first, str: f"\ue000{first}"}[type(value)])
    return marks


def _flat(given: Sequence[Any]) -> list[Any]:
    """Every id, word and day of what was given, as the database takes them."""
    flat: list[Any] = []
    for value in given:
        if _looks(value):
            flat += value.client_ids
            flat += [value.user_id] if value.user_id else []
        elif isinstance(value, list):
            flat += value
            flat += value[-1:] * (_room(value) - len(value))
        elif isinstance(value, dt.datetime):
            flat.append(connection.ops.adapt_datetimefield_value(value))
        else:
            flat.append(connection.ops.adapt_datefield_value(value) if isinstance(value, dt.date) else value)
    return flat


def _looks(value: Any) -> bool:
    """Whether it is a viewer (viewer.py asks here itself)."""
    return hasattr(value, "client_ids")


def _room(keys: list[Any]) -> int:
    return next((step for step in STEPS if step >= len(keys)), len(keys)) if keys else 0


def _kind(value: Any) -> Any:
    """What of a value the SQL depends on."""
    if _looks(value):
        return tuple(value.roles[pk] for pk in value.client_ids), value.user_id is None
    if isinstance(value, list):
        return list, type(value[0]) if value else None, _room(value)
    if type(value) not in (int, str, dt.date, dt.datetime):
        raise TypeError(f"{value!r}: what is neither a viewer nor an id, a word, a day or keys is given by name")
    return type(value)
