# SPDX-License-Identifier: Apache-2.0
"""Every problem that reading can find: its severity, what is wrong, and what was expected or what to do.

A table of words and nothing else. An error refuses (a file, a document, a row); a warning lets it count.
"""

from __future__ import annotations

from typing import Literal, NamedTuple


def _(msgid: str) -> str:
    """Marks words for translation; they are said later, by `Problem`, in the language of the reader."""
    return msgid


class Trouble(NamedTuple):
    """English msgids, with named parameters for `%`."""

    severity: Literal["error", "warning"]
    problem: str
    expected: str = ""


def _error(problem: str, expected: str = "") -> Trouble:
    return Trouble("error", problem, expected)


def _warning(problem: str, expected: str = "") -> Trouble:
    return Trouble("warning", problem, expected)


_FILE = {
    "file.missing": _error(_("There is no such file"), _("Check the name and the folder")),
    "file.is_folder": _error(_("This is a folder, not a file"), _("Name the files in it")),
    "file.unreadable": _error(_("The file cannot be opened"), _("A file that you are allowed to read")),
    "file.empty": _error(_("The file is empty"), _("An invoice, a bank statement or a list")),
    "file.too_large": _error(_("The file is too large"), _("At most %(limit)s MB")),
    "file.nul_bytes": _error(
        _("The file has NUL bytes in its text: it is damaged"), _("The file as it was first sent")
    ),
    "file.other_kind": _error(
        _("This is a file of the kind %(kind)s, which is not read here"),
        _("FatturaPA, UBL, CII (.xml, .p7m, .pdf, .zip), camt, MT940, CBI, CSV or XLSX"),
    ),
    "file.unknown": _error(
        _("It cannot be told what kind of file this is"),
        _("FatturaPA, UBL, CII (.xml, .p7m, .pdf, .zip), camt, MT940, CBI, CSV or XLSX"),
    ),
}
_XML = {
    "xml.doctype": _error(
        _("The file declares a document type or entities, which can hide an attack"), _("XML without DOCTYPE")
    ),
    "xml.malformed": _error(
        _("The XML is damaged or cut off, so nothing of it was read: %(detail)s"),
        _("The complete file as it was sent"),
    ),
    "xml.too_deep": _error(_("The elements are nested too deeply"), _("At most %(limit)s levels")),
    "xml.other_root": _error(
        _("This XML is no invoice and no bank statement that is read here: <%(root)s> (%(kind)s)"),
        _("FatturaElettronica, UBL Invoice or CreditNote, CrossIndustryInvoice, or camt.052/053/054"),
    ),
    "xml.namespace": _warning(_("A namespace in the file is not valid; the file was read all the same")),
    "xml.encoding": _warning(_("The file says that its text is %(declared)s; it was read as %(used)s")),
    "xml.sdi_metadata": _warning(_("This file only describes the invoice beside it; there is nothing to import")),
}
_P7M = {
    "p7m.broken": _error(_("The signed envelope is damaged"), _("The .p7m file as it was sent")),
    "p7m.tampered": _error(
        _("The document is not the one that was signed: it was changed or damaged afterwards"),
        _("The .p7m file as it was sent"),
    ),
    "p7m.empty": _error(_("The signature holds no document"), _("A .p7m file with the invoice inside")),
    "p7m.too_deep": _error(_("There are too many envelopes, one inside the other"), _("At most %(limit)s")),
    "p7m.unsigned": _warning(_("The envelope has no signature")),
    "p7m.unverified": _warning(_("The signature could not be checked; the document was read")),
    "p7m.expired": _warning(_("The certificate of the signer had expired on %(until)s; the document was read")),
}
_ZIP = {
    "zip.broken": _error(_("The archive is damaged"), _("A complete .zip file")),
    "zip.empty": _error(_("The archive is empty"), _("At least one file in it")),
    "zip.too_many": _error(_("The archive has too many files"), _("At most %(limit)s")),
    "zip.too_large": _error(_("The archive grows too large when it is opened (%(name)s)"), _("At most %(limit)s MB")),
    "zip.bomb": _error(
        _("“%(name)s” grows more than %(limit)s times when it is opened, as an attack would"),
        _("Ordinary files"),
    ),
    "zip.too_deep": _error(_("An archive in an archive in an archive is not opened"), _("At most one inside another")),
    "zip.member_name": _error(_("The name “%(name)s” leads out of the archive"), _("A plain file name")),
    "zip.member_encrypted": _error(_("“%(name)s” is protected by a password"), _("An archive without password")),
    "zip.member_broken": _error(_("“%(name)s” is damaged in the archive"), _("A complete .zip file")),
}
_FIELDS = {
    "amount.unreadable": _error(_("“%(value)s” is no amount"), _("Digits and a decimal point, such as 1234.56")),
    "amount.comma": _warning(_("“%(value)s” was read with a decimal comma"), _("A decimal point, such as 1234.56")),
    "date.unreadable": _error(_("“%(value)s” is no date"), _("A date such as 2026-01-31")),
    "date.impossible": _error(_("The date “%(value)s” does not exist"), _("A date of the calendar")),
    "date.impossible_ignored": _warning(_("The date “%(value)s” does not exist and was left out")),
    "date.implausible": _warning(_("The date “%(value)s” can hardly be right"), _("A date between 1990 and 2100")),
    "days.unreadable": _warning(_("“%(value)s” is no number of days and was left out"), _("Whole days, such as 30")),
    "code.unknown": _warning(_("The code “%(value)s” is not known; it was kept as it is")),
    "vat.check_digit": _warning(
        _("The check digit of the VAT number %(value)s is wrong"), _("Eleven digits whose last one checks the others")
    ),
    "tax_code.check_digit": _warning(
        _("The check character of the tax code %(value)s is wrong"), _("The tax code as on the health card")
    ),
    "iban.check_digit": _warning(
        _("The check digits of the IBAN %(value)s are wrong"), _("The IBAN as the bank writes it")
    ),
    "currency.assumed": _warning(_("No currency is given; EUR was assumed")),
}
_PDF = {
    "pdf.broken": _error(_("The PDF is damaged"), _("The PDF as it was sent")),
    "pdf.locked": _error(_("The PDF is protected by a password"), _("A PDF without password, or its XML")),
    "invoice.pdf_plain": _error(
        _("This PDF is only a picture of an invoice: there is no invoice data in it"),
        _("The XML of the invoice, a Factur-X or ZUGFeRD PDF, or its data entered by hand"),
    ),
    "invoice.pdf_order": _error(
        _("The data in this PDF is an order, not an invoice"), _("The invoice that follows the order")
    ),
}
_INVOICE = {
    "invoice.missing": _error(
        _("A part that every invoice must have is missing"), _("The complete invoice as it was issued")
    ),
    "invoice.body_refused": _error(
        _("Invoice %(body)s of this file was refused; the others count"),
        _("The errors above tell what to mend"),
    ),
    "party.nameless_id": _warning(_("There is neither VAT number nor tax code"), _("One of them, to know whose it is")),
    "party.no_name": _warning(_("There is no name"), _("The name of the firm, or first name and surname")),
    "total.unknown": _error(
        _("There is no total, and nothing from which it could be computed"), _("A total or a tax summary")
    ),
    "total.computed": _warning(_("The invoice states no total; %(total)s was computed from its tax summary")),
    "total.differs": _warning(
        _("The total %(stated)s is not the sum of the tax summary, %(summary)s"),
        _("A total that is the sum of its parts"),
    ),
    "total.net": _warning(
        _("The total %(stated)s is net of withholding or split-payment VAT already (summary: %(summary)s)")
    ),
    "instalment.no_amount": _warning(
        _("A payment has no amount: the only one counts for the whole, one of several is left out")
    ),
    "line.period": _warning(_("The period “%(value)s” of a line is none and was left out")),
    "instalments.differ": _warning(
        _("The instalments add up to %(paid)s, not to the total %(total)s nor to the net to pay %(due)s")
    ),
    "terms.undivided": _warning(
        _("The payment terms name several dates without amounts; all of it was put on the last one, %(used)s")
    ),
    "attachment.virus": _warning(_("The attachment “%(name)s” holds the antivirus test file; it was refused")),
    "attachment.program": _warning(_("The attachment “%(name)s” is a program; it was refused")),
    "attachment.too_large": _warning(_("The attachment “%(name)s” is too large; it was refused")),
    "attachment.unreadable": _warning(_("The attachment “%(name)s” cannot be read; it was left out")),
    "attachment.empty": _warning(_("The attachment “%(name)s” is empty")),
}
_NOTICE = {
    "notice.no_invoice": _error(
        _("The notice does not say of which invoice it speaks"), _("IdentificativoSdI or NomeFile")
    ),
    "notice.discarded_in_book": _warning(
        _("SdI discarded invoice %(number)s, which is among the receivables: by this file it was never issued"),
        _("Put it on hold, and issue it again or record a credit note"),
    ),
    "invoice.discarded": _warning(
        _("SdI discarded invoice %(number)s: it was never issued, so nobody owes it"),
        _("The corrected invoice, issued again"),
    ),
}
_STATEMENT = {
    "statement.missing": _error(_("There is no statement in this bank message"), _("At least one account statement")),
    "statement.refused": _error(
        _("The statement of account %(account)s was refused; the others count"),
        _("The errors above tell what to mend"),
    ),
    "statement.unbalanced": _warning(
        _("Opening balance and entries give %(computed)s, the closing balance is %(closing)s"),
        _("A closing balance of %(computed)s, or the missing entries"),
    ),
    "statement.currencies": _warning(
        _("Balances and entries are in several currencies (%(currencies)s): not compared")
    ),
    "statement.count": _warning(
        _("The bank announces %(stated)s entries; there are %(found)s"), _("As many entries as announced")
    ),
    "statement.undated": _warning(_("%(count)s entries have no booking date")),
    "statement.cut_off": _error(
        _("The statement is cut off: its end is missing, so nothing of the file was taken"),
        _("The complete file as the bank sent it"),
    ),
    "statement.no_closing": _warning(_("The statement has no closing balance; it was read all the same")),
    "balance.unreadable": _error(
        _("“%(value)s” is no balance"), _("C or D, a date, a currency and an amount, such as C261124EUR1234,56")
    ),
    "entry.unreadable": _error(
        _("“%(value)s” is no entry of a statement"), _("A value date, C or D, and an amount, such as 261124C1234,56")
    ),
    "cbi.cut_off": _error(
        _("The flow is cut off: its end record (EF) is missing, so nothing of the file was taken"),
        _("The complete file as the bank sent it"),
    ),
    "cbi.outside": _error(
        _("“%(value)s” stands where no such record can be, so nothing of the file was taken"),
        _("A CBI flow from its header to EF, records of 120 characters"),
    ),
    "cbi.count": _warning(_("The end record announces %(stated)s records; there are %(found)s")),
    "cbi.other_flow": _error(
        _("This is a CBI flow of the kind %(kind)s, which is not read here"), _("A statement (RH), RiBa or MAV")
    ),
    "collection.sums": _error(
        _("The end record announces %(stated)s; there is %(found)s, so nothing of the flow was taken"),
        _("The complete flow, with its own counts and sums"),
    ),
    "collection.no_status": _error(
        _("The report tells the status of nothing"), _("A status of the group or of its transactions")
    ),
    "rh.count": _warning(_("The end record announces %(stated)s statements; there are %(found)s")),
    "entry.no_amount": _error(_("There is no amount"), _("An amount with its currency")),
    "entry.negative": _warning(_("The amount %(value)s is negative; it was reckoned as it stands")),
    "entry.direction": _error(_("“%(value)s” does not tell money in from money out"), _("CRDT or DBIT")),
}
_TABLE = {
    "table.broken": _error(_("The table is damaged"), _("A complete CSV or XLSX file")),
    "table.empty": _error(_("The table is empty"), _("A row of headers and at least one row")),
    "table.password": _error(_("The spreadsheet is protected by a password"), _("A spreadsheet without password")),
    "table.encoding": _error(_("The text is not in the encoding %(value)s"), _("The encoding of the profile")),
    "table.too_long": _error(_("The table has too many rows"), _("At most %(limit)s rows; split the file")),
    "table.no_sheet": _error(_("There is no sheet “%(value)s”"), _("One of: %(sheets)s")),
    "table.no_headers": _error(
        _("No row with headers that are known was found"),
        _("Column headers, or a mapping profile for this list"),
    ),
    "table.no_column": _error(_("The file does not have the columns of the profile: %(columns)s"), _("These columns")),
    "table.no_identity": _error(
        _("No column tells who the customer is"), _("Customer number, name, VAT number or tax code")
    ),
    "table.no_amount": _error(_("No column tells the amount"), _("The amount or the open amount")),
    "table.no_date": _error(_("No column tells the date"), _("The due date or the date of the invoice")),
    "column.dates_assumed": _warning(
        _("Nothing in this column tells day from month; it was read as %(order)s"),
        _("Confirm it in the profile"),
    ),
    "column.dates_neighbour": _warning(
        _("Nothing in this column tells day from month; it was read as %(order)s like its neighbours"),
        _("Confirm it in the profile"),
    ),
    "column.dates_mixed": _warning(
        _("Days and months stand in both orders in this column; it was read as %(order)s"),
        _("One order in the whole column"),
    ),
    "column.dates_swapped": _warning(
        _("Some cells are real dates, others text: a spreadsheet seems to have swapped days and months"),
        _("The list exported again, with dates as text or as dates throughout"),
    ),
    "column.amounts_assumed": _warning(
        _("Nothing in this column tells thousands from decimals; it was read as in %(style)s"),
        _("Confirm it in the profile"),
    ),
    "column.amounts_mixed": _warning(
        _("Amounts are written in both styles in this column; it was read as in %(style)s"),
        _("One style in the whole column"),
    ),
    "row.date": _error(_("“%(value)s” is no date here"), _("A date as %(order)s, like the rest of the column")),
    "row.amount": _error(_("“%(value)s” is no amount here"), _("An amount written like the rest of the column")),
    "row.number": _error(_("“%(value)s” is no whole number"), _("A whole number")),
    "row.no_identity": _error(
        _("The row does not say who the customer is"), _("Customer number, name, VAT number or tax code")
    ),
    "row.no_amount": _error(_("The row has no amount"), _("The amount or the open amount")),
    "row.no_date": _error(_("The row has no date"), _("The due date or the date of the invoice")),
    "row.no_number": _error(_("The row has no invoice number"), _("The number of the invoice, or a reference")),
    "row.too_wide": _error(
        _("The row has more cells than there are columns: a separator inside a text?"), _("%(columns)s cells")
    ),
    "row.total": _warning(_("This row is a total and was left out")),
}
_BANK_LIST = {
    "bank.no_account": _warning(
        _("The list does not say of which account it is"), _("Its IBAN above the table, in a column, or in the mapping")
    ),
    "bank.account_missing": _error(
        _("It is not known of which account these entries are, so they cannot be taken"),
        _("Name the account in the mapping of this list"),
    ),
    "bank.no_day": _error(_("No column tells the day of the entries"), _("The booking date or the value date")),
    "bank.no_amount": _error(
        _("No column tells the amounts of the entries"),
        _("One signed column, or one for money in and one for money out"),
    ),
    "bank.no_cents": _error(_("The row has no amount"), _("An amount of money in or of money out")),
    "bank.both_ways": _error(_("The row has an amount both as money in and as money out"), _("One of the two")),
    "bank.running": _warning(
        _("The running balance does not follow: %(computed)s by the entry before, %(stated)s in the list"),
        _("The whole list as the bank exports it"),
    ),
}

_STAGING = {
    "file.known": _warning(
        _("This very file came already on %(date)s, in delivery %(batch)s"),
        _("Nothing to do: it is not taken twice"),
    ),
    "table.unmapped": _error(
        _("It is not known yet what the columns of this list mean"),
        _("Map the columns once; it is remembered"),
    ),
    "invoice.other_company": _error(
        _("This invoice was issued by %(seller)s, so it belongs to another company"),
        _("Issued by %(client)s"),
    ),
    "invoice.purchase": _warning(_("%(client)s is the buyer here: a purchase, nobody owes it to us")),
    "invoice.self_billing": _warning(
        _("Documents of the type %(type)s are written by the buyer about its own purchase: nobody owes it to us")
    ),
    "invoice.pro_forma": _warning(_("A pro forma asks for no payment yet: its invoice will")),
    "invoice.currency": _warning(
        _("The amount is in %(currency)s; it is counted unit for unit as euro in the figures")
    ),
    "instalments.alternatives": _warning(
        _(
            "Each of several payments asks for the whole amount; they were taken as ways to pay it once, the first counts"
        )
    ),
    "invoice.nothing_due": _warning(_("By this document nothing is left to pay")),
    "invoice.below_paid": _error(
        _("The new version of %(number)s asks for less than the %(paid)s that were paid on one instalment already"),
        _("Undo the payment first, or record a credit note"),
    ),
    "invoice.note_used": _error(
        _("Credit note %(number)s was used against invoices already, so it can no longer change"),
        _("Undo its use first"),
    ),
    "invoice.paid_by_another": _error(
        _("The new version of %(number)s names another customer, and this one has paid already"),
        _("Undo the payment first"),
    ),
    "customer.no_identity": _error(
        _("The customer “%(name)s” cannot be told from others of that name"),
        _("Customer number, VAT number, tax code, or an address"),
    ),
    "item.partly_paid": _warning(
        _("Of %(amount)s only %(open)s was still open: that is what is taken over"),
        _("The whole invoice keeps its total"),
    ),
    "item.nothing_open": _warning(_("Nothing of this row is open any more; it was left out")),
    "item.two_customers": _error(
        _("The rows of invoice %(number)s name different customers"), _("One customer for each invoice")
    ),
    "point.email": _warning(_("“%(value)s” is no e-mail address; it was left out"), _("name@example.it")),
    "point.phone": _warning(_("“%(value)s” is no phone number; it was left out"), _("+39 and the number")),
}

CATALOGUE: dict[str, Trouble] = (
    _FILE | _XML | _P7M | _ZIP | _FIELDS | _PDF | _INVOICE | _NOTICE | _STATEMENT | _TABLE | _BANK_LIST | _STAGING
)
