# SPDX-License-Identifier: Apache-2.0
"""The words and icons of tones and moods, as the screen says them."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

TONES: tuple[Any, ...] = (
    pgettext_lazy("tone", "Courtesy"),
    pgettext_lazy("tone", "Friendly"),
    pgettext_lazy("tone", "Plain"),
    pgettext_lazy("tone", "Firm"),
    pgettext_lazy("tone", "Serious"),
    pgettext_lazy("tone", "Formal"),
)
"""Tone ladder 0 (courtesy) .. 5 (formal)."""

MOODS: dict[str, dict[str, Any]] = {
    "angry": {"word": _("Anger"), "icon": "angry", "help": _("Stay calm and explain")},
    "worried": {"word": _("Worry"), "icon": "frown", "help": _("Reassure and support")},
    "ashamed": {"word": _("Embarrassment"), "icon": "annoyed", "help": _("Welcome, never press")},
    "confused": {"word": _("Confusion"), "icon": "circle-help", "help": _("One thing at a time")},
    "indifferent": {"word": _("Indifference"), "icon": "meh", "help": _("Ask what would help")},
    "cooperative": {"word": _("Cooperation"), "icon": "smile", "help": _("Thank and agree the next step")},
}
"""Emotion of the customer and the way to meet it (capability A4)."""

NOTE_ICONS = {
    "info": "info",
    "why": "lightbulb",
    "watch": "circle-alert",
    "good": "circle-check",
    "problem": "triangle-alert",
}
