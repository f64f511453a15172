# SPDX-License-Identifier: Apache-2.0
"""How long pages take when people use them at once: `python -m bench.pages --to sqlite:////file [--server NAME ...]`.

Starts each server on a loopback port over a world (bench.world) in which a night was lived, signs 16 people in, and lets
each ask for one page after another: the work list, a customer, a search by whatever is at hand, the cash queue. Prints
percentiles per page, requests per second, and the processor that a request took.
"""

import argparse
import datetime as dt
import http.client
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from urllib.parse import quote

WSGI = "ascolto.config.wsgi:application"
SERVERS = {
    "ascolto": ["-m", "ascolto.config.main", "serve", "--port", "{port}"],
    "waitress": ["-m", "waitress", "--threads=8", "--listen=127.0.0.1:{port}", WSGI],
    "gunicorn-sync": ["-m", "gunicorn", "-b", "127.0.0.1:{port}", "-w", "4", WSGI],
    "gunicorn-gthread": ["-m", "gunicorn", "-b", "127.0.0.1:{port}", "-k", "gthread", "-w", "2", "--threads", "4",
                         "--keep-alive", "30", WSGI],
    "granian": ["-m", "granian", "--interface", "wsgi", "--port", "{port}", "--workers", "2", "--blocking-threads", "4",
                "--no-ws", WSGI],
    "uvicorn": ["-m", "uvicorn", "--interface", "wsgi", "--port", "{port}", "--workers", "2", "--log-level", "warning",
                WSGI],
}  # fmt: skip
"""Arguments of python; two processes wherever a server has them, since pages are made of Python."""
MIX = {"work list": 30, "customer": 30, "search": 30, "cash": 10}


def main() -> int:
    options = _arguments().parse_args()
    os.environ["DATABASE_URL"] = options.to
    os.environ["ASCOLTO_TODAY"] = options.as_of.isoformat()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ascolto.config.settings")
    import django

    django.setup()
    visits = list(_visits(options.requests, options.seed))
    cookies = _cookies(options.users)
    load = " ".join(f"{part:.1f}" for part in os.getloadavg())
    print(
        f"{options.users} users, {options.requests} requests, {options.pause} s between them; load of the machine {load}"
    )
    for name in options.server or ["ascolto"]:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with _serving(name, options.port) as wait:
            wait()
            _run(visits[:100], cookies, options.port, options.users, 0)
            started = time.perf_counter()
            took, wrong = _run(visits, cookies, options.port, options.users, options.pause)
            wall = time.perf_counter() - started
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        each = 1000 * cpu / (len(visits) + 100)
        print(
            f"\n{name}: {len(visits) / wall:.1f} requests/s, {each:.0f} ms of processor each (its start included), {wrong} wrong"
        )
        everything = [ms for times in took.values() for ms in times]
        for page, times in [*sorted(took.items()), ("all", everything)]:
            print(
                f"  {page:24} {len(times):5}  p50 {_at(times, 50):6.0f}  p95 {_at(times, 95):6.0f}  p99 {_at(times, 99):6.0f} ms"
            )
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench.pages", description=__doc__)
    parser.add_argument("--to", required=True, help="sqlite:////file or postgres://...")
    parser.add_argument(
        "--server", action="append", choices=list(SERVERS), help="default: ascolto; the others must be installed"
    )
    parser.add_argument("--users", type=int, default=16)
    parser.add_argument("--requests", type=int, default=2_000)
    parser.add_argument("--pause", type=float, default=0.0, help="seconds that a user looks at a page, about")
    parser.add_argument("--port", type=int, default=8106)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--as-of", type=dt.date.fromisoformat, default=dt.date(2026, 11, 20))
    return parser


def _visits(how_many: int, seed: int) -> Iterator[tuple[str, str]]:
    """(page, address): the mix, with customers and words taken from all over the world."""
    chance = random.Random(seed)
    for page in chance.choices(list(MIX), weights=list(MIX.values()), k=how_many):
        if page == "work list":
            yield page, chance.choice(["/", "/", "/", "/?list=waiting", "/?list=blocked", "/?list=done"])
        elif page == "cash":
            yield page, chance.choice(["/incassi/", "/incassi/", "/incassi/?tab=settled", "/incassi/?tab=out"])
        elif page == "customer":
            tab = chance.choice(["", "", "", "fatture/", "incassi/"])
            yield page, f"/clienti/{_customer(chance).pk}/{tab}"
        else:
            how, text = _words(chance)
            yield f"search by {how}", f"/clienti/?q={quote(text)}"


def _customer(chance: random.Random, **only: object):
    from ascolto.domain.portfolio.models import Customer

    last = Customer.objects.order_by("-pk").values_list("pk", flat=True)[0]
    return (
        Customer.objects.filter(pk__gte=chance.randint(1, last), **only).order_by("pk").first()
        or (Customer.objects.filter(**only).order_by("pk")[0])
    )


def _words(chance: random.Random) -> tuple[str, str]:
    from ascolto.domain.portfolio.models import Invoice

    how = chance.choice(["name", "name", "beginning", "other order", "slip", "VAT", "tax code", "invoice", "phone"])
    if how == "VAT":
        return how, _customer(chance, vat__gt="").vat.removeprefix("IT")
    if how == "tax code":
        return how, _customer(chance, tax_code__gt="").tax_code[: chance.choice([8, 11, 16])]
    if how == "invoice":
        last = Invoice.objects.order_by("-pk").values_list("pk", flat=True)[0]
        return how, Invoice.objects.filter(pk__gte=chance.randint(1, last)).order_by("pk")[0].number
    who = _customer(chance)
    if how == "phone":
        point = who.contact_points.filter(channel="phone").first()
        return how, point.value[-chance.choice([5, 7, 10]) :] if point else who.number
    words = who.search_name.split()
    if how == "beginning":
        return how, who.search_name[:5]
    if how == "other order":
        return how, " ".join(reversed(words))
    if how == "slip":
        at = chance.randrange(len(words[0]))
        return how, " ".join([words[0][:at] + chance.choice("aeiors") + words[0][at + 1 :], *words[1:]])
    return how, who.search_name


def _cookies(users: int) -> list[tuple[str, bool]]:
    """Signed-in sessions, and whether their person sees cash: one credit manager to three operators."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from ascolto.domain.access.models import Membership

    def of(role: str) -> list[Membership]:
        return list(Membership.objects.filter(role=role).select_related("user"))

    operators, managers = of("operator"), of("credit_manager")
    made = []
    for n in range(users):
        cash = n % 4 == 0
        user = (managers if cash else operators)[n % len(managers if cash else operators)].user
        session = SessionStore()
        session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
        session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
        session.save()
        made.append((f"sessionid={session.session_key}; django_language=it", cash))
    return made


@contextmanager
def _serving(name: str, port: int) -> Iterator[object]:
    """The server as a process of its own, ended with all that it started."""
    command = [sys.executable, *(part.format(port=port) for part in SERVERS[name])]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)

    def wait() -> None:
        for _ in range(240):
            try:
                if _get(port, "/accounts/login/", "")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.25)
        raise SystemExit(f"bench.pages: {name} does not answer")

    try:
        yield wait
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _get(port: int, path: str, cookie: str, line: http.client.HTTPConnection | None = None) -> tuple[int, int]:
    line = line or http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    line.request("GET", path, headers={"Cookie": cookie})
    answer = line.getresponse()
    return answer.status, len(answer.read())


def _run(
    visits: list[tuple[str, str]], cookies: list[tuple[str, bool]], port: int, users: int, pause: float
) -> tuple[dict[str, list[float]], int]:
    """Milliseconds per page, and how many answers were not pages. Each user keeps their connection."""
    took: dict[str, list[float]] = defaultdict(list)
    wrong: list[str] = []
    queues = {True: [v for v in visits if v[0] == "cash"], False: [v for v in visits if v[0] != "cash"]}
    turns = {kind: count() for kind in queues}

    def one(cookie: str, cash: bool, seed: int) -> None:
        chance, line = random.Random(seed), http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while True:
            kind = cash and chance.random() < 0.4
            n = next(turns[kind])
            if n >= len(queues[kind]):
                kind = not kind if cash else kind
                n = next(turns[kind])
                if n >= len(queues[kind]):
                    return
            page, path = queues[kind][n]
            started = time.perf_counter()
            try:
                status, _size = _get(port, path, cookie, line)
            except (OSError, http.client.HTTPException):
                status, line = 0, http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            took[page].append(1000 * (time.perf_counter() - started))
            if status != 200:
                wrong.append(f"{status} {path}")
            if pause:
                time.sleep(pause * (0.5 + chance.random()))

    people = [threading.Thread(target=one, args=(*cookies[n], n)) for n in range(users)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    if wrong:
        print(f"  wrong: {wrong[:3]}")
    return took, len(wrong)


def _at(times: list[float], percent: int) -> float:
    return sorted(times)[min(len(times) - 1, len(times) * percent // 100)] if times else 0.0


if __name__ == "__main__":
    sys.exit(main())
