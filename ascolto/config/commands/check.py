# SPDX-License-Identifier: Apache-2.0
"""`ascolto check`: the invariants of the data."""

from argparse import ArgumentParser, Namespace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ascolto.config.commands import say

NAME = "check"
HELP = gettext_lazy("check the data: balances, allocations, reversals, tenants")


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--client", help=_("only this client (its short name)"))


def run(options: Namespace) -> int:
    """0 when everything holds, 1 with one line per thing that does not."""
    from ascolto.domain.ledger.check import problems

    say.prepare_database()
    found = problems([client.pk for client in say.clients(options.client)])
    for problem in found:
        say.complain(str(problem))
    if not found:
        print(_("Everything holds."))
    return 1 if found else 0
