# SPDX-License-Identifier: Apache-2.0
"""The rows of the cash pages. Owns: which lines a tab, a filter and a search show, and what a row tells.

A page costs the same number of queries whatever it shows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from ascolto.domain.access import people
from ascolto.domain.access.viewer import Viewer
from ascolto.domain.ledger import queries
from ascolto.domain.ledger.models import BankLine, LineAside, MatchProposal, Payment
from ascolto.domain.ledger.sums import DEBT_OF
from ascolto.domain.portfolio.models import Instalment
from ascolto.domain.portfolio.search import fold
from ascolto.domain.portfolio.sizes import is_large
from ascolto.engine.settling import CAPITAL, EXPENSES, INTEREST
from ascolto.web.desk.cash import words
from ascolto.web.tables import MOST_COUNTED, Column

TABS = ("waiting", "settled", "small", "out", "aside")
COLUMNS = {
    "waiting": (
        Column("payer", _("Payer"), ("payer_name",)),
        Column("on", _("Booked"), ("booked_on",)),
        Column("cents", _("Amount"), ("left_cents",), number=True),
        Column("sure", _("Our proposal"), ("sure",)),
    ),
    "settled": (
        Column("customer", _("Customer"), ("customer__name",)),
        Column("on", _("Paid"), ("paid_on",)),
        Column("cents", _("Amount"), ("amount_cents",), number=True),
        Column("known", _("Matched"), ("known_on",)),
    ),
    "small": (
        Column("customer", _("Customer"), ("customer__name",)),
        Column("on", _("Paid"), ("paid_on",)),
        Column("cents", _("Amount"), ("amount_cents",), number=True),
        Column("known", _("Given up on"), ("known_on",)),
    ),
    "out": (
        Column("payer", _("To"), ("payer_name",)),
        Column("on", _("Booked"), ("booked_on",)),
        Column("cents", _("Amount"), ("amount_cents",), number=True),
    ),
    "aside": (
        Column("payer", _("Payer"), ("bank_line__payer_name",)),
        Column("on", _("Booked"), ("bank_line__booked_on",)),
        Column("cents", _("Amount"), ("bank_line__amount_cents",), number=True),
    ),
}
ORDERED = ("on", "known")
"""Of what a large client has matched, millions of payments, sorted only by what an index sorts."""
DEFAULT_SORT = {"waiting": "-sure", "settled": "-known", "small": "-known", "out": "-on", "aside": "-on"}
SURENESS = {"850": (850, 1000), "1": (1, 849), "0": (0, 0)}
"""Values of the sureness filter: from and to, in per mille of the best proposal."""


@dataclass(frozen=True)
class Part:
    """A part of a proposal: so many cents of an instalment, and what that instalment still owes."""

    instalment: Instalment
    cents: int

    @property
    def is_whole(self) -> bool:
        return self.cents == self.instalment.balance_cents  # type: ignore[attr-defined,no-any-return]


@dataclass(frozen=True)
class Told:
    """A proposal put into words."""

    proposal: MatchProposal
    parts: Sequence[Part]
    reasons: Sequence[dict[str, Any]]
    grade: dict[str, Any]
    on_account_cents: int

    @property
    def debts(self) -> list[tuple[Any, int]]:
        """What goes to expenses, interest and capital, when it is not all capital."""
        return debts_of((part.instalment.invoice.kind, part.cents) for part in self.parts)


def debts_of(parts: Iterable[tuple[str, int]]) -> list[tuple[Any, int]]:
    """(word, cents) of expenses, interest and capital of (document kind, cents); empty when there is capital only."""
    sums = dict.fromkeys((EXPENSES, INTEREST, CAPITAL), 0)
    for kind, cents in parts:
        sums[DEBT_OF.get(kind, CAPITAL)] += cents
    told = [(words.DEBTS[debt], cents) for debt, cents in sums.items() if cents]
    return told if sums[EXPENSES] or sums[INTEREST] else []


def columns_of(tab: str, viewer: Viewer) -> tuple[Column, ...]:
    """The columns of a tab, with what this viewer may sort by."""
    if tab != "settled" or not is_large(viewer):
        return COLUMNS[tab]
    return tuple(column if column.key in ORDERED else replace(column, order=()) for column in COLUMNS[tab])


def eyes(viewer: Viewer) -> Viewer:
    """The viewer narrowed to the clients where it may confirm cash."""
    roles = {pk: role for pk, role in viewer.roles.items() if viewer.may("confirm_cash", pk)}
    return Viewer(name=viewer.name, roles=roles, user_id=viewer.user_id)


def waiting(viewer: Viewer, asked: QueryDict) -> QuerySet[Any]:
    """Lines that wait, with `sure`: the confidence of their best proposal."""
    best = MatchProposal.objects.filter(
        client_id=OuterRef("client_id"), bank_line_id=OuterRef("pk"), status=MatchProposal.Status.OPEN
    )
    highest = best.order_by().values("bank_line_id").annotate(top=Max("confidence_permille")).values("top")
    rows: QuerySet[Any] = queries.unmatched_lines(viewer).annotate(sure=Subquery(highest))
    floor, ceiling = SURENESS.get(asked.get("sure", ""), (None, None))
    if ceiling == 0:
        rows = rows.filter(sure=None)
    elif floor is not None:
        rows = rows.filter(sure__gte=floor, sure__lte=ceiling)
    return rows.filter(_search(asked.get("q", "")))


def outgoing(viewer: Viewer, asked: QueryDict) -> QuerySet[BankLine]:
    """Money out that nobody has set aside."""
    return queries.outgoing_lines(viewer).filter(_search(asked.get("q", "")))


def settled(viewer: Viewer, asked: QueryDict) -> QuerySet[Payment]:
    """Payments made of bank lines, with what they settled."""
    text = asked.get("q", "").strip()
    rows = queries.settled_payments(viewer).prefetch_related("allocations__instalment__invoice")
    if not text:
        return rows
    means = Q(customer__search_name__contains=fold(text)) | Q(customer__number__iexact=text)
    return rows.filter(means | _search(text, "bank_line__"))


def small(viewer: Viewer, asked: QueryDict) -> QuerySet[Payment]:
    """Small differences that were given up by themselves, with what they closed."""
    text = asked.get("q", "").strip()
    rows = queries.small_differences(viewer).prefetch_related("allocations__instalment__invoice")
    means = Q(customer__search_name__contains=fold(text)) | Q(customer__number__iexact=text)
    return rows.filter(means) if text else rows


def asides(viewer: Viewer, asked: QueryDict) -> QuerySet[LineAside]:
    """Lines set aside."""
    return queries.asides(viewer).filter(_search(asked.get("q", ""), "bank_line__") | _in_reason(asked.get("q", "")))


def _in_reason(text: str) -> Q:
    return Q(reason__icontains=text.strip()) if text.strip() else Q()


def _search(text: str, prefix: str = "") -> Q:
    """Words in the payer's name or in the text, an IBAN, or an amount as a person writes it: 1.234,56."""
    text = text.strip()
    if not text:
        return Q()
    found = Q(**{f"{prefix}payer_name__icontains": text}) | Q(**{f"{prefix}remittance__icontains": text})
    found |= Q(**{f"{prefix}payer_iban__startswith": text.replace(" ", "").upper()})
    cents = cents_of(text)
    return found if cents is None else found | Q(**{f"{prefix}amount_cents__in": [cents, -cents]})


def cents_of(text: str) -> int | None:
    """`1.234,56`, `1234.56`, `1234` -> cents; None for no amount. A last group of one or two digits is cents."""
    plain = text.replace("€", "").replace(" ", "").replace("\u00a0", "")
    whole, mark, rest = plain.rpartition("," if plain.rfind(",") > plain.rfind(".") else ".")
    if not mark or len(rest) == 3:
        whole, rest = plain, ""
    whole = whole.replace(".", "").replace(",", "")
    if not (whole + rest).isascii() or not (whole + rest).isdigit() or len(rest) > 2 or len(whole) > 12:
        return None
    return int(whole or 0) * 100 + int(rest.ljust(2, "0"))


def totals(rows: QuerySet[Any], field: str = "amount_cents") -> dict[str, Any]:
    """How many rows and cents the filter shows, over all pages; of more rows than are counted, no cents."""
    first = rows.order_by().values("pk", field)[: MOST_COUNTED + 1]
    found = first.aggregate(count=Count("pk"), cents=Sum(field))
    more = found["count"] > MOST_COUNTED
    return {"count": min(found["count"], MOST_COUNTED), "more": more, "cents": None if more else found["cents"] or 0}


def tell(viewer: Viewer, lines: Iterable[Any]) -> dict[int, list[Told]]:
    """The open proposals of `lines` in words, surest first; three queries."""
    amounts = {line.pk: line.left_cents for line in lines}
    proposals = queries.proposals_of(viewer, list(amounts))
    named = {int(i) for told in proposals.values() for p in told for i, _cents in p.parts}
    instalments, who = queries.instalments_told(viewer, sorted(named)), people.names()
    return {pk: [_told(p, amounts[pk], instalments, who) for p in told] for pk, told in proposals.items()}


def _told(
    proposal: MatchProposal, amount_cents: int, instalments: dict[int, Instalment], who: Mapping[str, str]
) -> Told:
    parts = [Part(instalments[i], cents) for i, cents in proposal.parts if i in instalments]
    left = amount_cents - sum(part.cents for part in parts)
    reasons = words.reasons_in_words(proposal.reasons, who)
    return Told(proposal, parts, reasons, words.grade(proposal.confidence_permille, bool(parts)), left)
