# SPDX-License-Identifier: Apache-2.0
"""Mails as providers write them (the structure of real ones, the names made up), and a real IMAP server on loopback."""

import asyncio
import threading
from argparse import Namespace
from contextlib import AsyncExitStack
from email.message import EmailMessage
from typing import Any

from proxyprotocol.sock import SocketInfoLocal
from pymap.backend.dict import DictBackend
from pymap.imap import IMAPServer

DATICERT = """<?xml version="1.0" encoding="UTF-8"?>
<postacert tipo="{tipo}" errore="{errore}">stray text<intestazione><mittente>crediti@pec.acqua.test</mittente>
<destinatari tipo="certificato">{to}</destinatari><oggetto>Costituzione in mora</oggetto></intestazione>
<dati><gestore-emittente>GESTORE DEMO S.P.A.</gestore-emittente>
<data zona="+0100"><giorno>{day}</giorno><ora>{time}</ora></data>
<identificativo>opec1.2026@pec.demo.test</identificativo><msgid>&lt;{msgid}&gt;</msgid>{more}</dati></postacert>"""


def receipt(
    tipo: str, msgid: str, *, header: str = "", to: str = "carla@pec.test", errore: str = "nessuno",
    day: str = "20/11/2026", time: str = "10:15:30", more: str = "",
) -> bytes:  # fmt: skip
    """A receipt: `header` is X-Ricevuta when it is to differ from @tipo ("-": none at all)."""
    mail = EmailMessage()
    mail["From"], mail["To"] = "posta-certificata@pec.demo.test", "crediti@pec.acqua.test"
    mail["Subject"] = f"{tipo.upper()}: Costituzione in mora"
    if header != "-":
        mail["X-Ricevuta"] = header or tipo
    mail.set_content("Ricevuta di PEC\n")
    if tipo == "avvenuta-consegna":
        more += f'<ricevuta tipo="completa"/><consegna>{to}</consegna>'
    xml = DATICERT.format(tipo=tipo, errore=errore, to=to, day=day, time=time, msgid=msgid, more=more)
    mail.add_attachment(xml.encode(), maintype="application", subtype="xml", filename="daticert.xml")
    inner = plain(subject="Costituzione in mora")
    mail.add_attachment(inner, maintype="application", subtype="octet-stream", filename="postacert.eml")
    return mail.as_bytes()


def plain(sender: str = "carla@pec.test", *, subject: str = "Re: sollecito", text: str = "Pago venerdì.\n",
          answers: str = "", **headers: str) -> bytes:  # fmt: skip
    """An ordinary mail."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Carla Bianchi <{sender}>", "crediti@pec.acqua.test", subject
    if answers:
        mail["In-Reply-To"] = f"<{answers}>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail.as_bytes()


def envelope(
    inner: bytes,
    *,
    carried: str = "posta-certificata",
    tipo: str = "posta-certificata",
    sender: str = "crediti@pec.acqua.test",
) -> bytes:
    """A certified envelope around a mail; `carried="errore"` is the anomaly envelope around ordinary mail."""
    mail = EmailMessage()
    mail["From"], mail["X-Trasporto"], mail["Subject"] = "posta-certificata@pec.demo.test", carried, "POSTA CERTIFICATA"
    mail.set_content("Messaggio di posta certificata\n")
    if carried == "posta-certificata":
        xml = DATICERT.format(tipo=tipo, errore="nessuno", to="x@x.test", day="20/11/2026", time="09:00:00", msgid="i", more="")  # fmt: skip
        xml = xml.replace("crediti@pec.acqua.test", sender)
        mail.add_attachment(xml.encode(), maintype="application", subtype="xml", filename="daticert.xml")
    mail.add_attachment(inner, maintype="application", subtype="octet-stream", filename="postacert.eml")
    return mail.as_bytes()


def from_sdi(*files: tuple[str, bytes], sender: str = "sdi01@pec.fatturapa.it") -> bytes:
    """What SdI sends by certified mail: a few words, and its notice as a file."""
    inner = EmailMessage()
    inner["From"], inner["To"], inner["Subject"] = sender, "crediti@pec.acqua.test", "Ricevuta di consegna"
    inner.set_content("In allegato la ricevuta.\n")
    for name, content in files:
        inner.add_attachment(content, maintype="application", subtype="xml", filename=name)
    return envelope(inner.as_bytes(), sender=sender)


def bounce(msgid: str, *, action: str = "failed", status: str = "5.1.1") -> bytes:
    """A delivery status notification (RFC 3464)."""
    return (
        "From: MAILER-DAEMON@mx.test\r\nTo: crediti@acqua.test\r\nSubject: Undelivered\r\nDate: Fri, 20 Nov 2026 10:20:00 +0100\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mx.test\r\n\r\nFinal-Recipient: rfc822; carla@example.test\r\nAction: {action}\r\n"
        f"Status: {status}\r\nDiagnostic-Code: smtp; 550 no such user\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"Message-ID: <{msgid}>\r\nSubject: Sollecito\r\n\r\n--b--\r\n"
    ).encode()


class ImapServer:
    """pymap with its in-memory backend, in a thread of its own. `put` delivers a mail."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),), daemon=True)
        self._thread.start()
        assert self._ready.wait(20)

    @property
    def url(self) -> str:
        return f"imap://ada:segreta@127.0.0.1:{self.port}/INBOX?client=acqua"

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(20)

    async def _serve(self) -> None:
        said = Namespace(passlib_cfg=None, proxy_protocol=None, host="127.0.0.1", port=0, debug=False, cert=None, key=None,
                         tls=False, demo_data=False, demo_user="ada", demo_password="segreta")  # fmt: skip
        backend, config = await DictBackend.init(said, invalid_user_sleep=0.0)
        config.apply_context()
        self._end = asyncio.Event()
        served = IMAPServer(backend.login, config)

        async def talk(reader: Any, writer: Any) -> None:
            await served(reader, writer, SocketInfoLocal(writer))

        async with AsyncExitStack() as stack:
            await backend.start(stack)
            server = await asyncio.start_server(talk, "127.0.0.1", 0)
            self.port = server.sockets[0].getsockname()[1]
            self._ready.set()
            await self._end.wait()
            server.close()
