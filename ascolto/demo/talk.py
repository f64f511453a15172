# SPDX-License-Identifier: Apache-2.0
"""A telephone call with a customer: who answers, why it was not paid, how it feels, what is agreed. Pure.

The words are those of the taxonomy (outreach/reasons.py). What was agreed becomes new plans; a promise is kept or not,
by chance and by circumstance: gently asked, more of them are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from ascolto.demo import behaviour as b
from ascolto.demo import temper
from ascolto.demo.behaviour import Item, Key, Plan
from ascolto.demo.chance import between, happens, pick, weighted
from ascolto.demo.days import bank_day
from ascolto.demo.population import Person

OUTCOMES = {"right_party": 55, "no_answer": 24, "voicemail": 7, "third_party": 6, "busy": 4, "call_back": 4}
STAGES = ("welcome", "listen", "explain", "solve", "confirm", "thank")


@dataclass(frozen=True, slots=True)
class Owed:
    """An item with what is left of it and what the customer has in mind about it."""

    item: Item
    plan: Plan
    cents: int


@dataclass(frozen=True, slots=True)
class Talk:
    """What the operator writes down, and what the customer means to do now."""

    outcome: str
    seconds: int
    person: str = ""
    reason: str = ""
    detail: str = ""
    emotion: str = ""
    solution: str = ""
    next_step: str = ""
    next_on: date | None = None
    note: str = ""
    stages: tuple[str, ...] = ()
    promise_cents: int = 0
    promise_on: date | None = None
    disputed: Key | None = None
    hold_until: date | None = None
    plans: dict[Key, Plan] = field(default_factory=dict)


def talk(person: Person, owed: Sequence[Owed], day: date, tone: int, nth: int) -> Talk:
    """The `nth` call to this customer, on `day`, about what is owed (oldest first, overdue or not)."""
    key = (person.key, day, nth, "call")
    outcome = weighted(OUTCOMES, *key)
    if outcome not in ("right_party", "third_party", "call_back"):
        return Talk(outcome, between(12, 40, *key, "rings"))
    if outcome == "third_party":
        return Talk(
            outcome,
            between(40, 120, *key),
            person="Familiare" if person.kind == "consumer" else "Centralino",
            stages=STAGES[:1],
            next_step="call_back",
            next_on=bank_day(day + timedelta(days=2)),
        )
    if outcome == "call_back":
        return Talk(
            outcome,
            between(30, 90, *key),
            person=person.name,
            stages=STAGES[:1],
            next_step="call_back",
            next_on=bank_day(day + timedelta(days=between(1, 3, *key))),
        )
    overdue = [one for one in owed if one.item.due_on < day]
    return _conversation(person, overdue, day, tone, key) if overdue else _courtesy(person, owed, day, key)


def _courtesy(person: Person, owed: Sequence[Owed], day: date, key: tuple[object, ...]) -> Talk:
    """Has it arrived, is it right? The lost invoice is found before it is late."""
    lost = [one for one in owed if one.plan.mood in (b.LOST, b.FORGOT)]
    plans = {one.item.key: Plan(bank_day(max(one.item.due_on, day)), b.FINE) for one in lost}
    if lost:
        return Talk(
            "right_party",
            between(90, 200, *key),
            person=person.name,
            reason="lost_invoice",
            detail="never_arrived",
            emotion="cooperative",
            solution="resend_invoice",
            next_step="send_invoice",
            stages=STAGES,
            plans=plans,
            note="La fattura non era arrivata: rinviata durante la chiamata.",
        )
    return Talk(
        "right_party",
        between(60, 150, *key),
        person=person.name,
        emotion="cooperative",
        stages=STAGES,
        note="Fattura ricevuta, tutto a posto.",
    )


def _conversation(person: Person, overdue: list[Owed], day: date, tone: int, key: tuple[object, ...]) -> Talk:
    first = overdue[0]
    reason, detail = _why(person, first, day, key)
    emotion = weighted(temper.EMOTIONS[reason], *key, "emotion")
    solved = happens(_SOLVED[reason] - (0.1 if tone >= 4 else 0.0), *key, "solved")
    solution = pick(_SOLUTIONS[reason], *key, "solution") if solved else "none"
    said = Talk(
        "right_party",
        between(150, 540, *key),
        person=_speaker(person),
        reason=reason,
        detail=detail,
        emotion=emotion,
        solution=solution,
        note=pick(_NOTES[reason], *key, "note"),
        stages=STAGES if solved else STAGES[:4],
    )
    if reason == "our_fault":
        return _with(said, next_step="wait_payment", next_on=bank_day(day + timedelta(days=3)))
    if solution == "fix_dispute":
        return _with(
            said, disputed=first.item.key, next_step="open_dispute", plans={first.item.key: Plan(None, b.CONTESTED)}
        )
    if solution == "hardship":
        return _with(
            said, hold_until=day + timedelta(days=30), next_step="none", plans=_soft_landing(person, overdue, day, key)
        )
    if not solved:
        return _with(said, next_step="pass_on" if reason == "unwilling" else "none")
    return _agreed(person, overdue, day, tone, said, key)


def _agreed(person: Person, overdue: list[Owed], day: date, tone: int, said: Talk, key: tuple[object, ...]) -> Talk:
    """Most solutions end with a day; most of those with a promise."""
    plan = said.solution == "plan"
    on = bank_day(day + timedelta(days=between(*_DAYS.get(said.reason, (4, 12)), *key, "promise day")))
    total = sum(one.cents for one in overdue)
    promised = max(1000, total * (between(30, 50, *key) if plan else 100) // 10000 * 100) if plan else total
    promised = min(promised, total)
    if not happens(0.8, *key, "promises"):
        return _with(
            said,
            next_step="wait_payment",
            next_on=on,
            plans=_new_plans(person, overdue, on, 1000, happens(0.6, *key, "word"), key),
        )
    kept = happens(_KEPT[said.reason] + (0.05 if tone <= 1 else -0.08 if tone >= 4 else 0.0), *key, "kept")
    permille = -(-promised * 1000 // total) if total else 1000
    return _with(
        said,
        promise_cents=promised,
        promise_on=on,
        next_step="wait_payment",
        next_on=on,
        plans=_new_plans(person, overdue, on, permille, kept, key),
    )


def _new_plans(
    person: Person, overdue: list[Owed], on: date, permille: int, kept: bool, key: tuple[object, ...]
) -> dict[Key, Plan]:
    """Kept: by the day. Broken: a part of it, or nothing, and later."""
    if kept:
        early = bank_day(on - timedelta(days=between(0, 2, *key, "early")))
        return {one.item.key: Plan(early, b.PROMISED, permille) for one in overdue}
    if happens(0.4, *key, "part"):
        return {one.item.key: Plan(on, b.PROMISED, between(250, 600, *key, "share")) for one in overdue[:1]}
    later = bank_day(on + timedelta(days=between(15, 50, *key, "later")))
    return {one.item.key: Plan(later if happens(0.6, *key, "later") else None, b.SHORT) for one in overdue}


def _soft_landing(person: Person, overdue: list[Owed], day: date, key: tuple[object, ...]) -> dict[Key, Plan]:
    on = bank_day(day + timedelta(days=between(20, 40, *key, "soft")))
    return {one.item.key: Plan(on, b.SHORT, between(250, 450, *key, "soft share")) for one in overdue[:2]}


def _why(person: Person, first: Owed, day: date, key: tuple[object, ...]) -> tuple[str, str]:
    """The reason and its detail, from what the customer has in mind."""
    plan = first.plan
    if plan.mood in (b.FINE, b.PROMISED) and plan.on is not None and plan.on <= day + timedelta(days=1):
        return "our_fault", "payment_not_seen"
    if plan.mood in (b.SHORT, b.PROMISED):
        if person.temper == temper.STRUCTURAL:
            return "structural_difficulty", "many_debts" if person.kind == "consumer" else "business_crisis"
        return "temporary_difficulty", pick(("waiting_for_money", "unexpected_cost", "illness"), person.key, "cause")
    details = {
        b.FORGOT: ("forgot", ("forgot_date", "was_away")),
        b.FINE: ("forgot", ("forgot_date",)),
        b.REST: ("forgot", ("method_failed",)),
        b.RETURNED: ("forgot", ("method_failed",)),
        b.LOST: ("lost_invoice", ("never_arrived", "wrong_address", "in_spam")),
        b.CONTESTED: ("dispute", ("amount", "consumption", "price", "quality")),
        b.UNWILLING: ("unwilling", ("no_reason", "leaving", "refuses")),
        b.OFFICE: ("their_administration", ("approval", "purchase_order", "payment_day")),
        b.SEASONAL: ("temporary_difficulty", ("seasonal",)),
    }
    reason, options = details[plan.mood]
    return reason, pick(options, *key, "detail")


def _speaker(person: Person) -> str:
    if person.others and person.others[0][1] == "pays":
        return person.others[0][0]
    return person.name


def _with(talk: Talk, **changes: object) -> Talk:
    return replace(talk, **changes)  # type: ignore[arg-type]


_SOLVED = {
    "forgot": 0.86,
    "lost_invoice": 0.9,
    "our_fault": 0.7,
    "dispute": 0.6,
    "temporary_difficulty": 0.62,
    "structural_difficulty": 0.45,
    "their_administration": 0.55,
    "unwilling": 0.2,
}
_KEPT = {
    "forgot": 0.86,
    "lost_invoice": 0.88,
    "dispute": 0.6,
    "temporary_difficulty": 0.64,
    "structural_difficulty": 0.4,
    "their_administration": 0.72,
    "unwilling": 0.3,
}
_DAYS = {
    "forgot": (2, 8),
    "lost_invoice": (4, 12),
    "temporary_difficulty": (10, 32),
    "structural_difficulty": (14, 35),
    "their_administration": (7, 25),
    "dispute": (5, 12),
    "unwilling": (5, 15),
}
_SOLUTIONS = {
    "forgot": ("new_date", "new_date", "other_method", "explain"),
    "lost_invoice": ("resend_invoice",),
    "our_fault": ("explain",),
    "dispute": ("fix_dispute", "fix_dispute", "fix_dispute", "explain"),
    "temporary_difficulty": ("new_date", "new_date", "plan"),
    "structural_difficulty": ("plan", "hardship"),
    "their_administration": ("new_date", "resend_invoice"),
    "unwilling": ("explain", "new_date"),
}
_NOTES = {
    "forgot": (
        "Se n'era dimenticato, si scusa. Paga dall'home banking.",
        "Era via, ha trovato la posta al ritorno.",
        "Chiede un promemoria prima della scadenza, la prossima volta.",
    ),
    "lost_invoice": (
        "Non ha ricevuto la fattura. Verificato l'indirizzo, rinviata.",
        "La fattura era finita nella posta indesiderata.",
    ),
    "our_fault": ("Dice di aver già pagato: in attesa dell'estratto conto.",),
    "dispute": (
        "Contesta l'importo, lo trova più alto del solito.",
        "Dice che il consumo stimato non corrisponde alla lettura.",
        "Il lavoro, dice, non è stato finito.",
    ),
    "temporary_difficulty": (
        "Mese difficile, vuole pagare ma chiede tempo.",
        "Aspetta un pagamento a sua volta.",
        "Spesa imprevista in famiglia. Tono sereno, collaborativo.",
    ),
    "structural_difficulty": (
        "Più impegni insieme, non riesce a saldare tutto.",
        "Spiegato il bonus sociale e il percorso dedicato.",
    ),
    "their_administration": (
        "La fattura è in approvazione.",
        "Pagano solo a fine mese.",
        "Manca il numero d'ordine nella loro procedura.",
    ),
    "unwilling": ("Non vuole parlarne.", "Dice che cambierà fornitore.", "Chiude la chiamata."),
}
