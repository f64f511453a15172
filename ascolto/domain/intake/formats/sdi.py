# SPDX-License-Identifier: Apache-2.0
"""What SdI says about an invoice: receipts and notices, of public offices (messaggi v1.0, v1.1) and of everybody.

Source: Agenzia delle Entrate, technical specifications of SdI, annex B-1 (messages). The root element tells the kind;
the name of the file is not believed.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..documents import SdiNoticeDoc
from ..problems import Findings
from .fields import code, day, line
from .values import squeezed
from .xml import Element, at, child, children, name_of, text

TYPES = {
    "RicevutaConsegna": "RC",
    "NotificaMancataConsegna": "MC",
    "RicevutaImpossibilitaRecapito": "MC",
    "NotificaScarto": "NS",
    "RicevutaScarto": "NS",
    "NotificaEsito": "NE",
    "NotificaDecorrenzaTermini": "DT",
    "AttestazioneTrasmissioneFattura": "AT",
    "NotificaEsitoCommittente": "EC",
    "ScartoEsitoCommittente": "SE",
}
OUTCOMES = {
    "RC": "delivered",
    "MC": "undelivered",
    "NS": "discarded",
    "DT": "lapsed",
    "AT": "attested",
    "SE": "outcome_discarded",
}
# SdI had the file or the invoice already: what it discards is the copy, the first sending stands.
_DUPLICATES = frozenset({"00002", "00404", "00409"})
_VERDICTS = {"EC01": "accepted", "EC02": "refused"}


def read(root: Element, findings: Findings) -> Iterator[SdiNoticeDoc]:
    """The notice, unless it does not say of which invoice it speaks."""
    type = TYPES[name_of(root)]
    said = child(root, "EsitoCommittente")
    about = said if said is not None else root
    sdi_id = squeezed(text(root, "IdentificativoSdI") or text(about, "IdentificativoSdI"))
    invoice_file = text(root, "NomeFile")
    if not sdi_id and not invoice_file:
        findings.add("notice.no_invoice", row=line(root), field="IdentificativoSdI")
        return
    verdict = code(about, "Esito")
    if type in {"NE", "EC"} and verdict not in _VERDICTS:
        findings.add("code.unknown", row=line(root), field="Esito", value=verdict)
    moment = day(findings, root, "DataOraConsegna", impossible="date.impossible_ignored")
    year = text(about, "RiferimentoFattura", "AnnoFattura")
    errors = tuple(
        (code(error, "Codice"), text(error, "Descrizione"))
        for holder in children(root, "ListaErrori")
        for error in children(holder, "Errore")
    )
    copied = type == "NS" and bool(errors) and all(error in _DUPLICATES for error, _ in errors)
    yield SdiNoticeDoc(
        file=findings.file,
        format=f"sdi-{squeezed(root.get('versione', '')) or '1.0'}",
        type=type,
        invoice_file=invoice_file,
        sdi_id=sdi_id,
        on=moment or day(findings, root, "DataOraRicezione", impossible="date.impossible_ignored"),
        outcome="duplicate" if copied else OUTCOMES.get(type) or _VERDICTS.get(verdict, ""),
        number=text(about, "RiferimentoFattura", "NumeroFattura"),
        year=int(year) if year.isascii() and year.isdigit() and len(year) == 4 else None,
        errors=errors,
        text=text(about, "Descrizione") or text(about, "Scarto") or text(root, "Note"),
        recipient=text(at(root, "Destinatario"), "Descrizione") or code(root, "Destinatario", "Codice"),
        row=line(root),
    )


def stem(name: str) -> str:
    """What an invoice file and the notices about it have in common: the name without folder, .xml, .p7m and .zip."""
    found = name.replace("\\", "/").rpartition("/")[2].strip().upper()
    while found.endswith((".XML", ".P7M", ".ZIP")):
        found = found[:-4]
    return found
