# SPDX-License-Identifier: Apache-2.0
"""Bank files of plain text: which reader takes them."""

from __future__ import annotations

from collections.abc import Iterator

from ..documents import CollectionDoc, StatementDoc
from ..problems import Findings, Refusal
from . import cbi, collection_orders, mt940, rh


def looks(data: bytes) -> bool:
    """Whether this is MT940, MT942 or a CBI flow."""
    return cbi.looks(data) or mt940.looks(data)


def read(data: bytes, findings: Findings) -> Iterator[StatementDoc | CollectionDoc]:
    """The statements and the collection orders inside."""
    if not cbi.looks(data):
        yield from mt940.read(data, findings)
        return
    flows = cbi.flows(data)
    others = [flow.head for flow in flows if flow.head.kind not in ("RH", *collection_orders.KINDS)]
    if others:
        raise Refusal("cbi.other_flow", row=others[0].row, field=others[0].kind, kind=others[0].kind)
    yield from rh.read([flow for flow in flows if flow.head.kind == "RH"], findings)
    for flow in flows:
        if flow.head.kind in collection_orders.KINDS:
            yield collection_orders.read(flow, findings)
