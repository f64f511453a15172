# SPDX-License-Identifier: Apache-2.0
"""The house keeps its own rules: floors, one clock, headers, migrations, tenants first, words."""

import ast
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po
from django import __file__ as django_package
from django.apps import apps
from django.core.management import call_command
from django.db.models import UniqueConstraint
from django.utils.translation.template import templatize

from ascolto.domain.access.models import TenantModel

ROOT = Path(__file__).resolve().parents[2]
HOUSE = ROOT / "ascolto"
SOURCES = [path for path in HOUSE.rglob("*.py") if "migrations" not in path.parts]
TEMPLATES = sorted(HOUSE.rglob("templates/**/*.html"))
KEYWORDS = {"_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None, "ngettext": (1, 2),
            "ngettext_lazy": (1, 2), "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3)}  # fmt: skip


def test_imports_fall() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:]


def test_there_is_one_clock() -> None:
    """Only records/clock.py asks the machine what time it is."""
    asks = re.compile(r"\b(date\.today|datetime\.now|datetime\.utcnow|timezone\.now|timezone\.localdate|time\.time)\(")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in SOURCES if path.name != "clock.py"
        for number, line in enumerate(path.read_text().splitlines(), 1) if asks.search(line)
    ]  # fmt: skip
    assert found == []


def test_every_source_names_its_licence() -> None:
    files = [*SOURCES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "bench").rglob("*.py")]
    missing = [str(path.relative_to(ROOT)) for path in files
               if path.read_text().strip() and not path.read_text().startswith("# SPDX-License-Identifier: Apache-2.0")]  # fmt: skip
    assert missing == []


def test_every_module_says_what_it_owns() -> None:
    silent = [str(path.relative_to(ROOT)) for path in SOURCES
              if len(path.read_text().splitlines()) > 1 and not ast.get_docstring(ast.parse(path.read_text()))]  # fmt: skip
    assert silent == []


def test_nobody_catches_exception() -> None:
    found = [
        str(path.relative_to(ROOT)) for path in SOURCES if re.search(r"except Exception\b|except:", path.read_text())
    ]
    assert found == []


@pytest.mark.django_db
def test_the_migrations_are_complete() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def _tenant_models() -> list[type[TenantModel]]:
    return [model for model in apps.get_models() if issubclass(model, TenantModel)]


@pytest.mark.parametrize("model", _tenant_models(), ids=lambda model: model.__name__)
def test_every_index_of_a_tenant_row_begins_with_its_client(model: type[TenantModel]) -> None:
    """But for the few indexes that workers of all clients share, which say so by their name."""
    shared = {"message_to_claim"}
    heads = {index.name: index.fields[0] for index in model._meta.indexes if index.fields}
    heads |= {
        rule.name: rule.fields[0]
        for rule in model._meta.constraints
        if isinstance(rule, UniqueConstraint) and rule.fields
    }
    wrong = {name: head for name, head in heads.items() if head.lstrip("-") != "client" and name not in shared}
    assert wrong == {}


def _messages() -> dict[tuple[str, str], str]:
    """Every text for the screen as (context, text), with a place where it stands."""
    found: dict[tuple[str, str], str] = {}
    for path in [*SOURCES, *TEMPLATES]:
        text = path.read_text()
        if path.suffix == ".html":
            text = "\n".join(line.lstrip() for line in templatize(text).splitlines())
        for line, func, message, _comments in extract_python(
            io.BytesIO(text.encode()), KEYWORDS, [], {"encoding": "utf-8"}
        ):
            words = message if isinstance(message, tuple) else (message,)
            words = words if func and "pgettext" in func else ("", *words)
            if len(words) > 1 and isinstance(words[1], str) and words[1]:
                found.setdefault((words[0], words[1]), f"{path.relative_to(ROOT)}:{line}")
    return found


def _italian() -> set[tuple[str, str]]:
    known: set[tuple[str, str]] = set()
    django = Path(django_package).parent / "conf/locale/it/LC_MESSAGES/django.po"
    for source in [django, *HOUSE.rglob("locale/it/LC_MESSAGES/*.po")]:
        with source.open("rb") as file:
            for entry in read_po(file, locale="it"):
                key = entry.id[0] if isinstance(entry.id, tuple) else entry.id
                words = entry.string if isinstance(entry.string, tuple | list) else (entry.string,)
                if key and all(words) and not entry.fuzzy:
                    known.add((entry.context or "", key))
    return known


def test_who_looks_up_rows_by_what_another_belongs_to_names_its_client_too() -> None:
    """Every index begins with the client: by the customer or the invoice alone PostgreSQL reads the whole of the other table."""
    beside = re.compile(r"(.+__)(customer|invoice)(_id)?(__in)?")
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in SOURCES
        for call in ast.walk(ast.parse(path.read_text())) if isinstance(call, ast.Call)
        for asked in call.keywords
        if (of := beside.fullmatch(asked.arg or "")) and not _is_column(asked.value)
        and not any((other.arg or "").startswith(of[1] + "client") for other in call.keywords)
    ]  # fmt: skip
    assert found == []


def _is_column(value: ast.expr) -> bool:
    """Compared with another column, row for row, nothing is looked up."""
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "F"


def test_everything_on_screen_speaks_italian() -> None:
    known = _italian()
    missing = {text: place for text, place in _messages().items() if text not in known}
    assert missing == {}


@pytest.mark.parametrize(
    "source", sorted(HOUSE.rglob("locale/it/LC_MESSAGES/*.po")), ids=lambda path: str(path.relative_to(HOUSE))
)
def test_the_catalogues_are_sound(source: Path) -> None:
    with source.open("rb") as file:
        catalogue = read_po(file, locale="it", abort_invalid=True)
    assert [(entry.id, [str(e) for e in errors]) for entry, errors in catalogue.check()] == []


def test_nobody_is_called_a_debtor() -> None:
    """On screen and in code a customer is a customer. Lexicons of words to avoid, and the law's own titles, may name it."""
    files = [*SOURCES, *TEMPLATES, *HOUSE.rglob("*.po"), *HOUSE.rglob("wordings/*.toml")]
    word = re.compile(r"debtor|debitor[ei]|moros[oi]\b|insolvent", re.IGNORECASE)
    found = [f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
             for path in files for number, line in enumerate(path.read_text().splitlines(), 1) if word.search(line)]  # fmt: skip
    assert found == []
