# SPDX-License-Identifier: Apache-2.0
"""`ascolto import FILE... --dry-run`: what would be imported, for a person to read. No database, no client.

The same reading and the same exit codes as `dryrun.run`, in lines of words instead of JSON.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TextIO

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from ascolto.domain.outreach import formats

from . import notice_words
from .documents import CollectionDoc, Document, InvoiceDoc, OpenItemRow, SdiNoticeDoc, StatementDoc
from .dryrun import EXIT_MISUSE, EXIT_READ, EXIT_REFUSED
from .problems import Problem
from .profile import Profile
from .reading import read


def summary(paths: Iterable[str | Path], profile: Profile | None = None, out: TextIO | None = None) -> int:
    """Read the files one by one and say what is in each, what is wrong, and the totals; the exit code."""
    stream, status, counts = out or sys.stdout, EXIT_READ, Counter[str]()
    for path in paths:
        reading = read(str(path), Path(path), profile)
        stream.write(f"{path}\n")
        for line in [*map(_document, reading.documents), *map(_problem, reading.problems)]:
            stream.write(f"  {line}\n")
        counts["files"] += 1
        counts.update(_kind(found) for found in reading.documents)
        counts.update(problem.severity for problem in reading.problems)
        status = EXIT_REFUSED if reading.refused else status
    stream.write(_totals(counts) + "\n")
    return status if counts["files"] else EXIT_MISUSE


def _kind(found: Document) -> str:
    if isinstance(found, InvoiceDoc):
        return "invoices"
    if isinstance(found, SdiNoticeDoc):
        return "notices"
    if isinstance(found, CollectionDoc):
        return "collections"
    return "statements" if isinstance(found, StatementDoc) else "rows"


def _document(found: Document) -> str:
    if isinstance(found, InvoiceDoc):
        return _invoice(found)
    if isinstance(found, SdiNoticeDoc):
        invoice = found.number or found.invoice_file or found.sdi_id
        words = {"type": found.type, "invoice": invoice, "meaning": notice_words.meaning(found.outcome)}
        return _("SdI notice %(type)s about %(invoice)s: %(meaning)s") % words
    if isinstance(found, CollectionDoc):
        return _("%(format)s %(identifier)s: %(count)s collection orders, %(total)s") % {
            "format": found.format,
            "identifier": found.identifier,
            "count": len(found.orders),
            "total": _money(sum(abs(order.cents or 0) for order in found.orders), "EUR"),
        }
    if isinstance(found, StatementDoc):
        values = {
            "account": formats.iban(found.account),
            "count": len(found.entries),
            "credits": _money(found.credits_cents, found.currency),
            "debits": _money(found.debits_cents, found.currency),
        }
        return _("Statement of %(account)s: %(count)s entries, in %(credits)s, out %(debits)s") % values
    values = {
        "row": found.row,
        "text": ", ".join(str(value) for value in found.values.values() if value not in (None, "")),
    }
    return (
        _("Row %(row)s: %(text)s") if isinstance(found, OpenItemRow) else _("Customer, row %(row)s: %(text)s")
    ) % values


def _invoice(found: InvoiceDoc) -> str:
    dues = ", ".join(
        f"{_money(part.cents, found.currency)} " + (_day(part.due) if part.due else _("without a due date"))
        for part in found.instalments
    )
    values = {
        "type": found.type,
        "number": found.number,
        "day": _day(found.issued_on),
        "buyer": found.buyer.name,
        "total": _money(found.total_cents, found.currency),
        "dues": dues or _("without payment terms"),
    }
    return _("%(type)s no. %(number)s of %(day)s to %(buyer)s: %(total)s (%(dues)s)") % values


def _problem(problem: Problem) -> str:
    kind = _("Error") if problem.severity == "error" else _("Warning")
    place = _(", row %(row)s") % {"row": problem.row} if problem.row is not None else ""
    field = f", {problem.field}" if problem.field else ""
    expected = f" – {problem.expected}" if problem.expected else ""
    return f"{kind}{place}{field}: {problem.problem}{expected}"


def _totals(counts: Counter[str]) -> str:
    """What was read, kind by kind; kinds of which there was nothing are not named."""
    words = {
        "files": ngettext("%(n)s file", "%(n)s files", counts["files"]),
        "invoices": ngettext("%(n)s invoice", "%(n)s invoices", counts["invoices"]),
        "notices": ngettext("%(n)s SdI notice", "%(n)s SdI notices", counts["notices"]),
        "statements": ngettext("%(n)s statement", "%(n)s statements", counts["statements"]),
        "collections": ngettext("%(n)s flow of collections", "%(n)s flows of collections", counts["collections"]),
        "rows": ngettext("%(n)s row of lists", "%(n)s rows of lists", counts["rows"]),
        "error": ngettext("%(n)s error", "%(n)s errors", counts["error"]),
        "warning": ngettext("%(n)s warning", "%(n)s warnings", counts["warning"]),
    }
    parts = [said % {"n": counts[kind]} for kind, said in words.items() if counts[kind]]
    return _("Nothing was written. Read: %(parts)s.") % {"parts": ", ".join(parts)}


def _language() -> str:
    return "en" if (get_language() or "it").startswith("en") else "it"


def _money(cents: int, currency: str) -> str:
    return formats.money(cents, currency, _language())


def _day(value: date) -> str:
    return formats.day(value, _language())
