# SPDX-License-Identifier: Apache-2.0
"""Letters for the print house: each in one bundle, at the place that the manifest names, whatever crashes."""

import csv
import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from pypdf import PdfReader

from ascolto.domain.access.viewer import Viewer
from ascolto.domain.outreach import bundles, claims, outbox, print_files, print_house
from ascolto.domain.outreach.actions import withdraw_messages
from ascolto.domain.outreach.bundles import complete_bundles, make_bundles, postcode
from ascolto.domain.outreach.looking import Permission, go_all
from ascolto.domain.outreach.models import Bundle, BundledLetter, Contact, Document, Message
from ascolto.domain.outreach.sending import SendReport
from ascolto.domain.records.errors import Refused
from ascolto.domain.records.models import TrailEntry

from .conftest import NOW, facts

pytestmark = pytest.mark.django_db(transaction=True)
Queue = Callable[..., Message]
HOUSE = 'version = 2026-11-26\nletters_per_bundle = 3\npages_per_bundle = {pages}\nduplex = {duplex}\ncover = {cover}\nregistered = ["formal_notice"]\n'


@pytest.fixture
def house(tmp_path: Path, settings: Any) -> Callable[..., None]:
    """A print house that wants three letters a bundle."""

    def wants(pages: int = 100, duplex: str = "true", cover: str = "true") -> None:
        file = tmp_path / f"print-{pages}-{duplex}-{cover}.toml"
        file.write_text(HOUSE.format(pages=pages, duplex=duplex, cover=cover))
        settings.PRINTING_FILE = str(file)

    wants()
    return wants


@pytest.fixture
def letter(queue: Queue) -> Callable[..., Message]:
    def put(key: str, cap: str = "20123", **changes: Any) -> Message:
        of = facts(customer_name=f"Carla {key}", customer_address=("Via Verdi 5", f"{cap} Milano MI"))
        return queue(key, channel="letter", facts=of.to_dict(), **changes)

    return put


def make(folder: Path, **more: Any) -> SendReport:
    ids = list(Message.objects.values_list("client_id", flat=True).distinct())
    return make_bundles(worker="w", client_ids=ids, folder=folder, **({"allow": go_all, "now": lambda: NOW} | more))


def lines(folder: Path, bundle: Bundle) -> list[dict[str, str]]:
    text = (folder / f"{bundle.name}.csv").read_text("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def test_each_letter_stands_where_the_manifest_says(letter: Any, house: Any, tmp_path: Path) -> None:
    for key, cap in (("uno", "20135"), ("due", "00184"), ("tre", "20123"), ("quattro", "10121")):
        letter(key, cap)
    assert make(tmp_path).counts == {"sent": 4}
    first, second = Bundle.objects.order_by("number")
    assert (first.state, first.letters, second.letters) == ("made", 3, 1)
    pdf = (tmp_path / f"{first.name}.pdf").read_bytes()
    pages = PdfReader(io.BytesIO(pdf)).pages
    assert (len(pages), first.pages, first.sheets) == (8, 8, 4), "a cover and three letters, each with a blank back"
    assert hashlib.sha256(pdf).hexdigest() == first.sha
    told = lines(tmp_path, first)
    assert [row["postcode"] for row in told] == ["00184", "20123", "20135"], "sorted as the post sorts"
    for row in told:
        assert row["addressee"] in pages[int(row["page_from"]) - 1].extract_text()
        assert int(row["page_from"]) % 2 == 1, "a new sheet"
        document = Document.objects.get(message_id=row["message_id"])
        assert hashlib.sha256(bytes(document.content)).hexdigest() == document.sha == row["sha256"]
        assert (row["address_2"], row["address_4"], row["registered"]) == ("Via Verdi 5", "", "false")
    whole = json.loads((tmp_path / f"{first.name}.json").read_text())
    assert (whole["sha256"], whole["letters"], whole["sheets"]) == (first.sha, 3, 4)
    assert [line["message_id"] for line in whole["lines"]] == [int(row["message_id"]) for row in told]
    assert first.name in pages[0].extract_text(), "the cover says which bundle it is"


def test_the_letter_is_sent_with_its_contact_its_document_and_its_trail(
    letter: Any, house: Any, tmp_path: Path
) -> None:
    message = letter("uno")
    done: list[int] = []
    make(tmp_path, after_sent=lambda messages: done.extend(m.pk for m in messages))
    message.refresh_from_db()
    assert (message.status, message.detail) == ("sent", f"in bundle {Bundle.objects.get().name}")
    assert (Contact.objects.get().message_id, Document.objects.get().message_id, done) == (message.pk,) * 2 + (
        [message.pk],
    )
    assert TrailEntry.objects.filter(verb="message_sent", subject_id=message.pk).count() == 1
    assert make(tmp_path).counts == {}, "nothing twice"


def test_registered_letters_have_bundles_of_their_own(letter: Any, house: Any, tmp_path: Path) -> None:
    letter("uno")
    letter("due", template="formal_notice", tone=5)
    make(tmp_path)
    assert {(one.registered, one.letters, one.name[-2:] == "-r") for one in Bundle.objects.all()} == {
        (False, 1, False), (True, 1, True),
    }  # fmt: skip


def test_a_bundle_never_holds_more_pages_than_the_house_takes(letter: Any, house: Any, tmp_path: Path) -> None:
    house(pages=4)
    for number in range(3):
        letter(str(number))
    make(tmp_path)
    assert [(one.letters, one.pages) for one in Bundle.objects.order_by("number")] == [(2, 6), (1, 4)]
    assert set(Message.objects.values_list("status", "attempts")) == {("sent", 1)}


def test_one_side_and_no_cover(letter: Any, house: Any, tmp_path: Path) -> None:
    house(duplex="false", cover="false")
    for number in range(3):
        letter(str(number))
    make(tmp_path)
    bundle = Bundle.objects.get()
    assert (bundle.pages, bundle.sheets, [row["page_from"] for row in lines(tmp_path, bundle)]) == (
        3,
        3,
        ["1", "2", "3"],
    )


def test_what_is_not_wanted_any_more_is_in_no_bundle(letter: Any, house: Any, tmp_path: Path) -> None:
    paid, good = letter("uno"), letter("due")
    withdraw_messages(client_id=paid.client_id, message_ids=[paid.pk], why="paid")
    stopped = letter("tre")
    no = Permission(False, "its step was withdrawn")
    report = make(tmp_path, allow=lambda messages: {m.pk: no for m in messages if m.pk == stopped.pk})
    assert report.counts == {"sent": 1, "withdrawn": 1}
    assert BundledLetter.objects.get().message_id == good.pk


def test_a_letter_that_cannot_be_made_fails_alone(letter: Any, queue: Queue, house: Any, tmp_path: Path) -> None:
    letter("uno")
    bad = queue("due", channel="letter", facts={"no": "facts"})
    report = make(tmp_path)
    assert report.counts == {"sent": 1, "failed": 1}
    assert [pk for pk, _why in report.problems] == [bad.pk]


class Dies(BaseException):
    """As a power cut."""


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (bundles, "prepare"), (outbox, "begin_sending"), (outbox, "settle"), (BundledLetter.objects, "bulk_create"),
        (bundles, "_files"), (print_files, "joined"), (print_files, "write_whole"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_dead_at_any_point_the_next_run_ends_the_work(
    letter: Any, house: Any, tmp_path: Path, monkeypatch: Any, module: Any, name: str
) -> None:
    def dies(*_arguments: Any, **_more: Any) -> None:
        raise Dies

    for number in range(5):
        letter(str(number))
    notes = tmp_path / "sending"
    with monkeypatch.context() as broken:
        broken.setattr(module, name, dies)
        with pytest.raises(Dies):
            make(tmp_path / "print", notes_folder=notes)
    for left in notes.iterdir():
        left.unlink()  # the lock of this very process cannot be let go: as if there had been no notes
    ids = [Message.objects.values_list("client_id", flat=True)[0]]
    complete_bundles(client_ids=ids, folder=tmp_path / "print")
    later = NOW + 2 * claims.LEASE
    make(tmp_path / "print", now=lambda: later)
    assert set(Message.objects.values_list("status", flat=True)) == {"sent"}
    assert BundledLetter.objects.count() == Contact.objects.count() == Document.objects.count() == 5
    assert set(Bundle.objects.values_list("state", flat=True)) == {"made"}
    told = [row["message_id"] for one in Bundle.objects.all() for row in lines(tmp_path / "print", one)]
    assert sorted(told) == sorted(str(pk) for pk in Message.objects.values_list("pk", flat=True))


def test_the_database_refuses_a_letter_in_two_bundles(letter: Any, house: Any, tmp_path: Path) -> None:
    letter("uno")
    make(tmp_path)
    place = BundledLetter.objects.get()
    other = Bundle.objects.get()
    other.pk, other.number = None, 99
    other.save()
    place.pk, place.bundle = None, other
    with pytest.raises(IntegrityError), transaction.atomic():
        place.save()


def test_made_again_the_files_are_the_same(letter: Any, house: Any, tmp_path: Path) -> None:
    letter("uno")
    make(tmp_path / "a")
    bundle = Bundle.objects.get()
    assert print_files.write(bundle, tmp_path / "b") == bundle.sha
    for kind in print_files.KINDS:
        name = f"{bundle.name}.{kind}"
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    (tmp_path / "a" / f"{bundle.name}.pdf").unlink()
    assert hashlib.sha256(print_files.content(bundle, tmp_path / "a", "pdf")).hexdigest() == bundle.sha


def test_a_name_that_looks_like_a_formula_is_none(queue: Queue, house: Any, tmp_path: Path) -> None:
    of = facts(customer_name="=1+1", customer_address=("Via Verdi 5", "20123 Milano"))
    queue("1", channel="letter", facts=of.to_dict())
    make(tmp_path)
    assert lines(tmp_path, Bundle.objects.get())[0]["addressee"] == "'=1+1"


@pytest.mark.parametrize(
    ("address", "found"),
    [
        (["Carla", "Via Verdi 5", "20123 Milano MI"], "20123"),
        (["Ditta 12345", "Via 4 Novembre 10", "Roma"], ""),
        (["Carla", "Casella 54321, Via Po 1", "00184 Roma"], "00184"),
        ([], ""),
    ],
)
@pytest.mark.django_db
def test_the_postcode_is_read_from_the_address(address: list[str], found: str) -> None:
    assert postcode(address) == found


# --- handed over ---


def test_a_person_hands_a_bundle_over_and_can_undo_it(
    letter: Any, house: Any, tmp_path: Path, as_bruno: Viewer, as_dario: Viewer
) -> None:
    letter("uno")
    make(tmp_path)
    bundle = Bundle.objects.get()
    which = {"client_id": bundle.client_id, "bundle_id": bundle.pk, "actor": "bruno"}
    assert print_house.hand_over_bundle(**which, now=NOW).state == "handed_over"
    with pytest.raises(Refused) as no:
        print_house.hand_over_bundle(**which, now=NOW)
    assert no.value.code == "not_made"
    assert print_house.take_back_bundle(**which).handed_over_at is None
    with pytest.raises(Refused) as no:
        print_house.take_back_bundle(**which)
    assert no.value.code == "not_handed_over"
    verbs = TrailEntry.objects.filter(subject_type="bundle").order_by("pk").values_list("verb", "actor")
    assert list(verbs) == [("bundle_handed_over", "bruno"), ("bundle_taken_back", "bruno")]
    assert list(print_house.bundles(as_bruno)) == [bundle]
    assert list(print_house.bundles(as_dario)) == []


def test_a_bundle_of_another_client_is_not_ours_to_hand_over(
    letter: Any, house: Any, tmp_path: Path, altrove: Any
) -> None:
    letter("uno")
    make(tmp_path)
    with pytest.raises(Refused):
        print_house.hand_over_bundle(client_id=altrove.pk, bundle_id=Bundle.objects.get().pk, actor="dario", now=NOW)


def test_a_bundle_being_made_cannot_be_handed_over(letter: Any, house: Any, tmp_path: Path) -> None:
    letter("uno")
    make(tmp_path)
    Bundle.objects.update(state="making")
    bundle = Bundle.objects.get()
    with pytest.raises(Refused):
        print_house.hand_over_bundle(client_id=bundle.client_id, bundle_id=bundle.pk, actor="bruno", now=NOW)
