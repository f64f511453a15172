# SPDX-License-Identifier: Apache-2.0
"""`ascolto client`: the creditor companies."""

from argparse import ArgumentParser, Namespace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ascolto.config.commands import say
from ascolto.domain.access import actions
from ascolto.domain.access.models import Client
from ascolto.domain.records.errors import Refused

NAME = "client"
HELP = gettext_lazy("add a client (the creditor company) or list them")


def arguments(parser: ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True)
    add = verbs.add_parser("add", help=_("a new client with its own portfolio"))
    add.add_argument("slug", help=_("short name, e.g. acqua"))
    add.add_argument("--name", required=True)
    add.add_argument("--sector", required=True, help=_("which strategy it starts with"))
    add.add_argument("--vat", default="", help=_("VAT number: invoices of other sellers are refused"))
    add.add_argument("--iban", default="", help=_("where its customers pay"))
    add.add_argument("--email", default="", help=_("where its customers write"))
    add.add_argument("--phone", default="")
    add.add_argument("--address", default="", help=_("one line, printed on letters"))
    verbs.add_parser("list", help=_("all clients"))


def run(options: Namespace) -> int:
    """Raises Refused in words for an invalid VAT number or IBAN."""
    say.prepare_database()
    if options.verb == "list":
        for client in Client.objects.order_by("slug"):
            print(f"{client.slug}\t{client.name}\t{client.sector}\t{client.vat}")
        return 0
    _known_sector(options.sector)
    values = {
        name: getattr(options, name) for name in ("slug", "name", "sector", "vat", "iban", "email", "phone", "address")
    }
    client = actions.add_client(**values, actor="shell")
    print(_("%(name)s is ready: `ascolto import FILE... --client %(slug)s` brings its receivables in.")
          % {"name": client.name, "slug": client.slug})  # fmt: skip
    return 0


def _known_sector(sector: str) -> None:
    from ascolto.policies import load  # the engine is heavy: other commands need not load it

    if sector not in load.strategy_names():
        raise Refused(
            "unknown_sector",
            _("No strategy is called “%(sector)s”. Known: %(known)s.")
            % {"sector": sector, "known": ", ".join(load.strategy_names())},
        )
