# SPDX-License-Identifier: Apache-2.0
"""CAdES envelopes (.p7m): the document inside, and whether it is the one that was signed.

Reads DER and BER (indefinite lengths, octet strings in pieces), base64 with any line breaks, PEM, S/MIME
headers, and envelopes in envelopes. A document that does not match its signature is refused. Who the signer
is, and whether the certificate was valid, is not our question: SdI has asked it; an expired certificate is a
warning.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime
from typing import Any

from asn1crypto import cms

from ..problems import Findings, Refusal

MAX_ENVELOPES = 5
_HEADERS = re.compile(rb"\A(?:[A-Za-z][A-Za-z0-9-]*:[^\n]*\n(?:[ \t][^\n]*\n)*)+\r?\n")
_PEM_LINES = re.compile(rb"-----(?:BEGIN|END) [A-Z0-9 #]+-----")
_BASE64 = re.compile(rb"[A-Za-z0-9+/\s]+=*\s*")
# What asn1crypto raises on bytes that are no ASN.1, or on a structure that is not the one it says.
_BROKEN = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError)


def looks_signed(data: bytes) -> bool:
    """Whether the bytes begin as an envelope does: a SEQUENCE whose first member is the OID of signed
    data."""
    return data[:1] == b"\x30" and b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02" in data[:24]


def unarmoured(data: bytes) -> bytes | None:
    """The bytes behind PEM lines, S/MIME headers or plain base64; None when the text is no base64 of
    something."""
    text = _PEM_LINES.sub(b"", _HEADERS.sub(b"", data.removeprefix(b"\xef\xbb\xbf").lstrip()))
    if not _BASE64.fullmatch(text):
        return None
    compact = b"".join(text.split())
    try:
        return base64.b64decode(compact + b"=" * (-len(compact) % 4))
    except binascii.Error:
        return None


def unwrap(data: bytes, findings: Findings) -> bytes:
    """The innermost document. Raises `Refusal` when an envelope is broken, empty or does not match its
    signature."""
    for _ in range(MAX_ENVELOPES):
        data = _opened(data, findings)
        inner = data if looks_signed(data) else unarmoured(data[:64]) and unarmoured(data)
        if not inner or not looks_signed(inner):
            return data
        data = inner
    raise Refusal("p7m.too_deep", limit=MAX_ENVELOPES)


def _opened(data: bytes, findings: Findings) -> bytes:
    try:
        signed = cms.ContentInfo.load(data)["content"]
        content = signed["encap_content_info"]["content"].native
        signers, certificates = list(signed["signer_infos"]), _certificates(signed)
        if isinstance(content, bytes) and content:
            for signer in signers:
                _verify(signer, certificates, content, findings)
            _warn_of_expiry(certificates, signers, findings)
    except _BROKEN as error:
        raise Refusal("p7m.broken") from error
    if not isinstance(content, bytes) or not content:
        raise Refusal("p7m.empty")
    if not signers:
        findings.add("p7m.unsigned")
    return content


def _certificates(signed: Any) -> list[Any]:
    chosen = signed["certificates"]
    return [choice.chosen for choice in chosen if choice.name == "certificate"] if chosen else []


def _verify(signer: Any, certificates: list[Any], content: bytes, findings: Findings) -> None:
    """The digest of the document must be the signed one, and the signature that of the certificate."""
    from . import p7m_signature  # only signed files pay for the import of the cryptography library

    verdict = p7m_signature.verdict(signer, certificates, content)
    if verdict == "wrong":
        raise Refusal("p7m.tampered")
    if verdict == "unknown":
        findings.add("p7m.unverified")


def _warn_of_expiry(certificates: list[Any], signers: list[Any], findings: Findings) -> None:
    """Measured at the moment of signing that the signer states: the reader has no clock."""
    for signer in signers:
        signed_at = _signing_time(signer)
        for certificate in certificates:
            validity = certificate["tbs_certificate"]["validity"]
            if signed_at and certificate.serial_number == _serial(signer) and validity["not_after"].native < signed_at:
                findings.add("p7m.expired", until=f"{validity['not_after'].native:%Y-%m-%d}")


def _serial(signer: Any) -> int | None:
    return signer["sid"].chosen["serial_number"].native if signer["sid"].name == "issuer_and_serial_number" else None


def _signing_time(signer: Any) -> datetime | None:
    for attribute in signer["signed_attrs"] or ():
        if attribute["type"].native == "signing_time":
            moment = attribute["values"][0].native
            return moment if isinstance(moment, datetime) else None
    return None
