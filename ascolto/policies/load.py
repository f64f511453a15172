# SPDX-License-Identifier: Apache-2.0
"""The reader of policies. Owns: files of law and strategy into the engine's frozen nouns, each parsed once.

Refuses: unknown keys (file + key in the message), a strategy that comes earlier than a law it names. PolicyError.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from ascolto.engine.calendar import Calendar
from ascolto.engine.papers import PaperRule
from ascolto.engine.plan import Right, Terms
from ascolto.engine.policy import Charter, Policy, Strategy, strategy_from_dict
from ascolto.engine.procedure import StepRow
from ascolto.engine.reading import PolicyError, read
from ascolto.policies.load_law import contact_law, procedure_law

HERE = Path(__file__).parent
LAW = HERE / "law" / "it"
STRATEGY = HERE / "strategy"
PLANS = HERE / "plans"


@dataclass(frozen=True)
class Holiday:
    on: date
    name: str


@dataclass(frozen=True)
class Holidays:
    version: date
    source: str
    confidence: str
    holiday: tuple[Holiday, ...]


@dataclass(frozen=True)
class Rights:
    version: date
    right: tuple[Right, ...]


def strategy_names() -> tuple[str, ...]:
    """The strategies that are shipped."""
    return tuple(sorted(path.stem for path in STRATEGY.glob("*.toml")))


def load_policy(name: str, charter: Charter | None = None) -> Policy:
    """A shipped strategy with the law of the day and a client's charter. Raises PolicyError."""
    policy = _shipped(name)
    return policy if charter is None else replace(policy, charter=charter)


def policy_from_dict(data: Mapping[str, Any], charter: Charter | None = None, where: str = "policy") -> Policy:
    """The same from a mapping (a version kept in the database, a draft of the studio). Raises PolicyError."""
    strategy = strategy_from_dict(data, where)
    _respects_law(strategy, where)
    return Policy(strategy=strategy, law=contact_law(), calendar=calendar(), charter=charter or Charter())


def strategy_text(name: str) -> str:
    """The file as written, to be kept with a run."""
    return _path(name).read_text(encoding="utf-8")


@lru_cache
def calendar() -> Calendar:
    """Italian national holidays."""
    days = read(Holidays, _toml(LAW / "holidays.toml"), "law/it/holidays.toml").holiday
    return Calendar(frozenset(h.on for h in days), tuple((h.on, h.name) for h in days))


def minimums() -> dict[str, StepRow]:
    """The terms of the arrears procedures by id: the earliest day that the law allows for a step."""
    return {row.id: row for row in procedure_law().steps}


@lru_cache
def plan_terms(sector: str) -> Terms:
    """What a client of this sector allows in a plan: the sector's own file, else the default."""
    own = PLANS / f"{sector}.toml"
    path = own if own.exists() else PLANS / "default.toml"
    return read(Terms, _toml(path), f"plans/{path.name}")


@lru_cache
def instalment_rights() -> tuple[Right, ...]:
    """The instalment rights that the law gives utility customers."""
    return read(Rights, _toml(LAW / "instalments.toml"), "law/it/instalments.toml").right


@lru_cache
def _shipped(name: str) -> Policy:
    return policy_from_dict(_toml(_path(name)), where=f"strategy/{name}.toml")


def _path(name: str) -> Path:
    if name not in strategy_names():
        raise PolicyError(f"no strategy named '{name}' (there are: {', '.join(strategy_names())})")
    return STRATEGY / f"{name}.toml"


def _toml(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return tomllib.load(file)


def _respects_law(strategy: Strategy, where: str) -> None:
    for rung in (rung for ladder in strategy.ladder for rung in ladder.rung):
        for law in rung.legal:
            row = minimums().get(law)
            if row is None:
                raise PolicyError(f"{where}: {rung.step} names the unknown law '{law}'")
            days = rung.from_days if row.counts_from == "due" else rung.after_days
            if days < row.days:
                raise PolicyError(f"{where}: {rung.step} after {days} days, but {row.article} wants {row.days}")


@dataclass(frozen=True)
class CareStandard:
    """The service of the law by which a kind of case is answered in some sectors; no topics: all of them."""

    sectors: tuple[str, ...]
    kinds: tuple[str, ...]
    service: str
    topics: tuple[str, ...] = ()


@dataclass(frozen=True)
class CareClocks:
    version: date
    days: int
    why: str
    standard: tuple[CareStandard, ...]


@lru_cache
def care_clocks() -> CareClocks:
    """By which standard disputes, complaints and requests are answered; our own days where there is none."""
    return read(CareClocks, _toml(HERE / "care.toml"), "care.toml")


@dataclass(frozen=True)
class Papers:
    version: date
    why: str
    rule: tuple[PaperRule, ...]


@lru_cache
def paper_rules() -> Papers:
    """What an invoice must have, by sector and kind of customer."""
    return read(Papers, _toml(HERE / "papers.toml"), "papers.toml")


@dataclass(frozen=True)
class ApprovalLimit:
    """What a role may approve of somebody else's request, and of its own (`alone_cents`)."""

    role: str
    kind: str
    limit_cents: int
    alone_cents: int = 0
    valid_from: date = date.min
    valid_to: date = date.max


@dataclass(frozen=True)
class Approvals:
    version: date
    why: str
    limit: tuple[ApprovalLimit, ...]


@lru_cache
def approval_limits() -> tuple[ApprovalLimit, ...]:
    """Who may approve credit notes and write-offs, up to how much."""
    return read(Approvals, _toml(HERE / "approvals.toml"), "approvals.toml").limit


@dataclass(frozen=True)
class LimitationRule:
    """Which period is counted for which invoices of which sectors (none named: of all), from `issued` or `due`."""

    sectors: tuple[str, ...]
    invoices: tuple[str, ...]
    kind: str
    starts: str
    assumed: str = ""


@dataclass(frozen=True)
class LimitationChoice:
    version: date
    horizon_days: int
    rule: tuple[LimitationRule, ...]

    def of(self, sector: str, invoice_kind: str) -> LimitationRule:
        """The first rule that fits; the last takes everything else."""
        fits = (r for r in self.rule if invoice_kind in r.invoices and (not r.sectors or sector in r.sectors))
        return next(fits, self.rule[-1])


@lru_cache
def limitation_choice() -> LimitationChoice:
    """Which limitation period we count for an invoice."""
    return read(LimitationChoice, _toml(HERE / "limitation.toml"), "limitation.toml")


@dataclass(frozen=True)
class RecoveryBucket:
    from_days: int
    share_permille: int


@dataclass(frozen=True)
class Recovery:
    """The assumed recovery by age, and when a client's own history takes its place."""

    version: date
    why: str
    within_days: int
    history_days: int
    least_items: int
    bucket: tuple[RecoveryBucket, ...]

    def of(self, days: int) -> RecoveryBucket:
        """The bucket of an age in days past due."""
        return next((one for one in reversed(self.bucket) if one.from_days <= days), self.bucket[0])


@lru_cache
def recovery() -> Recovery:
    """How much comes in by age, as assumed."""
    return read(Recovery, _toml(HERE / "recovery.toml"), "recovery.toml")
