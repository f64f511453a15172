# SPDX-License-Identifier: Apache-2.0
"""`ascolto sdd`: the file of direct debits of what is due."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ascolto.config.commands import say
from ascolto.domain.records import clock

NAME = "sdd"
HELP = gettext_lazy("make the file of direct debits (pain.008 or CBI) of what is due, for customers with a mandate")


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--client", required=True, help=_("whose receivables these are (its short name)"))
    parser.add_argument("--due-by", type=say.day, required=True, help=_("what is due by this day (YYYY-MM-DD)"))
    parser.add_argument("--form", choices=("cbi", "pain.08", "pain.02"), default="cbi", help=_("form of the file"))
    parser.add_argument("--folder", default=".", help=_("where the files are written"))
    parser.add_argument("--dry-run", action="store_true", help=_("only say what would be collected"))


def run(options: Namespace) -> int:
    """0 when files were written (or would be); Refused in words when nothing may be collected."""
    from ascolto.domain.access.viewer import system_viewer
    from ascolto.domain.outreach import formats
    from ascolto.domain.strategy import debiting

    say.prepare_database()
    client = say.clients(options.client)[0]
    viewer = system_viewer("shell", [client.pk])
    as_of = clock.today()
    if not Path(options.folder).is_dir():
        return say.complain(_("%(folder)s is no folder.") % {"folder": options.folder})
    if options.dry_run:
        found = debiting.collectable(viewer, client, options.due_by, as_of)
        chosen = [one for one in found if not one.why_not]
        total = formats.money(sum(one.cents for one in chosen), "EUR", say.language())
        words = _("%(n)s instalments would be collected, %(total)s; %(left)s are left out. Nothing was written.")
        print(words % {"n": len(chosen), "total": total, "left": len(found) - len(chosen)})
        return 0
    for flow in debiting.collect(viewer, client, due_by=options.due_by, form=options.form, as_of=as_of):
        path = Path(options.folder) / f"{flow.identifier}.xml"
        path.write_bytes(bytes(flow.content or b""))
        cents = sum(flow.orders.values_list("amount_cents", flat=True))
        words = _("%(path)s: %(kind)s, %(n)s orders, %(total)s")
        print(words % {"path": path, "kind": flow.get_kind_display(), "n": flow.orders.count(),
                       "total": formats.money(cents, "EUR", say.language())})  # fmt: skip
    return 0
