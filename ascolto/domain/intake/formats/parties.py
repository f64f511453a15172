# SPDX-License-Identifier: Apache-2.0
"""Doubts about seller and buyer, the same for every kind of invoice. They only warn: the invoice exists."""

from __future__ import annotations

from ..documents import Party
from ..problems import Findings
from .identifiers import italian_vat_ok, tax_code_ok


def check(party: Party, role: str, row: int | None, findings: Findings, fields: tuple[str, str]) -> None:
    """Identity, check digits and name; `fields` are the names of VAT number and tax code in the format."""
    if not party.vat and not party.tax_code:
        findings.add("party.nameless_id", row=row, field=role)
    if party.vat.startswith("IT") and not italian_vat_ok(party.vat[2:]):
        findings.add("vat.check_digit", row=row, field=f"{role}/{fields[0]}", value=party.vat)
    if party.tax_code and party.country in {"", "IT"} and not tax_code_ok(party.tax_code):
        findings.add("tax_code.check_digit", row=row, field=f"{role}/{fields[1]}", value=party.tax_code)
    if not party.name:
        findings.add("party.no_name", row=row, field=role)
