# SPDX-License-Identifier: Apache-2.0
"""`ascolto serve`: the web server."""

import os
import signal
import socket
import threading
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ascolto.config.commands import say

NAME = "serve"
MANY = min(os.cpu_count() or 1, 4)
"""Pages are made of Python, which keeps one core per process busy (docs/decisions/0024)."""
HELP = gettext_lazy("serve the desk on this machine (behind a reverse proxy when others use it)")


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help=_("address to listen on; default 127.0.0.1"))
    parser.add_argument("--port", type=int, default=8000, help=_("port; default 8000"))
    parser.add_argument(
        "--threads", type=int, default=8, help=_("how many requests at once, in each process; default 8")
    )
    parser.add_argument(
        "--processes", type=int, default=MANY, help=_("how many processes; default one per core, at most 4")
    )


def run(options: Namespace) -> int:
    """Serves until it is stopped with Ctrl-C."""
    say.prepare_database()
    print(_("Ascolto is at http://%(host)s:%(port)s (Ctrl-C ends it)") % vars(options), flush=True)
    serve(options.host, options.port, options.threads, options.processes)
    return 0


def serve(host: str, port: int, threads: int, processes: int = 1) -> None:
    """Blocks. Raises Refused when the port is taken."""
    from ascolto.domain.records.errors import Refused

    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # empty until somebody runs collectstatic
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        door = socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        raise Refused("port_taken", _("Port %(port)s cannot be used (%(why)s): choose another with --port.")
                      % {"port": port, "why": error}) from error  # fmt: skip
    if processes > 1 and hasattr(os, "fork"):
        _share(door, threads, processes)
    else:
        _answer(door, threads)


def _answer(door: socket.socket, threads: int) -> None:
    """One process answers what comes to the door."""
    import waitress

    from ascolto.config.wsgi import application

    threading.Thread(target=_warm_up, daemon=True, name="warm-up").start()
    waitress.serve(application, sockets=[door], threads=threads, ident="ascolto")


def _share(door: socket.socket, threads: int, processes: int) -> None:
    """Several processes answer at one door; one that dies is replaced. Ends all of them when it ends."""
    from django.db import connections

    connections.close_all()  # a child must not inherit an open database
    signal.signal(signal.SIGTERM, _stop)
    children: set[int] = set()
    try:
        while True:
            while len(children) < processes:
                children.add(_child(door, threads))
            children.discard(os.wait()[0])
            time.sleep(1)  # one that cannot start is not started a thousand times a second
    finally:
        for pid in children:
            os.kill(pid, signal.SIGTERM)
        for pid in children:
            os.waitpid(pid, 0)


def _child(door: socket.socket, threads: int) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _answer(door, threads)
    finally:
        os._exit(0)


def _stop(*_signal: Any) -> None:
    raise SystemExit(0)


def _warm_up() -> None:
    """While people sign in, the engine gets ready."""
    from django.db import connection

    from ascolto.domain.records import clock
    from ascolto.domain.strategy.policy import warm_up

    warm_up(clock.today())
    connection.close()
