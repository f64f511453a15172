# SPDX-License-Identifier: Apache-2.0
"""`ascolto index`: what search looks in, and what bank lines find their customers by, written anew."""

from argparse import ArgumentParser, Namespace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ascolto.config.commands import say

NAME = "index"
HELP = gettext_lazy("write anew what search looks in (after rows were brought in from outside)")


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--client", help=_("only this client (its short name)"))


def run(options: Namespace) -> int:
    """0; says how many customers of each client can be found."""
    from ascolto.domain.ledger import keys
    from ascolto.domain.ledger.book import is_small
    from ascolto.domain.portfolio.indexing import rebuild
    from ascolto.domain.records import clock

    say.prepare_database()
    for client in say.clients(options.client):
        if not is_small(client.pk):
            keys.rewrite(client.pk, clock.today())
        print(_("%(client)s: %(count)s customers") % {"client": client.slug, "count": rebuild(client.pk)})
    return 0
