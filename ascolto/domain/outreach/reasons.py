# SPDX-License-Identifier: Apache-2.0
"""Why a customer has not paid: the two-level taxonomy (A1), with whose fault it is; emotions, solutions, stages."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True)
class Reason:
    """A level-1 reason; `fault` is ours, theirs or nobody; `details` are the level-2 codes and their words."""

    code: str
    words: str | Promise
    fault: str
    details: tuple[tuple[str, str | Promise], ...]


REASONS = (
    Reason(
        "lost_invoice",
        _("Invoice not received"),
        "ours",
        (
            ("never_arrived", _("It never arrived")),
            ("wrong_address", _("Wrong address")),
            ("in_spam", _("Lost among the mail")),
        ),
    ),
    Reason(
        "forgot",
        _("Forgot"),
        "theirs",
        (
            ("forgot_date", _("Forgot the date")),
            ("was_away", _("Was away")),
            ("method_failed", _("Payment did not go through")),
        ),
    ),
    Reason(
        "our_fault",
        _("Our mistake"),
        "ours",
        (
            ("billing", _("Billing mistake")),
            ("service", _("Service trouble")),
            ("delivery", _("Delivery or work not done")),
            ("payment_not_seen", _("Already paid, not registered")),
        ),
    ),
    Reason(
        "dispute",
        _("Disputes the invoice"),
        "nobody",
        (
            ("amount", _("The amount")),
            ("consumption", _("The consumption")),
            ("price", _("The price")),
            ("quality", _("The quality")),
        ),
    ),
    Reason(
        "temporary_difficulty",
        _("Temporary difficulty"),
        "nobody",
        (
            ("waiting_for_money", _("Waits for money")),
            ("unexpected_cost", _("Unexpected expense")),
            ("illness", _("Illness or mourning")),
            ("seasonal", _("Seasonal business")),
        ),
    ),
    Reason(
        "structural_difficulty",
        _("Lasting difficulty"),
        "nobody",
        (
            ("lost_job", _("Lost the job")),
            ("many_debts", _("Many commitments")),
            ("business_crisis", _("Business in crisis")),
        ),
    ),
    Reason(
        "their_administration",
        _("Their administration"),
        "theirs",
        (
            ("approval", _("Waits for approval")),
            ("purchase_order", _("Purchase order missing")),
            ("payment_day", _("Pays on fixed days")),
        ),
    ),
    Reason(
        "unwilling",
        _("Does not intend to pay"),
        "theirs",
        (("no_reason", _("Gives no reason")), ("leaving", _("Is leaving us")), ("refuses", _("Refuses to talk"))),
    ),
)
BY_CODE = {reason.code: reason for reason in REASONS}
EMOTIONS = (
    ("cooperative", _("Cooperative")),
    ("indifferent", _("Indifferent")),
    ("worried", _("Worried")),
    ("ashamed", _("Ashamed")),
    ("confused", _("Confused")),
    ("angry", _("Angry")),
)
SOLUTIONS = (
    ("resend_invoice", _("Resend the invoice")),
    ("explain", _("Explain the invoice")),
    ("new_date", _("New date")),
    ("plan", _("Payment plan")),
    ("other_method", _("Other way to pay")),
    ("fix_dispute", _("Settle the dispute")),
    ("hardship", _("Hardship path")),
    ("none", _("No solution yet")),
)
STAGES = (
    ("welcome", pgettext_lazy("stage", "Welcome")),
    ("listen", pgettext_lazy("stage", "Listen")),
    ("explain", pgettext_lazy("stage", "Explain")),
    ("solve", pgettext_lazy("stage", "Solve")),
    ("confirm", pgettext_lazy("stage", "Confirm")),
    ("thank", pgettext_lazy("stage", "Thank")),
)
