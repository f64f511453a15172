# SPDX-License-Identifier: Apache-2.0
"""The words of collections: why an instalment is left out, what a piece of news lacks, what a return asks for."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from ascolto.domain.debits.models import CollectionOrder
from ascolto.domain.debits.outcomes import reason_words
from ascolto.policies.load_bank import return_codes

WHY_NOT = {
    "lapsed": _("The mandate has lapsed: 36 months without a collection"),
    "pending": _("Presented already: the bank has not answered yet"),
    "held": _("On hold"),
    "contested": _("Disputed, or a credit is about to be granted"),
    "planned": _("Covered by a plan"),
    "failed": _("Came back for a reason that trying again does not mend"),
}
TROUBLES = {
    "code": _("It is not known what this code means"),
    "reason": _("The bank's reason is not known"),
    "order": _("No instalment could be found for it"),
    "pending": _("Its instalment is in another collection already"),
}
FOLLOWS = {
    "retry": _("Try again, or agree on another day"),
    "ask_account": _("Ask for the right account and a new mandate"),
    "ask_customer": _("Ask the customer: their bank limits direct debits"),
    "other_method": _("Agree on another way to pay"),
    "mend_ours": _("Our data were wrong: mend them and present again"),
    "open_dispute": _("Ask why: without a mandate it is a dispute"),
    "reopen": _("Ask why: the customer took it back"),
    "stop_contacts": _("Stop contacts: the heirs are to be found with care"),
}
MEANINGS = {
    "returned": _("Unpaid"), "settled": _("Paid"), "rejected": _("Refused by the bank"), "recalled": _("Recalled by us"),
    "requested": _("Presented"),
}  # fmt: skip
FORMS = {"cbi": _("CBI (Italian banks)"), "pain.08": "pain.008.001.08", "pain.02": "pain.008.001.02"}


def unpaid_reason(order: CollectionOrder) -> str:
    """Why an order came back, as its reversal says it."""
    return reason_words(order)


def unpaid_todo(order: CollectionOrder) -> Any:
    """What the bank's reason asks for; "" when its table does not say."""
    row = return_codes().get(order.code)
    return FOLLOWS[row.follows] if row else ""
