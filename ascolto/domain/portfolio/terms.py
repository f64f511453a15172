# SPDX-License-Identifier: Apache-2.0
"""What a customer can be found by: pure functions from names and phones to terms, and from words to near spellings.

A name is kept once from each of its words on ("paolo rossi", "rossi paolo"), so that one range of an index answers a
word anywhere in it and words in another order. A phone is kept from each of its digits on, so that any part of it is
the beginning of a term.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import product

from ascolto.domain.portfolio.normalise import search_name

LONGEST = 48
MOST_WORDS = 6
PART = 4
"""Digits of a phone from which it is looked for."""
NEAR_FROM = 4
"""Letters of a word from which a slip is forgiven: shorter ones are near to everything."""
_WORD = re.compile(r"[^\W_]+")


def words_of(text: str) -> list[str]:
    """Words as terms keep them: folded, "S.r.l." in one ("srl")."""
    return _WORD.findall(search_name(text).replace(".", ""))


def name_terms(name: str) -> list[str]:
    """The name from each of its words on; the first is the name itself."""
    words = words_of(name)
    turned = (" ".join(words[n:] + words[:n])[:LONGEST] for n in range(min(len(words), MOST_WORDS)))
    return list(dict.fromkeys(turned))


def digits_of(phone: str) -> str:
    """The national digits of a number however it is written: without +39, 0039, blanks."""
    digits = re.sub(r"\D", "", phone)
    if phone.strip().startswith("+39") or digits.startswith("0039"):
        return digits.removeprefix("00").removeprefix("39")
    return digits.removeprefix("39") if len(digits) > 11 else digits


def phone_terms(phone: str) -> list[str]:
    """The number from each digit on, down to PART digits."""
    digits = digits_of(phone)[:LONGEST]
    return [digits[n:] for n in range(len(digits) - PART + 1)]


def spellings(word: str) -> set[str]:
    """The word and the word without any one of its letters. Two words one slip apart (a letter too many, too few,
    wrong, or two swapped) have a spelling in common."""
    return {word} | {word[:n] + word[n + 1 :] for n in range(len(word))}


def can_be_near(word: str) -> bool:
    """Whether slips of the word are forgiven."""
    return NEAR_FROM <= len(word) <= 30


def is_near(one: str, other: str) -> bool:
    """Whether two words are at most one slip apart."""
    if abs(len(one) - len(other)) > 1:
        return False
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    one, other = one[at:], other[at:]
    return one[1:] == other[1:] or one[1:] == other or one == other[1:] or (
        one[:2] == other[:2][::-1] and one[2:] == other[2:]
    )  # fmt: skip


def readings(choices: Iterable[list[str]], most: int = 24) -> Iterator[str]:
    """Each way of reading the words, at most `most`."""
    for n, words in enumerate(product(*choices)):
        if n == most:
            return
        yield " ".join(words)
