# SPDX-License-Identifier: Apache-2.0
"""The second reading of XML, for what a strict parser does not take and people send all the same.

Reads with expat, which knows no namespaces, and builds elements with local names only. It is as strict as the
first about everything else: what is cut off or not well-formed stays refused.
"""

from __future__ import annotations

from xml.parsers import expat

from lxml import etree

from ..problems import Refusal

MAX_DEPTH = 200
_LAST_LINE = 65535  # libxml2 keeps the line of an element in sixteen bits


def by_local_names(data: bytes) -> etree._Element | None:
    """The whole document as expat reads it, or None when expat refuses it too."""
    builder = _LocalNames()
    try:
        builder.parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError):
        return None
    return builder.root


class _LocalNames:
    """Builds elements without namespaces from expat's events, with their line numbers."""

    def __init__(self) -> None:
        self.root: etree._Element | None = None
        self.open: list[etree._Element] = []
        self.pieces: list[str] = []
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters
        self.parser.StartDoctypeDeclHandler = self.doctype

    def doctype(self, *_: object) -> None:
        raise Refusal("xml.doctype")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.flush()
        if len(self.open) >= MAX_DEPTH:
            raise Refusal("xml.too_deep", limit=MAX_DEPTH)
        kept = {key.rpartition(":")[2]: value for key, value in attributes.items() if not key.startswith("xmlns")}
        local = tag.rpartition(":")[2]
        element = etree.SubElement(self.open[-1], local, kept) if self.open else etree.Element(local, kept)
        element.sourceline = min(self.parser.CurrentLineNumber, _LAST_LINE)  # type: ignore[assignment]
        self.root = element if self.root is None else self.root
        self.open.append(element)

    def end(self, _: str) -> None:
        self.flush()
        self.open.pop()

    def characters(self, content: str) -> None:
        self.pieces.append(content)

    def flush(self) -> None:
        """Text comes in pieces; joined once, a long attachment costs its length and not its square."""
        if not self.pieces:
            return
        content, element = "".join(self.pieces), self.open[-1]
        self.pieces.clear()
        if len(element):
            element[-1].tail = content
        else:
            element.text = content
