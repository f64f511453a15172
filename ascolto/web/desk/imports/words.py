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
}
KIND_WORDS = {"open_items": _("Open items"), "customers": _("Customers")}
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
