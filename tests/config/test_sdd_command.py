# SPDX-License-Identifier: Apache-2.0
"""`ascolto sdd`: says what it would collect, writes the file, refuses in words."""

from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from ascolto.config.main import main
from ascolto.domain.debits.mandates import register_mandate, set_creditor
from ascolto.domain.debits.models import Collection
from ascolto.domain.portfolio.models import Customer
from tests.domain.debits.conftest import BRUNO, CREDITOR, HERS, OWN, TODAY, owe

pytestmark = pytest.mark.django_db


def test_the_file_is_written_once(carla: Customer, capsys: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("ASCOLTO_LANGUAGE", "it")
    words = ["sdd", "--client", "acqua", "--due-by", "2026-11-30", "--folder", str(tmp_path)]
    owe(carla)
    assert main(words) == 1
    assert "codice creditore" in capsys.readouterr().err
    set_creditor(client=carla.client, creditor_id=CREDITOR, iban=OWN, cuc="A1B2C3D4", actor=BRUNO)
    register_mandate(customer=carla, iban=HERS, reference="UMR-1", signed_on=TODAY, actor=BRUNO, as_of=TODAY)
    assert main([*words, "--dry-run"]) == 0
    assert ("1 rate" in capsys.readouterr().out, Collection.objects.count(), list(tmp_path.iterdir())) == (True, 0, [])
    assert main([*words[:-1], str(tmp_path / "nowhere")]) == 1
    assert not Collection.objects.exists(), "a file that cannot be written is not made"
    assert main(words) == 0
    [path] = tmp_path.iterdir()
    assert etree.parse(path).getroot().findtext(".//{*}GrpHdr/{*}CtrlSum") == "123.45"
    assert main(words) == 1
    assert "Nulla" in capsys.readouterr().err
