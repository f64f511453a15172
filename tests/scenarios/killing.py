# SPDX-License-Identifier: Apache-2.0
"""Dying at the n-th write, and the worlds in which one can: savepoints in this process, copies for real processes.

As a script: lives days in forked processes of its own, of which some kill themselves; see test_crash.py.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

WRITES = ("INSERT", "UPDATE", "DELETE", "SAVEPOINT", "RELEASE")


class Killed(BaseException):
    """No code catches this, as no code catches the power cut."""


class Killer:
    """Counts the writes of a connection; at number `at` (0: never) it does what `kill` does, before the write."""

    def __init__(self, at: int, kill: Callable[[], None]) -> None:
        self.at, self.kill, self.seen = at, kill, 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().upper().startswith(WRITES):
            self.seen += 1
            if self.seen == self.at:
                self.kill()
        return execute(sql, params, many, context)


def raise_killed() -> None:
    raise Killed


@contextmanager
def killed_at(number: int) -> Iterator[Killer]:
    """Inside, the n-th write raises Killed, which ends the block; then the database is as the crash left it."""
    from django.db import connection

    killer = Killer(number, raise_killed)
    try:
        with connection.execute_wrapper(killer):
            yield killer
    except Killed:
        # Nobody is left to roll back; the flag was set by the savepoint that died half-way out of its block.
        connection.needs_rollback = False


# --- as a script, in forked processes ---


def _day(database: dict[str, Any], at: int) -> None:
    """Live the day of people.TODAY in a database; at the n-th write this very process gets SIGKILL."""
    from django.db import connection

    from ascolto import day as story
    from ascolto.domain.access.models import Client
    from ascolto.domain.records import clock
    from tests.scenarios.life import at as moment
    from tests.scenarios.people import TODAY

    _enter(database)
    killer = Killer(at, lambda: os.kill(os.getpid(), signal.SIGKILL))
    with clock.frozen(moment(TODAY, 6)), connection.execute_wrapper(killer):
        story.live(client=Client.objects.get(slug="acqua"), as_of=TODAY)


def _stopped_day(database: dict[str, Any]) -> None:
    """Live the same day; once the night is begun this very process stops, until somebody tells it to go on."""
    from ascolto.domain.strategy import nights

    begin = nights.begin_night

    def begin_and_stop(**asked: Any) -> Any:
        begun = begin(**asked)
        os.kill(os.getpid(), signal.SIGSTOP)
        return begun

    nights.begin_night = begin_and_stop
    _day(database, 0)


def _sliced(database: dict[str, Any], at: int, home: str, engine: str = "duckdb") -> None:
    """The same day with every three customers a slice of their own, decided by processes of their own, or by Spark; cash
    application reads a narrow book, found by a process of its own."""
    from django.conf import settings

    from ascolto.domain.ledger import book
    from ascolto.domain.strategy import night
    from tests.scenarios.people import TODAY

    _enter(database)
    settings.HOME, settings.NIGHTS, settings.ENGINE = home, f"{home}/nights", engine
    at_home = night.url() if "://" in night.url() else f"sqlite:///{night.url()}"
    os.environ |= {"DATABASE_URL": at_home, "ASCOLTO_TODAY": TODAY.isoformat()}
    night.FEW, night.SLICE, book.FEW = 0, 3, 0
    _day(database, at)


def _previewed(database: dict[str, Any], home: str, into: str) -> None:
    """A draft compared in one piece, and with every three customers a slice of their own; both go into a file."""
    from django.conf import settings

    from ascolto.domain.access.models import Client
    from ascolto.domain.strategy import night, preview
    from ascolto.domain.strategy.drafts import draft_policy
    from ascolto.policies.load import strategy_text
    from tests.scenarios.people import TODAY

    _enter(database)
    settings.HOME = home
    at_home = night.url() if "://" in night.url() else f"sqlite:///{night.url()}"
    os.environ |= {"DATABASE_URL": at_home, "ASCOLTO_TODAY": TODAY.isoformat()}
    client, told = Client.objects.get(slug="acqua"), []
    text = strategy_text("utility").replace("from_days = 15\n", "from_days = 25\n")
    draft = draft_policy(client=client, text=text, as_of=TODAY)
    for preview.FEW, preview.SLICE in ((20_000, 20_000), (0, 3)):
        steps: list[tuple[int, int]] = []
        found = preview.preview(
            client=client, draft=draft, as_of=TODAY, tell=lambda done, of, steps=steps: steps.append((done, of))
        )
        told.append({"found": found.comparison.as_dict(), "changed": found.comparison.changed, "steps": steps})
    Path(into).write_text(json.dumps(told))


def _send(database: dict[str, Any], folder: str, worker: str) -> None:
    from ascolto.domain.access.models import Client
    from ascolto.domain.outreach.channels.folder import FolderChannel
    from ascolto.domain.outreach.channels.letter import LetterChannel
    from ascolto.domain.records import clock
    from ascolto.domain.strategy.sending import send_messages
    from tests.scenarios.life import at as moment
    from tests.scenarios.people import TODAY

    _enter(database)
    channels = {"email": FolderChannel(Path(folder) / worker), "letter": LetterChannel(Path(folder) / worker)}
    with clock.frozen(moment(TODAY, 9)):
        send_messages(client=Client.objects.get(slug="acqua"), channels=channels, worker=worker, as_of=TODAY)


def _dump(database: dict[str, Any], into: str) -> None:
    from tests.scenarios.dump import by_meaning

    _enter(database)
    Path(into).write_text(json.dumps(by_meaning()))


def _enter(database: dict[str, Any]) -> None:
    from django.db import connection

    connection.settings_dict.update(database)


REFUSED = 3
"""Exit code of a night that found another one at work."""


def _in_a_process(job: Callable[..., None], *arguments: Any) -> int:
    """Start `job` in a process of its own; returns its id."""
    pid = os.fork()
    if pid:
        return pid
    from ascolto.domain.records.errors import Refused

    try:
        job(*arguments)
    except Refused as refused:
        os._exit(REFUSED if refused.code == "night_at_work" else 1)
    except BaseException:  # noqa: BLE001  the forked copy must end here
        import traceback

        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _ended(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def main(orders: list[list[Any]]) -> None:
    """Each order is [database, dump file, kind, argument]; prints the exit codes of each as a JSON line."""
    import django

    django.setup()
    from ascolto import day as _heavy  # noqa: F401  imported, and the policy compiled, once, before the forks
    from ascolto.engine.decide import compiled
    from ascolto.policies.load import load_policy

    compiled(load_policy("utility", None))
    for database, into, kind, argument in orders:
        if kind == "kill":
            codes = [_ended(_in_a_process(_day, database, argument)), _ended(_in_a_process(_day, database, 0))]
        elif kind == "slices":
            home, *points = argument
            codes = [_ended(_in_a_process(_sliced, database, at, home)) for at in points]
        elif kind == "previews":
            codes = [_ended(_in_a_process(_previewed, database, *argument))]
        elif kind == "spark":
            codes = [_ended(_in_a_process(_sliced, database, 0, *argument))]
        elif kind == "two":
            first = _in_a_process(_stopped_day, database)
            os.waitpid(first, os.WUNTRACED)
            second = _ended(_in_a_process(_day, database, 0))
            os.kill(first, signal.SIGCONT)
            codes = [_ended(first), second]
        elif kind == "night":
            codes = [_ended(_in_a_process(_day, database, 0))]
        else:
            codes = [_ended(_in_a_process(_day, database, 0))]
            codes += [_ended(pid) for pid in [_in_a_process(_send, database, argument, f"w{n}") for n in range(2)]]
        codes.append(_ended(_in_a_process(_dump, database, into)))
        print(json.dumps(codes), flush=True)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
