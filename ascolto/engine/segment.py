# SPDX-License-Identifier: Apache-2.0
"""Which kind of payer a customer is, and how gently to speak. Owns: segments and the lowering of tone.

Both are lists in the policy: first match wins.
"""

from __future__ import annotations

from typing import Any

import ibis

from .columns import first_true, met
from .policy import Policy


def with_segment(table: Any, policy: Policy) -> Any:
    """Adds `segment`; the last of the list takes everybody."""
    *named, last = policy.strategy.segment
    branches = [(met(table, segment.when), segment.name) for segment in named]
    return table.mutate(segment=first_true(branches, ibis.literal(last.name)))


def with_tone(table: Any, policy: Policy) -> Any:
    """Adds `tone` (0-5): the rung's, lowered by the first rule that matches, never above the hardship path's or the
    charter's.

    `tone_rule` names what lowered it: a rule of the policy, 'hardship_path' or 'charter'. A tone is never raised.
    """
    rules = policy.strategy.tone
    by = first_true([(met(table, rule.when), rule.by) for rule in rules], ibis.literal(0))
    name = first_true([(met(table, rule.when), rule.name) for rule in rules], ibis.null("string"))
    ceiling = policy.charter.max_tone if policy.charter.max_tone is not None else 5
    gentle = (table.rung_tone > by).ifelse(table.rung_tone - by, (table.rung_tone * 0))  # no step, no tone
    table = table.mutate(own_tone=gentle.cast("int64"), own_rule=name)
    softest = policy.strategy.hardship.max_tone
    on_path = (table.path_soft & (table.own_tone > softest)).ifelse(ibis.literal(softest, "int64"), table.own_tone)
    table = table.mutate(path_tone=on_path)
    lower = (table.path_tone > ceiling).ifelse(ibis.literal(ceiling, "int64"), table.path_tone)
    table = table.mutate(tone=lower)
    rule = ibis.cases(
        (table.tone < table.path_tone, "charter"),
        (table.path_tone < table.own_tone, "hardship_path"),
        (table.tone < table.rung_tone, table.own_rule),
        else_=ibis.null("string"),
    )
    return table.mutate(tone_rule=rule)
