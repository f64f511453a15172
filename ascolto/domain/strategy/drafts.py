# SPDX-License-Identifier: Apache-2.0
"""Drafts of a strategy: text into a policy, and what is wrong with it said so that its author can mend it.

A draft obeys the law and the client's charter like any policy, and writes in wordings that exist.
"""

import datetime as dt
import re
import tomllib

from django.utils.translation import gettext as _

from ascolto.domain.access.models import Client
from ascolto.domain.mandates.queries import charter_of
from ascolto.domain.outreach import wording
from ascolto.domain.records.errors import Refused
from ascolto.domain.strategy.draft_words import Trouble, trouble_of
from ascolto.engine.conduct import minutes
from ascolto.engine.policy import Charter, Policy
from ascolto.engine.reading import PolicyError, read
from ascolto.policies import load

LARGEST = 262_144
"""Characters of a draft; the strategies that are shipped have some 15,000."""


class BadDraft(Refused):
    """A draft that cannot be used; `trouble` says why."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__("unreadable_draft", str(trouble))
        self.trouble = trouble


def draft_policy(*, client: Client, text: str, as_of: dt.date, file: str = "draft.toml") -> Policy:
    """The policy that `client` would run on `as_of` with the strategy `text`. Raises BadDraft."""
    if len(text) > LARGEST:
        raise BadDraft(Trouble(file, _("This is too long for a strategy."), expected=_("a TOML file of a strategy")))
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadDraft(_not_toml(file, str(error))) from error
    try:
        rules = charter_of(client.pk, as_of)
        charter = read(Charter, rules, f"charter of {client.slug}") if rules else None
        policy = load.policy_from_dict(data, charter, where=file)
        _speaks_in_known_words(policy, file)
        _has_times_of_day(policy, file)
    except PolicyError as error:
        raise BadDraft(trouble_of(str(error), text, file)) from error
    return policy


def _speaks_in_known_words(policy: Policy, file: str) -> None:
    known = wording.keys()
    for n, ladder in enumerate(policy.strategy.ladder):
        for m, rung in enumerate(ladder.rung):
            if rung.template is not None and rung.template not in known:
                raise PolicyError(f"{file}.ladder[{n}].rung[{m}].template: no wording is called '{rung.template}'")


def _has_times_of_day(policy: Policy, file: str) -> None:
    for n, rules in enumerate(policy.strategy.contact):
        for name in ("phone_from", "phone_to"):
            text = getattr(rules, name)
            try:
                minutes(text or "00:00")
            except PolicyError as error:
                raise PolicyError(f"{file}.contact[{n}].{name}: {error}") from None


def _not_toml(file: str, said: str) -> Trouble:
    place = re.search(r"\(at line (\d+), column \d+\)", said)
    return Trouble(
        file, _("This is no TOML: %(why)s.") % {"why": said.partition(" (at ")[0]}, line=int(place[1]) if place else 0,
        expected=_('lines like tone = 2 or name = "a text", under a heading like [limits] or [[ladder.rung]]'),
    )  # fmt: skip
