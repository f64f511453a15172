# SPDX-License-Identifier: Apache-2.0
"""The customers of a chunk: who they are, how they are reached, their supplies, how they pay."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product

import numpy as np
import pyarrow as pa

from ascolto.demo import names
from ascolto.demo.identifiers import UNASSIGNED_BANKS, _first, _surname, plain
from ascolto.domain.portfolio.normalise import search_name

from . import codes, shape
from .columns import Choice, digits, fixed, joined, letters

DOMAINS = ("posta.example", "mail.example", "casa.example", "libero.test", "famiglia.test")
TOWNS = (*names.CITIES, *names.COAST)
SUPPLIES = ("energy", "gas", "water")


@dataclass
class People:
    """What later steps must know of a chunk's customers, a row each; `ids` as in the database."""

    ids: np.ndarray
    kind: np.ndarray
    temper: np.ndarray
    interval: np.ndarray
    reach: dict[str, np.ndarray]
    name: Choice
    iban: pa.Array
    debit: np.ndarray
    structured: np.ndarray
    courtesy: np.ndarray
    since: np.ndarray
    accounts: np.ndarray
    first_account: np.ndarray
    columns: dict[str, dict[str, object]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)


@lru_cache
def _humans() -> tuple[list[str], np.ndarray, list[str], np.ndarray, list[str]]:
    """Name, of a woman or not, mailbox, six characters of the tax code, language: every pair of words there is."""
    pairs = [(first, last, woman) for woman, firsts in ((False, names.MEN), (True, names.WOMEN))
             for first, last in product(firsts, names.SURNAMES)]  # fmt: skip
    pairs += [(first, last, first[-1] == "a") for first, last, _, _ in names.ABROAD]
    stems = np.array([list((_surname(last) + _first(first)).encode()) for first, last, _ in pairs], np.uint8)
    mailboxes = [f"{plain(first)}.{plain(last)}" for first, last, _ in pairs]
    languages = ["it"] * (len(pairs) - len(names.ABROAD)) + [language for *_, language in names.ABROAD]
    return ([f"{first} {last}" for first, last, _ in pairs], np.array([w for *_, w in pairs]), mailboxes, stems, languages)  # fmt: skip


@lru_cache
def _bodies() -> tuple[list[str], list[str], int]:
    """Firms, then public bodies: names, mailboxes, and how many of them are firms."""
    firms = [f"{trade} {last} {form}" for trade, last, form in product(names.TRADES, names.SURNAMES, names.FORMS)]
    public = [word.format(city=town[0]) for word, town in product(names.PUBLIC, TOWNS)]
    told = firms + public
    return told, [plain(name)[:28] for name in told], len(firms)


@lru_cache
def _folded() -> list[str]:
    """Every name as search compares it."""
    return [search_name(name) for name in _humans()[0] + _bodies()[0]]


def _rank_shares(count: int) -> np.ndarray:
    """The first words are common, the last rare: as with surnames."""
    weights = 1 / (np.arange(count) + 6)
    return np.asarray(weights / weights.sum())


def people(rng: np.random.Generator, count: int, first_id: int, first_account: int, today: np.datetime64) -> People:
    """A chunk of customers with the columns of their three tables."""
    ids = first_id + np.arange(count)
    kind = shape.pick(rng, shape.KIND_SHARES, count)
    consumer, public = kind == 0, kind == 2
    words, boxes, name_codes, woman = _names(rng, kind, count)
    name = Choice(words, name_codes)
    town = rng.integers(0, len(TOWNS), count)
    street = joined(
        Choice(names.STREETS, rng.integers(0, len(names.STREETS), count)), pa.scalar(" "), rng.integers(1, 181, count)
    )
    vats = fixed(letters("IT", count), codes.vat(2_000_000 + ids, 36))
    temper = shape.pick(rng, shape.TEMPERS, count)
    since = today - np.where(
        rng.random(count) < shape.NEW_CUSTOMERS, rng.integers(26, 540, count), rng.integers(900, 6000, count)
    )
    human = _humans()
    born = np.datetime64("1942-01-01") + rng.integers(0, 22_000, count)
    places = np.array([list(place.encode()) for *_, place in TOWNS], np.uint8)[town]
    abroad = consumer & (name_codes >= len(human[0]) - len(names.ABROAD))
    origin = np.array([list(code.encode()) for _, _, code, _ in names.ABROAD], np.uint8)
    places = np.where(
        abroad[:, None], origin[np.where(abroad, name_codes - (len(human[0]) - len(names.ABROAD)), 0)], places
    )
    stems = human[3][np.where(consumer, name_codes, 0)]
    persons = codes.tax_codes(stems, born, woman, places)
    empty = pa.scalar("", pa.string())
    is_consumer, is_public = pa.array(consumer), pa.array(public)
    reach = {channel: rng.random(count) < share for channel, share in shape.REACH.items()}
    reach["pec"] &= ~consumer
    temper_is_very_late = temper == shape.VERY_LATE
    interval = np.array(shape.INTERVALS)[
        np.where(temper_is_very_late, 0, shape.pick(rng, shape.INTERVAL_SHARES, count))
    ]
    courtesy = rng.random(count) < 0.03
    languages = np.where(abroad, name_codes - (len(human[0]) - len(names.ABROAD)) + 1, 0)
    second = rng.random(count) < shape.SECOND_ACCOUNT
    accounts = 1 + second.astype(np.int64)
    starts = first_account + np.cumsum(accounts) - accounts
    bank = np.array([int(bank) for bank in UNASSIGNED_BANKS])[rng.integers(0, len(UNASSIGNED_BANKS), count)]
    made = People(
        ids=ids, kind=kind, temper=temper, interval=interval, reach=reach, name=name,
        iban=codes.ibans(bank, rng.integers(10_000, 100_000, count), ids), debit=rng.random(count) < shape.DIRECT_DEBIT,
        structured=rng.random(count) < 0.4, courtesy=courtesy, since=since, accounts=accounts, first_account=starts,
    )  # fmt: skip
    made.columns["customer"] = {
        "id": ids, "number": fixed(digits(10_000_000 + ids, 8)), "name": name, "search_name": Choice(_folded(), name_codes),
        "kind": Choice(shape.KINDS, kind),
        "tax_code": pa.compute.if_else(is_consumer, persons, pa.compute.if_else(is_public, pa.compute.utf8_slice_codeunits(vats, 2), empty)),
        "vat": pa.compute.if_else(is_consumer, empty, vats),
        "language": Choice(["it", *(one[3] for one in names.ABROAD)], languages),
        "street": street, "postcode": Choice([t[2] for t in TOWNS], town), "city": Choice([t[0] for t in TOWNS], town),
        "province": Choice([t[1] for t in TOWNS], town), "vulnerable": consumer & (rng.random(count) < 0.03),
        "active": rng.random(count) < 0.985, "wants_courtesy": courtesy, "since_on": since,
    }  # fmt: skip
    home = joined(street, pa.scalar(", "), Choice([f"{t[2]} {t[0]} {t[1]}" for t in TOWNS], town))
    made.columns["point"] = _points(rng, made, Choice(boxes, name_codes), home)
    made.columns["account"] = _accounts(rng, made, home)
    return made


def _names(
    rng: np.random.Generator, kind: np.ndarray, count: int
) -> tuple[list[str], list[str], np.ndarray, np.ndarray]:
    """All words, all mailboxes, and for each customer its place among them; whether it is a woman."""
    humans, women, boxes, _, _ = _humans()
    told, mailboxes, firms = _bodies()
    last = len(names.SURNAMES)
    surname = rng.choice(last, count, p=_rank_shares(last))
    first = rng.choice(len(names.MEN), count, p=_rank_shares(len(names.MEN)))
    woman = rng.random(count) < 0.5
    person = (np.where(woman, len(names.MEN) + first % len(names.WOMEN), first)) * last + surname
    abroad = rng.random(count) < 0.07
    person = np.where(abroad, len(humans) - 1 - rng.integers(0, len(names.ABROAD), count), person)
    trade = rng.integers(0, len(names.TRADES), count)
    firm = (trade * last + surname) * len(names.FORMS) + rng.integers(0, len(names.FORMS), count)
    body = firms + rng.integers(0, len(told) - firms, count)
    place = np.choose(kind, [person, len(humans) + firm, len(humans) + body])
    return humans + told, boxes + mailboxes, place, np.where(kind == 0, women[np.where(kind == 0, person, 0)], False)


def _points(rng: np.random.Generator, who: People, box: Choice, home: pa.Array) -> dict[str, object]:
    """Contact points in the order of the customers: e-mail, phone, home, PEC."""
    n = len(who)
    domain = Choice(DOMAINS, rng.integers(0, len(DOMAINS), n))
    values = (
        joined(box, who.ids, pa.scalar("@"), domain),
        fixed(letters("+390200", n), digits(who.ids % 10_000_000, 7)),
        home,
        joined(box, who.ids, pa.scalar("@pec.example")),
    )
    channels = ("email", "phone", "letter", "pec")
    wanted = np.stack([who.reach[channel] for channel in channels], 1).ravel()
    rows = np.flatnonzero(wanted)
    places = pa.array(rows % 4 * n + rows // 4)
    m = len(rows)
    right, verified = rng.random(m) < 0.985, rng.random(m) < 0.985
    consent = shape.pick(rng, (0.60, 0.385, 0.015), m)
    usable = np.zeros((n, 4), bool)
    usable[rows // 4, rows % 4] = right & verified & (consent != 2)
    for place, channel in enumerate(channels):
        who.reach[channel] = usable[:, place]
    return {
        "customer_id": who.ids[rows // 4], "channel": Choice(channels, rows % 4),
        "value": pa.chunked_array(values).combine_chunks().take(places), "person_role": "pays",
        "is_right_party": right, "verified": verified, "consent": Choice(("unsaid", "given", "denied"), consent),
        "consent_on": np.where(consent > 0, np.repeat(who.since, 4)[rows] + 1, np.datetime64("NaT")), "preferred": False,
    }  # fmt: skip


def _accounts(rng: np.random.Generator, who: People, home: pa.Array) -> dict[str, object]:
    owner = np.repeat(np.arange(len(who)), who.accounts)
    ids = who.first_account[0] + np.arange(len(owner))
    kind = (ids + owner) % 3
    numbers = joined(Choice(("IT999E", "9999", "MAT"), kind), fixed(digits(ids, 10)))
    return {"id": ids, "customer_id": who.ids[owner], "number": numbers, "kind": Choice(SUPPLIES, kind),
            "place": home.take(pa.array(owner))}  # fmt: skip
