# SPDX-License-Identifier: Apache-2.0
"""What lies on the table this morning: a delivery with mistakes that waits for a person, on the imports page."""

from __future__ import annotations

from ascolto.demo.files import fatturapa, lists
from ascolto.demo.life import CLERK, Life, at, keep
from ascolto.domain.intake import staging
from ascolto.domain.records import clock


def leave_open(life: Life) -> None:
    """Stage one delivery that cannot be taken over as it is: wrong rows in a list, or a damaged invoice."""
    day = life.world.last
    files = _list(life) if life.demo.slug == "casacomune" else _invoices(life)
    keep(life.world.home / "demo" / life.demo.slug / day.isoformat(), files)
    with clock.frozen(at(day, 8, 15)):
        staging.stage(client=life.client, files=files, profile=None, actor=CLERK, as_of=day)


def _list(life: Life) -> list[tuple[str, bytes]]:
    """Service charges typed by hand: a day that does not exist, an amount in words, a row without a name."""
    people = life.people
    good = [
        (
            p.number,
            p.name,
            p.accounts[0].number,
            f"C26-{n:04d}",
            "16/11/2026",
            "15/12/2026",
            lists.euro(2000 + 135 * n),
            "Conguaglio spese 2025",
            "",
        )
        for n, p in enumerate(people[3:15], start=1)
    ]
    wrong = [
        (
            people[0].number,
            people[0].name,
            people[0].accounts[0].number,
            "C26-0091",
            "31/11/2026",
            "15/12/2026",
            "84,20",
            "Conguaglio spese 2025",
            "",
        ),
        (
            people[1].number,
            people[1].name,
            people[1].accounts[0].number,
            "C26-0092",
            "16/11/2026",
            "15/12/2026",
            "cento",
            "Conguaglio spese 2025",
            "",
        ),
        ("", "", "", "C26-0093", "16/11/2026", "15/12/2026", "112,00", "Conguaglio spese 2025", ""),
    ]
    return [("conguagli_2025.csv", lists.rents((), [*good, *wrong]))]


def _invoices(life: Life) -> list[tuple[str, bytes]]:
    """Yesterday's last bills, one of them cut off on the way."""
    late = [bill for bill in life.by_number.values() if bill.type == "TD01"][-2:]
    name, whole = fatturapa.file_name(life.demo, late[-1]), fatturapa.document(life.demo, late[-1])
    cut = (name.replace(".xml", "_bis.xml"), whole[: len(whole) * 2 // 3])
    good = (fatturapa.file_name(life.demo, late[0]), fatturapa.document(life.demo, late[0]))
    return [good, cut]
