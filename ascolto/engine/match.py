# SPDX-License-Identifier: Apache-2.0
"""Whose payment is this? Owns: reading one bank line against the book, weighing the customers found, the verdict.

`evidence` has the weights, `book` the indexes, `rounds` the run over many lines.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rapidfuzz.distance import OSA

from ascolto.engine import remittance as text
from ascolto.engine.allocate import Item, Split, allocate, exact_items
from ascolto.engine.book import Book, payer_keys
from ascolto.engine.differences import difference
from ascolto.engine.evidence import AGREEING, IDENTITY, NAMING, WEIGHTS, Evidence, Expected, Line, Person, Reason
from ascolto.engine.settling import Rule, small_differences

__all__ = ["WEIGHTS", "Book", "Candidate", "Line", "Person", "candidates", "is_sure"]

CLOSE_PERMILLE = 100
"""Two customers nearer than this are about equal: a person decides."""
CAUTION_PERMILLE = 900
"""Ceiling when something speaks against settling at once, for example an invoice that is already paid."""
HOLDING = frozenset({"already_paid", "refused_before", "also_owes"})
"""Cautions under which nothing settles without a person."""
SHOWN = 3
WEAK_PERMILLE = 250
NEAR_DAYS = 10
"""A line this near to the day of a promise, or of a plan's instalment, may be its money."""
CROWD = 3
"""An IBAN, an amount or a name that more customers than this share says nothing by itself."""

Found = dict[int, Evidence]
"""Customer id -> what speaks for them."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One customer a line may pay for: what it would settle, how sure (per mille) and why."""

    customer_id: int
    confidence_permille: int
    split: Split
    reasons: tuple[Reason, ...]


def candidates(book: Book, line: Line) -> list[Candidate]:
    """Customers the line may pay for, surest first, at most `SHOWN`."""
    found: Found = defaultdict(Evidence)
    for read in READERS:
        read(book, line, found)
    for customer_id, evidence in found.items():
        _read_what_is_owed(book, line, customer_id, evidence)
    weighed = [_weigh(book, line, customer_id, found) for customer_id in found]
    strong = [c for c in weighed if c.confidence_permille >= WEAK_PERMILLE]
    return sorted(strong, key=lambda c: (-c.confidence_permille, c.customer_id))[:SHOWN]


def is_sure(found: Sequence[Candidate], auto_settle_permille: int) -> bool:
    """True when the best may settle without a person: sure enough, and no second customer about as likely."""
    if not found or found[0].confidence_permille < auto_settle_permille:
        return False
    second = found[1].confidence_permille if len(found) > 1 else 0
    return found[0].confidence_permille - second >= CLOSE_PERMILLE


# --- what the payer says -----------------------------------------------------------------------------------


def _read_references(book: Book, line: Line, found: Found) -> None:
    notices = text.notice_codes(f"{line.reference} {line.remittance}")
    written = {text.reference_key(line.reference), *text.structured_references(line.remittance)} - {"", *notices}
    for code, references in (("reference", written), ("notice_code", notices)):
        for reference in sorted(references):
            for item in book.by_reference.get(reference, ()):
                found[item.customer_id].named.add(item.instalment_id)
                found[item.customer_id].add(code, reference=reference)


def _read_text(book: Book, line: Line, found: Found) -> None:
    rest, mended = text.mended(f"{line.remittance} {line.reference}")
    _read_numbers(book, rest, found)
    if mended:
        _read_numbers(book, f"FT {mended}", found, misread=True)
    for word in text.fold(f"{line.remittance} {line.payer_name}").split():
        owner = book.by_code.get(text.compact(word))
        if owner is not None:
            found[owner].add("tax_code", code=text.compact(word))


def _read_numbers(book: Book, written: str, found: Found, misread: bool = False) -> None:
    segments = text.read(written)
    at = 0
    while at < len(segments):
        at += _read_at(book, segments, at, found, misread)


def _read_at(book: Book, segments: Sequence[text.Segment], at: int, found: Found, misread: bool) -> int:
    """Reads the longest known number that begins here; returns how many segments it took (at least 1)."""
    for length in range(min(text.LONGEST, len(segments) - at), 0, -1):
        run = segments[at : at + length]
        key = " ".join(s.key for s in run)
        items, owners = book.by_number.get(key), book.by_person_key.get(key)
        announced = run[-1].announced
        if owners and not (items and announced == "invoice") and _say_person(run, owners, found):
            return length
        if items:
            _say_items([s.raw for s in run], items, announced, found, misread)
            return length
    return 1


def _say_person(run: Sequence[text.Segment], owners: set[tuple[str, int, str]], found: Found) -> bool:
    if run[-1].announced != "customer" and not text.is_distinctive([s.raw for s in run]):
        return False
    for kind, customer_id, number in sorted(owners):
        found[customer_id].add(kind, WEIGHTS[kind] // len({o[1] for o in owners}), number=number)
    return True


def _say_items(raws: list[str], items: Sequence[Item], announced: str, found: Found, misread: bool) -> None:
    distinctive, owners = text.is_distinctive(raws), {item.customer_id for item in items if item.balance_cents > 0}
    for item in items:
        if owners and item.customer_id not in owners:
            continue
        evidence = found[item.customer_id]
        if text.is_period(raws) or not (distinctive or announced == "invoice"):
            evidence.bare.add(item.instalment_id)
            continue
        evidence.named.add(item.instalment_id)
        code = "number_misread" if misread else "number" if distinctive else "number_announced"
        evidence.add(code if len(owners) <= 1 else "number_shared", number=item.number)


def _read_bare(book: Book, line: Line, found: Found) -> None:
    """A short number that nothing announced counts only with the exact amount and a single owner."""
    hits = {
        (customer_id, item.instalment_id)
        for customer_id, evidence in found.items()
        for item in (book.items[i] for i in evidence.bare)
        if item.balance_cents == line.amount_cents and item.currency == line.currency
    }
    for customer_id, instalment_id in hits if len({c for c, _ in hits}) == 1 else ():
        found[customer_id].named.add(instalment_id)
        found[customer_id].add("number_bare", number=book.items[instalment_id].number)


def _read_slips(book: Book, line: Line, found: Found) -> None:
    """A number one slip away from an open one, of somebody whom another piece of evidence brought in."""
    written = text.digit_runs(line.remittance)
    for customer_id, evidence in found.items() if written else ():
        if evidence.named or not evidence.has(IDENTITY):
            continue
        near = [item for item in book.owed(customer_id, line.currency) if _is_slip(written, item.number)]
        exact = [item for item in near if item.balance_cents == line.amount_cents]
        for item in exact or near:
            evidence.named.add(item.instalment_id)
            evidence.add("number_alike", number=item.number)


def _is_slip(written: Sequence[str], number: str) -> bool:
    forms = text.digit_forms(number)
    return any(OSA.distance(run, form, score_cutoff=1) == 1 for run in written for form in forms)


# --- circumstances -----------------------------------------------------------------------------------------


def _read_history(book: Book, line: Line, found: Found) -> None:
    past = book.history.get(text.compact(line.payer_iban), {}) if line.payer_iban else {}
    if len(past) > CROWD:
        return  # a post office or a payment institution, not a customer
    for customer_id, times in past.items():
        if book.taught.owner(text.compact(line.payer_iban)) is not None and times < 3:
            continue  # a person's word is said instead
        code = "iban_once" if times == 1 else "iban_twice" if times == 2 else "iban_often"
        found[customer_id].add(code if len(past) == 1 else "iban_shared", times=times)


def _read_taught(book: Book, line: Line, found: Found) -> None:
    """What people confirmed about such a payer: the account before the name."""
    for key in payer_keys(line.payer_iban, line.payer_name):
        owner = book.taught.owner(key)
        if owner is None or key == book.names.in_order.get(owner[0]):
            continue
        code = "taught" if key == text.compact(line.payer_iban) else "taught_name"
        found[owner[0]].add(code, who=owner[1])


def _read_name(book: Book, line: Line, found: Found) -> None:
    said = book.said(line)
    for customer_id in said.same:
        name = book.people[customer_id].name
        found[customer_id].add("name", WEIGHTS["name"] // len(said.same), name=name)
    for customer_id in said.alike:
        found[customer_id].add("name_alike", name=book.people[customer_id].name)
    for customer_id in said.told:
        name = book.people[customer_id].name
        found[customer_id].add("name_in_text", WEIGHTS["name_in_text"] // len(said.told), name=name)


def _read_amount(book: Book, line: Line, found: Found) -> None:
    """Brings in customers known by nothing but the amount, when few share it."""
    for owners, count in (book.owing(line.amount_cents), book.owing_in_all(line.amount_cents)):
        for customer_id in sorted(owners) if count <= CROWD else ():
            found[customer_id]


def is_near(line: Line, one: Expected) -> bool:
    """True when a line comes near the day on which money was said to come."""
    return line.on is not None and abs((line.on - one.due_on).days) <= NEAR_DAYS


def _read_expected(book: Book, line: Line, found: Found) -> None:
    """Exactly what a running plan still awaits, or what was promised, near its day."""
    said = book.by_expected.get(line.amount_cents, ()) if line.on and line.currency == "EUR" else ()
    near = [one for one in said if is_near(line, one)]
    owners = {one.customer_id for one in near}
    weight = WEIGHTS["amount_common"] if book.is_common(len(owners)) else None
    for one in near:
        if one.customer_id in found or len(owners) <= CROWD:
            evidence = found[one.customer_id]
            evidence.planned.update(one.items)
            evidence.add(f"{one.kind}_amount", weight, day=one.due_on.isoformat())


READERS: tuple[Callable[[Book, Line, Found], None], ...] = (
    _read_references,
    _read_text,
    _read_history,
    _read_taught,
    _read_name,
    _read_slips,
    _read_amount,
    _read_expected,
    _read_bare,
)
"""In this order: the later ones look at what the earlier ones found."""


def _read_what_is_owed(book: Book, line: Line, customer_id: int, evidence: Evidence) -> None:
    """Adds what the amount says; `evidence.chosen` are the instalments that it picks out."""
    owed = book.owed(customer_id, line.currency)
    named = [item for item in owed if item.instalment_id in evidence.named]
    chosen = exact_items(line.amount_cents, named or owed)
    if chosen:
        _say_exact(book, line, evidence, chosen, owed, bool(named))
        evidence.chosen = {item.instalment_id for item in chosen}
    elif named or evidence.has(IDENTITY):
        _say_nearly(book.rule, evidence, named, owed, line.amount_cents)


def _say_nearly(rule: Rule, evidence: Evidence, named: Sequence[Item], owed: Sequence[Item], cents: int) -> None:
    """A known reason why the amount differs: from all that is named, or from exactly one open instalment."""

    def why(asked_cents: int) -> Reason | None:
        known = difference(asked_cents, cents)
        if known is None and rule.cents and rule.is_small(asked_cents, asked_cents - cents):
            return "amount_nearly", {"cents": abs(asked_cents - cents)}
        return known

    all_named = why(sum(item.balance_cents for item in named))
    near = [(item, reason) for item in named or owed if (reason := why(item.balance_cents))]
    if all_named:
        evidence.add(all_named[0], **all_named[1])
    elif len({item.balance_cents for item, _reason in near}) == 1:
        (item, (code, params)), *_same = near
        evidence.add(code, **params)
        evidence.chosen = {item.instalment_id}


def _say_exact(
    book: Book, line: Line, evidence: Evidence, chosen: Sequence[Item], owed: Sequence[Item], named: bool
) -> None:
    if named:
        evidence.add("amount_named")
        return
    code = "amount_one" if len(chosen) == 1 else "amount_all" if len(chosen) == len(owed) else "amount_some"
    _owners, count = (book.owing if len(chosen) == 1 else book.owing_in_all)(line.amount_cents)
    evidence.add(code, WEIGHTS["amount_common"] if book.is_common(count) else None, count=len(chosen))


# --- weighing ----------------------------------------------------------------------------------------------


def _weigh(book: Book, line: Line, customer_id: int, found: Found) -> Candidate:
    evidence = found[customer_id]
    others = [other for c, other in found.items() if c != customer_id]
    sure = evidence.sureness(_yields(evidence, others))
    owed = book.owed(customer_id, line.currency)
    split = _split(book, line, owed, evidence)
    rival = next((c for c, other in found.items() if other.has(IDENTITY) and other.has(AGREEING)), customer_id)
    cautions = _cautions(book, line, customer_id, evidence, split)
    if rival != customer_id and evidence.has(NAMING) and not (evidence.has(IDENTITY) or evidence.has(AGREEING)):
        cautions.append(("also_owes", {"name": book.people[rival].name}))
    if not split.parts or any(code in HOLDING for code, _params in cautions):
        sure = min(sure, CAUTION_PERMILLE)
    return Candidate(customer_id, sure, split, (*evidence.told(), *cautions))


def _split(book: Book, line: Line, owed: Sequence[Item], evidence: Evidence) -> Split:
    """What the payer named comes first; else what the plan covers whose money this is; else what the amount picks out."""
    meant = evidence.chosen or evidence.named
    split = allocate(line.amount_cents, owed, meant if evidence.named else evidence.planned or meant, book.rule)
    if not book.rule.cents or split.on_account_cents:
        return split
    balances = {item.instalment_id: item.balance_cents for item in owed}
    return replace(split, small=small_differences(split.parts, balances, book.rule))


def _yields(mine: Evidence, others: Sequence[Evidence]) -> bool:
    """True when this customer's pieces weigh half, because another is named and this one is not, or by a slip.

    A mother may pay her son's bill: her account is a circumstance. But when she owes exactly this amount herself and
    nothing but the number speaks for the son, both keep their weight, and a person decides.
    """
    if not mine.has(NAMING):
        conflict = mine.has(IDENTITY) and mine.has(AGREEING)
        return any(o.has(NAMING) and not (conflict and not o.has(IDENTITY)) for o in others)
    if mine.has(IDENTITY) or mine.has(AGREEING):
        return False
    return any(o.has(_SLIP) and o.has(IDENTITY) and o.has(AGREEING) for o in others)


_SLIP = frozenset({"number_alike"})


def _cautions(book: Book, line: Line, customer_id: int, evidence: Evidence, split: Split) -> list[Reason]:
    """What a person should see before saying yes."""
    told: list[Reason] = []
    agrees, named = evidence.has(AGREEING), [book.items[i] for i in evidence.named]
    paid = sorted({item.number for item in named if _is_paid(item, line.amount_cents)})
    missing = sum(item.balance_cents for item in named) - sum(cents for _i, cents in split.parts)
    if paid and not evidence.has(_NAMED_EXACTLY):
        told.append(("already_paid", {"numbers": paid}))
    elif named and not agrees and missing > 0 and not evidence.has(_EXPLAINED):
        told.append(("part_payment", {}))
    if not evidence.has(NAMING) and book.taught.is_refused(line.payer_iban, line.payer_name, customer_id):
        told.append(("refused_before", {}))
    asked = sum(cents for _i, cents in split.parts)
    if split.on_account_cents and not book.rule.is_small(asked, split.on_account_cents):
        code = "more_than_open" if split.parts else "nothing_open"
        told.append((code, {"cents": split.on_account_cents}))
    return told


_NAMED_EXACTLY = frozenset({"amount_named"})
_EXPLAINED = frozenset({"amount_less_withholding", "amount_less_discount", "amount_less_fee", "amount_nearly"})


def _is_paid(item: Item, cents: int) -> bool:
    """True when nothing is open of it, and it was not another part of an invoice paid in instalments."""
    return item.balance_cents <= 0 and (item.amount_cents in (0, cents))
