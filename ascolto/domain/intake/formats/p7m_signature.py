# SPDX-License-Identifier: Apache-2.0
"""The arithmetic of a CAdES signature (RFC 5652, section 5.4): digest of the content, signature of the
attributes.
"""

from __future__ import annotations

import hashlib
from typing import Any, Literal

from cryptography import exceptions
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

Verdict = Literal["right", "wrong", "unknown"]

_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1,  # old files stay readable: this proves integrity of transport, not identity
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}


def verdict(signer: Any, certificates: list[Any], content: bytes) -> Verdict:
    """Whether this signer signed this content; "unknown" without its certificate or with a foreign
    algorithm."""
    algorithm = signer["digest_algorithm"]["algorithm"].native
    if algorithm not in _HASHES:
        return "unknown"
    attributes = signer["signed_attrs"]
    if len(attributes):
        if _message_digest(attributes) != hashlib.new(algorithm, content).digest():
            return "wrong"
        # signed as a SET OF, carried as an implicit [0]; in BER they may stand in another order than was signed
        messages = [b"\x31" + attributes.dump()[1:], b"\x31" + attributes.copy().dump(force=True)[1:]]
    else:
        messages = [content]
    certificate = _certificate_of(signer, certificates)
    if certificate is None:
        return "unknown"
    verdicts = {_check(certificate, signer, message, algorithm) for message in dict.fromkeys(messages)}
    return "right" if "right" in verdicts else "wrong" if "wrong" in verdicts else "unknown"


def _message_digest(attributes: Any) -> bytes | None:
    for attribute in attributes:
        if attribute["type"].native == "message_digest":
            return bytes(attribute["values"][0].native)
    return None


def _certificate_of(signer: Any, certificates: list[Any]) -> Any | None:
    sid = signer["sid"]
    for certificate in certificates:
        if sid.name == "issuer_and_serial_number":
            same = sid.chosen["serial_number"].native == certificate.serial_number
        else:
            same = sid.chosen.native == certificate.key_identifier
        if same:
            return certificate
    return None


def _check(certificate: Any, signer: Any, message: bytes, algorithm: str) -> Verdict:
    digest, signature = _HASHES[_hash_of(signer, algorithm)](), signer["signature"].native
    try:
        key = serialization.load_der_public_key(certificate.public_key.dump())
    except (ValueError, exceptions.UnsupportedAlgorithm):  # a kind of key that is not known here proves nothing
        return "unknown"
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, _padding(signer, digest), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(digest))
        else:
            return "unknown"
    except exceptions.InvalidSignature:
        return "wrong"
    except exceptions.UnsupportedAlgorithm:
        return "unknown"
    return "right"


def _hash_of(signer: Any, otherwise: str) -> str:
    """The hash that the signature names ("sha256_rsa"), else the one of the digest."""
    named: str = signer["signature_algorithm"]["algorithm"].native.partition("_")[0]
    return named if named in _HASHES else otherwise


def _padding(signer: Any, digest: hashes.HashAlgorithm) -> padding.AsymmetricPadding:
    if signer["signature_algorithm"]["algorithm"].native == "rsassa_pss":
        return padding.PSS(padding.MGF1(digest), padding.PSS.AUTO)
    return padding.PKCS1v15()
