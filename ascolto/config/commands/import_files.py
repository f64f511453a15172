# SPDX-License-Identifier: Apache-2.0
"""`ascolto import`: files of invoices, customers, open items and bank statements."""

import json
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from ascolto.domain.intake.models import Batch
    from ascolto.domain.intake.profile import Profile

NAME = "import"
HELP = gettext_lazy("read invoices (FatturaPA, UBL, CII, Factur-X), SdI notices, lists (CSV, XLSX) and bank statements")


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--client", help=_("whose receivables these are (its short name)"))
    parser.add_argument("--profile", help=_("a saved mapping profile by name, or a JSON file, for CSV and XLSX"))
    parser.add_argument("--dry-run", action="store_true", help=_("only say what would be imported; needs no client"))
    parser.add_argument("--json", action="store_true", help=_("one JSON line per document and per problem"))
    parser.add_argument("--accept", action="store_true", help=_("take over the good rows even when others have errors"))
    parser.add_argument(
        "--stage-only", action="store_true", help=_("leave the batch to be accepted on the imports page")
    )


def run(options: Namespace) -> int:
    """0 everything was read, 1 some rows or files were refused, 2 misuse."""
    if options.dry_run:
        return _dry_run(options)
    if not options.client:
        print(_("ascolto import: say whose receivables these are with --client."), file=sys.stderr)
        return 2
    return _import(options)


def _dry_run(options: Namespace) -> int:
    from ascolto.domain.intake import dryrun
    from ascolto.domain.intake.summary import summary

    profile = _profile_file(options.profile)
    if options.profile and profile is None:
        raise _unknown_profile(options.profile)
    return dryrun.run(options.files, profile) if options.json else summary(options.files, profile)


def _import(options: Namespace) -> int:
    from ascolto.config.commands import say
    from ascolto.domain.access.viewer import system_viewer
    from ascolto.domain.intake import profiles, staging
    from ascolto.domain.records import clock
    from ascolto.domain.strategy import reactions

    say.prepare_database()
    client = say.clients(options.client)[0]
    profile = _profile_file(options.profile) or profiles.named(client, options.profile)
    if options.profile and profile is None:
        raise _unknown_profile(options.profile)
    files: list[tuple[str, bytes | Path]] = [(Path(name).name, Path(name)) for name in options.files]
    as_of, actor = clock.today(), "shell"
    with say.progress() as bar:
        task = bar.add_task(_("Reading the files"), total=len(files))
        batch = staging.stage(
            client=client, files=files, profile=profile, actor=actor, as_of=as_of,
            progress=lambda done, _total: bar.update(task, completed=done),
        )  # fmt: skip
    wrong = batch.problems.filter(severity="error", solved=False).count()
    if batch.status == batch.Status.ACCEPTED or (not options.stage_only and (options.accept or not wrong)):
        reactions.accept_batch(system_viewer(actor, [client.pk]), batch.pk, as_of=as_of)
        batch.refresh_from_db()
    _tell(options, batch)
    return 1 if wrong else 0


def _tell(options: Namespace, batch: "Batch") -> None:
    from ascolto.config.commands.delivery_words import lines

    if options.json:
        print(json.dumps({"batch": batch.pk, "status": batch.status, **batch.report}, ensure_ascii=False))
        return
    print(_("Batch %(number)s: %(status)s") % {"number": batch.pk, "status": batch.get_status_display()})
    for line in lines(batch):
        print(f"  {line}")
    if batch.status == batch.Status.STAGED:
        print(_("Open it on the imports page to correct and accept it, or run again with --accept."))


def _profile_file(name: str | None) -> "Profile | None":
    """A profile given as a JSON file; None when `name` is not a file. Raises Refused when it cannot be read."""
    from ascolto.domain.intake.profile import Profile
    from ascolto.domain.records.errors import Refused

    if not name or not Path(name).is_file():
        return None
    try:
        return Profile.from_dict(json.loads(Path(name).read_text()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refused("unreadable_profile", _("The profile %(name)s cannot be read: %(why)s")
                      % {"name": name, "why": error}) from error  # fmt: skip


def _unknown_profile(name: str) -> Exception:
    from ascolto.domain.records.errors import Refused

    return Refused(
        "unknown_profile", _("No mapping profile is called “%(name)s”, and there is no such file.") % {"name": name}
    )
