# SPDX-License-Identifier: Apache-2.0
"""The fields of our lists: their type, and the headers under which Italian and English programs write
them.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from ..profile import BANK, CUSTOMERS, OPEN_ITEMS

Type = Literal["text", "code", "date", "money", "number", "email"]


class Field(NamedTuple):
    """Type and known headers; `lists` are the kinds of list in which the field makes sense."""

    type: Type
    headers: tuple[str, ...]
    lists: tuple[str, ...] = (OPEN_ITEMS, CUSTOMERS)


def _field(type: Type, headers: str, *lists: str) -> Field:
    return Field(type, tuple(header.strip() for header in headers.split("|")), lists or (OPEN_ITEMS, CUSTOMERS))


FIELDS: dict[str, Field] = {
    "customer_number": _field(
        "code",
        "codice cliente|cod cliente|cod cli|codice|numero cliente|n cliente|id cliente|conto cliente|"
        "codice anagrafica|codice conto|sottoconto|customer number|customer no|customer id|customer code|"
        "cust number|customer|cliente id|business partner|sap id|codice utente|codice inquilino|"
        "codice assegnatario|cod",
    ),
    "customer_name": _field(
        "text",
        "ragione sociale|cliente|nome cliente|denominazione|intestatario|nominativo|descrizione cliente|"
        "ragione sociale cliente|rag soc|nome e cognome|cognome e nome|customer name|name|company|"
        "company name|account name|name customer|inquilino|assegnatario|nome",
    ),
    "vat": _field("code", "partita iva|p iva|piva|part iva|vat|vat number|vat id|vat no|partita iva cf|id fiscale iva"),
    "tax_code": _field("code", "codice fiscale|cod fiscale|cod fisc|c f|cf|tax code|fiscal code|tax id"),
    "email": _field("email", "email|e mail|mail|posta elettronica|indirizzo email|email address|email cliente"),
    "pec": _field("email", "pec|indirizzo pec|posta certificata|email pec|certified email", CUSTOMERS, OPEN_ITEMS),
    "phone": _field("text", "telefono|tel|cellulare|cell|recapito telefonico|numero telefono|phone|mobile|telephone"),
    "address": _field("text", "indirizzo|via|sede|indirizzo sede|indirizzo cliente|address|street|street address"),
    "zip": _field("code", "cap|codice postale|c a p|zip|zip code|postal code|postcode"),
    "city": _field("text", "citta|comune|localita|luogo|city|town|citta cliente"),
    "province": _field("code", "provincia|prov|pr|sigla provincia|province|county"),
    "country": _field("code", "nazione|paese|stato|country|cod nazione|country code"),
    "language": _field("code", "lingua|language|lang|codice lingua"),
    "customer_kind": _field(
        "code",
        "tipo cliente|tipologia cliente|categoria cliente|segmento|customer type|customer kind|segment|natura",
    ),
    "vulnerable": _field(
        "text", "cliente tutelato|tutelato|vulnerabile|cliente vulnerabile|protected|vulnerable", CUSTOMERS
    ),
    "salesperson": _field("text", "agente|venditore|commerciale|salesperson|sales rep|sales representative", CUSTOMERS),
    "recipient_code": _field("code", "codice destinatario|codice sdi|codice univoco|sdi|recipient code", CUSTOMERS),
    "account_number": _field(
        "code",
        "utenza|codice utenza|numero utenza|pod|pdr|contratto|numero contratto|codice contratto|"
        "codice fornitura|punto di fornitura|matricola|unita immobiliare|account number|account|contract|"
        "contract number|lease",
    ),
    "invoice_number": _field(
        "code",
        "numero fattura|n fattura|num fattura|fattura|nr fattura|fattura n|numero documento|n documento|"
        "num doc|nr documento|n doc|documento|doc|numero doc|riferimento documento|rif fattura|numero|"
        "bolletta|numero bolletta|invoice number|invoice no|invoice|invoice id|doc id|document number|"
        "document no|document|bill number",
        OPEN_ITEMS,
    ),
    "issued_on": _field(
        "date",
        "data fattura|data documento|data emissione|data doc|data|emissione|del|data reg|"
        "data registrazione|invoice date|document date|issue date|issued|date|document create date|"
        "posting date|bill date",
        OPEN_ITEMS,
    ),
    "due_on": _field(
        "date",
        "data scadenza|scadenza|scad|data scad|scade il|scadenza rata|data scadenza pagamento|due date|"
        "due|due in date|payment due|due on|maturity|net due date|baseline due date",
        OPEN_ITEMS,
    ),
    "amount_cents": _field(
        "money",
        "importo fattura|totale fattura|importo documento|totale documento|totale|importo totale|importo|"
        "importo rata|importo originario|imponibile e iva|invoice amount|total|total amount|amount|"
        "gross amount|document amount|total open amount",
        OPEN_ITEMS,
    ),
    "open_cents": _field(
        "money",
        "residuo|importo residuo|saldo|importo aperto|scoperto|da incassare|da pagare|importo insoluto|"
        "insoluto|importo scaduto|partita aperta|dovuto|saldo residuo|open amount|open balance|balance|"
        "outstanding|outstanding amount|amount due|remaining|balance due|residual",
        OPEN_ITEMS,
    ),
    "instalment": _field(
        "number",
        "rata|numero rata|n rata|nr rata|rata n|progressivo rata|instalment|installment|instalment number",
        OPEN_ITEMS,
    ),
    "currency": _field("code", "valuta|divisa|currency|invoice currency|curr|ccy"),
    "iban": _field("code", "iban|codice iban|coordinate bancarie|conto corrente|iban cliente"),
    "reference": _field(
        "text",
        "riferimento|rif|causale pagamento|codice pagamento|iuv|codice avviso|riferimento pagamento|"
        "reference|payment reference|our reference",
        OPEN_ITEMS,
    ),
    "period_from": _field(
        "date",
        "inizio periodo|data inizio periodo|periodo dal|dal|consumi dal|competenza dal|inizio competenza|"
        "inizio consumo|period start|period from|from date",
        OPEN_ITEMS,
    ),
    "period_to": _field(
        "date",
        "fine periodo|data fine periodo|periodo al|al|consumi al|competenza al|fine competenza|fine consumo|"
        "period end|period to|to date",
        OPEN_ITEMS,
    ),
    "description": _field("text", "descrizione|causale|oggetto|note|descrizione documento|description|subject|notes"),
}

# A bank's list of entries. "Valuta" is a day here unless its cells are currencies (see table_mapping).
FIELDS |= {
    "booked_on": _field(
        "date",
        "data contabile|data operazione|data registrazione|data movimento|data mov|data cont|data contab|data op|data|"
        "booking date|booked|transaction date|posting date|date",
        BANK,
    ),
    "value_on": _field("date", "data valuta|valuta|val|data val|value date|value", BANK),
    "entry_cents": _field(
        "money",
        "importo|importo movimento|importo operazione|importo eur|importo euro|importo in euro|importo €|ammontare|"
        "movimento|amount|transaction amount",
        BANK,
    ),
    "in_cents": _field(
        "money", "avere|entrate|entrata|accrediti|accredito|importo avere|importo accrediti|importo a credito|a credito|"
        "crediti|credit|credits|money in|paid in", BANK,
    ),
    "out_cents": _field(
        "money", "dare|uscite|uscita|addebiti|addebito|importo dare|importo addebiti|importo a debito|a debito|debiti|"
        "debit|debits|money out|paid out", BANK,
    ),
    "direction": _field("text", "segno|d a|dare avere|segno movimento|segno operazione|sign|dc|cd|debit credit", BANK),
    "told": _field(
        "text",
        "descrizione|descrizione operazione|causale|descrizione movimento|operazione|dettagli|causale descrizione|"
        "description|details|remittance information",
        BANK,
    ),
    "told_more": _field(
        "text",
        "descrizione estesa|descrizione completa|descrizione aggiuntiva|dettaglio|informazioni aggiuntive|note|"
        "causale pagamento|ulteriori informazioni|additional information|memo",
        BANK,
    ),
    "told_last": _field("text", "riferimenti|riferimento|rif|altre informazioni|reference", BANK),
    "payer_name": _field(
        "text",
        "ordinante|controparte|nome controparte|ordinante beneficiario|beneficiario ordinante|beneficiario|mittente|"
        "counterparty|payer|name",
        BANK,
    ),
    "payer_iban": _field("code", "iban ordinante|iban controparte|iban mittente|counterparty iban|payer iban", BANK),
    "end_to_end_id": _field("code", "end to end id|end to end|e2e|identificativo end to end|endtoendid", BANK),
    "bank_reference": _field(
        "code", "cro|trn|cro trn|numero operazione|codice operazione|id operazione|id transazione|riferimento banca|"
        "transaction id|bank reference", BANK,
    ),
    "running_cents": _field(
        "money", "saldo|saldo contabile|saldo progressivo|saldo dopo l operazione|balance|running balance", BANK
    ),
    "own_iban": _field("code", "iban|conto|conto corrente|numero conto|rapporto|numero rapporto|account|account number", BANK),
    "entry_currency": _field("code", "divisa|valuta|currency|ccy", BANK),
}  # fmt: skip

# Who owes and what: without these a row is nobody's open item.
IDENTITIES = ("customer_number", "vat", "tax_code", "customer_name")


def fields_of(kind: str) -> dict[str, Field]:
    """The fields of one kind of list."""
    return {name: spec for name, spec in FIELDS.items() if kind in spec.lists}
