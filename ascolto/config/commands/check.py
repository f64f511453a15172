# SPDX-License-Identifier: Apache-2.0
"""`ascolto check`: the invariants of the data."""

from argparse import ArgumentParser, Namespace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ascolto.config.commands import say

NAME = "check"
HELP = gettext_lazy("check the data: balances, allocations, reversals, tenants, plans, collections")


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--client", help=_("only this client (its short name)"))


def run(options: Namespace) -> int:
    """0 when everything holds, 1 with one line per thing that does not.

    Statements of the bank that do not tie or chain are printed too: they are the bank's, not a fault of the data.
    """
    from ascolto.domain.agreements import check as plans
    from ascolto.domain.debits import check as collections
    from ascolto.domain.ledger.check import differences, verdicts
    from ascolto.domain.strategy import check as calls

    say.prepare_database()
    clients = [client.pk for client in say.clients(options.client)]
    told = [*verdicts(clients), *plans.verdicts(clients), *collections.verdicts(clients), *calls.verdicts(clients)]
    for words, found in told:
        print(f"{'NO' if found else 'ok'}  {words}")
        for problem in found:
            say.complain(problem)
    broken = any(found for _words, found in told)
    print(_("Something is wrong: see above.") if broken else _("Everything holds."))
    for difference in differences(clients):
        print(difference)
    _warn_of_the_law()
    return 1 if broken else 0


def _warn_of_the_law() -> None:
    """Tables of law that run out: a warning, not a fault of the data."""
    from ascolto.domain.ledger.law_words import ending_soon
    from ascolto.domain.records import clock

    for words in ending_soon(clock.today()):
        say.complain(words)
