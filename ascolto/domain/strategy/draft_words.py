# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a draft, in the reader's language. Owns: the words for what the engine refuses, and the line.

A refusal that has no words here is shown as the engine says it, never hidden.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ascolto.domain.outreach import wording


@dataclass(frozen=True)
class Trouble:
    """Why a draft cannot be read: where it stands (key, line), what is wrong, what was expected."""

    file: str
    problem: str
    key: str = ""
    expected: str = ""
    line: int = 0

    def __str__(self) -> str:
        place = [self.file, _("line %(line)s") % {"line": self.line} if self.line else "", self.key]
        wanted = " " + _("Expected: %(what)s.") % {"what": self.expected} if self.expected else ""
        return f"{', '.join(part for part in place if part)}: {self.problem}{wanted}"


def trouble_of(said: str, text: str = "", file: str = "draft.toml") -> Trouble:
    """What a PolicyError says, in the reader's language; one that we do not know is shown as it is."""
    where, parted, rest = said.partition(": ")
    if not parted or not where.startswith(file):
        return Trouble(file, said)
    key = where.removeprefix(file).lstrip(".")
    for pattern, tell in PATTERNS:
        found = pattern.fullmatch(rest)
        if found:
            more, problem, expected = tell(found)
            key = ".".join(part for part in (key, more) if part)
            return Trouble(file, problem, key, expected, line_of(text, key))
    return Trouble(file, rest, key, line=line_of(text, key))


Told = tuple[str, str, str]
"""What the key's path goes on with, what is wrong, what was expected."""


def _unknown(found: re.Match[str]) -> Told:
    return found[1], _("Nobody knows the key “%(key)s”.") % {"key": found[1]}, _("one of %(keys)s") % {"keys": found[2]}


def _missing(found: re.Match[str]) -> Told:
    return "", _("The key “%(key)s” is missing.") % {"key": found[1]}, ""


def _mistyped(found: re.Match[str]) -> Told:
    kinds = {
        "int": _("a whole number"), "str": _("a text in quotes"), "bool": _("true or false"), "a table": _("a table"),
        "date": _("a date like 2026-11-01"), "a list": _("a list in square brackets"), "float": _("a number"),
    }  # fmt: skip
    many = re.fullmatch(r"(\d+) values", found[1])
    wanted = _("%(count)s values") % {"count": many[1]} if many else kinds.get(found[1], found[1])
    return "", _("The value is of another kind: %(value)s.") % {"value": found[2]}, wanted


def _condition(found: re.Match[str]) -> Told:
    known = _("a fact with _min, _max, _in or _is, such as overdue_cents_min or segment_in")
    return found[1], _("Nobody knows the condition “%(key)s”.") % {"key": found[1]}, known


def _condition_value(found: re.Match[str]) -> Told:
    return "", _("The value is of another kind: %(value)s.") % {"value": found[1]}, ""


def _law(found: re.Match[str]) -> Told:
    problem = _("The law forbids it: “%(step)s” would come after %(days)s days.")
    wanted = _("at least %(days)s days (%(article)s)") % {"days": found[4], "article": found[3]}
    return "", problem % {"step": found[1], "days": found[2]}, wanted


def _no_law(found: re.Match[str]) -> Told:
    return "", _("“%(step)s” names a law that nobody knows: %(law)s.") % {"step": found[1], "law": found[2]}, ""


def _tone(found: re.Match[str]) -> Told:
    told = {"tone": found[1], "least": found[2]}
    return (
        "tone",
        _("The tone %(tone)s (at least %(least)s) is not on the scale.") % told,
        _("0 to 5, the least not above"),
    )


def _no_wording(found: re.Match[str]) -> Told:
    known = _("one of %(keys)s") % {"keys": ", ".join(wording.keys())}
    return "", _("No wording is called “%(key)s”.") % {"key": found[1]}, known


def _time(found: re.Match[str]) -> Told:
    return "", _("This is no time of day: %(text)s.") % {"text": found[1]}, _("hours and minutes, like 08:30")


def _days(found: re.Match[str]) -> Told:
    return "", _("“%(step)s” counts more days than a century has.") % {"step": found[1]}, ""


def _kinds(found: re.Match[str]) -> Told:
    return "ladder", _("The ladders do not take each kind of customer once: %(kinds)s.") % {"kinds": found[1]}, ""


def _twice(found: re.Match[str]) -> Told:
    return "", _("The ladder “%(name)s” has the same step twice.") % {"name": found[1]}, ""


def _after(found: re.Match[str]) -> Told:
    words = _("“%(step)s” comes after %(steps)s, which are not all steps of its ladder.")
    return "after", words % {"step": found[1], "steps": found[2]}, ""


def _voice(found: re.Match[str]) -> Told:
    return "", _("“%(step)s” is spoken and has no script.") % {"step": found[1]}, _("script = …")


def _written(found: re.Match[str]) -> Told:
    return "", _("“%(step)s” is written and has no template.") % {"step": found[1]}, _("template = …")


def _not_one_of(found: re.Match[str]) -> Told:
    return found[1], _("Nobody knows this value: %(value)s.") % {"value": found[2]}, ""


PATTERNS: Sequence[tuple[re.Pattern[str], Callable[[re.Match[str]], Told]]] = [
    (re.compile(pattern), tell)
    for pattern, tell in (
        (r"unknown key '(.+)' \(known: (.+)\)", _unknown),
        (r"missing key '(.+)'", _missing),
        (r"expected (int|str|bool|float|date|a table|a list|\d+ values), got (.+)", _mistyped),
        (r"unknown condition '(.+)'", _condition),
        (r"a value of another type, (.+)", _condition_value),
        (r"(\S+) after (\d+) days, but (.+) wants (\d+)", _law),
        (r"(\S+) names the unknown law '(.+)'", _no_law),
        (r"tone (-?\d+), min_tone (-?\d+)", _tone),
        (r"no wording is called '(.*)'", _no_wording),
        (r"not a time of day: '(.*)'", _time),
        (r"(\S+): days beyond a century", _days),
        (r"ladders must cover each kind once, got (.+)", _kinds),
        (r"ladder (.+): a step twice", _twice),
        (r"(\S+): after (.+), which is no step of the ladder", _after),
        (r"(\S+): a voice channel needs a script", _voice),
        (r"(\S+): a message needs a template", _written),
        (r"(phase|anchor|channels|kinds|invoice) (.+)", _not_one_of),
    )
]


def line_of(text: str, key: str) -> int:
    """The line of a draft on which `key` (as in `ladder[0].rung[2].tone`) stands; else where its table begins; 0 when
    neither is there."""
    seen: dict[str, int] = {}
    here, best, length = "", 0, 0
    for number, line in enumerate(text.splitlines(), 1):
        table = re.match(r"\s*(\[{1,2})\s*([\w.\-]+)\s*\]", line)
        if table:
            here = _table(table[2].split("."), table[1] == "[[", seen)
        entry = re.match(r"\s*([\w\-]+)\s*=", line)
        path = ".".join(part for part in (here, entry[1]) if part) if entry else here if table else ""
        # The deepest of what stands on the way to the key; the key itself ends the search.
        if path and (key == path or key.startswith((path + ".", path + "["))) and len(path) > length:
            best, length = number, len(path)
    return best


def _table(parts: list[str], is_list: bool, seen: dict[str, int]) -> str:
    """The path of a table's heading, with the number of each list entry that it is in."""
    path = ""
    for depth, part in enumerate(parts):
        path = f"{path}.{part}" if path else part
        if is_list and depth == len(parts) - 1:
            seen[path] = seen.get(path, -1) + 1
        if path in seen:
            path = f"{path}[{seen[path]}]"
    return path
