# SPDX-License-Identifier: Apache-2.0
"""Batches: each member by itself, and no bomb gets through."""

import io
import zipfile

import pytest

from ascolto.domain.intake.formats import archive
from ascolto.domain.intake.reading import Reading, read
from tests.domain.intake.formats import making

XML = making.plain()


def told(reading: Reading) -> list[tuple[str, str]]:
    return [(problem.file, problem.code) for problem in reading.problems]


def test_members_are_told_by_archive_and_name() -> None:
    data = making.zipped(("a.xml", XML), ("sub/b.xml.p7m", making.signed(making.plain(number="16"))))
    docs = read("batch.zip", data).invoices
    assert [(doc.file, doc.number) for doc in docs] == [
        ("batch.zip/a.xml", "2026/15"),
        ("batch.zip/sub/b.xml.p7m", "16"),
    ]


def test_a_bad_member_is_refused_alone() -> None:
    reading = read(
        "batch.zip", making.zipped(("a.xml", XML), ("b.xml", XML[:-40]), ("c.xml", making.plain(number="17")))
    )
    assert [doc.number for doc in reading.invoices] == ["2026/15", "17"]
    assert told(reading) == [("batch.zip/b.xml", "xml.malformed")]


def test_litter_and_metadata_of_sdi_are_no_trouble() -> None:
    metadata = b"<MetadatiInvioFile><NomeFile>a.xml</NomeFile></MetadatiInvioFile>"
    members = (
        ("__MACOSX/._a.xml", b"\x00"),
        ("x/.DS_Store", b"\x00"),
        ("a.xml", XML),
        ("a_metaDato.xml", metadata),
    )
    reading = read("batch.zip", making.zipped(*members))
    assert len(reading.invoices) == 1
    assert told(reading) == [("batch.zip/a_metaDato.xml", "xml.sdi_metadata")]
    assert not reading.refused


@pytest.mark.parametrize("name", ["../evil.xml", "/etc/evil.xml", "a/../../evil.xml", "C:/evil.xml", "..\\evil.xml"])
def test_names_that_lead_out_are_refused(name: str) -> None:
    reading = read("batch.zip", making.zipped((name, XML), ("good.xml", XML)))
    assert [doc.file for doc in reading.invoices] == ["batch.zip/good.xml"]
    assert [code for _, code in told(reading)] == ["zip.member_name"]


def test_one_archive_in_another_is_opened_and_no_more() -> None:
    inner = making.zipped(("a.xml", XML))
    assert [doc.file for doc in read("o.zip", making.zipped(("i.zip", inner))).invoices] == ["o.zip/i.zip/a.xml"]
    reading = read("o.zip", making.zipped(("m.zip", making.zipped(("i.zip", inner)))))
    assert told(reading) == [("o.zip/m.zip/i.zip", "zip.too_deep")]


def test_a_bomb_by_ratio_is_refused() -> None:
    reading = read("bomb.zip", making.zipped(("zeros.xml", b" " * (4 * archive.MAX_RATIO * 1024 * 8))))
    assert [code for _, code in told(reading)] == ["zip.bomb"]


def test_a_bomb_by_size_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_MEMBER_BYTES", len(XML) - 1)
    assert [code for _, code in told(read("big.zip", making.zipped(("a.xml", XML))))] == ["zip.too_large"]


def test_nested_archives_share_one_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive.Budget, "__init__", lambda self: _set(self, len(XML) * 3, 10))
    inner = making.zipped(("a.xml", XML), ("b.xml", XML))
    reading = read("o.zip", making.zipped(("1.zip", inner), ("2.zip", inner)))
    assert [code for _, code in told(reading)][-1] == "zip.too_large"


def _set(budget: archive.Budget, size: int, members: int) -> None:
    budget.bytes_left, budget.members_left = size, members


def test_too_many_members_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive.Budget, "__init__", lambda self: _set(self, 10**9, 2))
    members = ((f"{number}.xml", XML) for number in range(3))
    assert [code for _, code in told(read("many.zip", making.zipped(*members)))] == ["zip.too_many"]


def test_a_lying_size_does_not_help() -> None:
    """The header says ten bytes; the stream has more."""
    data = bytearray(making.zipped(("a.xml", XML)))
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as opened:
        size = opened.infolist()[0].file_size.to_bytes(4, "little")
    reading = read("lie.zip", bytes(data).replace(size, (10).to_bytes(4, "little")))
    assert reading.documents == ()
    assert reading.refused


def test_a_protected_member_is_refused() -> None:
    data = bytearray(making.zipped(("a.xml", XML)))
    central = data.index(b"PK\x01\x02")
    data[6] |= 1
    data[central + 8] |= 1
    assert [code for _, code in told(read("locked.zip", bytes(data)))] == ["zip.member_encrypted"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (making.zipped(("a.xml", XML))[:-60], "zip.broken"),
        (making.zipped(), "zip.empty"),
        (b"PK\x03\x04" + b"x" * 50, "zip.broken"),
    ],
)
def test_a_damaged_or_empty_archive_is_refused(data: bytes, code: str) -> None:
    assert [found for _, found in told(read("x.zip", data))] == [code]


def test_a_member_with_a_wrong_checksum_is_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as stored:
        stored.writestr("a.xml", XML)
        stored.writestr("b.xml", making.plain(number="16"))
    reading = read("x.zip", target.getvalue().replace(b"2026/15", b"2026/99"))
    assert [doc.number for doc in reading.invoices] == ["16"]
    assert [code for _, code in told(reading)] == ["zip.member_broken"]
