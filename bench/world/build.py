# SPDX-License-Identifier: Apache-2.0
"""The rows of a whole world, table by table and chunk by chunk, ids counted on. Owns the order: parents come first."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator

import numpy as np

from ascolto.demo.identifiers import iban, vat_number
from ascolto.domain.access.models import Client, Membership, User
from ascolto.domain.agreements.models import Concession, Plan, PlanCover, PlanInstalment, Promise
from ascolto.domain.care.models import CareCase, CaseEvent, CasePart
from ascolto.domain.ledger.models import Allocation, BankLine, BankStatement, LineAside, Payment
from ascolto.domain.outreach.models import Contact
from ascolto.domain.portfolio.models import Account, ContactPoint, Customer, Hold, Instalment, Invoice
from ascolto.domain.strategy.models import Action, Decision, PolicyVersion, Run
from ascolto.engine.policy import Policy
from ascolto.policies.load import load_policy

from .bills import bills
from .cash import settle
from .columns import Choice
from .commitments import commitments
from .history import contacts, decided
from .people import people
from .shape import Spec
from .steps import steps_taken
from .tables import Rows, rows

SECTOR = "utility"
RUN_DAYS = 1000
OPERATORS = 10
TABLES = {
    "customer": Customer, "point": ContactPoint, "account": Account, "invoice": Invoice, "note": Invoice,
    "item": Instalment, "hold": Hold, "statement": BankStatement, "line": BankLine, "payment": Payment,
    "allocation": Allocation, "aside": LineAside, "contact": Contact, "promise": Promise, "plan": Plan,
    "plan_part": PlanInstalment, "cover": PlanCover, "concession": Concession, "case": CareCase, "part": CasePart,
    "event": CaseEvent, "decision": Decision, "action": Action,
}  # fmt: skip
"""What the chunks call their tables, parents before children."""


def build(spec: Spec) -> Iterator[Rows]:
    """Every row of the world. Pure: nothing but `spec` and the policies decides what comes."""
    policy = load_policy(SECTOR)
    yield from _stage(spec, policy)
    next_id = dict.fromkeys(TABLES, 1)
    serials: dict[int, tuple[dict[int, int], dict[int, int]]] = {}
    for client, chunk, size in spec.chunks():
        counted = serials.setdefault(client, ({}, {}))
        yield from _chunk(spec, policy, client, chunk, size, next_id, counted)


def _chunk(
    spec: Spec, policy: Policy, client: int, chunk: int, size: int, next_id: dict[str, int],
    serials: tuple[dict[int, int], dict[int, int]],
) -> Iterator[Rows]:  # fmt: skip
    rng, today = np.random.default_rng([spec.seed, client, chunk]), spec.today
    operators = np.arange(OPERATORS) + client * (OPERATORS + 1) + 2
    who = people(rng, size, next_id["customer"], next_id["account"], today)
    owed = bills(rng, who, today, next_id["invoice"], next_id["item"], serials[0])
    settled = settle(rng, who, owed, today, next_id, serials[1])
    said = commitments(rng, who, owed, settled, today, next_id)
    steps = steps_taken(rng, who, owed, settled, said, today, policy)
    log = contacts(rng, who, steps, said, today, next_id["contact"], policy, operators)
    runs = client * RUN_DAYS + 1 + (steps.done - (today - RUN_DAYS)).astype(np.int64)
    of_steps = next_id["contact"] + len(said.columns["promise"]["amount_cents"]) + np.arange(len(steps.place))
    decision, action = decided(who, steps, policy, next_id["decision"], next_id["action"], of_steps, runs)
    past = {"contact": log, "decision": decision, "action": action}
    columns = {**who.columns, **owed.columns, **settled.columns, **said.columns, **past}
    columns["customer"]["operator_id"] = operators[np.arange(size) % OPERATORS]
    for name, model in TABLES.items():
        table = columns.pop(name)
        count = next(
            len(column) for column in table.values() if hasattr(column, "__len__") and not isinstance(column, str)
        )
        if "id" not in table:
            table["id"] = next_id[name] + np.arange(count)
        next_id[name] += count
        if name in ("invoice", "note"):
            next_id["invoice" if name == "note" else "note"] += count
        if count:
            yield rows(model, client_id=client + 1, **table)
    assert not columns, f"made and not kept: {sorted(columns)}"


def _stage(spec: Spec, policy: Policy) -> Iterator[Rows]:
    """Clients, the people who work for them, the kept policy, and the runs of the past."""
    n = spec.clients
    numbers = range(1, n + 1)
    slugs = ["valle" if n == 1 else f"valle{k}" for k in numbers]
    ids = np.arange(1, n + 1)
    each = np.arange(n)
    yield rows(
        Client, id=ids, slug=Choice(slugs, each), name=Choice([f"Valle Energia {k} S.p.A." for k in numbers], each), sector=SECTOR,
        vat=Choice(["IT" + vat_number(9_200_000 + k) for k in numbers], each), phone="+390200100100", email="clienti@valle.example",
        address="Viale delle Fonti 12, 41121 Modena MO", iban=Choice([iban("09981", "12900", k) for k in numbers], each),
    )  # fmt: skip
    team = OPERATORS + 1
    users = np.arange(n * team)
    words = [f"{'bruno' if k % team == 0 else 'ada'}{k}@valle.example" for k in users.tolist()]
    titles = [f"{'Bruno Responsabile' if k % team == 0 else 'Ada Operatore'} {k}" for k in users.tolist()]
    joined_at = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    yield rows(
        User, id=users + 1, email=Choice(words, users), name=Choice(titles, users), password="!", last_login=joined_at
    )
    roles = Choice(("credit_manager", "operator"), (users % team > 0).astype(np.int64))
    yield rows(Membership, id=users + 1, user_id=users + 1, client_id=users // team + 1, role=roles)
    start = spec.today - RUN_DAYS
    yield rows(
        PolicyVersion, id=ids, client_id=ids, name=policy.name, sha=policy.sha, content=json.dumps({"name": policy.name}),
        first_used_on=np.full(n, start),
    )  # fmt: skip
    days = np.tile(start + np.arange(RUN_DAYS), n)
    at = days.astype("datetime64[s]") + 4 * 3600
    of = np.repeat(ids, RUN_DAYS)
    yield rows(
        Run, id=np.arange(len(days)) + 1, client_id=of, as_of=days, policy_id=of, started_at=at, finished_at=at + 60
    )
