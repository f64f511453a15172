# SPDX-License-Identifier: Apache-2.0
"""`ascolto user`: who may sign in, and for whom they work."""

import getpass
import os
import secrets
from argparse import ArgumentParser, Namespace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ascolto.config.commands import say
from ascolto.domain.access import actions
from ascolto.domain.access.models import Membership, Role, User

NAME = "user"
HELP = gettext_lazy("add people, give them a role at a client, list or stop them")


def arguments(parser: ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True)
    add = verbs.add_parser("add", help=_("invite a person and print a first password"))
    add.add_argument("email")
    add.add_argument("--name", required=True)
    add.add_argument("--client", action="append", required=True, help=_("short name; may be repeated"))
    add.add_argument("--role", choices=Role.values, required=True)
    add.add_argument("--language", choices=["it", "en"], default="it")
    add.add_argument("--ask-password", action="store_true", help=_("type the password instead of having one made"))
    stop = verbs.add_parser("stop", help=_("the person can no longer sign in"))
    stop.add_argument("email")
    verbs.add_parser("list", help=_("everybody and their roles"))


def run(options: Namespace) -> int:
    """Raises Refused in words (an operator on two clients, an unknown client)."""
    say.prepare_database()
    if options.verb == "add":
        return _add(options)
    if options.verb == "stop":
        actions.stop_user(email=options.email, actor=_actor())
        return 0
    for user in User.objects.order_by("email"):
        roles = Membership.objects.filter(user=user).select_related("client")
        print(f"{user.email}\t{user.name}\t" + ", ".join(f"{role.client.slug}: {role.role}" for role in roles))
    return 0


def _add(options: Namespace) -> int:
    password = getpass.getpass(_("Password: ")) if options.ask_password else secrets.token_urlsafe(12)
    clients = [say.clients(slug)[0] for slug in options.client]
    actions.add_user(
        email=options.email, name=options.name, password=password, language=options.language, clients=clients,
        role=options.role, actor=_actor(),
    )  # fmt: skip
    print(_("%(email)s can sign in.") % {"email": options.email})
    if not options.ask_password:
        print(_("First password: %(password)s") % {"password": password})
    return 0


def _actor() -> str:
    return f"shell:{os.environ.get('USER', 'unknown')}"
