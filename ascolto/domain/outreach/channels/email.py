# SPDX-License-Identifier: Apache-2.0
"""E-mail through SMTP, said step by step so that one knows in which step it stopped.

Until the server says 354 nothing has been accepted and trying again is safe. Once the text is on its way
and the connection breaks before the answer, nobody can tell: the outcome is doubtful, and a person decides.
"""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_RULES
from email.utils import format_datetime
from types import TracebackType
from typing import Literal, Self
from urllib.parse import parse_qs, unquote, urlsplit

from . import Outcome, Outgoing, key_name

Security = Literal["plain", "starttls", "tls"]
_SCHEMES: dict[str, tuple[Security, int]] = {
    "smtp": ("plain", 25),
    "smtps": ("tls", 465),
    "starttls": ("starttls", 587),
    "smtp+starttls": ("starttls", 587),
}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class SmtpSettings:
    """Where the mail server is, and as whom we write. `sender` is the address in From and in the envelope."""

    host: str
    port: int
    security: Security
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    timeout_seconds: float = 30.0

    @classmethod
    def from_url(cls, url: str, *, sender: str = "", timeout_seconds: float = 30.0) -> SmtpSettings:
        """Read `smtp://`, `smtps://` or `starttls://user:password@host:port?from=address`.

        Without `sender` and `from` the user writes. Raises ValueError (never quoting the password) when the
        URL is of no use, or would send a password in the clear over a network.
        """
        parts = urlsplit(url)
        if parts.scheme not in _SCHEMES or not parts.hostname:
            raise ValueError("the mail server must be smtp://, smtps:// or starttls://[user:password@]host[:port]")
        security, port = _SCHEMES[parts.scheme]
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        if password and security == "plain" and parts.hostname not in _LOOPBACK:
            raise ValueError("a password over plain smtp:// would be readable: use starttls:// or smtps://")
        sender = sender or "".join(parse_qs(parts.query).get("from", [])) or user
        _address("", sender)
        return cls(parts.hostname, parts.port or port, security, sender, user, password, timeout_seconds)


class EmailChannel:
    """Sends e-mails over one connection, opened when needed and dropped after any trouble."""

    repeatable = False

    def __init__(self, settings: SmtpSettings) -> None:
        self.settings = settings
        self._server: smtplib.SMTP | None = None

    def send(self, message: Outgoing) -> Outcome:
        """Hand one message to the server. `provider_id` is its Message-ID, made from the idempotency key."""
        try:
            mail = build(message, self.settings.sender)
            recipient = _address(message.to_name, message.to_value).addr_spec
        except (ValueError, HeaderParseError) as trouble:
            return Outcome("failed", detail=f"not a usable address: {trouble}")
        outcome = self._talk(recipient, mail.as_bytes(policy=SMTP_RULES))
        if outcome.status in ("retry", "doubtful"):
            self.close()
        return Outcome(outcome.status, str(mail["Message-ID"]), outcome.detail[:400])

    def close(self) -> None:
        """Say goodbye, or just hang up."""
        server, self._server = self._server, None
        if server is not None:
            try:
                server.quit()
            except (smtplib.SMTPException, OSError):
                server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _talk(self, recipient: str, content: bytes) -> Outcome:
        try:
            server = self._connected()
            refused = _envelope(server, self.settings.sender, recipient)
            if refused is None:
                refused = _answer(server.docmd("DATA"), expected=354)
            if refused is not None:
                server.rset()
                return refused
        except (smtplib.SMTPException, OSError) as trouble:
            return Outcome("retry", detail=f"before the message was handed over: {_said(trouble)}")
        try:
            server.send(_dotted(content))
            verdict = server.getreply()
        except (smtplib.SMTPException, OSError) as trouble:
            return Outcome(
                "doubtful", detail=f"the connection broke after the message was handed over: {_said(trouble)}"
            )
        refused = _answer(verdict, expected=250)
        return refused or Outcome("sent", detail=_words(verdict))

    def _connected(self) -> smtplib.SMTP:
        """The open connection when it still answers, else a new one."""
        if self._server is not None:
            try:
                if self._server.noop()[0] == 250:
                    return self._server
            except (smtplib.SMTPException, OSError):
                pass
            self.close()
        self._server = _connect(self.settings)
        return self._server


def build(message: Outgoing, sender: str) -> EmailMessage:
    """The mail as RFC 5322 wants it: text first, HTML beside it, files after. Line ends cannot enter a
    header.
    """
    from_address = _address(message.sender_name, sender)
    mail = EmailMessage(policy=SMTP_RULES)
    mail["From"] = from_address
    mail["To"] = _address(message.to_name, message.to_value)
    if message.reply_to and message.reply_to != sender:
        mail["Reply-To"] = _address(message.sender_name, message.reply_to)
    mail["Subject"] = _one_line(message.subject)
    mail["Date"] = format_datetime(message.at)
    mail["Message-ID"] = f"<{key_name(message.key)}@{from_address.domain}>"
    mail.set_content(message.text, cte="quoted-printable")
    if message.html:
        mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
    for file in message.attachments:
        main, _, sub = file.media_type.partition("/")
        mail.add_attachment(file.content, maintype=main, subtype=sub, filename=_one_line(file.name))
    return mail


def _connect(settings: SmtpSettings) -> smtplib.SMTP:
    tls = ssl.create_default_context()
    server: smtplib.SMTP
    if settings.security == "tls":
        server = smtplib.SMTP_SSL(settings.host, settings.port, timeout=settings.timeout_seconds, context=tls)
    else:
        server = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout_seconds)
    try:
        server.ehlo_or_helo_if_needed()
        if settings.security == "starttls":
            server.starttls(context=tls)
            server.ehlo()
        if settings.password:
            server.login(settings.user, settings.password)
    except BaseException:
        server.close()
        raise
    return server


def _envelope(server: smtplib.SMTP, sender: str, recipient: str) -> Outcome | None:
    """MAIL and RCPT. A refusal of *us* (the sender) is our trouble and can be mended: retry, not failed."""
    code, words = server.mail(sender)
    if code != 250:
        return Outcome("retry", detail=f"the server refused the sender: {_words((code, words))}")
    code, words = server.rcpt(recipient)
    return None if code in (250, 251) else _answer((code, words), expected=250)


def _answer(reply: tuple[int, bytes], expected: int) -> Outcome | None:
    """None when the server agreed; 5xx is final, anything else may be tried again: it was not accepted."""
    if reply[0] == expected:
        return None
    return Outcome("failed" if 500 <= reply[0] < 600 else "retry", detail=_words(reply))


def _dotted(content: bytes) -> bytes:
    """Lines that begin with a dot get a second one; the lone dot at the end closes (RFC 5321, 4.5.2)."""
    if content.startswith(b"."):
        content = b"." + content
    return content.replace(b"\r\n.", b"\r\n..").removesuffix(b"\r\n") + b"\r\n.\r\n"


def _address(name: str, value: str) -> Address:
    """An address fit for a header: ASCII (other domains become punycode), no control characters."""
    user, at, domain = value.strip().rpartition("@")
    if not (user and at and domain):
        raise ValueError("no address")
    return Address(display_name=_one_line(name), addr_spec=f"{user}@{domain.encode('idna').decode()}")


def _one_line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _words(reply: tuple[int, bytes]) -> str:
    return f"{reply[0]} {reply[1].decode('utf-8', 'replace')}".replace("\n", " ")


def _said(trouble: Exception) -> str:
    return f"{type(trouble).__name__}: {trouble}".replace("\n", " ")
