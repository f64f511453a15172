# SPDX-License-Identifier: Apache-2.0
"""What :86: tells, in its three families: numbered sub-fields (?20, <20, ~20), slash codes (/EREF/), plain words.

Numbered sub-fields: DFÜ agreement, annex 3 (20-29 and 60-63 remittance, 31 account, 32 and 33 name) with the SEPA
words EREF+, MREF+, SVWZ+ inside. Slash codes: the Dutch and SWIFT usage (/EREF/, /REMI/, /NAME/, /IBAN/, /CNTP/).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .values import squeezed

_NUMBERED = re.compile(r"\s*(?:[0-9]{3})?\s*([^\sA-Za-z0-9/.,:+()\-])(?=[0-9]{2})")
_SEPA = re.compile(r"\b(EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE|IBAN|BIC|RTRN|PURP|COAM|OAMT)[+:]\s?")
_SLASH = re.compile(
    r"/(EREF|KREF|MREF|MARF|REMI|RREF|NAME|IBAN|BIC|TRTP|CSID|CNTP|ORDP|BENM|RTRN|RTYP|PREF|BUSP|PURP|ULTD|ULTC|ISDT|SVCL|"
    r"CHGS|OCMT|EXCH|IREF|ADDR|ID|PY|CREF|ORDRP|TR|SVWZ|ACCW|MARF)/"
)
_REASON = re.compile(r"\b((?:AC|AG|AM|BE|CNOR|DNOR|FF|FOCR|MD|MS|RC|RR|SL|TM)[0-9]{2}|FOCR|DNOR|CNOR)\b")
_ISO_REFERENCE = re.compile(r"\bRF[0-9]{2}[A-Z0-9]{1,21}\b")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_NO_REFERENCE = frozenset({"NOTPROVIDED", "NONREF", "NOREF", "NOT PROVIDED"})


@dataclass(frozen=True, slots=True)
class Words:
    """What could be told apart; the rest is in `remittance`."""

    remittance: str = ""
    name: str = ""
    iban: str = ""
    end_to_end_id: str = ""
    mandate_id: str = ""
    creditor_reference: str = ""
    return_reason: str = ""


def words(lines: list[str]) -> Words:
    """The words of one :86:, whose lines may be broken anywhere."""
    whole = "".join(lines)
    numbered = _NUMBERED.match(whole)
    if numbered:
        return _numbered(whole, numbered[1])
    if len(_SLASH.findall(whole)) >= 2 or (whole.lstrip().startswith("/") and _SLASH.search(whole)):
        return _slashed(whole)
    text = " ".join(" ".join(lines).split())
    return _tagged(text, text, "", "")


def _numbered(whole: str, mark: str) -> Words:
    parts: dict[str, str] = {}
    for piece in whole.split(mark)[1:]:
        code, content = piece[:2], piece[2:]
        content = f" {content}" if _SEPA.match(content) else content
        parts[code] = parts.get(code, "") + content
    remittance = "".join(parts.get(f"{n}", "") for n in (*range(20, 30), *range(60, 64)))
    name = " ".join(f"{parts.get('32', '')}{parts.get('33', '')}".split())
    iban = next((squeezed(parts[n]) for n in ("38", "31") if n in parts and parts[n].strip()), "")
    return _tagged(" ".join(remittance.split()), " ".join(parts.get("00", "").split()), name, iban)


def _tagged(text: str, fallback: str, name: str, iban: str) -> Words:
    """Text with the SEPA words inside it, or without."""
    pieces = _SEPA.split(text)
    found = {key: " ".join(value.split()) for key, value in zip(pieces[1::2], pieces[2::2], strict=True)}
    told = found.get("SVWZ") or (text if not found else pieces[0].strip())
    return Words(
        remittance=told or text or fallback,
        name=name or found.get("ABWA", ""),
        iban=iban or squeezed(found.get("IBAN", "")),
        end_to_end_id=_reference(found.get("EREF", "")),
        mandate_id=_reference(found.get("MREF", "")),
        creditor_reference=_iso_reference(text),
        return_reason=_reason(found.get("RTRN", "")) or _returned(text),
    )


def _slashed(whole: str) -> Words:
    pieces = _SLASH.split(" ".join(whole.split()))
    found: dict[str, str] = {}
    for key, value in zip(pieces[1::2], pieces[2::2], strict=True):
        found.setdefault(key, value.strip("/ "))
    iban, name = squeezed(found.get("IBAN", "")), found.get("NAME", "")
    for party in filter(None, (found.get("CNTP"), found.get("ORDP"), found.get("BENM"))):
        cells = [cell for cell in party.split("/") if cell]
        iban = iban or next((squeezed(cell) for cell in cells if _IBAN.fullmatch(squeezed(cell))), "")
        name = name or next((cell for cell in cells[1:] if " " in cell), cells[-1] if len(cells) > 2 else "")
    remittance = re.sub(r"^(?:USTD|STRD/CUR)//?|/+$", "", found.get("REMI", "") or found.get("SVWZ", ""))
    return Words(
        remittance=" ".join(remittance.split()) or pieces[0].strip() or found.get("TRTP", ""),
        name=name,
        iban=iban,
        end_to_end_id=_reference(found.get("EREF", "")),
        mandate_id=_reference(found.get("MARF", "") or found.get("MREF", "")),
        creditor_reference=_iso_reference(remittance),
        return_reason=_reason(found.get("RTRN", "")) or _reason(found.get("RTYP", "")),
    )


def _reference(written: str) -> str:
    return "" if written.upper() in _NO_REFERENCE else written


def _reason(written: str) -> str:
    match = _REASON.search(written.upper())
    return match[1] if match else ""


def _returned(text: str) -> str:
    """A reason code in plain words counts only beside a word that says return."""
    spoken = re.search(
        r"\b(?:RETURN|RETOURE|RUECKLASTSCHRIFT|RÜCKLASTSCHRIFT|INSOLUT[OI]|STORNO)\b", text, re.IGNORECASE
    )
    return _reason(text) if spoken else ""


def _iso_reference(text: str) -> str:
    match = _ISO_REFERENCE.search(text.upper())
    return match[0] if match else ""
