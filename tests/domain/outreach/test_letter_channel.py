# SPDX-License-Identifier: Apache-2.0
"""Letters for the print folder: whole or not at all, each key once, and nothing said on the outside."""

import dataclasses
import hashlib
import json
from pathlib import Path

import pytest

from ascolto.domain.outreach.channels import Attachment
from ascolto.domain.outreach.channels.letter import LetterChannel
from ascolto.domain.outreach.channels.phone import Number, number

from .test_email_channel import CARLA

PDF = b"%PDF-1.7 here"
LETTER = dataclasses.replace(
    CARLA, to_value="Via Verdi 5, 20123 Milano MI", attachments=(Attachment("x.pdf", "application/pdf", PDF),)
)


def test_the_file_and_its_line_in_the_manifest(tmp_path: Path) -> None:
    outcome = LetterChannel(tmp_path).send(LETTER)
    line = json.loads((tmp_path / "manifest" / f"{outcome.provider_id}.json").read_text())
    assert outcome.status == "sent"
    assert (tmp_path / line["file"]).read_bytes() == PDF
    assert line["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert (line["to"], line["address"]) == ("Carla Bianchi", "Via Verdi 5, 20123 Milano MI")
    assert not list(tmp_path.glob("**/*.part"))


def test_taken_away_it_does_not_come_back(tmp_path: Path) -> None:
    channel = LetterChannel(tmp_path)
    channel.send(LETTER)
    for file in tmp_path.glob("*.pdf"):
        file.unlink()
    assert channel.send(LETTER).status == "sent"
    assert list(tmp_path.glob("*.pdf")) == []


@pytest.mark.parametrize("key", ["../../etc/passwd", "a/b\x00c", "", "è" * 300])
def test_no_key_leaves_the_folder(tmp_path: Path, key: str) -> None:
    folder = tmp_path / "print"
    assert LetterChannel(folder).send(dataclasses.replace(LETTER, key=key)).status == "sent"
    assert len(list(folder.glob("*.pdf"))) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["print"]


def test_a_folder_that_cannot_be_written_is_for_later(tmp_path: Path) -> None:
    (tmp_path / "print").write_text("a file where the folder should be")
    assert LetterChannel(tmp_path / "print").send(LETTER).status == "retry"


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("02 1234567", Number("tel:+39021234567", "02 123 4567", False)),
        ("+39 333 1234567", Number("tel:+393331234567", "333 123 4567", True)),
        ("0041 44 668 18 00", Number("tel:+41446681800", "+41 44 668 18 00", False)),
        ("ufficio", None),
        ("12", None),
    ],
)
def test_a_number_to_dial(typed: str, read: Number | None) -> None:
    assert number(typed) == read
