# SPDX-License-Identifier: Apache-2.0
"""A night's report in words: states, steps, rules, and its problems with what to do about each."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.portfolio.models import Customer
from ascolto.domain.strategy import lived
from ascolto.domain.strategy.models import Night
from ascolto.web import codes

STATES: dict[str, Any] = {
    "running": pgettext_lazy("night", "Running"),
    "done": pgettext_lazy("night", "Done"),
    "interrupted": pgettext_lazy("night", "Interrupted"),
}
STEPS: dict[str, Any] = {
    "cash": _("Match the cash"),
    "promises": _("Judge the promises"),
    "plans": _("Judge the plans"),
    "papers": _("Find what our papers lack"),
    "decide": _("Decide"),
    "measure": _("Measure the figures"),
}
WORK: dict[str, Any] = {
    "recall": _("See of whom something new is known"),
    "read": _("Read the facts"),
    "decide": _("Decide"),
    "compose": _("Write the messages"),
    "wait": _("Wait for their turn"),
    "write": _("Write what changed"),
}
"""What a worker does with a slice."""
SHOWN = 20
"""Customers named under one problem; the report has them all."""


def took(night: Night) -> float | None:
    """Seconds from its start to its end; None while it runs."""
    return (night.finished_at - night.started_at).total_seconds() if night.finished_at else None


def steps(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows, seconds and memory of each step."""
    peaks = report.get("peak_mb", {})
    return [
        {"name": STEPS.get(step, step), "rows": lived.rows_of(report, step), "seconds": seconds, "mb": peaks.get(step)}
        for step, seconds in report.get("seconds", {}).items()
    ]


def rules(report: dict[str, Any]) -> list[tuple[Any, Any, int]]:
    """(rule, its sentence, customers) of those for whom nothing was done, the most frequent first."""
    counts: dict[str, int] = report.get("decisions", {}).get("rules", {})
    known = [(codes.RULES.get(rule, (rule, "")), count) for rule, count in counts.items() if rule]
    return sorted(((name, said, count) for (name, said), count in known), key=lambda row: (-row[2], str(row[0])))


def planned(report: dict[str, Any]) -> list[tuple[Any, int]]:
    """(channel, steps planned), the most frequent first."""
    counts: dict[str, int] = report.get("decisions", {}).get("planned", {})
    return [(codes.channel(name), count) for name, count in sorted(counts.items(), key=lambda row: -row[1])]


@dataclass
class Trouble:
    """Problems of one kind: what they are, what to do, whom they concern."""

    words: Any
    todo: Any
    who: list[tuple[str, int | None]] = field(default_factory=list)
    count: int = 0

    @property
    def more(self) -> int:
        return self.count - len(self.who)


BY_ID = re.compile(r"id \d{1,18}")
NO_ADDRESS = re.compile(r"customer (\d+): no address for (\w+)")
NOT_WRITTEN = re.compile(r"customer (.+?): (\w+): (.+)", re.DOTALL)
MISSING = re.compile(r"the facts have no (\w+), and the wording needs it")
WHY: dict[str, Any] = {
    "the client has neither phone nor e-mail: a customer must be able to answer": _(
        "the client has neither phone nor e-mail: a customer must be able to answer"
    ),
    "a message speaks of one currency": _("what is due is in several currencies, and a message speaks of one"),
}
"""Why a message could not be written, as composing it says, in words."""
LACKS: dict[str, Any] = {
    "iban": _("the client's IBAN"), "client_phone": _("the client's phone"), "client_email": _("the client's e-mail"),
    "beneficiary": _("the client's name"), "payment_reference": _("the payment reference"),
    "operator_name": _("the operator's name"), "customer_name": _("the customer's name"),
    "customer_number": _("the customer's number"), "oldest_due_on": _("a due date"), "next_due_on": _("a due date"),
    "pay_by": _("the last day to pay"), "promise_amount": _("the promised amount"), "promise_on": _("the promised day"),
    "paid_amount": _("the amount paid"), "paid_on": _("the day of the payment"), "payable": _("an amount to pay"),
    "total": _("an amount to pay"), "first_number": _("an invoice number"),
}  # fmt: skip
"""Facts that a wording needed and did not find."""
SLICE = re.compile(r"slice (\d+) of (\d+) could not be decided: .*")


def troubles(viewer: Viewer, night: Night) -> list[Trouble]:
    """The problems by kind, the most frequent first; customers by name where they can be found."""
    said: list[str] = night.report.get("decisions", {}).get("problems", [])
    kinds: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for problem in said:
        kind, who = _sorted(problem)
        kinds[kind].append(who)
    named = {who for whos in kinds.values() for who in whos[:SHOWN]}
    names = _names(viewer, night, named)
    found = []
    for kind, whos in kinds.items():
        words, todo = _words(kind)
        found.append(Trouble(words, todo, [names.get(who, (who, None)) for who in whos[:SHOWN] if who], len(whos)))
    return sorted(found, key=lambda one: -one.count)


def _sorted(problem: str) -> tuple[tuple[str, ...], str]:
    """Kind and whom it concerns: `id 7` a customer by id, else by number."""
    if match := NO_ADDRESS.fullmatch(problem):
        return ("no_address", match[2]), f"id {match[1]}"
    if SLICE.fullmatch(problem):
        return ("slice",), ""
    if match := NOT_WRITTEN.fullmatch(problem):
        return ("not_written", match[2], match[3]), match[1]
    return ("other", problem), ""


def _words(kind: tuple[str, ...]) -> tuple[Any, Any]:
    if kind[0] == "no_address":
        words = _("No address for: %(channel)s") % {"channel": codes.channel(kind[1])}
        return words, _("Add or verify the address on the customer's page; the next night takes the step again.")
    if kind[0] == "not_written":
        words = _("The message “%(wording)s” could not be written: %(why)s") % {
            "wording": kind[1],
            "why": _why(kind[2]),
        }
        return words, _("Complete what is missing (of the client or the customer); the next night writes it.")
    if kind[0] == "slice":
        return _("A slice of the customers could not be decided"), _("Run “ascolto day” again: it goes on there.")
    return kind[1], _("Run “ascolto day” again; if it stays, look at the log of the machine.")


def _why(said: str) -> Any:
    """The reason in words; one that only a programmer can mend stays as it was said."""
    if match := MISSING.fullmatch(said):
        return gettext("it lacks %(what)s") % {"what": LACKS.get(match[1], match[1])}
    return WHY.get(said, said)


def _names(viewer: Viewer, night: Night, who: set[str]) -> dict[str, tuple[str, int | None]]:
    """Name and id of the customers meant, in two reads at most."""
    rows = visible(viewer, Customer.objects.filter(client_id=night.client_id))
    ids = [int(one[3:]) for one in who if BY_ID.fullmatch(one)]
    numbers = [one for one in who if one and not BY_ID.fullmatch(one)]
    found: dict[str, tuple[str, int | None]] = {}
    if ids:
        found |= {f"id {pk}": (name, pk) for pk, name in rows.filter(pk__in=ids).values_list("pk", "name")}
    if numbers:
        known = rows.filter(number__in=numbers).values_list("number", "name", "pk")
        found |= {number: (name, pk) for number, name, pk in known}
    return found
