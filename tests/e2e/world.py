# SPDX-License-Identifier: Apache-2.0
"""The small portfolio that the browser tests live in: brought, accepted, lived and sent by the real code.

`python -m tests.e2e.world` builds it in the database of the environment, as of Friday 20 November 2026.
Acqua's customers got invoices due on 31 October, a reminder on the 9th, and are to be called today, except for
who paid; some of their money waits for a word, and of one reminder nobody knows whether it left. Altrove has one
customer, whom of Acqua's people only Bruno sees.
"""

import datetime as dt
import os
from pathlib import Path

PASSWORD = "una-parola-lunga"
PEOPLE = {
    "ada": ("ada@acqua.test", "Ada Operatrice", "operator", ("acqua",)),
    "bruno": ("bruno@acqua.test", "Bruno Responsabile", "credit_manager", ("acqua", "altrove")),
    "elena": ("elena@acqua.test", "Elena Direttrice", "client_viewer", ("acqua",)),
    "dario": ("dario@altrove.test", "Dario D'Altrove", "credit_manager", ("altrove",)),
}
Row = tuple[str, str, str, bool, str, str | None]
CUSTOMERS: tuple[Row, ...] = (
    # number, surname, name, woman, euros, what their bank line says (None: nothing came in)
    ("C001", "Bianchi", "Carla", True, "122.00", None),
    ("C002", "Verdi", "Dino", False, "340.10", None),
    ("C003", "Neri", "Enza", True, "88.40", None),
    ("C004", "Gallo", "Fabio", False, "415.00", None),
    ("C005", "Conti", "Gina", True, "61.25", None),
    ("C006", "Rizzo", "Ivan", False, "209.99", None),
    ("C007", "Moretti", "Lia", True, "77.70", None),
    ("C008", "Fontana", "Marco", False, "530.00", None),
    ("C009", "Costa", "Nora", True, "145.50", "Pagamento fattura 2026/109"),  # sure: settles by itself
    ("C010", "Marino", "Olga", True, "93.15", "grazie"),  # likely: waits for a word
    ("C011", "Greco", "Pino", False, "64.80", "saldo"),
    ("C012", "Bruno", "Rita", True, "118.30", "bolletta"),
    ("C013", "Ferri", "Sara", True, "71.20", None),  # due later: her reminder goes out today
)
DUE = {"C013": "2026-11-14"}
LIST_HEAD = ("Codice cliente", "Ragione sociale", "Codice fiscale", "Email", "Telefono", "Indirizzo", "CAP", "Comune")
TODAY = dt.date(2026, 11, 20)
CLIENTS = (("acqua", "Acqua e Luce S.p.A.", 1234567), ("altrove", "Altrove S.r.l.", 7654321))


def vat(slug: str) -> str:
    """The eleven digits of that client's VAT number."""
    from ascolto.demo.identifiers import vat_number

    return vat_number(next(serial for name, _words, serial in CLIENTS if name == slug))


def build() -> None:
    """Migrate and fill the database. Takes some seconds."""
    import django

    django.setup()
    from ascolto.config.commands.say import prepare_database
    from ascolto.domain.access.models import Client

    prepare_database()
    _found()
    for client in Client.objects.order_by("pk"):
        _bring(client)
        if client.slug == "acqua":
            _live(client, 9, ())
        _live(client, 20, _came_in() if client.slug == "acqua" else ())


def _found() -> None:
    from ascolto.demo.identifiers import iban
    from ascolto.domain.access import actions
    from ascolto.domain.access.models import Client

    for slug, name, serial in CLIENTS:
        actions.add_client(
            slug=slug, name=name, sector="utility", vat=f"IT{vat(slug)}", iban=iban("09981", "11101", serial),
            email=f"crediti@{slug}.test", phone="800 123 456", address="Via Roma 1, 20121 Milano", actor="test",
        )  # fmt: skip
    for email, name, role, slugs in PEOPLE.values():
        clients = list(Client.objects.filter(slug__in=slugs))
        actions.add_user(email=email, name=name, password=PASSWORD, clients=clients, role=role, actor="test")


def _code(surname: str, name: str, woman: bool) -> str:
    from ascolto.demo.identifiers import tax_code

    return tax_code(surname, name, dt.date(1980, 1, 1), woman, "F205")


def _bring(client: object) -> None:
    """The list of customers and their invoices, as a person would bring them."""
    from ascolto.domain.access.models import Client
    from ascolto.domain.intake.reading import suggest
    from tests.domain.intake.deliveries import csv, invoice, take

    assert isinstance(client, Client)
    seller = vat(client.slug)
    if client.slug == "altrove":
        tina = {"buyer_code": _code("Lupo", "Tina", True), "buyer_name": "Tina Lupo"}
        take(client, ("a.xml", invoice(number="A/1", seller_vat=seller, **tina)))
        return
    people = csv(LIST_HEAD, *(_person(index, row) for index, row in enumerate(CUSTOMERS)))
    take(client, ("clienti.csv", people), profile=suggest(people))
    take(client, *(_bill(seller, row) for row in CUSTOMERS))


def _bill(seller: str, row: Row) -> tuple[str, bytes]:
    """The invoice of one of CUSTOMERS: C008 gets 2026/108."""
    from tests.domain.intake.deliveries import invoice
    from tests.domain.intake.formats.making import instalment, payment

    number, surname, name, woman, euros, _text = row
    xml = invoice(
        number=f"2026/1{number[2:]}",
        total=euros,
        seller_vat=seller,
        buyer_code=_code(surname, name, woman),
        buyer_name=f"{name} {surname}",
        payments=payment(instalment(DUE.get(number, "2026-10-31"), euros)),
    )
    return f"{number}.xml", xml


def _person(index: int, row: Row) -> tuple[str, ...]:
    number, surname, name, woman, _euros, _text = row
    phone = f"02 0000 {1000 + index}"
    mail = f"{name}.{surname}@example.test".lower()
    return (number, f"{name} {surname}", _code(surname, name, woman), mail, phone, "Via Verdi 5", "20123", "Milano")


def _came_in() -> tuple[tuple[str, str, str, str], ...]:
    named = [
        ("2026-11-19", euros, text, f"{name} {surname}") for _n, surname, name, _w, euros, text in CUSTOMERS if text
    ]
    return (*named, ("2026-11-19", "7.77", "boh", ""), ("2026-11-19", "-2.50", "COMMISSIONI", ""))


def _live(client: object, day: int, came_in: tuple[tuple[str, str, str, str], ...]) -> None:
    """One day: the bank's statement, the day's work, the post. On the last day the mail server drops the line."""
    from ascolto import day as story
    from ascolto.domain.access.models import Client
    from ascolto.domain.ledger.statements import EntryIn, StatementIn, receive_statement
    from ascolto.domain.records import clock
    from ascolto.domain.strategy.sending import send_messages

    assert isinstance(client, Client)
    today = TODAY.replace(day=day)
    entries = tuple(
        EntryIn(
            booked_on=dt.date.fromisoformat(on),
            amount_cents=round(float(euros) * 100),
            remittance=text,
            payer_name=name,
        )
        for on, euros, text, name in came_in
    )
    before = today - dt.timedelta(days=3 if today.weekday() == 0 else 1)
    with clock.frozen(dt.datetime.combine(today, dt.time(8), clock.ROME)):
        statement = StatementIn(client.iban, str(day), "EUR", None, None, before, None, entries)
        receive_statement(client=client, statement=statement, batch_id=None, actor="test", as_of=today)
        story.live(client=client, as_of=today)
    with clock.frozen(dt.datetime.combine(today, dt.time(9), clock.ROME)):
        send_messages(client=client, channels=_post(fails=today == TODAY), worker="w", as_of=today)


def _post(fails: bool) -> dict[str, object]:
    """Mail goes into a folder; when `fails`, the server hangs up after the last byte, so nobody knows."""
    from ascolto.domain.outreach.channels import Outcome, Outgoing
    from ascolto.domain.outreach.channels.folder import FolderChannel
    from ascolto.domain.outreach.channels.letter import LetterChannel

    class HangsUp(FolderChannel):
        repeatable = False

        def send(self, message: Outgoing) -> Outcome:
            return Outcome("doubtful", "<mail-1@acqua.test>", "the server hung up after the message")

    home = Path(os.environ["ASCOLTO_HOME"])
    mail = HangsUp(home / "mail") if fails else FolderChannel(home / "mail")
    return {"email": mail, "letter": LetterChannel(home / "print")}


if __name__ == "__main__":
    build()
