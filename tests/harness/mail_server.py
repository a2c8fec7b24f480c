"""A mail server (SMTP, RFC 5321) in a thread of the test: it keeps what it is sent."""

from __future__ import annotations

import email
import email.policy
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Final

_OK: Final = "250 OK"


@dataclass(slots=True)
class MailServer:
    """What was received. `answers` has answers in place of the usual ones, by command, each for once."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    receivers: list[str] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)

    def answer(self, command: str, usual: str) -> str:
        """The answer to a command."""
        return own.pop(0) if (own := self.answers.get(command)) else usual


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """A server on a free port of this machine."""
    kept = MailServer()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 mail.example ESMTP")
            while line := self.rfile.readline():
                command = line.decode().strip()
                verb = command[:4].upper()
                if verb == "QUIT":
                    self._say("221 Bye")
                    return
                if verb == "RCPT":
                    kept.receivers.append(command.partition("<")[2].partition(">")[0])
                if verb == "DATA":
                    self._say("354 Go on")
                    self._data()
                else:
                    self._say(kept.answer(verb, _OK))

        def _data(self) -> None:
            lines = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
            answer = kept.answer("DATA", _OK)
            if answer.startswith("2"):
                mail = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
                assert isinstance(mail, EmailMessage)
                kept.mails.append(mail)
            self._say(answer)

        def _say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that ends its connection early is what some tests are about."""

    with Server(("127.0.0.1", 0), Handler) as server:
        kept.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield kept
        finally:
            server.shutdown()
            thread.join()
