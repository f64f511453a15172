# SPDX-License-Identifier: Apache-2.0
"""Search forgives a slip and finds by a part; what it looks in follows the customers, on either database."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from ascolto.domain.access.models import Client
from ascolto.domain.access.viewer import Viewer
from ascolto.domain.portfolio import search, terms
from ascolto.domain.portfolio.customers import Registrar
from ascolto.domain.portfolio.drafts import CustomerDraft, PointDraft
from ascolto.domain.portfolio.identities import Directory
from ascolto.domain.portfolio.indexing import note_customers, rebuild
from ascolto.domain.portfolio.models import ContactPoint, Customer, Invoice, NearWord, SearchTerm
from ascolto.domain.portfolio.normalise import search_name
from ascolto.domain.portfolio.search import find_customers, found, meaning

FRIDAY = dt.date(2026, 11, 20)


def add(client: Client, number: str, name: str, phone: str = "", **more: str) -> Customer:
    customer = Customer.objects.create(client=client, number=number, name=name, search_name=search_name(name), **more)
    if phone:
        ContactPoint.objects.create(client=client, customer=customer, channel="phone", value=phone)
    return customer


@pytest.fixture
def town(acqua: Client, altrove: Client) -> Client:
    people = [
        ("1", "Paolo Rossi", "+393331234567", {"tax_code": "RSSPLA80A01F205X"}),
        ("2", "Rossi Costruzioni S.r.l.", "+39021234999", {"vat": "IT01234567897"}),
        ("3", "Studio Dentistico De Santis S.p.A.", "", {}),
        ("4", "Anna Verdi", "", {}),
        ("5", "Niccolò D'Aù", "", {}),
    ]
    for number, name, phone, more in people:
        who = add(acqua, number, name, phone, **more)
        Invoice.objects.create(
            client=acqua, customer=who, number=f"2026/00{number}7", issued_on=FRIDAY, total_cents=1, payable_cents=1
        )
    add(altrove, "1", "Paolo Rossi", "+393331234567")
    for client in (acqua, altrove):
        rebuild(client.pk)
    return acqua


@pytest.mark.parametrize(
    ("said", "numbers"),
    [
        ("rossi", ["2", "1"]),  # a name that begins so stands first
        ("paolo rossi", ["1"]),
        ("rossi paolo", ["1"]),  # in another order
        ("rossi pa", ["1"]),
        ("santis studio", ["3"]),  # words that do not stand side by side
        ("costruzioni", ["2"]),
        ("ross", ["2", "1"]),
        ("paolo rosii", ["1"]),  # a wrong letter
        ("palo rossi", ["1"]),  # one too few
        ("paoloo rossi", ["1"]),  # one too many
        ("apolo rossi", ["1"]),  # two swapped
        ("rossi palo", ["1"]),
        ("dentsitico", ["3"]),
        ("niccolo", ["5"]),
        ("4567", ["1"]),  # any part of a phone
        ("33312", ["1"]),
        ("333 123 4567", ["1"]),
        ("0039 333 1234567", ["1"]),
        ("1234", ["1", "2"]),
        ("234", []),  # a part of three digits is no part
        ("RSSPLA80", ["1"]),
        ("rsspla80a01f205x", ["1"]),
        ("01234567897", ["2"]),
        ("0123456", ["2"]),
        ("IT0123", ["2"]),
        ("2026/0037", ["3"]),
        ("2026/003", ["3"]),
        ("rossi neri", []),
        ("%", []),
        ("ro_si", []),
        ("xyz", []),
    ],
)
def test_found_by(town: Client, as_ada: Viewer, said: str, numbers: list[str]) -> None:
    assert [one.number for one in find_customers(as_ada, said)] == numbers


@pytest.mark.parametrize("said", ["anna verdi", "dentistico", "niccolo", "RSSPLA80", "IT0123", "2026/00", "21234999"])
def test_a_strangers_customer_is_never_found(town: Client, as_dario: Viewer, said: str) -> None:
    assert find_customers(as_dario, said) == []


@pytest.mark.parametrize("said", ["rossi", "paolo rosii", "4567", "1"])
def test_of_a_namesake_each_finds_only_their_own(town: Client, as_ada: Viewer, as_dario: Viewer, said: str) -> None:
    assert {one.client_id for one in find_customers(as_ada, said)} == {town.pk}
    assert {one.client_id for one in find_customers(as_dario, said)} == set(as_dario.client_ids)


def test_exactly_so_stands_before_what_begins_so_before_what_is_a_slip_away(town: Client, as_ada: Viewer) -> None:
    add(town, "ross", "Zeno Zeta")
    add(town, "7", "Rosso Bruno")
    rebuild(town.pk)
    assert [one.number for one in find_customers(as_ada, "ross")] == ["ross", "2", "7", "1"]
    assert [one.number for one in find_customers(as_ada, "rosso")] == ["7", "1", "2"]


def test_a_search_asks_a_bounded_number_of_queries_and_names_a_bounded_number_of_people(
    town: Client, as_ada: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST", 3)
    for n in range(20):
        add(town, f"R{n}", f"Rossi {n}")
    rebuild(town.pk)
    with CaptureQueriesContext(connection) as seen:
        assert sum(map(len, found(as_ada, "rossi", 3))) == 3
    assert len(seen) <= 16
    assert Customer.objects.filter(meaning(as_ada, "rossi", "pk")).count() == 22  # a filter is not cut


def test_what_is_imported_is_found_at_once_and_a_new_name_replaces_the_old(acqua: Client, as_ada: Viewer) -> None:
    def told(name: str, *phones: str) -> None:
        draft = CustomerDraft(
            number="N1", name=name, points=tuple(PointDraft(channel="phone", value=p) for p in phones)
        )
        registrar = Registrar(acqua, Directory(acqua.pk, [draft]), actor="t", as_of=FRIDAY)
        registrar.learn(draft, master=True)
        registrar.write()

    told("Ferramenta Gallo")
    assert len(find_customers(as_ada, "ferramneta")) == 1
    told("Ferramenta Gallo", "+393401112223")
    assert len(find_customers(as_ada, "1112")) == 1
    told("Officina Gallo", "+393401112223")
    assert find_customers(as_ada, "ferramenta") == []
    assert len(find_customers(as_ada, "officina")) == 1


def test_rebuilding_writes_the_same_terms_again(town: Client) -> None:
    def written() -> list[tuple[object, ...]]:
        rows = SearchTerm.objects.filter(client=town).order_by("customer_id", "kind", "term")
        return [*rows.values_list("customer_id", "kind", "term"), *NearWord.objects.order_by("pk").values_list("word")]

    before = written()
    rebuild(town.pk)
    note_customers(town.pk, Customer.objects.filter(client=town).values_list("pk", flat=True))
    assert written() == before


@pytest.mark.only_on("postgresql")  # SQLite has no collations to fear
def test_a_beginning_is_answered_by_the_index_whatever_the_collation(town: Client) -> None:
    who = Customer.objects.filter(client=town)[0]
    SearchTerm.objects.bulk_create(SearchTerm(client=town, customer=who, kind="n", term=f"x{n}") for n in range(5000))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE portfolio_searchterm")
        plan = SearchTerm.objects.filter(client=town, kind="n", term__begins="ross").explain()
        assert "term_by_text" in plan
        assert "~>=~" in plan
        cursor.execute(
            "SELECT DISTINCT i.relname FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid "
            "JOIN pg_opclass o ON o.oid = ANY(x.indclass) WHERE o.opcname = 'varchar_pattern_ops'"
        )
        answered = {name for (name,) in cursor.fetchall()}
    assert answered >= {
        "term_by_text",
        "customer_by_tax_code",
        "customer_by_vat",
        "customer_by_code",
        "invoice_by_number",
    }


WORDS = st.text("abcdeio", min_size=4, max_size=9)


@given(WORDS, WORDS)
def test_near_is_one_slip_as_counted_the_slow_way(one: str, other: str) -> None:
    assert terms.is_near(one, other) == (_slips(one, other) <= 1)


@given(WORDS, st.data())
def test_words_one_slip_apart_have_a_spelling_in_common(word: str, data: st.DataObject) -> None:
    at, letter = data.draw(st.integers(0, len(word) - 1)), data.draw(st.sampled_from("abcdeiox"))
    slipped = data.draw(
        st.sampled_from(
            [
                word[:at] + letter + word[at + 1 :], word[:at] + word[at + 1 :], word[:at] + letter + word[at:],
                word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
            ]
        )
    )  # fmt: skip
    assert terms.spellings(word) & terms.spellings(slipped)
    assert terms.is_near(word, slipped)


def _slips(one: str, other: str) -> int:
    """Optimal string alignment, in full."""
    rows = [[max(i, j) if not i or not j else 0 for j in range(len(other) + 1)] for i in range(len(one) + 1)]
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (one[i - 1] != other[j - 1]))
            if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1]
