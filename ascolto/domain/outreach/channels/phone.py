# SPDX-License-Identifier: Apache-2.0
"""Phone: nothing leaves by itself. A person dials; here is the number as a phone and a person want it.

Calls without an operator are forbidden (Garante 30-11-2005, rule K12), so this channel has no `send`.
"""

from __future__ import annotations

from dataclasses import dataclass

import phonenumbers


@dataclass(frozen=True)
class Number:
    """`link` for click-to-dial (`tel:+39...`), `shown` for reading; `mobile` when it surely is one."""

    link: str
    shown: str
    mobile: bool


def number(text: str, country: str = "IT") -> Number | None:
    """Read a number as it was typed; None when it cannot be dialled."""
    try:
        parsed = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    home = phonenumbers.region_code_for_number(parsed) == country
    style = phonenumbers.PhoneNumberFormat.NATIONAL if home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return Number(
        link=f"tel:{phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)}",
        shown=phonenumbers.format_number(parsed, style),
        mobile=phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.MOBILE,
    )
