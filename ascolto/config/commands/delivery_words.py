# SPDX-License-Identifier: Apache-2.0
"""What a delivery brings, in words, for who imports from the shell."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ascolto.config.commands import say
from ascolto.domain.access.viewer import system_viewer
from ascolto.domain.intake import queries
from ascolto.domain.intake.models import Batch
from ascolto.domain.outreach import formats

MOST = 20
"""Problems shown one by one; all of them are on the imports page."""


def lines(batch: Batch) -> Iterator[str]:
    """Files, documents, bank lines and problems of the delivery, a line each; what there is none of is left out."""
    files, known, effect = batch.report.get("files", 0), batch.report.get("files_known", 0), batch.report["effect"]
    words = ngettext("%(n)s file read", "%(n)s files read", files) % {"n": files}
    yield words + (", " + _("%(n)s of them known already") % {"n": known} if known else "")
    for count, text in _counts(effect):
        if count:
            yield text
    yield from _problems(batch)


def _counts(effect: dict[str, int]) -> Iterator[tuple[int, str]]:
    new, notes, lines_new = effect["invoices_new"], effect["credit_notes_new"], effect["bank_lines_new"]
    people = effect["customers_new"]
    yield (
        new,
        (
            ngettext("%(n)s new invoice, %(money)s", "%(n)s new invoices, %(money)s", new)
            % {"n": new, "money": _money(effect["invoices_new_cents"])}
        ),
    )
    yield (
        notes,
        (
            ngettext("%(n)s new credit note, %(money)s", "%(n)s new credit notes, %(money)s", notes)
            % {"n": notes, "money": _money(effect["credit_notes_new_cents"])}
        ),
    )
    changed, same = effect["invoices_changed"], effect["invoices_known"]
    yield changed, ngettext("%(n)s changed invoice", "%(n)s changed invoices", changed) % {"n": changed}
    yield same, ngettext("%(n)s invoice known already", "%(n)s invoices known already", same) % {"n": same}
    notices = effect.get("sdi_notices", 0)
    yield notices, ngettext("%(n)s SdI notice", "%(n)s SdI notices", notices) % {"n": notices}
    flows = effect.get("collections", 0)
    yield flows, ngettext("%(n)s flow of collections", "%(n)s flows of collections", flows) % {"n": flows}
    yield people, ngettext("%(n)s new customer", "%(n)s new customers", people) % {"n": people}
    yield (
        lines_new,
        (
            ngettext(
                "%(n)s bank entry: %(in)s in, %(out)s out", "%(n)s bank entries: %(in)s in, %(out)s out", lines_new
            )
            % {"n": lines_new, "in": _money(effect["bank_credits_cents"]), "out": _money(effect["bank_debits_cents"])}
        ),
    )


def _problems(batch: Batch) -> Iterator[str]:
    rows = queries.problems(system_viewer("shell", [batch.client_id]), batch.pk).order_by("severity", "pk")
    found = list(rows[:MOST])
    for row in found:
        problem = queries.problem_of(row)
        kind = _("Error") if row.severity == "error" else _("Warning")
        place = _(", row %(row)s") % {"row": row.row} if row.row is not None else ""
        expected = f" – {problem.expected}" if problem.expected else ""
        yield f"{kind}, {row.file_name}{place}{f', {row.field}' if row.field else ''}: {problem.problem}{expected}"
    more = rows.count() - len(found)
    if more:
        yield ngettext("and %(n)s more problem", "and %(n)s more problems", more) % {"n": more}


def _money(cents: int) -> str:
    return formats.money(cents, "EUR", say.language())
