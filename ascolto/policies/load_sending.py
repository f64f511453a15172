# SPDX-License-Identifier: Apache-2.0
"""The readers of how messages may leave. Owns: `sending/providers.toml` and `sending/print.toml`, parsed once; unknown
keys are refused.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from ascolto.engine.reading import PolicyError, read

T = TypeVar("T")
HERE = Path(__file__).parent / "sending"


@dataclass(frozen=True)
class Provider:
    """A group of recipients' mailboxes and its limits; 0: none. Its name is the lane in which its messages wait."""

    name: str
    confidence: str
    domains: tuple[str, ...] = ()
    channels: tuple[str, ...] = ("email",)
    per_minute: int = 0
    per_connection: int = 0
    connections: int = 0
    source: str = ""

    @property
    def limited(self) -> bool:
        """Whether workers must agree before they claim in this lane."""
        return bool(self.per_minute or self.connections)

    @property
    def burst(self) -> int:
        """How many may be claimed at one moment after a silence: three seconds' worth."""
        return max(1, self.per_minute // 20)

    @property
    def interval(self) -> timedelta:
        """Between two messages, such that a burst and a minute at this pace are no more than `per_minute`."""
        return timedelta(minutes=1) / max(1, self.per_minute - self.burst)


@dataclass(frozen=True)
class Sending:
    """All groups, first match first, and the waits in minutes."""

    version: date
    backoff_minutes: tuple[int, ...]
    greylist_minutes: tuple[int, ...]
    pause_minutes: tuple[int, ...]
    provider: tuple[Provider, ...]

    def lane_of(self, channel: str, address: str) -> str:
        """The name of the group that an address belongs to; a channel without a group is a lane of its own."""
        domain = address.strip().rpartition("@")[2].lower()
        for one in self.provider:
            if channel in one.channels and (not one.domains or domain in one.domains):
                return one.name
        return channel

    def lanes(self, channels: Any) -> list[Provider]:
        """The groups of these channels, and a lane without limits for each channel that has none."""
        found = [one for one in self.provider if set(one.channels) & set(channels)]
        served = {channel for one in found if not one.domains for channel in one.channels}
        return found + [Provider(name, "", channels=(name,)) for name in channels if name not in served]


@dataclass(frozen=True)
class Printing:
    """What the print house wants. `registered`: templates that go by registered letter, in bundles of their own."""

    version: date
    letters_per_bundle: int
    pages_per_bundle: int
    duplex: bool
    cover: bool
    registered: tuple[str, ...] = ()


@lru_cache
def sending(path: str = "") -> Sending:
    """The limits of the file at `path`, or ours. Raises PolicyError with file and key."""
    found = _read(Sending, Path(path) if path else HERE / "providers.toml")
    names = [one.name for one in found.provider]
    if len(set(names)) != len(names):
        raise PolicyError(f"{path or 'sending/providers.toml'}: a provider stands twice")
    for one in found.provider:
        if min(one.per_minute, one.per_connection, one.connections) < 0:
            raise PolicyError(f"{path or 'sending/providers.toml'}: {one.name}: a limit below zero")
    if not (found.backoff_minutes and found.greylist_minutes and found.pause_minutes):
        raise PolicyError(f"{path or 'sending/providers.toml'}: each kind of wait needs at least one")
    return found


@lru_cache
def printing(path: str = "") -> Printing:
    """How letters are bundled, from the file at `path`, or ours. Raises PolicyError with file and key."""
    found = _read(Printing, Path(path) if path else HERE / "print.toml")
    if found.letters_per_bundle < 1 or found.pages_per_bundle < 1:
        raise PolicyError(f"{path or 'sending/print.toml'}: a bundle holds at least one letter of one page")
    return found


def _read(kind: type[T], file: Path) -> T:
    with file.open("rb") as opened:
        return read(kind, tomllib.load(opened), file.name)
