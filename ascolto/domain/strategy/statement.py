# SPDX-License-Identifier: Apache-2.0
"""The statement of account as a customer may read it: the account, what is contested or promised, interest simulated."""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import override

from ascolto.domain.access.viewer import Viewer
from ascolto.domain.agreements.models import Promise
from ascolto.domain.agreements.queries import promises_of
from ascolto.domain.agreements.standing import Standing, standings
from ascolto.domain.care.models import CareCase
from ascolto.domain.care.queries import cases_of
from ascolto.domain.ledger.account import Account, account_of
from ascolto.domain.ledger.interest import CustomerInterest, interest_as_of
from ascolto.domain.outreach import formats
from ascolto.domain.outreach.composed import common_words
from ascolto.domain.outreach.letters import Section, Sheet, render_sheet
from ascolto.domain.portfolio.models import Customer


@dataclass(frozen=True)
class Statement:
    """Everything one statement tells; nothing in it is asked of the database again."""

    account: Account
    interest: CustomerInterest
    disputes: tuple[CareCase, ...]
    promises: tuple[Promise, ...]
    plans: tuple[Standing, ...] = ()

    @property
    def disputed_cents(self) -> int:
        return sum(case.disputed_cents for case in self.disputes)


def statement_of(
    viewer: Viewer, customer_id: int, as_of: dt.date, *, from_on: dt.date | None = None, currency: str = "EUR"
) -> Statement:
    """The statement as known on `as_of`. Interest is simulated, never asked for here. Stranger: Http404."""
    account = account_of(viewer, customer_id, as_of, from_on=from_on, currency=currency)
    disputes = cases_of(viewer, customer_id).filter(
        kind=CareCase.Kind.DISPUTE, opened_on__lte=as_of, invoice__currency=currency
    )
    promises = promises_of(viewer, customer_id).filter(made_on__lte=as_of)
    return Statement(
        account, interest_as_of(viewer, customer_id, as_of),
        tuple(case for case in disputes if case.closed_on is None or case.closed_on > as_of),
        tuple(one for one in promises if one.judged_on is None or one.judged_on > as_of),
        standings(viewer, customer_id, as_of, from_on) if currency == "EUR" else (),
    )  # fmt: skip


def kind_words() -> dict[str, str]:
    """The kinds of movement in words, in the language in force."""
    return {"invoice": _("Invoice"), "interest": _("Late interest"), "expenses": _("Recovery costs"), "money": _("Payment"), "credit_note": _("Credit note"),
            "write_off": _("Write-off"), "reversed": _("Taken back")}  # fmt: skip


def statement_pdf(statement: Statement) -> bytes:
    """The statement as PDF in the customer's language."""
    return render_sheet(statement_sheet(statement))


def statement_sheet(statement: Statement) -> Sheet:
    """The statement as a document in the customer's language."""
    account, customer = statement.account, statement.account.customer
    language = "en" if customer.language.startswith("en") else "it"
    with override(language):
        say = _Words(account.currency, language)
        title = _("Statement of account as of %(day)s") % {"day": say.day(account.as_of)}
        return Sheet(
            title=title, language=language, on=account.as_of, author=customer.client.name,
            from_lines=client_lines(customer), to_lines=customer_lines(customer),
            intro=_intro(statement, say), sections=[part for part in _sections(statement, say) if part.rows or part.text],
            page_words=page_words(language), footer=f"{customer.client.name} · {customer.number} {customer.name}",
        )  # fmt: skip


def page_words(language: str) -> tuple[str, str]:
    """`Pagina`, `di`."""
    words = common_words(language)["words"]
    return words["page"], words["of"]


def client_lines(customer: Customer) -> list[str]:
    """Who writes."""
    client = customer.client
    return [line for line in (client.name, client.address, client.phone, client.email, client.vat) if line]


def customer_lines(customer: Customer) -> list[str]:
    """Whom it is about, with address and tax codes."""
    place = " ".join(part for part in (customer.postcode, customer.city, customer.province) if part)
    codes = " · ".join(dict.fromkeys(code for code in (customer.vat, customer.tax_code) if code))
    return [line for line in (f"{customer.name} ({customer.number})", customer.street, place, codes) if line]


@dataclass(frozen=True)
class _Words:
    currency: str
    language: str

    def money(self, cents: int) -> str:
        return formats.money(cents, self.currency, self.language)

    def day(self, on: dt.date) -> str:
        return formats.day(on, self.language)


def _intro(statement: Statement, say: _Words) -> list[str]:
    account = statement.account
    lines = [_("Balance: %(balance)s, of which %(overdue)s overdue.") % {
        "balance": say.money(account.closing_cents), "overdue": say.money(account.overdue_cents)}]  # fmt: skip
    if account.on_account_cents:
        lines.append(_("Received and not yet tied to an invoice: %(cents)s, already taken off the balance.")
                     % {"cents": say.money(account.on_account_cents)})  # fmt: skip
    if account.others:
        lines.append(_("Invoices in other currencies (%(which)s) are not counted here.")
                     % {"which": ", ".join(account.others)})  # fmt: skip
    return lines


def _sections(statement: Statement, say: _Words) -> list[Section]:
    return [_items(statement, say), _movements(statement, say), _disputes(statement, say), _promises(statement, say),
            *plan_sections(statement.plans, say.currency, say.language),
            interest_section(statement.interest, say.currency, say.language)]  # fmt: skip


def _items(statement: Statement, say: _Words) -> Section:
    account = statement.account
    rows = [
        [item.number, say.day(item.issued_on), say.day(item.due_on), say.money(item.amount_cents),
         say.money(item.balance_cents)]
        for item in account.items
    ]  # fmt: skip
    return Section(
        _("Open instalments"), () if rows else [_("Nothing is open.")],
        [_("Invoice"), _("Issued"), _("Due"), _("Amount"), _("Still open")], ["wide", "left", "left", "right", "right"],
        rows, [_("Total"), "", "", "", say.money(account.open_cents)],
    )  # fmt: skip


def _movements(statement: Statement, say: _Words) -> Section:
    account, words = statement.account, kind_words()
    rows = [
        [say.day(line.on), f"{words[line.kind]} {line.document}".strip(), say.day(line.value_on), say.money(line.cents),
         say.money(line.balance_cents)]
        for line in account.movements
    ]  # fmt: skip
    if account.from_on:
        rows.insert(0, [say.day(account.from_on), _("Opening balance"), "", "", say.money(account.opening_cents)])
    return Section(
        _("Movements"), (), [_("Day"), _("What"), _("Value date"), _("Amount"), _("Account balance")],
        ["left", "wide", "left", "right", "right"], rows,
        [say.day(account.as_of), _("Closing balance"), "", "", say.money(account.closing_cents)],
    )  # fmt: skip


def _disputes(statement: Statement, say: _Words) -> Section:
    rows = [
        [case.invoice.number if case.invoice else "", case.reason, say.day(case.opened_on), say.money(case.disputed_cents)]
        for case in statement.disputes
    ]  # fmt: skip
    return Section(_("Contested and being looked into"), (), [_("Invoice"), _("Reason"), _("Since"), _("Amount")],
                   ["left", "wide", "left", "right"], rows)  # fmt: skip


def _promises(statement: Statement, say: _Words) -> Section:
    rows = [[say.day(one.made_on), say.day(one.due_on), say.money(one.amount_cents)] for one in statement.promises]
    return Section(_("Promised"), (), [_("Said on"), _("By the day"), _("Amount")], ["left", "wide", "right"], rows)


def plan_sections(plans: tuple[Standing, ...], currency: str, language: str) -> list[Section]:
    """Each plan with its calendar and how it stood on the day."""
    say, found = _Words(currency, language), []
    for one in plans:
        plan = one.plan
        rows = [
            [str(line.part.number), say.day(line.part.due_on), say.money(line.part.amount_cents),
             say.money(line.part.interest_cents), say.money(line.paid_cents), line.word]
            for line in one.lines
        ]  # fmt: skip
        told = [_("Accepted on %(day)s by %(who)s. State: %(state)s.") % {
            "day": say.day(plan.accepted_on) if plan.accepted_on else "–", "who": plan.accepted_by,
            "state": one.status_word,
        }]  # fmt: skip
        if one.running and one.owed.cents:
            told.append(_("Settled early on this day it would take %(cents)s.") % {"cents": say.money(one.owed.cents)})
        told += [f"{row['id']}: {row['article']}" for row in plan.interest_law] if plan.interest_cents else []
        found.append(Section(
            _("Plan of %(day)s") % {"day": say.day(plan.proposed_on)}, told,
            [_("No."), _("Day"), _("Amount"), _("Of which interest"), _("Paid"), _("State")],
            ["left", "left", "right", "right", "right", "wide"], rows,
            [_("Total"), "", say.money(plan.total_cents), say.money(plan.interest_cents), say.money(one.paid_cents), ""],
        ))  # fmt: skip
    return found


def interest_section(interest: CustomerInterest, currency: str, language: str) -> Section:
    """Late interest with its sources; a simulation as of the day, not a request."""
    say = _Words(currency, language)
    head = [_("Invoice"), _("Due"), _("Runs from"), _("Days"), _("Interest"), _("Flat sum")]
    rows = [
        [line.invoice_number, say.day(line.due_on), say.day(line.runs_from) if line.runs_from else "–", str(line.days),
         say.money(line.interest_cents), say.money(line.fixed_sum_cents)]
        for line in interest.lines
    ]  # fmt: skip
    total = [_("Total"), "", "", "", say.money(interest.interest_cents), say.money(interest.fixed_sum_cents)]
    told = [_("Simulated as of the day of this statement; it is not asked for here."), *interest.warnings]
    told += [
        f"{row.id}: {row.article} ({row.source})" if row.article else f"{row.id}: {row.source}" for row in interest.rows
    ]
    if interest.gap:
        told = [interest.gap]
    return Section(_("Late interest (simulation)"), told if rows or interest.gap else (), head,
                   ["wide", "left", "left", "right", "right", "right"], rows, total if rows else ())  # fmt: skip
