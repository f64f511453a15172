# SPDX-License-Identifier: Apache-2.0
"""`ascolto law`: the calculators of the law. No database is needed."""

import datetime as dt
import json
import re
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

NAME = "law"
HELP = gettext_lazy("calculators of the law: interest, limitation, due date, contact, procedure, complaint, usury")


def arguments(parser: ArgumentParser) -> None:
    topics = parser.add_subparsers(dest="topic", required=True, metavar=_("TOPIC"))
    for name, fill in TOPICS.items():
        topic = topics.add_parser(name, allow_abbrev=False)
        topic.add_argument("--json", action="store_true", help=_("one JSON object"))
        fill(topic)


def run(options: Namespace) -> int:
    """0 with the answer, 1 when the law that is known has none, 2 misuse."""
    from ascolto.config.commands import law_answers
    from ascolto.domain.records.errors import Refused

    try:
        answer = law_answers.ANSWERS[options.topic](options)
    except Refused as refusal:
        if not options.json:
            raise
        print(json.dumps({"error": refusal.code, "message": refusal.message}, ensure_ascii=False))
        return 1
    print(json.dumps(answer, ensure_ascii=False) if options.json else "\n".join(_lines(answer)))
    return 0


def _lines(answer: dict[str, Any], indent: str = "") -> list[str]:
    """The answer for a person: one line per value, the rows under what they explain."""
    lines = []
    for name, value in answer.items():
        if isinstance(value, dict):
            lines += [f"{indent}{name}:", *_lines(value, indent + "  ")]
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for one in value:
                lines += [f"{indent}{name}:", *_lines(one, indent + "  ")]
        elif value not in (None, "", []):
            lines.append(f"{indent}{name}: {value}")
    return lines


def day(text: str) -> dt.date:
    """argparse type: an ISO date."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(_("%(text)s is not a date: expected YYYY-MM-DD") % {"text": text}) from error


def moment(text: str) -> dt.datetime:
    """argparse type: local time in Rome, as 2026-11-14T14:59; one that says its own offset is brought there."""
    from ascolto.domain.records.clock import ROME

    wrong = ArgumentTypeError(_("%(text)s is not a time: expected YYYY-MM-DDTHH:MM") % {"text": text})
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise wrong from error
    if len(text) <= len("2026-11-14"):
        raise wrong
    return at if at.tzinfo is None else at.astimezone(ROME).replace(tzinfo=None)


def patron(text: str) -> str:
    """argparse type: MM-DD, the day of the place's patron."""
    try:
        dt.date.fromisoformat(f"2024-{text}")
    except ValueError as error:
        raise ArgumentTypeError(_("%(text)s is not a day: expected MM-DD") % {"text": text}) from error
    return text


def natural(text: str) -> int:
    """argparse type: a whole number, not negative."""
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise ArgumentTypeError(_("%(text)s is not a whole number") % {"text": text})
    return int(text)


def basis_points(text: str) -> int:
    """argparse type: a percentage with at most two decimals."""
    try:
        points = Decimal(text.replace(",", ".")) * 100
    except InvalidOperation as error:
        raise ArgumentTypeError(_("%(text)s is not a percentage") % {"text": text}) from error
    if not points.is_finite() or points < 0 or points != points.to_integral_value():
        raise ArgumentTypeError(_("%(text)s is not a percentage with at most two decimals") % {"text": text})
    return int(points)


def kilowatts(text: str) -> Decimal:
    """argparse type: a power in kW."""
    if not re.fullmatch(r"[0-9]{1,9}([.,][0-9]{1,3})?", text):
        raise ArgumentTypeError(_("%(text)s is not a power in kW") % {"text": text})
    return Decimal(text.replace(",", "."))


def payment(text: str) -> tuple[dt.date, int]:
    """argparse type: DATE:CENTS."""
    when, _colon, cents = text.partition(":")
    return day(when), natural(cents)


def act(text: str) -> tuple[str, dt.date, dt.date | None]:
    """argparse type: KIND:DATE, or KIND:DATE:DATE with the day on which it was received."""
    kind, _colon, rest = text.partition(":")
    on, _colon, received = rest.partition(":")
    return kind, day(on), day(received.removeprefix("received").strip(" =:")) if received else None


def line(text: str) -> tuple[dt.date, dt.date, int]:
    """argparse type: FROM:TO:CENTS, a line of a bill with its days of consumption."""
    parts = text.split(":")
    if len(parts) != 3:
        raise ArgumentTypeError(_("%(text)s is not FROM:TO:CENTS") % {"text": text})
    start, end = day(parts[0]), day(parts[1])
    if end < start:
        raise ArgumentTypeError(_("%(text)s ends before it starts") % {"text": text})
    return start, end, natural(parts[2])


def _interest(topic: ArgumentParser) -> None:
    topic.add_argument("--regime", required=True, choices=("dlgs231", "legal", "fixed"))
    topic.add_argument("--capital-cents", required=True, type=natural)
    topic.add_argument("--due", required=True, type=day, help=_("last day to pay; interest runs from the next"))
    topic.add_argument("--to", required=True, type=day, help=_("last day counted"))
    topic.add_argument("--contract-date", type=day)
    topic.add_argument("--agri-food", action="store_true")
    topic.add_argument("--rate", type=basis_points, help=_("agreed rate in percent, for --regime fixed"))
    topic.add_argument("--divisor", type=int, choices=(365, 366), default=365)
    topic.add_argument("--payment", type=payment, action="append", default=[], metavar="DATE:CENTS")
    topic.add_argument("--expenses-cents", type=natural, default=0)


def _limitation(topic: ArgumentParser) -> None:
    topic.add_argument("--kind", required=True, choices=("ordinary_10y", "5y", "rent_5y", "2y", "utility_2y"))
    topic.add_argument("--from", required=True, type=day, dest="start")
    topic.add_argument("--act", type=act, action="append", default=[], metavar="KIND:DATE[:RECEIVED]")
    topic.add_argument("--sector", choices=("electricity", "gas", "water"), default="")
    topic.add_argument("--bill-due", type=day)
    topic.add_argument("--line", type=line, action="append", default=[], metavar="FROM:TO:CENTS")
    topic.add_argument("--bill-issued", type=day, help=_("with --line: what of the bill is prescribed"))


def _due_date(topic: ArgumentParser) -> None:
    topic.add_argument("--trigger", required=True, type=day)
    topic.add_argument("--days", required=True, type=natural)
    topic.add_argument("--move-holidays", choices=("yes", "no"), default="yes")


def _contact(topic: ArgumentParser) -> None:
    topic.add_argument("--channel", required=True, choices=("phone", "visit", "email", "sms", "letter", "pec"))
    topic.add_argument("--customer", required=True, choices=("consumer", "business", "public"))
    topic.add_argument("--at", required=True, type=moment, help=_("local time, as 2026-11-14T14:59"))
    topic.add_argument("--conversations-today", type=natural, default=0)
    topic.add_argument("--conversations-this-week", type=natural, default=0)
    topic.add_argument("--requested-by-customer", action="store_true")
    topic.add_argument("--patron-day", type=patron, help=_("MM-DD: the patron's day of the place, a holiday there"))


def _procedure(topic: ArgumentParser) -> None:
    sectors = ("electricity_LV", "electricity_MV_HV", "gas", "water")
    topic.add_argument("--sector", required=True, choices=sectors)
    for name in ("notice-received", "due", "final-term", "reduced-on", "complaint-received"):
        topic.add_argument(f"--{name}", type=day)
    for name in FLAGS:
        topic.add_argument(f"--{name.replace('_', '-')}", action="store_true", default=None)
    for name in AMOUNTS:
        topic.add_argument(f"--{name}-cents", type=natural)
    topic.add_argument("--contract-kw", type=kilowatts)
    topic.add_argument("--available-kw", type=kilowatts)


def _complaint(topic: ArgumentParser) -> None:
    topic.add_argument("--received", required=True, type=day)
    topic.add_argument("--answered", type=day)
    topic.add_argument("--as-of", type=day, help=_("without an answer: the day the clock is looked at"))
    topic.add_argument("--service", choices=SERVICES, default="complaint")
    topic.add_argument("--sector", choices=("electricity", "gas"), default="electricity")


def _usury(topic: ArgumentParser) -> None:
    topic.add_argument("--tegm", type=basis_points, help=_("average rate in percent"))
    topic.add_argument("--quarter", default="", help=_("as 2026-Q3, with --category, instead of --tegm"))
    topic.add_argument("--category", default="")
    topic.add_argument("--rate", type=basis_points, help=_("agreed rate in percent"))
    topic.add_argument("--late-markup", choices=("mortgages", "leasing", "others"), default="")


SERVICES = ("complaint", "correction", "correction_four_monthly", "double_billing", "information")
FLAGS = ("resident", "social_bonus", "life_support", "public_service", "paid", "other_services", "instalments_asked")
AMOUNTS = ("disputed", "unpaid", "deposit", "cycle", "yearly-band")
TOPICS = {
    "interest": _interest, "limitation": _limitation, "due-date": _due_date, "contact": _contact,
    "procedure": _procedure, "complaint": _complaint, "usury": _usury,
}  # fmt: skip


def misuse(message: str) -> None:
    """Ends the command as argparse would."""
    print(f"ascolto law: {message}", file=sys.stderr)
    raise SystemExit(2)
