# SPDX-License-Identifier: Apache-2.0
"""Every problem has its words, in English and in Italian, with the same parameters."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import ascolto.domain.intake as intake
from ascolto.domain.intake.catalogue import CATALOGUE

HERE = Path(intake.__file__).parent
PARAMETER = re.compile(r"%\((\w+)\)s")
MADE = {  # codes that the table reader puts together
    *(f"{field}.check_digit" for field in ("vat", "tax_code", "iban")),
    *(f"column.{what}" for what in ("dates_assumed", "dates_neighbour", "amounts_mixed", "amounts_assumed")),
}


def italian() -> dict[str, str]:
    with (HERE / "locale/it/LC_MESSAGES/django.po").open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id}


@pytest.mark.parametrize("code", CATALOGUE)
def test_every_problem_is_said_in_italian_with_the_same_parameters(code: str) -> None:
    trouble, words = CATALOGUE[code], italian()
    for english in filter(None, (trouble.problem, trouble.expected)):
        assert words[english], english
        assert sorted(PARAMETER.findall(words[english])) == sorted(PARAMETER.findall(english))


@pytest.mark.parametrize("code", [code for code, trouble in CATALOGUE.items() if trouble.severity == "error"])
def test_every_error_says_what_was_expected(code: str) -> None:
    assert CATALOGUE[code].expected


def test_no_code_of_the_catalogue_is_idle() -> None:
    text = "".join(path.read_text() for path in HERE.rglob("*.py") if path.name != "catalogue.py")
    assert {code for code in CATALOGUE if f'"{code}"' not in text} <= MADE
