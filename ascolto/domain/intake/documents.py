# SPDX-License-Identifier: Apache-2.0
"""What the readers hand over: invoices, notices of SdI, bank statements, rows of open items and of customers.

Plain frozen data, exactly what the file says. Money is whole hundredths of the document's currency
(`*_cents`), dates are dates, identifiers carry no blanks. What the file does not say is None or empty; terms
and defaults of the client are applied later, by staging.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Party:
    """Seller or buyer. `vat` is country and code as written ("IT01234567890"), "" when there is none."""

    vat: str = ""
    tax_code: str = ""
    name: str = ""
    address: str = ""
    zip: str = ""
    city: str = ""
    province: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Instalment:
    """One DettaglioPagamento. `due` is None when the file gives none; `terms_days` run from a date not
    given."""

    due: date | None
    cents: int
    method: str
    iban: str
    payment_reference: str = ""
    terms: str = ""
    due_computed: bool = False
    terms_days: int | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside an invoice. A refused one has no content, and `refusal` is a code of the problem
    catalogue."""

    name: str
    format: str
    size_bytes: int
    refusal: str = ""
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One line: what it is for, its amount as written (net of VAT, as a rule), and the period of its consumption."""

    description: str
    cents: int | None = None
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class InvoiceDoc:
    """One FatturaElettronicaBody.

    `total_cents` is as written (or computed, see `total_computed`) and not signed by the type; `sign` is -1
    for credit notes. `due_cents` is the net to pay: total less split-payment VAT less withholding (DPR 633/72
    art. 17-ter, DPR 600/73 art. 25), unless the total as written is already net of them; `signed_due_cents`
    is what the customer owes, negative for a credit."""

    file: str
    format: str
    body: int
    type: str
    number: str
    issued_on: date
    currency: str
    total_cents: int
    total_computed: bool
    due_cents: int
    seller: Party
    buyer: Party
    withholding_cents: int
    split_payment: bool
    split_vat_cents: int
    sign: int
    receivable: bool
    instalments: tuple[Instalment, ...]
    recipient_code: str = ""
    pec: str = ""
    description: str = ""
    lines: tuple[str, ...] = ()
    purchase_order: str = ""
    contract: str = ""
    cig: str = ""
    cup: str = ""
    related: tuple[tuple[str, date | None], ...] = ()
    attachments: tuple[Attachment, ...] = ()
    row: int | None = None
    detail: tuple[InvoiceLine, ...] = ()

    @property
    def signed_due_cents(self) -> int:
        return -abs(self.due_cents) if self.sign < 0 else self.due_cents


@dataclass(frozen=True, slots=True)
class SdiNoticeDoc:
    """One receipt or notice of SdI about an invoice, known by the name of its file, SdI's number, or its own number.

    `outcome`: delivered, undelivered, discarded, duplicate, accepted, refused, lapsed, attested, outcome_discarded; "" unknown.
    `on` is the day of delivery, else the day on which SdI received the invoice; `errors` are (code, words of SdI)."""

    file: str
    format: str
    type: str
    invoice_file: str
    sdi_id: str
    on: date | None
    outcome: str
    number: str = ""
    year: int | None = None
    errors: tuple[tuple[str, str], ...] = ()
    text: str = ""
    recipient: str = ""
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """A balance of a statement; signed, negative when the account is overdrawn."""

    date: date | None
    cents: int
    currency: str


@dataclass(frozen=True, slots=True)
class EntryDetail:
    """One transaction inside an entry. Its amount informs; money is counted by the entry only."""

    cents: int | None = None
    end_to_end_id: str = ""
    remittance: str = ""
    creditor_reference: str = ""
    counterparty: str = ""
    counterparty_iban: str = ""
    bank_reference: str = ""
    mandate_id: str = ""
    return_reason: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One Ntry. `cents` is signed: money in is positive, also for a reversal (ISO 20022: CdtDbtInd tells the
    direction of this entry, RvslInd only that it undoes an earlier one of the opposite direction)."""

    booked_on: date | None
    value_on: date | None
    cents: int
    currency: str
    status: str = "BOOK"
    reversal: bool = False
    end_to_end_id: str = ""
    remittance: str = ""
    creditor_reference: str = ""
    counterparty: str = ""
    counterparty_iban: str = ""
    bank_reference: str = ""
    mandate_id: str = ""
    return_reason: str = ""
    transaction_code: str = ""
    details: tuple[EntryDetail, ...] = ()
    row: int | None = None


@dataclass(frozen=True, slots=True)
class StatementDoc:
    """One statement of one account; the entries of a large file are a spool. Credits and debits are both counted as positive sums."""

    file: str
    format: str
    identifier: str
    account: str
    currency: str
    opening: Balance | None
    closing: Balance | None
    entries: Sequence[Entry]
    owner: str = ""
    row: int | None = None

    @property
    def credits_cents(self) -> int:
        return sum(entry.cents for entry in self.entries if entry.cents > 0)

    @property
    def debits_cents(self) -> int:
        return -sum(entry.cents for entry in self.entries if entry.cents < 0)


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection order, or what the bank says of it. `number` is the creditor's own: receipt or end-to-end id.

    `outcome`: requested, recalled, accepted, pending, settled, rejected, returned, or unknown, which is for a person;
    `code` is the bank's. `cents` as signed in the flow (RiBa and MAV orders are negative)."""

    number: str
    cents: int | None
    due_on: date | None
    outcome: str
    code: str
    customer: str = ""
    customer_number: str = ""
    tax_code: str = ""
    reference: str = ""
    mandate_id: str = ""
    row: int | None = None


@dataclass(frozen=True, slots=True)
class CollectionDoc:
    """One flow of collection orders (RiBa, MAV), or one report of the bank on orders (pain.002). No money moves by it:
    that is told by the statement."""

    file: str
    format: str
    identifier: str
    sender: str
    orders: tuple[Collection, ...]
    outcome: str = ""
    row: int | None = None


@dataclass(frozen=True, slots=True)
class OpenItemRow:
    """One good row of an open-item list: `values` by our field names (dates, cents and text already
    typed)."""

    file: str
    row: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """One good row of a customer list: `values` by our field names, as in `OpenItemRow`."""

    file: str
    row: int
    values: Mapping[str, Any]


Document = InvoiceDoc | SdiNoticeDoc | StatementDoc | CollectionDoc | OpenItemRow | CustomerRow
