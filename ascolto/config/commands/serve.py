# SPDX-License-Identifier: Apache-2.0
"""`ascolto serve`: the web server."""

import threading
from argparse import ArgumentParser, Namespace
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ascolto.config.commands import say

NAME = "serve"
HELP = gettext_lazy("serve the desk on this machine (behind a reverse proxy when others use it)")


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help=_("address to listen on; default 127.0.0.1"))
    parser.add_argument("--port", type=int, default=8000, help=_("port; default 8000"))
    parser.add_argument("--threads", type=int, default=8, help=_("how many requests at once; default 8"))


def run(options: Namespace) -> int:
    """Serves until it is stopped with Ctrl-C."""
    say.prepare_database()
    print(_("Ascolto is at http://%(host)s:%(port)s (Ctrl-C ends it)") % vars(options), flush=True)
    serve(options.host, options.port, options.threads)
    return 0


def serve(host: str, port: int, threads: int) -> None:
    """Blocks. Raises Refused when the port is taken."""
    import waitress

    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # empty until somebody runs collectstatic

    from ascolto.config.wsgi import application
    from ascolto.domain.records.errors import Refused

    threading.Thread(target=_warm_up, daemon=True, name="warm-up").start()
    try:
        waitress.serve(application, host=host, port=port, threads=threads, ident="ascolto")
    except OSError as error:
        raise Refused("port_taken", _("Port %(port)s cannot be used (%(why)s): choose another with --port.")
                      % {"port": port, "why": error}) from error  # fmt: skip


def _warm_up() -> None:
    """While people sign in, the engine gets ready."""
    from django.db import connection

    from ascolto.domain.records import clock
    from ascolto.domain.strategy.policy import warm_up

    warm_up(clock.today())
    connection.close()
