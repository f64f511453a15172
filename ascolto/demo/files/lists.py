# SPDX-License-Identifier: Apache-2.0
"""Lists as Italian programs export them: semicolons, dd/mm/yyyy, decimal comma; and the profiles that read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ascolto.demo.bank import Movement
from ascolto.demo.billing import Bill
from ascolto.demo.clients import DemoClient
from ascolto.demo.population import Person

CUSTOMER_HEADERS = (
    "Cod. anagrafica",
    "Nominativo",
    "Codice fiscale",
    "Partita IVA",
    "Indirizzo",
    "CAP",
    "Comune",
    "Prov.",
    "E-mail",
    "PEC",
    "Telefono",
    "Lingua",
    "Tipo",
)
RENT_HEADERS = (
    "Cod. inquilino",
    "Intestatario",
    "Contratto",
    "Documento",
    "Emesso il",
    "Scade il",
    "Importo €",
    "Causale",
    "Codice avviso",
)
CUSTOMER_PROFILE: dict[str, Any] = {
    "kind": "customers",
    "columns": dict(
        zip(
            (
                "customer_number",
                "customer_name",
                "tax_code",
                "vat",
                "address",
                "zip",
                "city",
                "province",
                "email",
                "pec",
                "phone",
                "language",
                "customer_kind",
            ),
            CUSTOMER_HEADERS,
            strict=True,
        )
    ),
}
RENT_PROFILE: dict[str, Any] = {
    "kind": "open_items",
    "columns": dict(
        zip(
            (
                "customer_number",
                "customer_name",
                "account_number",
                "invoice_number",
                "issued_on",
                "due_on",
                "amount_cents",
                "description",
                "reference",
            ),
            RENT_HEADERS,
            strict=True,
        )
    ),
    "date_order": "dmy",
    "decimal": "comma",
    "encoding": "cp1252",
    "delimiter": ";",
}
BANK_HEADERS = (
    "Data contabile", "Data valuta", "Importo", "Descrizione", "Ordinante", "IBAN ordinante", "CRO", "Saldo",
)  # fmt: skip
BANK_FIELDS = (
    "booked_on", "value_on", "entry_cents", "told", "payer_name", "payer_iban", "bank_reference", "running_cents",
)  # fmt: skip
BANK_PROFILE: dict[str, Any] = {
    "kind": "bank",
    "columns": dict(zip(BANK_FIELDS, BANK_HEADERS, strict=True)),
    "date_order": "dmy",
    "decimal": "comma",
}
_KINDS = {"consumer": "Privato", "business": "Azienda", "public": "Pubblica amministrazione"}


def customers(people: Iterable[Person]) -> bytes:
    """The customer list, in UTF-8 with the mark that spreadsheets like."""
    rows = (
        (
            p.number,
            p.name,
            p.tax_code,
            p.vat,
            p.street,
            p.postcode,
            p.city,
            p.province,
            p.email,
            p.pec,
            p.phone,
            p.language,
            _KINDS[p.kind],
        )
        for p in people
    )
    return _table(CUSTOMER_HEADERS, rows).encode("utf-8-sig")


def rents(bills: Iterable[Bill], wrong: Sequence[Sequence[str]] = ()) -> bytes:
    """The rents of a month as open items, in the encoding of an old program; `wrong` rows are written as they are."""
    rows = [
        (
            b.person.number,
            b.person.name,
            b.account.number,
            b.number,
            f"{b.issued_on:%d/%m/%Y}",
            f"{due.due_on:%d/%m/%Y}",
            euro(due.cents),
            b.description,
            due.reference,
        )
        for b in bills
        for due in b.dues
    ]
    return _table(RENT_HEADERS, [*rows, *map(tuple, wrong)]).encode("cp1252", "replace")


def bank(client: DemoClient, opening_cents: int, movements: Sequence[Movement]) -> bytes:
    """The bank's list of entries as one downloads it: the account above, the balance after each."""
    rows, balance = [], opening_cents
    for one in movements:
        balance += one.cents
        day, text = f"{one.on:%d/%m/%Y}", " ".join(filter(None, (one.text, one.reference, one.end_to_end)))
        rows.append((day, day, euro(one.cents), text, one.payer, one.iban, one.id, euro(balance)))
    return f"Conto;{client.iban}\r\n{_table(BANK_HEADERS, rows)}".encode("utf-8-sig")


def euro(cents: int) -> str:
    """1.234,56"""
    whole = f"{abs(cents) // 100:,}".replace(",", ".") + f",{abs(cents) % 100:02d}"
    return f"-{whole}" if cents < 0 else whole


def _table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [";".join(_cell(value) for value in row) for row in (headers, *rows)]
    return "\r\n".join(lines) + "\r\n"


def _cell(value: str) -> str:
    return '"' + value.replace('"', '""') + '"' if any(char in value for char in ';"\n') else value
