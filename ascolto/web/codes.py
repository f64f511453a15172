# SPDX-License-Identifier: Apache-2.0
"""The words for the codes of engine, strategy and taxonomy, shared by the faces (moods and tones: words.py).

A code without words is shown as it is, never hidden; the tests see to it that every code of ours has words.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ascolto.domain.outreach import reasons

STEPS: Mapping[str, tuple[Any, Any]] = {
    "case_outcome": (_("Answer to a case"), _("Tell the customer how it ended")),
    "courtesy": (_("Courtesy message"), _("Ask whether the invoice arrived and is right")),
    "courtesy_call": (_("Courtesy call"), _("Ask whether the invoice arrived and is right, and offer help")),
    "before_due": (_("Reminder before the due date"), _("Say when and how to pay")),
    "reminder_1": (_("First reminder"), _("A friendly word with the ways to pay")),
    "reminder_2": (_("Second reminder"), _("Write with the statement and how to ask for a plan")),
    "reminder_3": (_("Third reminder"), _("Write again, plainly, before anything formal")),
    "call": (_("Call"), _("Ask why it has not been paid, and find a way")),
    "second_call": (_("Second call"), _("Ask again what is in the way, and agree a date or a plan")),
    "visit": (_("Visit"), _("Speak in person and find a way")),
    "path_review": (
        _("Review of the hardship path"),
        _("Listen how things are, then move the review or end the path"),
    ),
    "promise_broken": (_("Call about the promise"), _("Ask what happened, and agree a new way")),
    "promise_reminder": (_("Reminder of the promise"), _("Remind kindly of the day agreed")),
    "formal_notice": (_("Formal notice"), _("Send the formal notice with its proof")),
    "legal_gate": (
        _("Decision before the lawyer"),
        _("Call once more, then decide: plan, lawyer or write-off"),
    ),
    "thanks_on_time": (_("Thanks for punctuality"), _("Thank for paying on time")),
    "thanks_promise": (_("Thanks for the promise kept"), _("Thank for keeping the promise")),
    "thanks_plan_half": (_("Thanks for half of the plan"), _("Thank for coming half way")),
    "thanks_plan": (_("Thanks for the plan finished"), _("Thank for finishing the plan")),
}
"""Steps of the ladders: their name, and what is to be done."""

CHANNELS: Mapping[str, tuple[Any, str]] = {
    "phone": (_("Phone"), "phone"),
    "email": (_("E-mail"), "mail"),
    "letter": (_("Letter"), "printer"),
    "pec": (_("PEC"), "mail-check"),
    "sms": (_("SMS"), "message-square"),
    "whatsapp": (_("WhatsApp"), "message-circle"),
    "visit": (_("Visit"), "map-pin"),
}
"""Their words and icons."""

RULES: Mapping[str, tuple[Any, Any]] = {
    "our_service": (
        _("Our disservice is open"),
        _("A complaint about our own service waits for its answer: first we mend, then we ask."),
    ),
    "path_pause": (
        _("Hardship path: pause"),
        _("A pause was agreed with the customer, who is in difficulty: nothing is asked for."),
    ),
    "blocked_by_us": (
        _("Blocked by us"),
        _("The invoice lacks something through our own fault: first we mend it, then we ask."),
    ),
    "hold": (_("On hold"), _("A person asked to leave this customer alone.")),
    "promise_pending": (
        _("Promise running"),
        _("The customer promised to pay: the day agreed has not passed."),
    ),
    "plan_running": (
        _("Plan running"),
        _("A plan covers what is overdue: the next instalment's day has not passed."),
    ),
    "being_collected": (
        _("At the bank for collection"),
        _("What is overdue was presented to the bank (SDD, RiBa or MAV): it may still answer."),
    ),
    "stale_bank": (_("Bank data too old"), _("Nothing leaves while payments may be on the account unseen.")),
    "charter.closed": (_("Closed by the charter"), _("The client's charter allows no contact on this day.")),
    "vulnerable_tone": (
        _("Protected customer"),
        _("The next step would be too hard for a protected customer: a person decides."),
    ),
    "reason_tone": (
        _("Reason given"),
        _("The next step would be too hard after what the customer told us: a person decides."),
    ),
    "charter_tone": (
        _("Tone beyond the charter"),
        _("The next step is more formal than the client's charter allows."),
    ),
    "no_channel": (_("No way to reach them"), _("No address or number that may be used for this step.")),
    "holiday": (_("Holiday"), _("Nobody is contacted on a public holiday.")),
    "contact.hours": (_("Outside contact hours"), _("Not a day or hour on which this channel may be used.")),
    "contact.week_cap": (
        _("Enough conversations this week"),
        _("The limit of conversations per week is reached."),
    ),
    "contact.day_cap": (_("Already spoken today"), _("The limit of conversations per day is reached.")),
    "contact.attempt_cap": (_("Enough attempts"), _("The limit of unanswered calls is reached.")),
    "contact.message_cap": (_("Enough messages this week"), _("The limit of messages per week is reached.")),
    "contact.total_cap": (
        _("Enough contacts this week"),
        _("The limit of contacts of any kind per week is reached."),
    ),
    "spacing": (_("Too soon after the last contact"), _("Some days of rest lie between two contacts.")),
    "nothing_due": (_("Nothing open"), _("There is nothing to pay.")),
    "disputed": (_("All in dispute"), _("What is overdue is contested: first the answer, then the money.")),
    "below_minimum": (_("Too small to ask for"), _("The amount lies below the minimum of the strategy.")),
    "ladder_end": (_("End of the ladder"), _("All steps were taken: a person decides what comes next.")),
    "not_yet": (_("Not yet time"), _("The next step has its day.")),
}
"""Why nothing is done now: in short, and in a sentence."""

SEGMENTS: Mapping[str, Any] = {
    "punctual": _("Punctual"),
    "forgetful": _("Forgetful"),
    "slow": _("Slow"),
    "new": pgettext_lazy("segment", "New"),
    "in_difficulty": _("In difficulty"),
    "disputing": _("Disputing"),
    "unwilling": _("Unwilling"),
    "seasonal": _("Seasonal"),
    "administrative": _("Slow administration"),
}
TONE_RULES: Mapping[str, Any] = {
    "charter": _("the client's charter"),
    "vulnerable": _("protected customer"),
    "our_fault": _("the fault is ours"),
    "temporary_difficulty": _("a difficult moment"),
    "structural_difficulty": _("a lasting difficulty"),
    "hardship_path": _("on a hardship path"),
    "long_punctual": _("long punctual"),
    "punctual_before": _("punctual until now"),
}
TRENDS: Mapping[str, Any] = {
    "better": _("improving"),
    "same": _("steady"),
    "worse": _("worsening"),
    "unknown": _("not known yet"),
}
SCORE_PARTS: Mapping[str, Any] = {
    "base": _("Starting points"),
    "delay": _("Days late when paying"),
    "open_delay": _("Days late of what is open"),
    "trend": _("Trend"),
    "promises": _("Promises"),
    "streak": _("Paid on time in a row"),
    "history": _("Length of the history"),
}
PRIORITY_PARTS: Mapping[str, Any] = {
    "base": _("The step itself"),
    "money": _("Amount"),
    "age": _("Age"),
    "risk": _("Risk"),
    "promise": _("Promise not kept"),
    "reason": _("Reason given"),
}
ANCHORS: Mapping[str, Any] = {
    "issued": _("the invoice date"),
    "due": _("the due date"),
    "last_contact": _("the last contact"),
    "broken": _("the promise not kept"),
    "settled": _("the payment"),
    "kept": _("the promise kept"),
    "plan_half": _("half of the plan paid"),
    "plan_done": _("the plan finished"),
    "review": _("the day of the review"),
}
FAULTS: Mapping[str, Any] = {
    "ours": pgettext_lazy("fault", "Ours"),
    "theirs": pgettext_lazy("fault", "Theirs"),
    "nobody": pgettext_lazy("fault", "Nobody's"),
}
NEXT_STEPS: Mapping[str, Any] = {
    "wait_payment": _("Wait for the payment"),
    "call_back": _("Call back"),
    "send_invoice": _("Send the invoice again"),
    "open_dispute": _("Look into the dispute"),
    "pass_on": _("Pass on to a colleague"),
    "none": _("Nothing else"),
}
LADDERS: Mapping[str, Any] = {
    "household": _("Households"),
    "business": _("Firms and public bodies"),
    "firms": _("Firms"),
    "public": _("Public bodies"),
    "tenants": _("Tenants"),
}
STRATEGIES: Mapping[str, Any] = {
    "utility": _("Energy, gas and water"),
    "b2b_services": _("Services to firms"),
    "public_housing": _("Public housing"),
}
WORDINGS: Mapping[str, Any] = {
    "courtesy": _("Courtesy message"),
    "before_due": _("Reminder before the due date"),
    "reminder_first": _("First reminder"),
    "reminder_second": _("Reminder that asks why"),
    "reminder_firm": _("Reminder without an answer so far"),
    "formal_notice": _("Formal notice"),
    "promise_reminder": _("Reminder of the promise"),
    "promise_broken": _("After a promise not kept"),
    "thanks_on_time": _("Thanks for punctuality"),
    "thanks_promise_kept": _("Thanks for the promise kept"),
    "thanks_plan_finished": _("Thanks for the plan finished"),
    "dispute_answered": _("Answer to a dispute"),
    "complaint_answered": _("Answer to a complaint"),
    "request_answered": _("Answer to a request"),
    "hardship": _("Gentle word on a hardship path"),
    "hardship_bonus": _("Gentle word on a hardship path, with the social bonus"),
}
"""The written messages by their key in outreach/wordings."""
AMOUNTS: Mapping[str, Any] = {
    "small": _("Under 100 €"),
    "medium": _("100–500 €"),
    "large": _("500–2,000 €"),
    "huge": _("Over 2,000 €"),
}
ROLES: Mapping[str, Any] = {
    "owner": _("Owner"),
    "pays": _("Who pays"),
    "orders": _("Who orders"),
    "signs": _("Who signs"),
    "other": pgettext_lazy("role", "Other"),
}


def word(table: Mapping[str, Any], code: str | None) -> Any:
    """The word of `code`; the code itself, made readable, when there is none."""
    found = table.get(code or "")
    if found is None:
        return (code or "").replace("_", " ").replace(".", ": ")
    return found[0] if isinstance(found, tuple) else found


def step(code: str | None) -> Any:
    """`reminder_1` -> First reminder. Steps of a strategy of one's own are shown by their code."""
    return word(STEPS, code)


def channel(code: str | None) -> Any:
    """`phone` -> Phone."""
    return word(CHANNELS, code)


def to_do(code: str | None) -> Any:
    """What the step asks a person to do."""
    known = STEPS.get(code or "")
    return known[1] if known else word(STEPS, code)


def reason(code: str) -> Any:
    """Level-1 reason for non-payment."""
    return reasons.BY_CODE[code].words if code in reasons.BY_CODE else code


def reason_detail(code: str, detail: str) -> Any:
    """Level-2 reason."""
    details = dict(reasons.BY_CODE[code].details) if code in reasons.BY_CODE else {}
    return details.get(detail, detail)


def solution(code: str) -> Any:
    """What was agreed."""
    return dict(reasons.SOLUTIONS).get(code, code)
