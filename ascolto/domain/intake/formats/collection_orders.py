# SPDX-License-Identifier: Apache-2.0
"""Collection orders in CBI records: RiBa (IB, causale 30...) and MAV (IM, causale 07...), seven records each.

What EF counts is checked: orders, both sums, records. A flow that does not agree with its EF is refused whole: a lost
order is a customer's debt. Causali are told apart by policies/bank/collections.toml, which holds only what could be
verified; any other is the client's own table, or waits for a person.
"""

from __future__ import annotations

from collections.abc import Iterator

from ascolto.policies.load_bank import collections

from ..documents import Collection, CollectionDoc
from ..problems import Findings, Refusal
from . import cbi
from .texts import day_or_warn

KINDS = {"IB": "CBI RiBa", "IM": "CBI MAV"}
KIND_CODES = {"CBI RiBa": "riba", "CBI MAV": "mav"}


def read(flow: cbi.Flow, findings: Findings) -> CollectionDoc:
    """The orders of one flow. Raises `Refusal` when it does not agree with its EF, or has an unreadable amount."""
    orders = tuple(_orders(flow, KIND_CODES[KINDS[flow.head.kind]], findings))
    _check(flow, orders)
    return CollectionDoc(
        file=findings.file,
        format=KINDS[flow.head.kind],
        identifier=flow.head.text(20, 39),
        sender=flow.head.text(4, 8),
        orders=orders,
        row=flow.head.row,
    )


def _orders(flow: cbi.Flow, kind: str, findings: Findings) -> Iterator[Collection]:
    groups: list[list[cbi.Record]] = []
    for record in flow.body:
        if record.kind == "14":
            groups.append([])
        elif not groups:
            raise Refusal("cbi.outside", row=record.row, field=record.kind, value=record.line.strip())
        groups[-1].append(record)
    for head, *more in groups:
        by_kind = {record.kind: record for record in more}
        yield _order(head, by_kind, kind, findings)


def _order(head: cbi.Record, more: dict[str, cbi.Record], kind: str, findings: Findings) -> Collection:
    written, cause = head.cut(34, 46).strip(" "), head.text(29, 33)
    if not (written.isascii() and written.isdigit()) or head.cut(47, 47) not in "+-":
        raise Refusal("amount.unreadable", row=head.row, field="14", value=head.cut(34, 47))
    outcome = collections().outcome(kind, cause)
    if outcome == "unknown":
        findings.add("code.unknown", row=head.row, field="causale", value=cause)
    name, said, receipt = more.get("30"), more.get("50"), more.get("51")
    return Collection(
        number=receipt.text(11, 20) if receipt else head.text(4, 10),
        cents=int(written) * (-1 if head.cut(47, 47) == "-" else 1),
        due_on=day_or_warn(head.cut(23, 28), "dmy", head.row, "14", findings),
        customer_number=head.text(98, 113),
        customer=" ".join(filter(None, (name.text(11, 40), name.text(41, 70)))) if name else "",
        tax_code=name.text(71, 86) if name else "",
        reference=said.text(11, 90) if said else "",
        outcome=outcome,
        code=cause,
        row=head.row,
    )


def _check(flow: cbi.Flow, orders: tuple[Collection, ...]) -> None:
    sums = {
        (46, 52): len(orders),
        (53, 67): -sum(order.cents or 0 for order in orders if (order.cents or 0) < 0),
        (68, 82): sum(order.cents or 0 for order in orders if (order.cents or 0) > 0),
        (83, 89): len(flow.body) + 2,
    }
    for (first, last), found in sums.items():
        stated = flow.announced(first, last)
        if stated != found and flow.end:
            value = "–" if stated is None else stated
            raise Refusal("collection.sums", row=flow.end.row, field=f"EF {first}-{last}", stated=value, found=found)
