# SPDX-License-Identifier: Apache-2.0
"""The codes of FatturaPA that decide something here (XSD 1.2.3 and VFSM10; unknown codes only warn).

Sign and nature of the document types: Agenzia delle Entrate, technical specifications 1.9; self-billing and
integration documents are written by the buyer about its own purchase and are nobody's receivable.
"""

from __future__ import annotations

CREDIT_NOTES = frozenset({"TD04", "TD08"})
SELF_BILLING = frozenset({"TD16", "TD17", "TD18", "TD19", "TD20", "TD21", "TD22", "TD23", "TD27", "TD28", "TD29"})
DOCUMENT_TYPES = SELF_BILLING | frozenset(
    {"TD01", "TD02", "TD03", "TD04", "TD05", "TD06", "TD07", "TD08", "TD09", "TD24", "TD25", "TD26"}
)
PAYMENT_METHODS = frozenset(f"MP{number:02d}" for number in range(1, 24))
PAYMENT_TERMS = frozenset({"TP01", "TP02", "TP03"})
SPLIT_PAYMENT = "S"

# FormatoTrasmissione (or @versione of the root) -> the name we give the format.
FORMATS = {
    "FPA12": "fatturapa-1.2",
    "FPR12": "fatturapa-1.2",
    "SDI11": "fatturapa-1.1",
    "1.1": "fatturapa-1.1",
    "SDI10": "fatturapa-1.0",
    "1.0": "fatturapa-1.0",
    "FSM10": "fatturapa-simplified",
}
