# SPDX-License-Identifier: Apache-2.0
"""Bank statements in SWIFT MT940 and reports in MT942, in the dialects of many banks.

A field begins with its tag at the beginning of a line and goes on until the next tag, wherever a program has broken
its lines. A statement begins with :20:, or with a second :25: or :60: in the same message. A lone "-" ends nothing
inside :86:. What is cut off is refused as a whole file; what does not tie is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..documents import Balance, Entry, StatementDoc
from ..problems import Findings, Refusal
from . import tying
from .mt940_entry import account_of, entry
from .texts import comma_amount, day_or_warn, decoded
from .values import squeezed

_HEAD = re.compile(rb"^[ \t]*(?:\{[^\r\n]*)?:(?:20|21|25P?|28C?|60[FM]|61|62[FM]|34F|13D?|86):", re.MULTILINE)
_TAG = re.compile(r"[ \t]*:(20|21|25P?|28C?|60[FM]?|61|62[FM]?|64|65|86|13D?|34F|90[CD]|NS):(.*)", re.DOTALL)
_BLOCKS = re.compile(r"^\s*(?:\x01)?\{1:.*?\{4:")
_BALANCE = re.compile(r"\s*(R?[CD])\s*([0-9]{6}|\s{6})?\s*([A-Za-z]{3})?\s*([+-]?[0-9]*[.,]?[0-9]*)")
_COUNT = re.compile(r"\s*([0-9]{1,5})\s*([A-Z]{3})\s*([0-9]+[.,]?[0-9]*)")


@dataclass(slots=True)
class _Field:
    tag: str
    row: int
    lines: list[str]

    @property
    def joined(self) -> str:
        return "".join(self.lines)


@dataclass(slots=True)
class _Message:
    fields: list[_Field] = field(default_factory=list)
    ended: bool = False

    def of(self, *tags: str) -> list[_Field]:
        return [found for found in self.fields if found.tag in tags]

    @property
    def is_statement(self) -> bool:
        return bool(self.of("25", "25P", "60", "60F", "60M", "61", "62", "62F", "62M"))


def looks(data: bytes) -> bool:
    """Two fields of such a message among the first lines."""
    head = data[:16384]
    head = decoded(head).encode() if head[:2] in (b"\xff\xfe", b"\xfe\xff") else head
    return len(_HEAD.findall(head.replace(b"\r", b"\n"))) >= 2


def read(data: bytes, findings: Findings) -> Iterator[StatementDoc]:
    """One document for each statement of the file; one with an unreadable entry or balance is refused alone."""
    messages = [message for message in _messages(decoded(data)) if message.is_statement]
    if not messages:
        raise Refusal("statement.missing", field=":25:")
    _refuse_cut_off(messages[-1], data)
    for message in messages:
        errors_before = findings.errors
        doc = _statement(message, findings)
        if findings.errors == errors_before:
            _check(message, doc, findings)
            yield doc
        elif len(messages) > 1:
            findings.add("statement.refused", row=doc.row, field=":20:", account=doc.account)


def _messages(text: str) -> list[_Message]:
    found, message, in_block = [_Message()], None, False
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for row, written in enumerate(lines, start=1):
        line = written
        if (blocks := _BLOCKS.match(line)) is not None:
            line, in_block, message = line[blocks.end() :], True, _Message()
            found.append(message)
        if (match := _TAG.match(line)) is not None:
            tag, content = match[1], match[2]
            if message is None or _begins(message, tag):
                message = _Message()
                found.append(message)
            message.fields.append(_Field(tag, row, [content]))
        elif message is not None and line.strip().startswith("-}"):
            message.ended, in_block, message = True, False, None
        elif message is not None and line.strip() == "-" and _ends(message, lines, row):
            message.ended = True
        elif message is not None and message.fields and line.strip(" \x03\x1a"):
            message.fields[-1].lines.append(line)
    if in_block and message is not None and message.is_statement:
        raise Refusal("statement.cut_off", row=len(lines), field="-}")
    return found


def _begins(message: _Message, tag: str) -> bool:
    """Whether this tag opens the next statement."""
    if tag == "20":
        return bool(message.fields)
    if tag in ("25", "25P"):
        return bool(message.of("25", "25P"))
    return tag in ("60", "60F", "60M") and bool(message.of("60", "60F", "60M", "62", "62F", "62M"))


def _ends(message: _Message, lines: list[str], row: int) -> bool:
    """Whether a lone "-" ends the message: its balance was written, or nothing but the next follows (`row` from 1)."""
    following = next((line.lstrip() for line in lines[row:] if line.strip()), ":20:")
    return bool(message.of("62", "62F", "62M")) or following.startswith((":20:", "{"))


def _refuse_cut_off(last: _Message, data: bytes) -> None:
    """A statement that began with a balance ends with one, wholly written."""
    closings = last.of("62", "62F", "62M")
    end = last.fields[-1]
    if not last.of("60", "60F", "60M", "61", "13", "13D", "34F", "90C", "90D") and not closings:
        raise Refusal("statement.cut_off", row=end.row, field=":60F:")
    if last.of("60", "60F", "60M") and not closings and not last.ended:
        raise Refusal("statement.cut_off", row=end.row, field=":62F:")
    if closings and end is closings[-1] and not last.ended and data[-1:] not in (b"\n", b"\r"):
        match = _BALANCE.match(end.joined)
        if match is None or not match[4] or not re.search(r"[.,]", match[4]):
            raise Refusal("statement.cut_off", row=end.row, field=":62F:")


def _statement(message: _Message, findings: Findings) -> StatementDoc:
    opening, opening_at = _balance(message.of("60", "60F", "60M")[:1], findings)
    closing, closing_at = _balance(message.of("62", "62F", "62M")[-1:], findings)
    currency = next((found for found in (opening_at, closing_at) if found), "") or _announced(message)
    account, in_account = account_of(_text(message, "25", "25P", first_line=True), currency)
    currency = currency or in_account
    if not currency:
        currency = "EUR"
        findings.add("currency.assumed", row=message.fields[0].row, field=":60F:")
    entries = tuple(_entries(message, currency, findings))
    return StatementDoc(
        file=findings.file,
        format="MT940" if opening or closing else "MT942",
        identifier=squeezed(_text(message, "28C", "28")) or _text(message, "20"),
        account=account,
        currency=currency,
        opening=opening and Balance(opening.date, opening.cents, opening_at or currency),
        closing=closing and Balance(closing.date, closing.cents, closing_at or currency),
        entries=entries,
        row=message.fields[0].row,
    )


def _text(message: _Message, *tags: str, first_line: bool = False) -> str:
    for found in message.of(*tags):
        return " ".join((found.lines[0] if first_line and found.lines[0].strip() else found.joined).split())
    return ""


def _announced(message: _Message) -> str:
    """The currency of MT942, which has no balances: of its floor limit or its sums."""
    for found in message.of("34F", "90C", "90D"):
        match = re.search(r"[A-Z]{3}", found.joined)
        if match:
            return match[0]
    return ""


def _balance(fields: list[_Field], findings: Findings) -> tuple[Balance | None, str]:
    """The balance, signed, and its currency as written ("" when it is left out)."""
    for found in fields:
        match = _BALANCE.match(found.joined)
        cents = comma_amount(match[4]) if match else None
        if match is None or cents is None:
            findings.add("balance.unreadable", row=found.row, field=f":{found.tag}:", value=found.joined)
            return None, ""
        sign = -1 if match[1] in ("D", "RC") else 1
        on = day_or_warn(match[2] or "", "ymd", found.row, f":{found.tag}:", findings)
        return Balance(on, sign * cents, ""), (match[3] or "").upper()
    return None, ""


def _entries(message: _Message, currency: str, findings: Findings) -> Iterator[Entry]:
    fields = message.fields
    for at, found in enumerate(fields):
        if found.tag != "61":
            continue
        told = fields[at + 1] if at + 1 < len(fields) and fields[at + 1].tag == "86" else None
        read_entry = entry(found.lines, told.lines if told else [], found.row, currency, findings)
        if read_entry is not None:
            yield read_entry


def _check(message: _Message, doc: StatementDoc, findings: Findings) -> None:
    """The balances, and in MT942 the count that the bank announces: warnings."""
    if doc.format == "MT940" and doc.closing is None:
        findings.add("statement.no_closing", row=doc.row, field=":62F:")
    tying.check(doc, findings, ":62F:")
    counts = [int(m[1]) for found in message.of("90C", "90D") if (m := _COUNT.match(found.joined))]
    if len(counts) == 2 and sum(counts) != len(doc.entries):
        findings.add("statement.count", row=doc.row, field=":90D:", stated=sum(counts), found=len(doc.entries))
