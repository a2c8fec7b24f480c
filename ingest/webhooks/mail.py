"""Sends one message as an e-mail, once: a webhook whose address is `mailto:`.

Written with the standard library: a message is one connection, some seconds apart, so what a library
with an asynchronous client or a pool offers is not needed.
"""

from __future__ import annotations

import asyncio
import smtplib
import ssl
import time
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import orjson

from ingest.webhooks.outcome import Outcome
from schemas.webhooks import MAILTO, TEST_EVENT

_PORTS: Final = {"smtp": 587, "smtps": 465}
# A filename of a subject; mail programs show less.
_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class MailServer:
    """The server that takes messages, and whom they are from.

    `url` is smtp://user:password@host:port, where encryption begins after the connection is made if
    the server offers it, and has to if there is a password; or smtps://…, encrypted from the start.
    """

    url: str
    sender: str

    def __repr__(self) -> str:
        return f"MailServer({urlsplit(self.url).hostname!r}, {self.sender!r})"


class MailSender:
    """Sends e-mails through a server.

    Args:
        seconds: that the server may take to answer.
        context: which certificates of the server are accepted.
    """

    def __init__(
        self, server: MailServer, seconds: float, context: ssl.SSLContext | None = None
    ) -> None:
        self._server, self._seconds = server, seconds
        self._context = context or ssl.create_default_context()

    async def send(self, url: str, message: str, payload: str) -> Outcome:
        """Send a message to the address of a `mailto:` URL; whatever goes wrong is the outcome.

        Args:
            message: its id, which is in the Message-ID: a mailbox can recognise a double.
        """
        mail = written(message, orjson.loads(payload))
        mail["From"], mail["To"] = self._server.sender, unquote(url.removeprefix(MAILTO))
        began = time.monotonic()
        status, error = await asyncio.to_thread(self._deliver, mail)
        return Outcome(status, round((time.monotonic() - began) * 1000), error)

    def _deliver(self, mail: EmailMessage) -> tuple[int | None, str]:
        parts = urlsplit(self._server.url)
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        where = f"{host}:{port}"
        try:
            with self._connected(parts.scheme, host, port) as smtp:
                if parts.scheme == "smtp" and smtp.has_extn("starttls"):
                    smtp.starttls(context=self._context)
                    smtp.ehlo()
                elif parts.scheme == "smtp" and parts.password:
                    return None, f"{where} offers no encryption (STARTTLS), so no password is sent"
                if parts.username:
                    smtp.login(unquote(parts.username), unquote(parts.password or ""))
                smtp.send_message(mail)
        except smtplib.SMTPAuthenticationError as exc:
            return exc.smtp_code, f"{where} refuses user or password of SMTP_URL"
        except smtplib.SMTPRecipientsRefused as exc:
            ((code, reason),) = list(exc.recipients.values())[:1]
            return code, _said(where, code, reason)
        except smtplib.SMTPResponseException as exc:
            return exc.smtp_code, _said(where, exc.smtp_code, exc.smtp_error)
        except TimeoutError:
            return None, f"no answer from {where} within {self._seconds:g} s"
        except ssl.SSLError as exc:
            return None, f"no TLS connection to {where}: {exc.reason or exc}"[:500]
        except smtplib.SMTPServerDisconnected:
            return None, f"{where} closed the connection"
        except (smtplib.SMTPException, ValueError) as exc:
            # Such as an address or a password with characters that the server does not take.
            return None, f"{where} cannot take the message: {exc}"[:500]
        except OSError as exc:
            return None, f"no connection to {where}: {exc}; check SMTP_URL"[:500]
        return 250, ""

    def _connected(self, scheme: str, host: str, port: int) -> smtplib.SMTP:
        if scheme == "smtps":
            return smtplib.SMTP_SSL(host, port, timeout=self._seconds, context=self._context)
        smtp = smtplib.SMTP(host, port, timeout=self._seconds)
        smtp.ehlo()
        return smtp


def written(message: str, event: dict[str, Any]) -> EmailMessage:
    """The e-mail about an event, without sender and receiver.

    Args:
        event: `type`, `timestamp` and `data`, as the body of a message to a webhook.
    """
    mail = EmailMessage()
    mail["Message-ID"] = f"<{message}@csv-processor>"
    mail["Date"] = formatdate()
    # Programs that answer mails leave it alone (RFC 3834).
    mail["Auto-Submitted"] = "auto-generated"
    data = event["data"]
    if event["type"] == TEST_EVENT:
        mail["Subject"] = "CSV Processor: a test"
        mail.set_content("E-mails of this webhook arrive.\n")
        return mail
    name = " ".join(str(data["filename"]).split())[:_NAME]
    mail["Subject"] = f"CSV Processor: {name} {data['status']}"
    lines = [
        f"{data['filename']}",
        "",
        f"status        {data['status']}",
        f"valid rows    {_count(data, 'row_count')}",
        f"invalid rows  {data.get('invalid_count') or 0:,}",
        f"uploaded      {data['upload_time']}",
        f"file id       {data['file_id']}",
    ]
    if data.get("error"):
        lines += ["", f"{data['error']}"]
    lines += ["", f"csv-processor show {data['file_id']}", ""]
    mail.set_content("\n".join(lines))
    return mail


def _count(data: dict[str, Any], name: str) -> str:
    found = data.get("aggregations")
    return f"{found[name]:,}" if found else "0"


def _said(where: str, code: int, reason: bytes | str) -> str:
    text = reason.decode(errors="replace") if isinstance(reason, bytes) else reason
    return f"{where} answers {code} {' '.join(text.split())}"[:500]
