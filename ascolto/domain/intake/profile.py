# SPDX-License-Identifier: Apache-2.0
"""The mapping profile of a client's lists: which of their columns is which of our fields, and how they write.

A profile is data: frozen, to and from a plain dict for storage, refusing keys and values that it does not
know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

OPEN_ITEMS, CUSTOMERS, BANK = "open_items", "customers", "bank"
KINDS = (OPEN_ITEMS, CUSTOMERS, BANK)
DATE_ORDERS = ("auto", "dmy", "mdy", "ymd")
DECIMALS = ("auto", "comma", "point")

Column = str | int


@dataclass(frozen=True, slots=True)
class Profile:
    """How to read one kind of list of one client.

    `columns`: our field -> their header, or the number of the column from 0. `header_row`: its row from 1, 0
    for a list without headers, None to find it. `sheet`: its name, "" for the first one with data.
    `defaults`: our field -> text used where the cell is empty. `account`: the IBAN of a bank's list that does not name its
    account."""

    kind: str = OPEN_ITEMS
    columns: Mapping[str, Column] = field(default_factory=dict)
    date_order: str = "auto"
    decimal: str = "auto"
    encoding: str = "auto"
    delimiter: str = "auto"
    header_row: int | None = None
    sheet: str = ""
    defaults: Mapping[str, str] = field(default_factory=dict)
    account: str = ""

    def __post_init__(self) -> None:
        for name, value, allowed in (
            ("kind", self.kind, KINDS),
            ("date_order", self.date_order, DATE_ORDERS),
            ("decimal", self.decimal, DECIMALS),
        ):
            if value not in allowed:
                raise ValueError(f"{name}: {value!r} is none of {', '.join(allowed)}")

    def to_dict(self) -> dict[str, Any]:
        """Plain data, fit for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Profile:
        """The profile again. Raises ValueError on unknown keys or values."""
        unknown = set(data) - {known.name for known in fields(cls)}
        if unknown:
            raise ValueError(f"unknown keys: {', '.join(sorted(map(str, unknown)))}")
        return cls(**data)
