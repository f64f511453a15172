# SPDX-License-Identifier: Apache-2.0
"""What the records 63 of one CBI entry tell: structured ones by their flag (YYY, YY2, ID1, RI1, RI2, ZZ2, ZZ3), and
free ones, which are joined before their tags (:EE1:, :TRC:, :RIF:) are looked for, since tags are broken over lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .cbi import Record
from .values import squeezed

_TAG = re.compile(r":([A-Z][A-Z0-9]{2}):")
_NO_REFERENCE = frozenset({"NOTPROVIDED", "NOT PROVIDED", "NONREF"})
_ISO_REFERENCE = re.compile(r"\bRF[0-9]{2}[A-Z0-9]{1,21}\b")


@dataclass(frozen=True, slots=True)
class Words:
    """What could be told apart. `returned`: the bank calls the entry a return."""

    remittance: str = ""
    name: str = ""
    iban: str = ""
    end_to_end_id: str = ""
    creditor_reference: str = ""
    mandate_id: str = ""
    return_reason: str = ""
    returned: bool = False


def words(records: list[Record]) -> Words:
    """The words of the records 63 of one entry."""
    name = iban = end_to_end = remittance = free = ""
    for record in records:
        flag = record.cut(14, 16)
        if flag == "YYY":
            name = record.text(41, 80) or name
        elif flag == "YY2":
            iban = squeezed(record.cut(67, 100)) or iban
        elif flag == "ID1":
            end_to_end = record.text(52, 86) or end_to_end
        elif flag in ("RI1", "RI2"):
            remittance += record.cut(17, 120)
        elif flag == "ZZ2":
            name = name or record.text(17, 120)
        elif flag == "ZZ3":
            remittance += record.cut(67, 120)
        elif flag not in ("KKK", "ZZ1"):
            free += record.cut(14, 120)
    tags, loose = _tags(free)
    text = " ".join(f"{remittance} {loose} {tags.get('RIF', '')}".split())
    reference = _ISO_REFERENCE.search(text)
    return Words(
        remittance=text,
        name=name or tags.get("DEN", ""),
        iban=iban,
        end_to_end_id=_reference(end_to_end) or _reference(tags.get("EE1", "")),
        creditor_reference=reference[0] if reference else "",
        mandate_id=_reference(tags.get("IDM", "")),
        return_reason=squeezed(tags.get("TRC", "")),
        returned=tags.get("RMG", "").upper() in ("RETURN", "REVERSAL", "REFUND") or bool(tags.get("TRC")),
    )


def _tags(free: str) -> tuple[dict[str, str], str]:
    """Tag -> text, and what stands before the first tag."""
    pieces = _TAG.split(free)
    return {key: " ".join(value.split()) for key, value in zip(pieces[1::2], pieces[2::2], strict=True)}, pieces[
        0
    ].strip()


def _reference(written: str) -> str:
    return "" if written.upper() in _NO_REFERENCE else written
