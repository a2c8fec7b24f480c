"""Sends one message of a webhook, once."""

from __future__ import annotations

import asyncio
import errno
import os
import time
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from ingest.webhooks.addresses import Allowed, CheckedResolver, Forbidden
from ingest.webhooks.mail import MailSender
from ingest.webhooks.outcome import Outcome
from schemas.webhooks import headers, is_mail

_CONNECT_SECONDS: Final = 5.0


class Sender:
    """Sends messages. Redirects are not followed, proxies of the environment are not used.

    Args:
        seconds: that a receiver may take to answer.
        mail: what sends to `mailto:` addresses.
    """

    def __init__(self, allowed: Allowed, seconds: float, mail: MailSender | None = None) -> None:
        self._allowed, self._mail = allowed, mail
        self._timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=_CONNECT_SECONDS)
        self._sessions: dict[str, aiohttp.ClientSession] = {}

    async def send(
        self, url: str, message: str, payload: str, signing_secrets: Sequence[str]
    ) -> Outcome:
        """Send a message; whatever goes wrong is the outcome."""
        if is_mail(url):
            if self._mail is None:
                return Outcome(None, 0, "there is no mail server: set SMTP_URL and SMTP_FROM")
            return await self._mail.send(url, message, payload)
        body = payload.encode()
        moment = int(time.time())
        signed = headers(message, moment, body, signing_secrets)
        scheme = urlsplit(url).scheme
        began = time.monotonic()
        status, error = None, ""
        try:
            self._check_literal(url, scheme)
            async with self._session(scheme).post(
                url, data=body, headers=signed, allow_redirects=False
            ) as answer:
                # What it says is of no use here, and can be as long as the receiver likes.
                status = answer.status
            if not 200 <= status < 300:
                error = f"HTTP {status}"
                if 300 <= status < 400:
                    error += ": redirects are not followed; give the webhook the new address"
        except TimeoutError:
            error = f"no answer within {self._timeout.total:g} s"
        except (aiohttp.ClientError, OSError, ValueError) as exc:
            error = _reason(exc)
        return Outcome(status, round((time.monotonic() - began) * 1000), error)

    async def close(self) -> None:
        """Close all connections; another message opens new ones."""
        while self._sessions:
            await self._sessions.popitem()[1].close()
        # Connections with TLS are closed in the next round of the loop.
        await asyncio.sleep(0)

    def _check_literal(self, url: str, scheme: str) -> None:
        """An address instead of a name is not resolved, so no resolver checks it."""
        host = urlsplit(url).hostname or ""
        try:
            ip_address(host)
        except ValueError:
            return
        self._allowed.check(host, scheme)

    def _session(self, scheme: str) -> aiohttp.ClientSession:
        if scheme not in self._sessions:
            resolver = CheckedResolver(self._allowed, scheme)
            self._sessions[scheme] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    resolver=resolver, use_dns_cache=False, limit=200, limit_per_host=20
                ),
                timeout=self._timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
            )
        return self._sessions[scheme]


def _reason(exc: BaseException) -> str:
    """Why a message was not taken, and what to do, for the list of deliveries."""
    inner: BaseException | None = exc
    while inner is not None:
        if isinstance(inner, Forbidden):
            return str(inner)
        inner = getattr(inner, "os_error", None) or inner.__cause__ or inner.__context__
    match exc:
        case aiohttp.ClientConnectorDNSError():
            reason = f"the name {exc.host} was not found; check the address of the webhook"
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientConnectorSSLError():
            reason = f"no TLS connection to {exc.host}: {_why(exc)}; check its certificate"
        case aiohttp.ClientConnectorError():
            reason = (
                f"no connection to {exc.host}:{exc.port}: {_why(exc)}; check that the receiver runs "
                "and can be reached from here"
            )
        case aiohttp.ServerDisconnectedError():
            reason = "the receiver closed the connection without an answer"
        case aiohttp.ClientPayloadError() | aiohttp.ClientResponseError():
            reason = "the receiver's answer is not HTTP"
        case _:
            reason = f"{type(exc).__name__}: {exc}"
    return reason[:500]


def _why(exc: aiohttp.ClientConnectorError | aiohttp.ClientConnectorCertificateError) -> str:
    if isinstance(exc, aiohttp.ClientConnectorCertificateError):
        return str(exc.certificate_error)
    # asyncio puts a text of its own in the place of the system's.
    code = exc.os_error.errno
    return os.strerror(code) if code and code in errno.errorcode else str(exc.os_error)
