# SPDX-License-Identifier: Apache-2.0
"""Disputes are looked into and answered: some were right and get a credit note, the others an answer in words."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from ascolto.demo.billing import Bill, Due
from ascolto.demo.books import Books
from ascolto.demo.chance import between, happens
from ascolto.demo.desk import Desk
from ascolto.domain.access.models import Client
from ascolto.domain.care.actions import close_case
from ascolto.domain.care.models import CareCase


class Answers:
    """Who answers the disputes of one client, and the credit notes that come of it."""

    def __init__(self, client: Client, books: Books, bills: dict[str, Bill], actor: str) -> None:
        self.client, self.books, self.bills, self.actor = client, books, bills, actor
        self.notes = 0

    def give(self, desk: Desk, day: dt.date) -> list[Bill]:
        """Answer what is ripe (twelve days to five weeks after the call); returns the credit notes of today."""
        ripe = [entry for entry in desk.disputes if (day - entry[1]).days >= between(12, 35, *entry[0], "answer")]
        desk.disputes = [entry for entry in desk.disputes if entry not in ripe]
        return [note for key, _ in ripe if (note := self._answer(key, day)) is not None]

    def _answer(self, key: tuple[str, int], day: dt.date) -> Bill | None:
        number = key[0]
        case = CareCase.objects.filter(
            client=self.client, invoice__number=number, kind="dispute", closed_on=None
        ).first()
        if case is None:
            return None
        upheld = happens(0.45, *key, "upheld") and self.bills[number].type != "rent"
        note = self._note(self.bills[number], day) if upheld else None
        words = (
            f"Accolta: emessa la nota di credito {note.number}"
            if note
            else "Spiegato il conteggio con la lettura del contatore: importo confermato"
        )
        verdict, granted = "confirmed", 0
        if note:
            whole = note.payable_cents >= case.disputed_cents
            verdict, granted = ("upheld", 0) if whole else ("partial", note.payable_cents)
        close_case(case=case, outcome=words, verdict=verdict, granted_cents=granted, actor=self.actor, as_of=day)
        self.books.answer(key, day, note.payable_cents if note else 0)
        return note

    def _note(self, bill: Bill, day: dt.date) -> Bill:
        """A credit note (TD04) for a part of the bill, with the bill's own VAT, withholding and split payment."""
        self.notes += 1
        share = between(15, 45, bill.number, "credit")
        text = f"Storno parziale fattura {bill.number}"
        number = f"{self.books.client.series}NC{day:%y}-{self.notes:05d}"
        note = replace(
            bill,
            number=number,
            type="TD04",
            issued_on=day,
            description=text,
            related=(bill.number, bill.issued_on),
            lines=((text, bill.net_cents * share // 100),),
            dues=(),
        )
        return replace(note, dues=(Due(1, day, note.payable_cents, "MP05", ""),))
