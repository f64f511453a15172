# SPDX-License-Identifier: Apache-2.0
"""Reading what a payer wrote. Owns: folding text, cutting it into segments, the keys under which a number is known.

`FT n. 2026/000123 del 15/10/2026` becomes the segments FT, N, 2026, 123: zeros and separators do not matter,
dates and amounts are cut out first, and each segment knows whether a word for "invoice" or "customer" announced it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

INVOICE_WORDS = frozenset(
    [
        "FATTURA",
        "FATTURE",
        "FATT",
        "FATTN",
        "FTT",
        "FT",
        "FAT",
        "FTN",
        "FTS",
        "FTE",
        "FTURA",
        "DOCUMENTO",
        "DOCUMENTI",
        "DOC",
        "BOLLETTA",
        "BOLLETTE",
        "BOLL",
        "INVOICE",
        "INVOICES",
        "INV",
        "PARCELLA",
        "BILL",
        "SALDO",
    ]
)
CUSTOMER_WORDS = frozenset(
    [
        "CLIENTE",
        "CLI",
        "COD",
        "CODICE",
        "CODCLI",
        "CODCLIENTE",
        "UTENZA",
        "UTENTE",
        "CONTRATTO",
        "CTR",
        "CONTR",
        "ACCOUNT",
        "CUSTOMER",
        "LOCATARIO",
        "INQUILINO",
        "MATRICOLA",
    ]
)
_LINKS = frozenset(["E", "ED", "N", "NR", "NUM", "NUMERO", "NO", "DEL", "DELLA", "DI", "AND", "OF", "THE", "AL"])
_GENERIC = INVOICE_WORDS | CUSTOMER_WORDS | _LINKS

DATE = r"\b(?:\d{1,2}[./-]\d{1,2}[./-](?:19|20)?\d{2}|(?:19|20)\d{2}-\d{2}-\d{2})\b"
AMOUNT = r"(?:EUR|EURO|€)\s*\d[\d.]*(?:,\d{1,2})?\b|\b\d{1,3}(?:\.\d{3})+(?:,\d{2})?\b|\b\d+,\d{2}\b"
SEGMENT = r"[A-Z]+|\d+"
_DATE, _AMOUNT, _SEGMENT = re.compile(DATE), re.compile(AMOUNT), re.compile(SEGMENT)
_YEAR = re.compile(r"(?:19|20)\d\d$")
_RF = re.compile(r"\bRF\d{2}(?: ?[A-Z0-9]){1,21}")

_DIGITS = re.compile(r"(?<![\dA-Za-z])\d{17,18}(?![\dA-Za-z])|(?<![\dA-Za-z])\d{4}(?: \d{4}){3} \d{2}(?![\dA-Za-z])")
NOTICE = 18
"""Digits of a pagoPA notice code: 3, the 17 of the IUV, of which the last two are check digits modulo 93."""

_RUN = re.compile(r"\d+(?:[/.-]\d+)*")
_NUMBERLIKE = re.compile(r"(?<![A-Z0-9])\d[0-9OQILSBZ]+(?:[/.-][0-9OQILSBZ]+)*(?![A-Z0-9])")
_LOOKS_LIKE = str.maketrans("OQILSBZ", "0011582")

LONG_NUMBER = 5
"""Digits from which a number with one slip is still recognised."""
LONGEST = 5
"""Segments in the longest number looked for."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of letters or of digits: as written, as compared, and what announced it (`invoice`, `customer` or "")."""

    raw: str
    key: str
    announced: str


def fold(text: str) -> str:
    """Upper case without accents, for comparison only."""
    if text.isascii():
        return text.upper()
    return "".join(c for c in unicodedata.normalize("NFKD", text.upper()) if not unicodedata.combining(c))


def compact(text: str) -> str:
    """Only letters and digits: how references and IBANs are compared."""
    if text.isascii() and text.isalnum():
        return text.upper()
    return "".join(c for c in fold(text) if c.isalnum())


def read(text: str) -> list[Segment]:
    """The segments of a remittance text, dates and amounts left out."""
    clean = _AMOUNT.sub(" ", _DATE.sub(" ", fold(text)))
    segments, announced = [], ""
    for raw in _SEGMENT.findall(clean):
        if raw in INVOICE_WORDS:
            announced = "invoice"
        elif raw in CUSTOMER_WORDS:
            announced = "customer"
        elif raw.isalpha() and len(raw) > 3 and raw not in _LINKS:
            announced = ""  # any other long word ends the list that a word for "invoice" began
        segments.append(Segment(raw, key_of(raw), announced))
    return segments


def key_of(raw: str) -> str:
    """Digits without leading zeros; letters as they are."""
    return (raw.lstrip("0") or "0") if raw.isdigit() else raw


def structured_references(text: str) -> list[str]:
    """Creditor references (ISO 11649) found inside free text, compact and with right check digits."""
    found = (compact(match) for match in _RF.findall(fold(text)))
    # The words after a reference stick to it in free text: every beginning whose check digits agree may be it.
    return [run[:end] for run in found for end in range(len(run), 4, -1) if _rf_is_valid(run[:end])]


def reference_key(reference: str) -> str:
    """A payment reference as compared. A pagoPA notice code (18 digits) is its IUV with a 3 before it: one key for both."""
    plain = compact(reference)
    return plain[1:] if len(plain) == NOTICE and plain.isdigit() and plain[0] == "3" else plain


def notice_codes(text: str) -> list[str]:
    """pagoPA notice codes (18 digits) and IUVs (17) found inside free text, as keys, with right check digits.

    Banks write them after /RFB/ or bare, payers in groups as printed on the notice: `3020 0000 2026 0015 48`.
    """
    found = ("".join(c for c in run if c.isdigit()) for run in _DIGITS.findall(text))
    keys = (f"3{run}" if len(run) == NOTICE - 1 else run for run in found)
    return [run[1:] for run in dict.fromkeys(keys) if len(run) == NOTICE and run[0] == "3" and _notice_is_valid(run)]


def _notice_is_valid(code: str) -> bool:
    return int(code[:16]) % 93 == int(code[16:])


def _rf_is_valid(reference: str) -> bool:
    rolled = reference[4:] + reference[:4]
    return int("".join(str(int(c, 36)) for c in rolled)) % 97 == 1


def number_keys(number: str) -> set[str]:
    """Every form under which a payer may write a document number: whole, without letters, without year, year last,
    glued. Segments are parted by a blank."""
    raws = [raw for raw in _SEGMENT.findall(fold(number)) if raw not in _GENERIC]
    digits = [raw for raw in raws if raw.isdigit()]
    if not digits:
        return set()
    years = [raw for raw in digits if len(raw) == 4 and _YEAR.match(raw)]
    yearless = [key_of(raw) for raw in digits if raw not in years]
    keys = [key_of(raw) for raw in digits]
    forms = [keys, [key_of("".join(digits))]]
    if len(digits) < len(raws):
        forms.append([key_of(raw) for raw in raws])
    if years and yearless:
        forms += [yearless, yearless + years]
    return {" ".join(form) for form in forms if len(form) <= LONGEST}


def marks(number: str) -> set[str]:
    """Runs of digits of which each of `number_keys` has one, or is one: the longest run that is no year (else the first
    year), and all digits glued."""
    digits = [raw for raw in _SEGMENT.findall(fold(number)) if raw.isdigit()]
    if not digits:
        return set()
    yearless = [raw for raw in digits if not (len(raw) == 4 and _YEAR.match(raw))]
    return {key_of(max(yearless, key=len) if yearless else digits[0]), key_of("".join(digits))}


def digit_forms(number: str) -> list[str]:
    """The digits of a document number, all of them and without the year: long enough that one slip still tells."""
    digits = [raw for raw in _SEGMENT.findall(fold(number)) if raw.isdigit()]
    yearless = "".join(raw for raw in digits if not _YEAR.match(raw)).lstrip("0")
    return [form for form in dict.fromkeys(["".join(digits), yearless]) if len(form) >= LONG_NUMBER]


def digit_runs(text: str) -> list[str]:
    """Runs of digits as written, separators inside a number left out, dates and amounts cut out."""
    clean = _AMOUNT.sub(" ", _DATE.sub(" ", fold(text)))
    runs = ["".join(c for c in run if c.isdigit()) for run in _RUN.findall(clean)]
    short = [run[4:].lstrip("0") for run in runs if _YEAR.match(run[:4])]
    return [run for run in dict.fromkeys(runs + short) if len(run) >= LONG_NUMBER - 1]


def mended(text: str) -> tuple[str, str]:
    """A folded text without its numbers that have letters inside, and those with the digits that they look like."""
    found: list[str] = []

    def out(word: re.Match[str]) -> str:
        if word[0].replace("/", "").replace("-", "").replace(".", "").isdigit():
            return word[0]
        found.append(word[0].translate(_LOOKS_LIKE))
        return " "

    rest = _NUMBERLIKE.sub(out, fold(text))
    return rest, " ".join(found)


def is_period(raws: list[str]) -> bool:
    """True for a year, or a month of a year: `fattura 12 del 2026` names no invoice 2026, `bolletta 09/2026` no 9."""
    if not raws or not _YEAR.match(raws[-1]):
        return False  # 2026/1 is a number, 1/2026 a month
    return all(len(raw) <= 2 and _like_month(raw) for raw in raws[:-1])


def is_distinctive(raws: list[str]) -> bool:
    """True when a number as written can hardly stand there by accident (a postcode, a month, a floor)."""
    significant = sum(len(raw) for raw in raws if raw not in _GENERIC and not _YEAR.match(raw))
    several = len(raws) > 1
    if several and any(_YEAR.match(raw) for raw in raws) and not all(_like_month(raw) for raw in raws):
        significant += 2
    return significant >= (5 if several else 6)


def _like_month(raw: str) -> bool:
    return bool(_YEAR.match(raw)) or (raw.isdigit() and 1 <= int(raw) <= 12)
