# SPDX-License-Identifier: Apache-2.0
"""`ascolto demo`: a made-up portfolio of three clients with a year of true history, and the server in front of it."""

import os
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

NAME = "demo"
HELP = gettext_lazy("build the demo world on the first start, then serve it with a sign-in for each role")
TODAY = "2026-11-20"
"""The Friday on which the demo world stands still."""


def prepare() -> None:
    """Before Django starts: the demo has a home, a date and a mail folder of its own, unless the shell says others."""
    root = Path(__file__).resolve().parents[3]
    os.environ.setdefault("ASCOLTO_HOME", str(root / "var" / "demo"))
    os.environ.setdefault("ASCOLTO_DEMO", "1")
    os.environ.setdefault("ASCOLTO_TODAY", TODAY)
    for name in ("ASCOLTO_SMTP_URL", "ASCOLTO_PEC_URL"):
        os.environ.setdefault(name, f"file://{os.environ['ASCOLTO_HOME']}/demo/mail")


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8000, help=_("port; default 8000"))
    parser.add_argument("--no-serve", action="store_true", help=_("build the world and stop"))
    parser.add_argument("--dev", action="store_true", help=_("restart the server when the code changes"))


def run(options: Namespace) -> int:
    """Builds once, then serves until it is stopped with Ctrl-C."""
    _build()
    _tell_logins(options.port)
    if options.no_serve:
        return 0
    if options.dev:
        from django.core.management import call_command

        call_command("runserver", f"127.0.0.1:{options.port}", use_reloader=True)
        return 0
    from ascolto.config.commands.serve import serve

    serve("127.0.0.1", options.port, threads=8)
    return 0


def _build() -> None:
    from ascolto.config.commands import say
    from ascolto.demo import story

    started = time.monotonic()
    with say.progress() as bar:
        task = bar.add_task(_("Living a year"), total=None)
        built = story.build(lambda done, total, name: bar.update(task, completed=done, total=total, description=name))
    if built:
        print(_("The demo world was built in %(seconds)s seconds.") % {"seconds": round(time.monotonic() - started)})


def _tell_logins(port: int) -> None:
    from ascolto.demo.story import demo_logins

    print(_("Ascolto is at http://127.0.0.1:%(port)s (Ctrl-C ends it). Sign in as:") % {"port": port})
    for role, email, password in demo_logins():
        print(f"  {role:<16} {email:<34} {password}")
    print(_("It is Friday 20 November 2026 there. Your own files: `ascolto --help`, and README.md."), flush=True)
