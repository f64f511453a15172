# SPDX-License-Identifier: Apache-2.0
"""The words of our fields on the imports pages."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

FIELD_WORDS = {
    "customer_number": _("Customer number"),
    "customer_name": _("Customer name"),
    "customer_kind": _("Kind of customer"),
    "vat": _("VAT number"),
    "tax_code": _("Tax code"),
    "email": _("E-mail"),
    "pec": _("PEC"),
    "phone": _("Phone"),
    "address": _("Street and number"),
    "zip": _("Postcode"),
    "city": _("City"),
    "province": _("Province"),
    "country": _("Country"),
    "language": _("Language"),
    "recipient_code": _("Recipient code (SdI)"),
    "account_number": _("Account or contract"),
    "invoice_number": _("Invoice number"),
    "issued_on": _("Invoice date"),
    "due_on": _("Due date"),
    "amount_cents": _("Amount"),
    "open_cents": _("Still open"),
    "instalment": _("Instalment"),
    "currency": _("Currency"),
    "iban": _("IBAN"),
    "reference": _("Payment reference"),
    "description": _("Description"),
    "vulnerable": _("Protected customer"),
    "salesperson": _("Salesperson"),
    "period_from": _("Consumption from"),
    "period_to": _("Consumption to"),
    "booked_on": _("Booking date"),
    "value_on": _("Value date"),
    "entry_cents": _("Amount, with its sign"),
    "in_cents": _("Money in"),
    "out_cents": _("Money out"),
    "direction": _("Sign or in/out"),
    "told": pgettext_lazy("bank entry", "Description"),
    "told_more": _("Description, second part"),
    "told_last": _("Description, third part"),
    "payer_name": _("Payer"),
    "payer_iban": _("IBAN of the payer"),
    "end_to_end_id": _("End-to-end id"),
    "bank_reference": _("Reference of the bank (CRO, TRN)"),
    "running_cents": _("Running balance"),
    "own_iban": _("Account of the client"),
    "entry_currency": _("Currency"),
}
KIND_WORDS = {"open_items": _("Open items"), "customers": _("Customers"), "bank": _("Entries of a bank account")}
DATE_WORDS = {
    "auto": pgettext_lazy("way of writing", "Detected"),
    "dmy": _("day/month/year"),
    "mdy": _("month/day/year"),
    "ymd": _("year-month-day"),
}
DECIMAL_WORDS = {
    "auto": pgettext_lazy("way of writing", "Detected"),
    "comma": _("1.234,56 (comma)"),
    "point": _("1,234.56 (point)"),
}
