# SPDX-License-Identifier: Apache-2.0
"""A strategy in words: its ladders from the gentlest step to the last, when each comes, how and in which tone."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from ascolto.engine.policy import Ladder, Policy, Rung
from ascolto.web import codes
from ascolto.web.formats import days, money


@dataclass(frozen=True)
class Step:
    """One rung as a person reads it."""

    name: Any
    when: str
    after: str
    channels: tuple[str, ...]
    tone: int
    least: str


def ladders(policy: Policy) -> list[dict[str, Any]]:
    """Each ladder with whom it serves and its steps, the gentlest first."""
    return [
        {"name": codes.word(codes.LADDERS, ladder.name), "kinds": _kinds(ladder), "steps": [_step(r) for r in ladder.rung[::-1]]}
        for ladder in policy.strategy.ladder
    ]  # fmt: skip


def _kinds(ladder: Ladder) -> str:
    names = {"consumer": _("households"), "business": _("firms"), "public": _("public bodies")}
    return ", ".join(names.get(kind, kind) for kind in ladder.kinds)


def _step(rung: Rung) -> Step:
    least = _("from %(amount)s") % {"amount": money(rung.min_cents)} if rung.min_cents else ""
    return Step(codes.step(rung.step), _when(rung), _after(rung), rung.channels, rung.tone, least)


def _when(rung: Rung) -> str:
    told = {"days": abs(rung.from_days), "anchor": codes.word(codes.ANCHORS, rung.anchor)}
    if rung.from_days < 0:
        return _("from %(days)s days before %(anchor)s") % told
    if rung.from_days == 0:
        return _("as soon as %(anchor)s") % told
    return _("from %(days)s days after %(anchor)s") % told


def _after(rung: Rung) -> str:
    if not rung.after:
        return ""
    steps = " / ".join(str(codes.step(step)) for step in rung.after)
    if not rung.after_days:
        return _("after: %(steps)s") % {"steps": steps}
    return _("%(days)s after: %(steps)s") % {"days": days(rung.after_days), "steps": steps}


def charter(policy: Policy) -> list[str]:
    """What the client's charter holds the strategy to, where it says anything."""
    own, said = policy.charter, []
    if own.channels is not None:
        said.append(_("only on: %(channels)s") % {"channels": ", ".join(str(codes.channel(c)) for c in own.channels)})
    if own.max_tone is not None:
        said.append(_("never above tone %(tone)s") % {"tone": own.max_tone})
    if own.max_contacts_week is not None:
        said.append(_("at most %(n)s contacts a week") % {"n": own.max_contacts_week})
    if own.phone_from or own.phone_to:
        said.append(_("calls from %(from)s to %(to)s") % {"from": own.phone_from or "…", "to": own.phone_to or "…"})
    if own.min_cents:
        said.append(_("nothing below %(amount)s") % {"amount": money(own.min_cents)})
    if own.no_contact_months or own.no_contact_days:
        said.append(_("days without any contact"))
    return said
