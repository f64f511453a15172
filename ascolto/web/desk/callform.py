# SPDX-License-Identifier: Apache-2.0
"""The form of a finished call: what was typed becomes the call that strategy.reactions records."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ascolto.domain.outreach import reasons
from ascolto.domain.outreach.models import Contact
from ascolto.domain.strategy.reactions import Call
from ascolto.web import codes as words
from ascolto.web.desk.fields import MoneyField

LONGEST_CALL_SECONDS = 2 * 3600
_REFUSED_FIELDS = {
    "ask_why": "reason", "no_conversation": "outcome", "detail_of_another_reason": "reason_detail",
    "next_in_the_past": "next_on", "more_than_owed": "promise_cents", "not_positive": "promise_cents",
    "in_the_past": "promise_on", "too_far": "promise_on", "promise_unfinished": "promise_cents",
    "beyond_the_invoice": "dispute_cents", "open_already": "dispute_invoice", "no_reason": "note",
}  # fmt: skip


class CallForm(forms.Form):
    """One screen: outcome, who, why, mood, solution, promise, next step, note."""

    OUTCOMES = [
        (code, Contact.Outcome(code).label)
        for code in (
            "right_party",
            "third_party",
            "call_back",
            "no_answer",
            "voicemail",
            "busy",
            "wrong_number",
        )
    ]

    key = forms.CharField(max_length=64)
    started = forms.DateTimeField(required=False)
    direction = forms.ChoiceField(choices=Contact.Direction.choices, required=False)
    outcome = forms.ChoiceField(choices=OUTCOMES, label=gettext_lazy("Outcome"))
    person = forms.CharField(max_length=120, required=False)
    reason = forms.ChoiceField(choices=[("", ""), *((r.code, r.words) for r in reasons.REASONS)], required=False)
    reason_detail = forms.CharField(max_length=40, required=False)
    fault = forms.ChoiceField(choices=[("", ""), *words.FAULTS.items()], required=False)
    emotion = forms.ChoiceField(choices=[("", ""), *reasons.EMOTIONS], required=False)
    solution = forms.ChoiceField(choices=[("", ""), *reasons.SOLUTIONS], required=False)
    promise_cents = MoneyField(required=False)
    promise_on = forms.DateField(required=False)
    dispute_invoice = forms.TypedChoiceField(coerce=int, empty_value=None, required=False)
    dispute_cents = MoneyField(required=False)
    next_step = forms.ChoiceField(choices=[("", ""), *words.NEXT_STEPS.items()], required=False)
    next_on = forms.DateField(required=False)
    note = forms.CharField(max_length=5000, required=False)
    stages = forms.MultipleChoiceField(choices=reasons.STAGES, required=False)

    def __init__(self, *args: Any, items: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        invoices = {item.invoice_id: item.invoice.number for item in items}
        self.fields["dispute_invoice"].choices = [("", ""), *invoices.items()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A dispute names its invoice; a level-2 reason alone brings its level 1 along."""
        said = super().clean() or {}
        if said.get("reason") == "dispute" and not said.get("dispute_invoice") and said.get("outcome") == "right_party":
            self.add_error("dispute_invoice", _("Say which invoice is disputed: only that part leaves the reminders."))
        known = [code for code, _words in reasons.BY_CODE[said["reason"]].details] if said.get("reason") else []
        if said.get("reason_detail") not in known:
            said["reason_detail"] = ""  # the detail of a reason that was chosen before and then changed
        return said

    def said(self, now: dt.datetime) -> Call:
        """The call as strategy.reactions takes it. Valid forms only."""
        said = self.cleaned_data
        spoke = said["outcome"] in Contact.CONVERSATIONS
        started = said["started"]
        seconds = int((now - started).total_seconds()) if started else None
        return Call(
            outcome=said["outcome"], direction=said["direction"] or "out", person=said["person"],
            reason=said["reason"] if spoke else "", reason_detail=said["reason_detail"] if spoke else "",
            fault=said["fault"] if spoke and said["reason"] else "", emotion=said["emotion"] if spoke else "",
            solution=said["solution"] if spoke else "", next_step=said["next_step"], next_on=said["next_on"],
            note=said["note"], stages=tuple(said["stages"]) if spoke else (),
            requested_by_customer=said["direction"] == "in",
            duration_seconds=seconds if seconds is not None and 0 <= seconds <= LONGEST_CALL_SECONDS else None,
            promise_cents=(said["promise_cents"] or 0) if spoke else 0,
            promise_on=said["promise_on"] if spoke else None,
            dispute_invoice_id=said["dispute_invoice"] if spoke and said["reason"] == "dispute" else None,
            dispute_cents=said["dispute_cents"] or 0, idempotency_key=said["key"],
        )  # fmt: skip

    def field_of(self, code: str) -> str | None:
        """The field that a refusal speaks of; None for the whole form."""
        return _REFUSED_FIELDS.get(code)
