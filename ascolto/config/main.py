# SPDX-License-Identifier: Apache-2.0
"""The `ascolto` command. Exit codes: 0 done, 1 done but something was refused or is wrong, 2 misuse."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

MISUSE = ("no_client", "unknown_client", "unknown_sector", "unknown_profile", "unreadable_profile",
          "unreadable_draft")  # fmt: skip
"""Refusals of what was typed, not of the data."""
COMMANDS = (
    "demo", "serve", "import_files", "day", "preview", "send", "fetch", "sdd", "check", "index", "user", "client", "law",
)  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point of the console script. Ctrl-C at any moment is 130."""
    try:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ascolto.config.settings")
        from ascolto.config.catalogues import compile_catalogues

        compile_catalogues()
        words = list(sys.argv[1:] if argv is None else argv)
        _set_up(words)
        return _run(_parser(words).parse_args(words))
    except KeyboardInterrupt:
        return 130


def _set_up(words: list[str]) -> None:
    """Django, as much of it as the command needs: reading files without a database wants only the words."""
    import django
    from django.conf import settings

    if words[:1] == ["demo"]:
        from ascolto.config.commands.demo import prepare

        prepare()
    rooms = {"import": "intake", "law": "ledger"}
    bare = words[:1] == ["law"] or (words[:1] == ["import"] and "--dry-run" in words)
    if bare and not settings.configured:
        locale = Path(__file__).resolve().parents[1]
        settings.configure(LANGUAGE_CODE="it", USE_I18N=True, USE_TZ=True, LOCALE_PATHS=[
            str(locale / "domain" / rooms[words[0]] / "locale"), str(locale / "config" / "locale")])  # fmt: skip
    django.setup()


def _run(options: argparse.Namespace) -> int:
    from django.utils import translation

    from ascolto.domain.records.errors import Refused

    translation.activate(user_language())
    try:
        code: int = options.run(options)
        return code
    except Refused as refusal:
        print(f"ascolto: {refusal.message}", file=sys.stderr)
        return 2 if refusal.code in MISUSE else 1
    except BrokenPipeError:
        # Who read us has seen enough; what is still in the buffer must not complain when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def user_language() -> str:
    """`it` or `en`, from ASCOLTO_LANGUAGE or the shell's locale; Italian when the shell says nothing."""
    said = os.environ.get("ASCOLTO_LANGUAGE") or os.environ.get("LC_ALL") or os.environ.get("LANG") or "it"
    return "en" if said.lower().startswith("en") else "it"


def _parser(words: list[str]) -> argparse.ArgumentParser:
    from django.utils import translation

    translation.activate(user_language())
    from django.utils.translation import gettext as _

    parser = argparse.ArgumentParser(
        prog="ascolto", description=_("Credit management that listens."),
        epilog=_("`ascolto COMMAND --help` explains a command. Settings come from the environment: see README."),
    )  # fmt: skip
    commands = parser.add_subparsers(dest="command", required=True, metavar=_("COMMAND"))
    alone = {"import": ("import_files",), "law": ("law",)}.get(words[0] if words else "", COMMANDS)
    for name in alone:
        module = importlib.import_module(f"ascolto.config.commands.{name}")
        sub = commands.add_parser(module.NAME, help=str(module.HELP), description=str(module.HELP), allow_abbrev=False)
        module.arguments(sub)
        sub.set_defaults(run=module.run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
