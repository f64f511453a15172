# SPDX-License-Identifier: Apache-2.0
"""The `ascolto` command inside this process: what it does, says and answers with."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from ascolto.config.main import main
from ascolto.domain.access.models import Client, Membership, User
from ascolto.domain.ledger.models import BankStatement, Payment
from ascolto.domain.mandates.models import Mandate
from ascolto.domain.outreach.models import Message
from ascolto.domain.portfolio.models import ContactPoint, Customer, Invoice
from ascolto.domain.records import clock
from ascolto.domain.strategy.models import Decision
from tests.domain.intake.deliveries import camt, invoice

VAT = "IT00488410010"
NEW = ("client", "add", "fonte", "--name", "Fonte S.p.A.", "--sector", "utility")


@pytest.fixture(autouse=True)
def in_italian(monkeypatch: Any) -> Iterator[None]:
    """The shell says nothing about its language."""
    for name in ("ASCOLTO_LANGUAGE", "LC_ALL", "LANG"):
        monkeypatch.delenv(name, raising=False)
    with translation.override("it"):
        yield


def put(folder: Path, name: str, data: bytes) -> str:
    (folder / name).write_bytes(data)
    return str(folder / name)


def run(capsys: Any, *words: str) -> tuple[int, str, str]:
    code = main(words)
    said = capsys.readouterr()
    return code, said.out, said.err


def misused(capsys: Any, *words: str) -> str:
    with pytest.raises(SystemExit) as left:
        main(words)
    assert left.value.code == 2
    said: str = capsys.readouterr().err
    return said


def test_from_a_new_client_to_a_sent_reminder(db: None, capsys: Any, tmp_path: Path) -> None:
    """The README's first hour, on the command line."""
    code, out, _ = run(
        capsys, *NEW, "--vat", VAT, "--iban", "IT60X0542811101000000123456", "--email", "crediti@fonte.test"
    )
    assert code == 0
    assert "ascolto import FILE... --client fonte" in out
    code, out, _ = run(
        capsys, "user", "add", "Ada@Fonte.test", "--name", "Ada", "--client", "fonte", "--role", "operator"
    )
    assert code == 0
    password = out.split()[-1]
    ada = User.objects.get(email="ada@fonte.test")
    assert ada.check_password(password)
    assert Membership.objects.get(user=ada).client.slug == "fonte"
    code, out, _ = run(
        capsys, "import", put(tmp_path, "a.xml", invoice(date="2026-09-20", seller_vat=VAT[2:])), "--client", "fonte"
    )
    assert code == 0
    assert Invoice.objects.get().customer.name == "Carla Bianchi"
    ContactPoint.objects.create(
        client=Client.objects.get(), customer=Customer.objects.get(), channel="email", value="carla@example.test"
    )
    bank = put(tmp_path, "b.xml", camt(("2026-11-19", "-5.00", "Spese")))
    assert run(capsys, "import", bank, "--client", "fonte")[0] == 0
    assert BankStatement.objects.count() == 1
    code, out, _ = run(capsys, "day")
    assert (code, Decision.objects.get(superseded_on=None).step) == (0, "reminder_1")
    assert "fonte, 2026-11-20" in out
    code, out, _ = run(capsys, "send", "--to-folder", str(tmp_path / "post"))
    assert code == 0
    assert len(list((tmp_path / "post").glob("*.eml"))) == 1
    assert Message.objects.get().status == "sent"
    assert run(capsys, "check")[0] == 0


def test_a_day_in_json_and_as_a_rehearsal(acqua: Client, carla: Customer, capsys: Any) -> None:
    code, out, _ = run(capsys, "day", "--json", "--dry-run", "--as-of", "2026-03-02")
    report = json.loads(out)
    assert (code, report["client"], report["as_of"], report["decisions"]["customers"]) == (0, "acqua", "2026-03-02", 1)
    assert not Decision.objects.exists()


def test_a_client_whose_rules_cannot_be_read_stops_nobody_else(acqua: Client, altrove: Client, capsys: Any) -> None:
    Mandate.objects.create(client=acqua, starts_on=clock.today(), signed_on=clock.today(), charter={"max_tones": 3})
    Customer.objects.create(client=altrove, number="1", name="Zoe", search_name="zoe")
    code, _, err = run(capsys, "day")
    assert code == 1
    assert "acqua" in err
    assert "max_tones" in err
    assert Decision.objects.filter(client=altrove).count() == 1


def test_a_year_whose_holidays_nobody_knows_is_refused_in_words(acqua: Client, carla: Customer, capsys: Any) -> None:
    code, _, err = run(capsys, "day", "--as-of", "2061-03-01")
    assert code == 1
    assert "2061" in err
    assert not Decision.objects.exists()


def test_a_post_without_a_mail_server_waits_and_says_so(
    acqua: Client, carla: Customer, capsys: Any, settings: Any
) -> None:
    settings.SMTP_URL = ""
    Message.objects.create(
        client=acqua, customer=carla, channel="email", to_value="carla@example.test", template="reminder_first",
        template_version="1", tone=1, language="it", step="reminder_1", subject="s", text="t", facts={},
        idempotency_key="k", queued_at=clock.now(), not_before=clock.now(),
    )  # fmt: skip
    code, _, err = run(capsys, "send")
    assert code == 1
    assert "ASCOLTO_SMTP_URL" in err
    assert Message.objects.get().status == "queued"


def test_bad_rows_are_told_and_the_good_ones_wait_or_are_taken(acqua: Client, capsys: Any, tmp_path: Path) -> None:
    good, bad = put(tmp_path, "a.xml", invoice()), put(tmp_path, "b.xml", b"<not-an-invoice/>")
    code, out, _ = run(capsys, "import", good, bad, "--client", "acqua")
    assert (code, Invoice.objects.count()) == (1, 0)
    assert "--accept" in out
    code, _, _ = run(capsys, "import", good, bad, "--client", "acqua", "--accept")
    assert (code, Invoice.objects.count()) == (1, 1)
    code, _, _ = run(capsys, "import", good, "--client", "acqua")
    assert (code, Invoice.objects.count()) == (0, 1), "the same again is recognised"


def test_cash_is_matched_when_it_is_imported(acqua: Client, capsys: Any, tmp_path: Path) -> None:
    assert run(capsys, "import", put(tmp_path, "a.xml", invoice()), "--client", "acqua")[0] == 0
    line = camt(("2026-11-18", "122.00", "Carla Bianchi saldo fattura 2026/1"))
    assert run(capsys, "import", put(tmp_path, "b.xml", line), "--client", "acqua")[0] == 0
    assert Payment.objects.get().amount_cents == 122_00


# --- misuse ---


@pytest.mark.parametrize(
    ("words", "word"),
    [
        ((), "COMANDO"), (("fly",), "fly"), (("import",), "FILE"), (("day", "--as-of", "31/12/2026"), "31/12/2026"),
        (("user", "add", "a@b.it", "--name", "A", "--client", "acqua", "--role", "king"), "king"),
        (("day", "--dry"), "--dry"),
    ],
)  # fmt: skip
def test_misuse_is_2_and_names_the_word(capsys: Any, words: tuple[str, ...], word: str) -> None:
    assert word in misused(capsys, *words)


@pytest.mark.parametrize(
    ("words", "word"),
    [
        (("import", "a.xml"), "--client"), (("import", "a.xml", "--client", "aqua"), "acqua"),
        (("day", "--client", "aqua"), "acqua"), ((*NEW[:-1], "mining"), "utility"),
        (("import", "a.xml", "--client", "acqua", "--profile", "none"), "none"),
        (("import", "a.xml", "--dry-run", "--profile", "none"), "none"),
    ],
)  # fmt: skip
def test_an_unknown_name_is_2_and_tells_the_known_ones(
    acqua: Client, capsys: Any, words: tuple[str, ...], word: str
) -> None:
    code, _, err = run(capsys, *words)
    assert code == 2
    assert word in err


def test_without_any_client_the_day_says_what_to_do(db: None, capsys: Any) -> None:
    code, _, err = run(capsys, "day")
    assert code == 2
    assert "ascolto client add" in err


@pytest.mark.parametrize(
    ("more", "word"),
    [(("--vat", "IT00000000001"), "IT00000000001"), (("--iban", "IT00X"), "IT00X"), (("--email", "x"), "x")],
)
def test_a_client_with_a_wrong_code_is_refused(db: None, capsys: Any, more: tuple[str, ...], word: str) -> None:
    code, _, err = run(capsys, *NEW, *more)
    assert code == 1
    assert word in err
    assert not Client.objects.exists()


def test_a_second_client_for_an_operator_needs_an_exception(
    acqua: Client, altrove: Client, ada: User, capsys: Any
) -> None:
    words = (
        "user",
        "add",
        "eva@acqua.test",
        "--name",
        "Eva",
        "--client",
        "acqua",
        "--client",
        "altrove",
        "--role",
        "operator",
    )
    assert run(capsys, *words)[0] == 1
    assert not User.objects.filter(email="eva@acqua.test").exists(), "nothing half done"


# --- language and interruption ---


def test_english_when_the_shell_is_english(acqua: Client, capsys: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    assert "No client is called" in run(capsys, "day", "--client", "x")[2]


def test_italian_otherwise(acqua: Client, capsys: Any) -> None:
    assert "Nessun committente" in run(capsys, "day", "--client", "x")[2]


def test_ctrl_c_is_130(acqua: Client, carla: Customer, monkeypatch: Any) -> None:
    from ascolto import day

    def interrupted(**_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(day, "live", interrupted)
    assert main(("day",)) == 130
