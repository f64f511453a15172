# SPDX-License-Identifier: Apache-2.0
"""From rows as they are kept to the facts of a decision. Owns: the gathering's stages.

The same text serves one customer whose payment has just arrived and the night of a million.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis

from . import balances
from .columns import yes
from .facts import SCHEMAS
from .running import Keep, Stages, compiled

BUCKETS = (0, 30, 60, 90, 180, 360)
"""Upper bounds in days of the ageing buckets; the last bucket is beyond 360."""

PEOPLE = ibis.schema(
    {
        name: kind for name, kind in SCHEMAS["customers"].items()
        if not name.endswith("_ok") and not name.startswith("path_") and name != "patron_day"
    }
)  # fmt: skip
POINTS = ibis.schema({"point_customer": "!int64", "channel": "!string"})
PATHS = ibis.schema(
    {"path_customer": "!int64", "path_id": "!int64", "path_pause_until": "date", "path_review_on": "!date"}
)
RAW = {**balances.RAW, "people_kept": PEOPLE, "points": POINTS, "paths": PATHS}
LEDGER = ("settlements", "owed", "stock")
FACTS = ("customers", "instalments")
FIGURES = ("ageing", "flows")
LARGE_FIGURES = (*FIGURES, "terms")
"""A large client's pages do not count what dies: its night does."""
AS_THEY_ARE = ("contacts", "promises", "holds", "actions", "payments")
"""Facts that are kept as the engine wants them."""


def stages(*wanted: str, dialect: str = "duckdb") -> Stages:
    """Makes the tables named out of those of `RAW`, in the order in which they build on each other."""

    def build(raw: Mapping[str, Any], keep: Keep) -> None:
        settled = keep("settlements", balances.settlements(raw["settled"], raw["span"]))
        owed = keep("owed", balances.owed(raw["items"], raw["documents"]))
        stock = keep("stock", balances.stock(owed, settled, raw["span"]))
        keep("customers", customers(raw["people_kept"], raw["points"], raw["paths"]))
        keep("instalments", balances.instalments(stock, raw["span"], raw["aside"], raw["covered"], raw["presented"]))
        keep("ageing", balances.ageing(stock, raw["span"], raw["aside"], BUCKETS))
        keep("flows", balances.flows(stock, raw["span"]))
        keep("terms", balances.terms(stock, owed, raw["supplies"]))

    return tuple(stage for stage in compiled(f"gather:{dialect}", RAW, build) if stage[0] in wanted)


def customers(people: Any, points: Any, paths: Any) -> Any:
    """Customers with the channels on which they may be reached (`points` are usable ones of the right party), and the
    hardship path that runs."""
    reach = points.group_by("point_customer").aggregate(
        email_ok=(points.channel == "email").any(),
        phone_ok=(points.channel == "phone").any(),
        post_ok=(points.channel == "letter").any(),
        pec_ok=(points.channel == "pec").any(),
    )
    table = people.left_join(reach, people.customer_id == reach.point_customer)
    table = table.left_join(paths, table.customer_id == paths.path_customer)
    flags = {name: yes(table[name]) for name in ("email_ok", "phone_ok", "post_ok", "pec_ok")}
    return table.mutate(**flags, patron_day=ibis.null("string")).select(*SCHEMAS["customers"].names)
