# SPDX-License-Identifier: Apache-2.0
"""What cash application must know before it reads a line. Owns: loading it in a handful of queries, once per run."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from django.db.models import Count, Q, Sum

from ascolto.domain.ledger import keys
from ascolto.domain.ledger.models import BY_HAND, BankLine, MatchProposal, Payment
from ascolto.domain.ledger.reaching import find_reach
from ascolto.domain.ledger.rules import rule_on
from ascolto.domain.ledger.sums import items_owing, live, open_items
from ascolto.domain.portfolio.identities import chunks
from ascolto.domain.portfolio.models import Account, Customer, Instalment
from ascolto.engine.allocate import Item
from ascolto.engine.book import Book, Taught, payer_keys
from ascolto.engine.evidence import Expected
from ascolto.engine.match import CROWD, Line, Person
from ascolto.engine.near import near
from ascolto.engine.remittance import compact
from ascolto.engine.settling import Rule

FEW = 20_000
"""Customers up to which the book of everybody is loaded for many lines: it takes a second or two, and needs no reach."""

SMALL = 1_000
"""Customers up to which it is loaded for a single line as well."""

FEW_LINES = 500
"""Lines up to which whom they could mean is looked up, key by key, instead of asking everybody."""

History = dict[str, dict[int, int]]


def book_for(
    client_id: int, lines: Sequence[Line], as_of: dt.date, expected: Sequence[Expected], *, alone: bool = False
) -> Book:
    """The book that `lines` are read against: of everybody, or of a large client those whom some line could mean.

    `alone`: nothing that this transaction has written matters, so that the books may be read by another process.
    """
    rule, said = rule_on(client_id, as_of), taught(client_id)
    count = _how_many(client_id)
    if count > SMALL and len(lines) <= FEW_LINES and keys.serve(client_id, as_of, first=count <= FEW):
        return _near(client_id, lines, as_of, expected, rule, said)
    if count <= FEW:
        return Book(items(client_id, as_of), people(client_id), history(client_id), said, expected, rule)
    past = history(client_id, {line.payer_iban for line in lines})
    found = find_reach(client_id, keys.since(as_of), lines, _known(lines, past, said), expected, alone=alone)
    own = items_owing(client_id, found.balances)
    return Book(own, found.people, past, said, expected, rule, found.left)


def is_small(client_id: int) -> bool:
    """So few customers that nothing need be kept of them for the deeds of the day."""
    return _how_many(client_id) <= SMALL


def _how_many(client_id: int) -> int:
    """Customers of the client, counted no further than it matters."""
    return Customer.objects.filter(client_id=client_id).order_by().values("pk")[: FEW + 1].count()


def _near(
    client_id: int, lines: Sequence[Line], as_of: dt.date, expected: Sequence[Expected], rule: Rule, said: Taught
) -> Book:
    """The book of whom a few lines could mean, by the keys that are kept."""
    kept = keys.KeptKeys(keys.keep(client_id, as_of))
    past = history(client_id, {line.payer_iban for line in lines})
    found = near(kept, lines, _known(lines, past, said), expected)
    own = items(client_id, as_of, found.customer_ids)
    return Book(own, people(client_id, found.customer_ids), past, said, expected, rule, found.left)


def _known(lines: Iterable[Line], past: History, said: Taught) -> set[int]:
    """Whom the payers of lines paid for before, and whose people said that their money is."""
    found = set[int]()
    for line in lines:
        paid_for = past.get(compact(line.payer_iban), {})
        found.update(paid_for if len(paid_for) <= CROWD else ())
        owners = (said.owner(key) for key in payer_keys(line.payer_iban, line.payer_name))
        found.update(owner[0] for owner in owners if owner)
    return found


def items(client_id: int, as_of: dt.date, customer_ids: Collection[int] | None = None) -> list[Item]:
    """Open instalments (of some customers), and those paid lately with their balance of 0."""
    after = keys.since(as_of)
    if customer_ids is None:
        return open_items(client_id, paid_lately=Q(allocations__client_id=client_id, allocations__known_on__gt=after))
    balances: dict[int, int] = {}
    for some in chunks(sorted(customer_ids)):
        rows = Instalment.objects.filter(client_id=client_id, customer_id__in=some)
        balances.update(keys.open_or_lately(rows, after).values_list("pk", "balance_cents"))
    return items_owing(client_id, balances)


def people(client_id: int, customer_ids: Collection[int] | None = None) -> list[Person]:
    """Every customer of the client (or some), with tax codes and account numbers."""
    parts = [None] if customer_ids is None else list(chunks(sorted(customer_ids)))
    return [person for ids in parts for person in _people(client_id, ids)]


def _people(client_id: int, ids: Sequence[int] | None) -> list[Person]:
    rows, theirs = Customer.objects.filter(client_id=client_id), Account.objects.filter(client_id=client_id)
    if ids is not None:
        rows, theirs = rows.filter(pk__in=ids), theirs.filter(customer_id__in=ids)
    accounts: dict[int, list[str]] = defaultdict(list)
    for customer_id, number in theirs.values_list("customer_id", "number"):
        accounts[customer_id].append(number)
    return [
        Person(pk, number, name, tuple(code for code in codes if code), tuple(accounts.get(pk, ())))
        for pk, number, name, *codes in rows.order_by("pk").values_list("pk", "number", "name", "tax_code", "vat")
    ]


def history(client_id: int, ibans: Collection[str] | None = None) -> History:
    """Payer IBAN -> {customer id: standing payments}: whom each account, or each of those named, paid for before."""
    rows = live(Payment.objects.filter(client_id=client_id, kind=Payment.Kind.MONEY, bank_line__client_id=client_id))
    if ibans is None:
        parts = [rows.exclude(bank_line__payer_iban="")]
    else:
        written = {form for iban in ibans for form in (iban, compact(iban)) if form}
        parts = [rows.filter(bank_line__payer_iban__in=some) for some in chunks(sorted(written))]
    found: History = defaultdict(dict)
    for part in parts:
        counted = part.values_list("bank_line__payer_iban", "customer_id").annotate(times=Count("pk")).order_by()
        for iban, customer_id, times in counted:
            past = found[compact(iban)]
            past[customer_id] = past.get(customer_id, 0) + times
    return found


def taught(client_id: int) -> Taught:
    """What people have said about payers: whom they gave their money to, and to whom not. Two queries.

    It is read from standing payments and rejections, so that undoing a confirmation unteaches it.
    """
    rows = live(Payment.objects.filter(client_id=client_id, bank_line__isnull=False))
    # Written out, not bound: SQLite only then sees that the small index of these payments will do.
    by_hand = rows.extra(where=[f"ledger_payment.reason = '{BY_HAND}'"])  # noqa: S610
    told = Taught()
    for iban, name, customer_id, who in by_hand.order_by("pk").values_list(
        "bank_line__payer_iban", "bank_line__payer_name", "customer_id", "author"
    ):
        told.confirm(iban, name, customer_id, who)
    rejections = MatchProposal.objects.filter(client_id=client_id, status=MatchProposal.Status.REJECTED)
    for iban, name, customer_id in rejections.values_list(
        "bank_line__payer_iban", "bank_line__payer_name", "customer_id"
    ):
        told.refuse(iban, name, customer_id)
    return told


def line_of(row: BankLine, left_cents: int) -> Line:
    """A bank line as the engine reads it: what is nobody's yet of it."""
    said = (row.reference, row.remittance, row.payer_name, row.payer_iban, row.booked_on)
    return Line(row.pk, left_cents, row.currency, *said)


def given(client_id: int, line_ids: Collection[int]) -> dict[tuple[int, int], int]:
    """(line, customer) -> the cents of the line that the customer has, of lines split by a person and not done yet."""
    rows = Payment.objects.filter(client_id=client_id, bank_line_id__in=line_ids)
    summed = rows.values_list("bank_line_id", "customer_id").annotate(cents=Sum("amount_cents")).order_by()
    return {(line, customer): cents for line, customer, cents in summed if cents}


def turns(client_id: int, line_ids: Collection[int]) -> dict[int, int]:
    """How many payments each line has had, undone ones included: the next payment's turn."""
    found: dict[int, int] = {}
    for some in chunks(line_ids):
        rows = Payment.objects.filter(client_id=client_id, bank_line_id__in=some, amount_cents__gt=0)
        found.update(rows.values_list("bank_line_id").annotate(n=Count("pk")).order_by())
    return found


def rejected(client_id: int) -> set[tuple[int, int]]:
    """(line, customer) pairs that a person said no to."""
    rows = MatchProposal.objects.filter(client_id=client_id, status=MatchProposal.Status.REJECTED)
    return set(rows.values_list("bank_line_id", "customer_id"))


def seen_before(client_id: int, rows: Collection[BankLine]) -> set[int]:
    """Lines that an earlier statement of the same account already told word for word: overlapping downloads.

    Two equal entries of one statement are two payments and are not meant here.
    """
    if not rows:
        return set()
    nameless = [row.booked_on for row in rows if not row.payer_iban]
    days = [row.booked_on for row in rows]
    same = BankLine.objects.filter(client_id=client_id, amount_cents__gt=0, booked_on__range=(min(days), max(days)))
    parts = [same.filter(payer_iban__in=some) for some in chunks(sorted({row.payer_iban for row in rows} - {""}))]
    parts += [same.filter(payer_iban="", booked_on__in=some) for some in chunks(nameless)]
    told = ("booked_on", "amount_cents", "remittance", "payer_iban", "bank_reference", "statement__iban")
    first: dict[tuple[object, ...], int] = {}
    doubles = set()
    for part in parts:
        for pk, statement_id, *words in part.order_by("statement_id", "pk").values_list("pk", "statement_id", *told):
            if first.setdefault(tuple(words), statement_id) != statement_id:
                doubles.add(pk)
    return doubles & {row.pk for row in rows}
