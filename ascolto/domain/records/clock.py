# SPDX-License-Identifier: Apache-2.0
"""The one clock. Nobody else asks the machine for the time; the demo and the tests set the day here."""

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from zoneinfo import ZoneInfo

ROME = ZoneInfo("Europe/Rome")
_frozen: ContextVar[dt.datetime | None] = ContextVar("frozen", default=None)


def now() -> dt.datetime:
    """This moment, aware, in Rome's time. ASCOLTO_TODAY (the demo) fixes the date; the time of day is then the real
    one within office hours, else ten o'clock: a demo opened at night is still a working day.
    """
    frozen = _frozen.get()
    if frozen is not None:
        return frozen
    real = dt.datetime.now(ROME)
    fixed = os.environ.get("ASCOLTO_TODAY")
    if not fixed:
        return real
    time = real.time() if 9 <= real.hour < 18 else real.time().replace(hour=10)
    return dt.datetime.combine(dt.date.fromisoformat(fixed), time, ROME)


def wall() -> dt.datetime:
    """The machine's own time, whatever day is being lived: what leases and stopwatches go by."""
    return dt.datetime.now(ROME)


def today() -> dt.date:
    """The business date in Rome."""
    return now().date()


@contextmanager
def frozen(at: dt.datetime | dt.date) -> Iterator[None]:
    """Within the block the clock stands at `at` (a date means ten in the morning)."""
    if not isinstance(at, dt.datetime):
        at = dt.datetime.combine(at, dt.time(10), ROME)
    token = _frozen.set(at)
    try:
        yield
    finally:
        _frozen.reset(token)
