# SPDX-License-Identifier: Apache-2.0
"""What a notice of SdI means for the credit, in words a person can act upon.

Source: technical specifications of SdI, annex B-1; DM 55/2013 for the fifteen days of a public office."""

from django.utils.translation import gettext_lazy as _

_MEANINGS = {
    "delivered": _("Delivered to the customer: the terms run from this date"),
    "undelivered": _(
        "Issued but not delivered: it waits in the customer's reserved area, so tell the customer and send a copy"
    ),
    "discarded": _("Discarded by SdI: it was never issued and nobody owes it; correct it and issue it again"),
    "duplicate": _("SdI had this invoice already: the copy was discarded, the first sending stands"),
    "accepted": _("Accepted by the public office"),
    "refused": _("Refused by the public office: a credit note or a corrected invoice is needed"),
    "lapsed": _("The public office did not answer within 15 days: it can no longer refuse it through SdI"),
    "attested": _("Issued, but SdI could not deliver it: send it to the public office with this attestation"),
    "outcome_discarded": _("SdI discarded the answer of the public office: the invoice stays as it is"),
}
_UNKNOWN = _("A notice whose outcome is not known")


def meaning(outcome: str) -> str:
    """The outcome of a notice in the active language."""
    return str(_MEANINGS.get(outcome, _UNKNOWN))
