# SPDX-License-Identifier: Apache-2.0
"""Form fields of the desk: an amount as people type it in Italy and elsewhere."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _

LARGEST_CENTS = 10**12


class MoneyField(forms.Field):
    """`1.234,56`, `1,234.56`, `1234`, `€ 12,5` -> cents. The last separator followed by one or two digits is the
    decimal one; three digits after a single separator are thousands."""

    def to_python(self, value: Any) -> int | None:
        """Cents, None when empty. Raises ValidationError on anything that is not an amount."""
        text = re.sub(r"[\s€\u00a0]", "", str(value or ""))
        if not text:
            return None
        match = re.fullmatch(r"(\d{1,3}(?:[.,]\d{3})*|\d+)(?:[.,](\d{1,2}))?", text)
        if match is None:
            raise forms.ValidationError(_("Write the amount like 1234,56."))
        whole = re.sub(r"[.,]", "", match[1])
        cents = int(Decimal(f"{whole}.{match[2] or 0}") * 100)
        if cents > LARGEST_CENTS:
            raise forms.ValidationError(_("This amount is too large."))
        return cents
