# SPDX-License-Identifier: Apache-2.0
"""From what a file says to what is to be written: the client's terms, who owes, how much is really due.

Pure but for the words of problems: no database, no clock. One `Translation` per document.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ascolto.domain.access.models import Client
from ascolto.domain.intake.documents import Instalment, InvoiceDoc, Party
from ascolto.domain.intake.formats import trade
from ascolto.domain.intake.formats.values import in_units
from ascolto.domain.intake.problems import Findings
from ascolto.domain.portfolio import normalise
from ascolto.domain.portfolio.drafts import CustomerDraft, InstalmentDraft, InvoiceDraft, LineDraft, PointDraft

_KINDS = {"TD05": "debit_note", "80": "debit_note", "84": "debit_note", "383": "debit_note"}
_OFFICE_CODE = 6
"""Length of CodiceDestinatario of a public office (Codice Univoco Ufficio, FPA12); seven for everybody else."""


@dataclass(frozen=True, slots=True)
class Translation:
    """A draft, or None when the document is `ignored` (no receivable) or wrong (see the findings)."""

    draft: InvoiceDraft | None
    ignored: bool = False


def of_invoice(doc: InvoiceDoc, client: Client, findings: Findings) -> Translation:
    """What an invoice asks of whom, as a receivable of `client`."""
    draft = _draft(doc, client)
    where: dict[str, Any] = {"row": doc.row}
    if not doc.receivable:
        pro_forma = doc.type in trade.NO_RECEIVABLE
        problem = "invoice.pro_forma" if pro_forma else "invoice.self_billing"
        findings.add(problem, field="TipoDocumento", type=doc.type, **where)
        return Translation(draft, ignored=True)
    if _known(client) and not _is(doc.seller, client):
        if _is(doc.buyer, client):
            findings.add("invoice.purchase", field="CessionarioCommittente", client=client.name, **where)
            return Translation(draft, ignored=True)
        seller = doc.seller.name or doc.seller.vat
        findings.add("invoice.other_company", field="CedentePrestatore", seller=seller, client=client.name, **where)
    if not draft.customer.identified:
        findings.add("customer.no_identity", field="CessionarioCommittente", name=draft.customer.name, **where)
    if doc.currency != "EUR":
        findings.add("invoice.currency", field="Divisa", currency=doc.currency, **where)
    if len(_ways(doc)) < len(doc.instalments):
        findings.add("instalments.alternatives", field="DatiPagamento", **where)
    if draft.kind != "credit_note" and not any(item.cents > 0 for item in draft.instalments):
        findings.add("invoice.nothing_due", field="DatiPagamento", **where)
    return Translation(draft)


def _known(client: Client) -> bool:
    return bool(client.vat or client.tax_code)


def _is(party: Party, client: Client) -> bool:
    """Same VAT number or same tax code; the tax code of a firm is often its VAT number without the country."""
    ours = {normalise.vat(client.vat), normalise.vat(client.tax_code)} - {""}
    return bool(ours & {normalise.vat(party.vat), normalise.vat(party.tax_code)})


def _draft(doc: InvoiceDoc, client: Client) -> InvoiceDraft:
    credit = doc.sign < 0 or doc.total_cents < 0
    instalments, from_client = ((), False) if credit else _instalments(doc, client)
    return InvoiceDraft(
        customer=buyer(doc),
        kind="credit_note" if credit else _KINDS.get(doc.type, "invoice"),
        number=doc.number[:60],
        issued_on=doc.issued_on,
        currency=doc.currency,
        total_cents=abs(doc.total_cents),
        payable_cents=abs(doc.due_cents) if credit else max(doc.due_cents, 0),
        withholding_cents=abs(doc.withholding_cents),
        split_payment=doc.split_payment,
        description=doc.description[:300],
        reference=next((item.payment_reference for item in doc.instalments if item.payment_reference), "")[:60],
        purchase_order=doc.purchase_order[:60],
        cig=doc.cig[:15],
        cup=doc.cup[:15],
        pay_iban=_elsewhere(doc, client),
        undeliverable=_undeliverable(doc),
        account=doc.contract[:60],
        terms_from_client=from_client,
        instalments=instalments,
        lines=tuple(
            LineDraft(description=line.description, cents=line.cents, start=line.start, end=line.end)
            for line in doc.detail
        ),
    )


def _elsewhere(doc: InvoiceDoc, client: Client) -> str:
    """The IBAN that the document names, when it is not the client's own."""
    named = next((item.iban for item in doc.instalments if item.iban), "").replace(" ", "").upper()[:34]
    return "" if named == client.iban.replace(" ", "").upper() else named


def _undeliverable(doc: InvoiceDoc) -> bool:
    """An e-invoice to a firm with the recipient code of nobody (seven zeros) and no PEC: it lies where nobody looks."""
    firm = bool(normalise.vat(doc.buyer.vat))
    return firm and bool(doc.recipient_code) and not doc.recipient_code.strip("0") and not doc.pec


def _instalments(doc: InvoiceDoc, client: Client) -> tuple[tuple[InstalmentDraft, ...], bool]:
    """The open items and whether the client's terms stood in for a date that the document does not give."""
    default_on = doc.issued_on + dt.timedelta(days=client.default_terms_days)
    ways = _ways(doc)
    if not ways:
        return (InstalmentDraft(due_on=default_on, cents=max(doc.due_cents, 0)),), True
    cents = normalise.payable_parts(
        [item.cents for item in ways],
        total_cents=doc.total_cents,
        split_vat_cents=doc.split_vat_cents,
        withholding_cents=doc.withholding_cents,
    )
    found, from_client = [], False
    for item, part in zip(ways, cents, strict=True):
        due = item.due
        if due is None and item.terms_days is not None:
            due = doc.issued_on + dt.timedelta(days=item.terms_days)
        from_client |= due is None
        reference = item.payment_reference[:60]
        found.append(
            InstalmentDraft(due_on=due or default_on, cents=part, method=item.method[:20], reference=reference)
        )
    return tuple(found), from_client


def _ways(doc: InvoiceDoc) -> tuple[Instalment, ...]:
    """The instalments; the first alone when each asks for the whole: ways to pay it, not so many times to pay."""
    whole = {doc.total_cents, doc.due_cents}
    alternatives = len(doc.instalments) > 1 and all(item.cents and item.cents in whole for item in doc.instalments)
    return doc.instalments[:1] if alternatives else doc.instalments


def buyer(doc: InvoiceDoc) -> CustomerDraft:
    """The customer of a FatturaPA document: who is invoiced, what kind it is and how it may be reached."""
    party, vat, tax_code = doc.buyer, normalise.vat(doc.buyer.vat), normalise.tax_code(doc.buyer.tax_code)
    pec = normalise.email(doc.pec)
    return CustomerDraft(
        name=party.name,
        kind=_kind(doc, vat, tax_code),
        vat=vat,
        tax_code=tax_code,
        street=party.address,
        postcode=party.zip,
        city=party.city,
        province=party.province,
        country=party.country or "IT",
        points=(PointDraft(channel="pec", value=pec),) if pec else (),
    )


def _kind(doc: InvoiceDoc, vat: str, tax_code: str) -> str:
    if len(doc.recipient_code) == _OFFICE_CODE:
        return "public"
    if vat or (tax_code and not normalise.is_person(tax_code)):
        return "business"
    return "consumer"


def points_of(values: Mapping[str, Any], findings: Findings, row: int | None) -> tuple[PointDraft, ...]:
    """The mailboxes and numbers of a row; several in one cell are split, an impossible one is told and left out."""
    found: list[PointDraft] = []
    for field, channel in (("email", "email"), ("pec", "pec"), ("phone", "phone")):
        for part in _several(str(values.get(field) or ""), ";," if channel == "phone" else ";, "):
            value = normalise.phone(part, _country(values)) if channel == "phone" else normalise.email(part)
            if value:
                found.append(PointDraft(channel=channel, value=value))
            else:
                findings.add("point.phone" if channel == "phone" else "point.email", row=row, field=field, value=part)
    return tuple(dict.fromkeys(found))


def _several(text: str, separators: str) -> list[str]:
    for separator in separators:
        text = text.replace(separator, ";")
    return [part.strip() for part in text.split(";") if part.strip()]


def _country(values: Mapping[str, Any]) -> str:
    written = str(values.get("country") or "IT").upper()
    return {"ITALIA": "IT", "ITALY": "IT"}.get(written, written if len(written) == 2 else "IT")


_BEGINNINGS = (
    ("public", ("pubbl", "public", "ente ", "comune", "p.a", "pa ")),
    ("business", ("b", "az", "imp", "soc", "company", "firm", "cond", "pmi", "giur", "prof", "ditta")),
    ("consumer", ("dom", "priv", "cons", "house", "res", "pers", "fam", "inquil", "assegn")),
)
_YES = ("1", "s", "si", "sì", "y", "yes", "true", "vero", "x")


def customer_of(values: Mapping[str, Any], findings: Findings, row: int | None) -> CustomerDraft:
    """The customer that a row of a list names."""
    vat, tax_code = (
        normalise.vat(str(values.get("vat") or "")),
        normalise.tax_code(str(values.get("tax_code") or "")),
    )
    language = str(values.get("language") or "").lower()[:2]
    vulnerable = str(values.get("vulnerable") or "").strip().lower()
    draft = CustomerDraft(
        number=str(values.get("customer_number") or "")[:60],
        name=str(values.get("customer_name") or "")[:200],
        kind=_kind_of(str(values.get("customer_kind") or ""), vat, tax_code),
        vat=vat,
        tax_code=tax_code,
        language=language if language in {"it", "en"} else "",
        street=str(values.get("address") or "")[:200],
        postcode=str(values.get("zip") or "")[:12],
        city=str(values.get("city") or "")[:100],
        province=str(values.get("province") or "")[:60],
        country=_country(values) if values.get("country") else "",
        vulnerable=vulnerable in _YES if vulnerable else None,
        salesperson=str(values.get("salesperson") or "")[:120],
        points=points_of(values, findings, row),
    )
    if not draft.identified:
        findings.add("customer.no_identity", row=row, field="customer_number", name=draft.name)
    return draft


def _kind_of(written: str, vat: str, tax_code: str) -> str:
    """Their word for the kind of customer, else what the codes tell; "" when nothing tells."""
    word = f"{written.strip().lower()} "
    for kind, beginnings in _BEGINNINGS:
        if word.startswith(beginnings):
            return kind
    if normalise.is_person(tax_code) and not vat:
        return "consumer"
    return "business" if vat or tax_code else ""


def money(cents: int) -> str:
    """Cents for the parameters of a problem: 123457 is "1234.57"."""
    return in_units(cents)
