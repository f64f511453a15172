# SPDX-License-Identifier: Apache-2.0
"""Reading a mail as it came: PEC receipt, certified envelope, bounce or plain reply. Pure: bytes in, facts out.

A PEC provider says the same thing twice, in a header (X-Ricevuta, X-Trasporto) and in `daticert.xml` (@tipo): only when
both agree is it a receipt. The mail that somebody certified lies inside as `postacert.eml`. Format: D.M. 2/11/2005.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.utils import parseaddr, parsedate_to_datetime
from itertools import islice
from typing import Any, Literal

from lxml import etree

Kind = Literal["receipt", "bounce", "reply", "automatic", "unproven"]
RECEIPTS = {
    "accettazione": "accepted",
    "avvenuta-consegna": "delivered",
    "errore-consegna": "failed",
    "preavviso-errore-consegna": "delayed",
    "non-accettazione": "refused",
    "rilevazione-virus": "virus",
    "presa-in-carico": "taken",
}
"""@tipo of daticert.xml to the word that we keep."""
TEXT_LIMIT = 20_000
FILE_LIMIT, FILES_LIMIT = 5 * 1024 * 1024, 50
_SAFE = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=False)


@dataclass(frozen=True)
class Proof:
    """What a receipt or bounce says. `reference`: Message-ID, without <>, of the mail it is about. `at` is aware."""

    what: str
    at: dt.datetime | None
    reference: str
    recipient: str = ""
    provider: str = ""
    identifier: str = ""
    error: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Mail:
    """A mail as it concerns us. `about`: Message-IDs it answers, nearest first; `why`: why it proves nothing.

    `vouched`: who sent it by the word of a PEC provider, "" without one; `files`: what it carries, when vouched for."""

    kind: Kind
    sender: str
    sender_name: str
    subject: str
    text: str
    about: tuple[str, ...]
    proofs: tuple[Proof, ...] = ()
    why: str = ""
    vouched: str = ""
    files: tuple[tuple[str, bytes], ...] = ()


def read_mail(raw: bytes) -> Mail:
    """Tell what kind of mail this is. Never raises for what a sender did wrong: then it is `reply` or `unproven`."""
    mail = _parsed(raw)
    said = _header(mail, "X-Ricevuta").lower()
    carried = _header(mail, "X-Trasporto").lower()
    certificate = _certificate(mail)
    if said:
        return _receipt(mail, said, certificate)
    if carried:
        return _enveloped(mail, carried, certificate)
    if bounces := tuple(_bounces(mail)):
        return _plain(mail, "bounce", proofs=bounces)
    if certificate is not None:
        return _plain(mail, "unproven", why="daticert.xml without X-Ricevuta")
    return _plain(mail, "automatic" if _header(mail, "Auto-Submitted").lower() not in ("", "no") else "reply")


def _receipt(mail: EmailMessage, said: str, certificate: etree._Element | None) -> Mail:
    if certificate is None:
        return _plain(mail, "unproven", why=f"X-Ricevuta: {said} without daticert.xml")
    if certificate.get("tipo", "").strip().lower() != said:
        return _plain(mail, "unproven", why=f"X-Ricevuta: {said}, but daticert.xml: {certificate.get('tipo')}")
    proof = _proof(certificate, said)
    if proof is None:
        return _plain(mail, "unproven", why=f"daticert.xml of {said} names no message or no time")
    return _plain(mail, "receipt", proofs=(proof,))


def _enveloped(mail: EmailMessage, carried: str, certificate: etree._Element | None) -> Mail:
    """The mail inside the envelope. An anomaly envelope (`errore`) holds ordinary mail: never a receipt."""
    inner = next((_inside(part) for part in mail.walk() if part.get_filename() == "postacert.eml"), None)
    inner = inner or next((_inside(part) for part in mail.walk() if part.get_content_type() == "message/rfc822"), None)
    if inner is None:
        return _plain(mail, "unproven", why=f"X-Trasporto: {carried} without the mail inside")
    if carried == "posta-certificata" and (certificate is None or certificate.get("tipo") != carried):
        return _plain(mail, "unproven", why="X-Trasporto: posta-certificata, but daticert.xml says otherwise")
    if carried != "posta-certificata" or certificate is None:
        return _plain(inner, "reply")
    return replace(_plain(inner, "reply"), vouched=_said(certificate, "mittente").lower(), files=tuple(_files(inner)))


def _files(mail: EmailMessage) -> Iterator[tuple[str, bytes]]:
    """The files that hang on the mail itself, name and content; a handful of a handful of megabytes."""
    found = ((_clean(_filename(part)), _bytes(part)) for part in _own_parts(mail) if part.get_filename())
    yield from islice(((name, content) for name, content in found if 0 < len(content) <= FILE_LIMIT), FILES_LIMIT)


def _filename(part: EmailMessage) -> str:
    name = str(part.get_filename() or "")
    try:
        return str(make_header(decode_header(name)))
    except (LookupError, ValueError):
        return name


def _proof(certificate: etree._Element, said: str) -> Proof | None:
    at = _moment(certificate)
    reference = _id(_said(certificate, "msgid"))
    if said not in RECEIPTS or at is None or not reference:
        return None
    return Proof(
        what=RECEIPTS[said], at=at, reference=reference,
        recipient=(_said(certificate, "consegna") or _said(certificate, "destinatari")).lower(),
        provider=_said(certificate, "gestore-emittente")[:200], identifier=_said(certificate, "identificativo")[:200],
        error="" if certificate.get("errore") == "nessuno" else certificate.get("errore", "")[:40],
        detail=_said(certificate, "errore-esteso")[:500],
    )  # fmt: skip


def _certificate(mail: EmailMessage) -> etree._Element | None:
    """daticert.xml of this mail itself, not of one attached to it."""
    for part in _own_parts(mail):
        if (part.get_filename() or "").lower() == "daticert.xml":
            root: etree._Element | None = etree.fromstring(_bytes(part) or b"<x/>", _SAFE)
            if root is not None and etree.QName(root).localname == "postacert":
                return root
    return None


def _bounces(mail: EmailMessage) -> Iterator[Proof]:
    """RFC 3464: one block per recipient; `failed` and `delayed` are told, success is not (no server promises it)."""
    for part in _own_parts(mail):
        if part.get_content_type() != "message/delivery-status":
            continue
        blocks = part.get_payload()
        for block in (one for one in blocks if isinstance(one, Message)) if isinstance(blocks, list) else ():
            action = str(block.get("Action", "")).strip().lower()
            if action in ("failed", "delayed"):
                words = str(block.get("Diagnostic-Code", "")).partition(";")
                yield Proof(
                    what="bounced" if action == "failed" else "delayed", at=_date(mail), reference=_returned_id(mail),
                    recipient=_typed(block.get("Final-Recipient", "")), provider=_typed(block.get("Reporting-MTA", "")),
                    error=str(block.get("Status", "")).strip()[:40], detail=" ".join((words[2] or words[0]).split())[:500],
                )  # fmt: skip


def _returned_id(mail: EmailMessage) -> str:
    """Message-ID of the mail that came back, whole or as headers only."""
    for part in mail.walk():
        if part.get_content_type() == "message/rfc822" and (inner := _inside(part)) is not None:
            return _id(_header(inner, "Message-ID"))
        if part.get_content_type() == "text/rfc822-headers":
            return _id(_header(_parsed(_bytes(part)), "Message-ID"))
    return ""


def _plain(mail: EmailMessage, kind: Kind, proofs: tuple[Proof, ...] = (), why: str = "") -> Mail:
    name, address = parseaddr(_header(mail, "Reply-To") or _header(mail, "From"))
    about = (*_ids(_header(mail, "In-Reply-To")), *reversed(_ids(_header(mail, "References"))))
    return Mail(
        kind=kind, sender=address.lower()[:300], sender_name=_clean(name)[:120],
        subject=_clean(_header(mail, "Subject"))[:300], text=_text(mail),
        about=tuple(dict.fromkeys(about))[:20], proofs=proofs, why=why,
    )  # fmt: skip


def _text(mail: EmailMessage) -> str:
    """The words of the mail, from its text or else from its HTML without the tags."""
    for kind in ("text/plain", "text/html"):
        for part in _own_parts(mail):
            if part.get_content_type() == kind and not part.get_filename():
                words = _decoded(part)
                if kind == "text/html" and words.strip():
                    words = _without_tags(words)
                if words.strip():
                    return _clean(words, lines=True)[:TEXT_LIMIT].strip()
    return ""


def _without_tags(words: str) -> str:
    root: etree._Element | None = etree.fromstring(words.encode(), etree.HTMLParser(encoding="utf-8", no_network=True))
    if root is None:
        return ""
    etree.strip_elements(root, "script", "style", etree.Comment, with_tail=False)
    return "\n".join(
        line.strip() for line in "\n".join(str(text) for text in root.itertext()).splitlines() if line.strip()
    )


def _decoded(part: EmailMessage) -> str:
    try:
        return _bytes(part).decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:  # a charset that nobody knows
        return _bytes(part).decode("latin-1")


def _own_parts(mail: EmailMessage) -> Iterator[EmailMessage]:
    """Every part, without descending into mails that are attached."""
    yield mail
    if mail.is_multipart() and mail.get_content_maintype() == "multipart":
        for part in mail.get_payload():
            if isinstance(part, EmailMessage):
                yield from _own_parts(part)


def _inside(part: EmailMessage) -> EmailMessage | None:
    payload = part.get_payload()
    if isinstance(payload, list) and payload and isinstance(payload[0], EmailMessage):
        return payload[0]
    content = _bytes(part)
    return _parsed(content) if content else None


def _parsed(raw: bytes) -> EmailMessage:
    # compat32 keeps broken headers readable where the modern rules may raise; EmailMessage gives us its helpers.
    rules: Any = policy.compat32.clone(message_factory=EmailMessage)
    return message_from_bytes(raw, EmailMessage, policy=rules)


def _bytes(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _header(mail: EmailMessage, name: str) -> str:
    value = str(mail.get(name, ""))
    try:
        return " ".join(str(make_header(decode_header(value))).split())
    except (LookupError, ValueError):
        return " ".join(value.split())


def _said(root: etree._Element, name: str) -> str:
    found = root.find(f".//{{*}}{name}")
    return _clean(found.text or "").strip() if found is not None else ""


def _moment(root: etree._Element) -> dt.datetime | None:
    data = root.find(".//{*}data")
    zone = data.get("zona", "") if data is not None else ""
    try:
        return dt.datetime.strptime(f"{_said(root, 'giorno')} {_said(root, 'ora')} {zone}", "%d/%m/%Y %H:%M:%S %z")
    except ValueError:
        return None


def _date(mail: EmailMessage) -> dt.datetime | None:
    try:
        at = parsedate_to_datetime(_header(mail, "Date"))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=dt.UTC)


def _typed(value: object) -> str:
    """`rfc822; a@b.test` without its type, in lower case."""
    return str(value).partition(";")[2].strip().strip("<>").lower()[:200]


def _ids(value: str) -> list[str]:
    return re.findall(r"<([^<>\s]+)>", value)


def _id(value: str) -> str:
    found = _ids(value)
    return (found[0] if found else value.strip().strip("<>"))[:200]


def _clean(text: str, *, lines: bool = False) -> str:
    """Without characters that a database or a screen cannot bear."""
    return "".join(c for c in text if c.isprintable() or (lines and c in "\n\t"))
