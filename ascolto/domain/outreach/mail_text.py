# SPDX-License-Identifier: Apache-2.0
"""The plain-text body of a message: complete by itself, readable aloud."""

from __future__ import annotations

from functools import partial

from . import formats
from .composed import Composed, label
from .facts import Item, MessageFacts
from .placeholders import fill

WIDTH = 76


def render(composed: Composed, facts: MessageFacts) -> str:
    """The whole message as plain text, lines of at most 76 characters."""
    parts = [composed.greeting]
    points: list[str] = []
    for block in (*composed.blocks, None):
        if block is not None and block.kind == "point":
            points.append(in_lines(f"- {block.text}", hang="  "))
            continue
        if points:
            parts.append("\n".join(points))
            points = []
        if block is not None:
            parts.append(_block(block.kind, block.text, composed, facts))
    parts += [composed.closing, signature(facts)]
    return "\n\n".join(part for part in parts if part) + "\n"


def signature(facts: MessageFacts) -> str:
    """Who writes: the person, the client, and how to reach them."""
    reach = " · ".join(part for part in (facts.client_phone, facts.client_email) if part)
    return "\n".join(part for part in (facts.operator_name, facts.client_name, reach) if part)


def _block(kind: str, text: str, composed: Composed, facts: MessageFacts) -> str:
    if kind == "items":
        return _items(composed, facts)
    if kind == "payment":
        return _payment(composed, facts)
    return in_lines(text)


def in_lines(text: str, hang: str = "") -> str:
    """`text` in lines of at most WIDTH characters, every line but the first begun with `hang`. A longer word (an address
    to copy) is left whole. Many thousand messages a night: textwrap, which can do more, takes six times as long."""
    lines, line, room = [], "", WIDTH
    for word in text.replace("\n", " ").split(" "):
        if not word:
            continue
        if line and len(line) + 1 + len(word) > room:
            lines.append(line)
            line, room = word, WIDTH - len(hang)
        else:
            line = f"{line} {word}" if line else word
    return f"\n{hang}".join([*lines, line])


def _items(composed: Composed, facts: MessageFacts) -> str:
    language = composed.language
    if not facts.items:
        return label(language, "no_items")
    say, day = partial(label, language), partial(formats.day, language=language)
    money = partial(formats.money, currency=facts.currency, language=language)
    lines = [f"{items_title(composed, facts)}:"]
    for item in facts.items:
        lines.append(f"* {label(language, 'invoice')} {item_name(item, language)}")
        lines.append(f"  {say('issued')} {day(item.issued_on)}, {say('due').lower()} {day(item.due_on)}")
        lines.append(
            f"  {say('amount').lower()} {money(item.amount_cents)}, "
            f"{say('balance').lower()} {money(item.balance_cents)}"
        )
    lines += [f"{name}: {amount}" for name, amount in totals(composed, facts)]
    return "\n".join(lines)


def item_name(item: Item, language: str) -> str:
    """The number of a document, and what it is when it is not an invoice."""
    note = f" ({label(language, 'credit_note')})" if item.amount_cents < 0 else ""
    return item.invoice_number + note


def items_title(composed: Composed, facts: MessageFacts, key: str = "items_title") -> str:
    """The heading of the table, with its date."""
    return fill(label(composed.language, key), {"as_of": formats.day(facts.as_of, composed.language)})


def totals(composed: Composed, facts: MessageFacts) -> list[tuple[str, str]]:
    """The lines under the table: the total, and interest and costs when they are asked."""
    language = composed.language
    rows = [("total", facts.total_cents)]
    if facts.payable_cents != facts.total_cents:
        rows += [
            ("interest", facts.interest_cents),
            ("costs", facts.costs_cents),
            ("payable", facts.payable_cents),
        ]
    return [
        (label(language, key), formats.money(cents, facts.currency, composed.language))
        for key, cents in rows
        if cents or key in ("total", "payable")
    ]


def payment_rows(composed: Composed, facts: MessageFacts) -> list[tuple[str, str]]:
    """What one copies into the bank's form, in its order; empty when nothing is to be paid or no IBAN is
    known.
    """
    if not facts.client_iban or composed.amount_cents <= 0:
        return []
    language = composed.language
    rows = [
        (label(language, "pay_to"), facts.client_beneficiary or facts.client_name),
        (label(language, "iban"), formats.iban(facts.client_iban)),
        (label(language, "amount"), formats.money(composed.amount_cents, facts.currency, composed.language)),
        (label(language, "reference"), facts.payment_reference),
    ]
    return [(name, value) for name, value in rows if value]


def _payment(composed: Composed, facts: MessageFacts) -> str:
    rows = payment_rows(composed, facts)
    if not rows:
        return ""
    return "\n".join([f"{label(composed.language, 'payment_title')}:", *(f"  {name}: {value}" for name, value in rows)])
