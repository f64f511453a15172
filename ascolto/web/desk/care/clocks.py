# SPDX-License-Identifier: Apache-2.0
"""The clock of a case in words."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ascolto.domain.care.models import CareCase

SOON = 5
"""Days before the deadline from which a clock is watched."""


def clock_of(case: CareCase, today: dt.date) -> dict[str, Any]:
    """`words`, and `mood`: late, soon, calm or done."""
    if case.closed_on is not None:
        over = (case.closed_on - case.deadline_on).days
        if over > 0:
            late = ngettext("answered %(days)s day late", "answered %(days)s days late", over) % {"days": over}
            return {"words": late, "mood": "late"}
        return {"words": _("answered in time"), "mood": "done"}
    left = (case.deadline_on - today).days
    if left < 0:
        return {
            "words": ngettext("late by %(days)s day", "late by %(days)s days", -left) % {"days": -left},
            "mood": "late",
        }
    if left == 0:
        return {"words": _("due today"), "mood": "soon"}
    words = ngettext("due in %(days)s day", "due in %(days)s days", left) % {"days": left}
    return {"words": words, "mood": "soon" if left <= SOON else "calm"}
