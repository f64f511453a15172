# SPDX-License-Identifier: Apache-2.0
"""PDF invoices that carry their data: Factur-X, ZUGFeRD 1 and 2, XRechnung in a PDF.

Finds the embedded XML and leaves its reading to the reader of that XML. The picture on the page is never read: a PDF
without data is refused with what to do instead.
"""

from __future__ import annotations

import io
import logging
import zlib
from collections.abc import Iterator

from ..problems import Refusal

FORMAT = "factur-x"
MAX_EMBEDDED_FILES = 200
# The names that the specifications prescribe, in the order in which they are believed.
_NAMES = ("factur-x.xml", "xrechnung.xml", "zugferd-invoice.xml")
_ORDER = "order-x.xml"  # an order in the same clothes: nothing to pay
# What a damaged PDF makes pypdf stumble over, beside its own errors.
_BROKEN = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    RecursionError,
    OSError,
    zlib.error,
    ArithmeticError,
)


def is_pdf(data: bytes) -> bool:
    """By the mark, which may stand after a few bytes of something else (ISO 32000, annex H)."""
    return b"%PDF-" in data[:1024]


def invoice_xml(data: bytes) -> bytes:
    """The XML of the invoice inside. Raises `Refusal` for a damaged or locked PDF, and for one that has none."""
    from pypdf import errors  # a library that only these files need

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its doubts about the page are not ours
    try:
        found = [(name.lower(), content) for name, content in _embedded(data) if name.lower().endswith(".xml")]
    except (errors.FileNotDecryptedError, errors.DependencyError) as error:
        raise Refusal("pdf.locked") from error
    except (errors.PyPdfError, *_BROKEN) as error:
        raise Refusal("pdf.broken") from error
    known = sorted((item for item in found if item[0] in _NAMES), key=lambda item: _NAMES.index(item[0]))
    others = [item for item in found if item[0] != _ORDER]
    for _, content in known or others:
        return content
    raise Refusal("invoice.pdf_order" if found else "invoice.pdf_plain")


def _embedded(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and content of the embedded files, each once."""
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(data), strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        raise Refusal("pdf.locked")
    for place, file in enumerate(reader.attachment_list):
        if place >= MAX_EMBEDDED_FILES:
            raise Refusal("pdf.broken")
        for name in (file.alternative_name or "", file.name):  # the name of the file, else its key in the catalogue
            if name.lower().endswith(".xml"):
                yield name, file.content
                break
