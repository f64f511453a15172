# SPDX-License-Identifier: Apache-2.0
"""Bank files of plain text, made from the specifications, of nobody."""

IBAN = "IT60X0542811101000000123456"


def mt940(
    *entries: str,
    opening: str = "C261123EUR1000,00",
    closing: str = "C261124EUR1000,00",
    account: str = IBAN,
    number: str = "1/1",
    end: str = "-\n",
) -> str:
    """One MT940 statement; `entries` are its :61: and :86: fields, whole."""
    inside = "".join(f"{entry}\n" for entry in entries)
    return f":20:STMT\n:25:{account}\n:28C:{number}\n:60F:{opening}\n{inside}:62F:{closing}\n{end}"


def rh(*records: str, statements: int = 1, count: int | None = None) -> str:
    """One RH flow around these records (without their first blank)."""
    head, body = "RH05428DEMO1241126RH-DEMO-0001", [f" {record}" for record in records]
    counted = len(records) + 2 if count is None else count
    end = f"EF05428DEMO1241126RH-DEMO-0001      {'':6}{statements:07d}{'':30}{counted:07d}"
    return "".join(f"{line:<120}\r\n" for line in (f" {head}", *body, f" {end}"))


def rh61(balance: str = "C000000001000,00", iban: str = "IT60", cin: str = "X") -> str:
    """Opening of an RH statement."""
    return f"610000001{'':13}0542893001{'C/C ACME':<16}CC{cin:1}0542811101000000123456EUR241126{balance}{iban}"


def rh62(amount: str, cause: str = "48", internal: str = "  ", number: int = 1) -> str:
    """One entry: `amount` with its sign, such as C000000000012,50."""
    return f"620000001{number:03d}231126241126{amount}{cause}{internal}{'':16}{'BANK-REF':<16}"


def rh63(text: str, number: int = 1) -> str:
    """One line of words of an entry."""
    return f"630000001{number:03d}{text}"


def rh64(balance: str = "C000000001000,00") -> str:
    """Closing of an RH statement."""
    return f"640000001EUR241126{balance}{balance}"
