"""A proxy between a process and one of its services: it loses answers, refuses connections, waits.

    proxy = FaultProxy(port_of_the_service, "http")
    proxy.start()                                # the process is given proxy.port
    proxy.lose(3, refuse_seconds=1.0)            # the third call from now on
    ...
    proxy.lost                                   # what that call was; None if there were fewer

A lost answer is the hard case of a failure: the service did what it was asked, and the caller sees
a broken connection. Calls are counted when they are complete and before they are passed on, and
passed on as a whole, so that the n-th call is the n-th also if several connections are open.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeVar
from urllib.parse import parse_qs, urlsplit

import h11

from tests.harness import kafka_frames

T_ = TypeVar("T_")
Kind = Literal["http", "kafka"]
Match = Callable[[str], bool]

_HOST: Final = "127.0.0.1"
_CHUNK: Final = 1 << 16
_HEAD_BYTES: Final = 1 << 20
# How much of a body describes a call: the statements of the database are there.
_LABEL_BYTES: Final = 400


def every_call(label: str) -> bool:
    """Matches everything."""
    return bool(label)


@dataclass(slots=True)
class Hold:
    """Calls that wait at the proxy until they are released."""

    match: Match
    _loop: asyncio.AbstractEventLoop
    _open: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: list[str] = field(default_factory=list)

    def release(self) -> None:
        """Let all of them go, and those that come."""
        self._loop.call_soon_threadsafe(self._open.set)

    async def pass_through(self, label: str) -> None:
        """Wait, if `label` is held."""
        if self.match(label) and not self._open.is_set():
            self.waiting.append(label)
            await self._open.wait()


class FaultProxy:
    """Listens on a port of loopback and passes calls on to `service_port`.

    It runs on a thread with a loop of its own, so that a test may block.

    Args:
        service_port: where the service listens, on loopback.
        kind: how calls are distinguished.
    """

    def __init__(self, service_port: int, kind: Kind) -> None:
        self._service_port, self._kind = service_port, kind
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._holds: list[Hold] = []
        self._match: Match = every_call
        self._nth = 0
        self._refuse_seconds = 0.0
        self._after = 0
        self._refusing: asyncio.Task[None] | None = None
        self.port = 0
        self.calls: list[str] = []
        self.lost: str | None = None

    def start(self) -> None:
        """Listen; `port` is known then."""
        self._thread.start()
        self._run(self._listen())

    def close(self) -> None:
        """Let go of everything."""
        self._run(self._shut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def lose(
        self,
        nth: int,
        *,
        refuse_seconds: float = 0.0,
        match: Match = every_call,
        after: int = 0,
    ) -> None:
        """Lose the answer of the `nth` call from now on (from 1), of those that `match`.

        Args:
            refuse_seconds: for so long no connection is taken afterwards.
            after: bytes of an HTTP answer that arrive.
        """

        async def arm() -> None:
            self.calls.clear()
            self.lost = None
            self._match, self._nth, self._refuse_seconds = match, nth, refuse_seconds
            self._after = after

        self._run(arm())

    def behave(self) -> None:
        """Lose nothing, refuse no connection."""

        async def disarm() -> None:
            self._nth = 0
            if self._refusing is not None:
                self._refusing.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await self._refusing
            await self._listen()

        self._run(disarm())

    def hold(self, match: Match) -> Hold:
        """Keep calls that `match` from the service until they are released."""

        async def make() -> Hold:
            made = Hold(match, self._loop)
            self._holds.append(made)
            return made

        return self._run(make())

    def _run(self, work: Coroutine[Any, Any, T_]) -> T_:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._accepted, _HOST, self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def _stop_listening(self) -> None:
        """Refuse connections, and break those that are open."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in self._connections - {asyncio.current_task()}:
            task.cancel()

    async def _shut(self) -> None:
        if self._refusing is not None:
            self._refusing.cancel()
        await self._stop_listening()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _refuse(self, seconds: float) -> None:
        await self._stop_listening()
        await asyncio.sleep(seconds)
        await self._listen()

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        upstream: asyncio.StreamWriter | None = None
        try:
            answers, upstream = await asyncio.open_connection(_HOST, self._service_port)
            serve = self._serve_http if self._kind == "http" else self._serve_kafka
            await serve(_Line(reader, writer, answers, upstream))
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError, h11.ProtocolError):
            pass  # either side sees its connection end
        finally:
            self._connections.discard(task)
            writer.transport.abort()
            if upstream is not None:
                upstream.transport.abort()

    async def _arrived(self, label: str) -> bool:
        """Count a call that is complete; whether its answer is lost."""
        for hold in self._holds:
            await hold.pass_through(label)
        if not self._match(label):
            return False
        self.calls.append(label)
        return len(self.calls) == self._nth

    def _lose(self, label: str) -> None:
        self.lost = label
        if self._refuse_seconds > 0:
            self._refusing = self._loop.create_task(self._refuse(self._refuse_seconds))

    async def _serve_http(self, line: _Line) -> None:
        while (call := await line.request()) is not None:
            lost = await self._arrived(call.label)
            line.upstream.write(call.raw)
            answer = await line.answer(call)
            if lost:
                self._lose(call.label)
                line.writer.write(answer[: self._after])
                line.writer.close()
                await line.writer.wait_closed()
                return
            line.writer.write(answer)
            await line.writer.drain()

    async def _serve_kafka(self, line: _Line) -> None:
        asked: deque[tuple[str, int, int, bool]] = deque()

        async def answers() -> None:
            while (frame := await kafka_frames.read_frame(line.answers)) is not None:
                label, key, version, lost = asked.popleft()
                if lost:
                    self._lose(label)
                    break
                shown = kafka_frames.readdressed(frame, key, version, _HOST, self.port)
                line.writer.write(kafka_frames.framed(shown))
                await line.writer.drain()
            line.writer.transport.abort()
            line.reader.feed_eof()

        answering = asyncio.create_task(answers())
        try:
            while (frame := await kafka_frames.read_frame(line.reader)) is not None:
                label = kafka_frames.name_of(frame)
                asked.append((label, *kafka_frames.kind_of(frame), await self._arrived(label)))
                line.upstream.write(kafka_frames.framed(frame))
                await line.upstream.drain()
        finally:
            answering.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await answering


@dataclass(frozen=True, slots=True)
class _Call:
    """A request, complete."""

    raw: bytes
    label: str
    request: h11.Request


def _label(head: h11.Request, body: bytes) -> str:
    """Method and path of a request, and what it asks for: a statement, or the first bytes."""
    target = urlsplit(head.target.decode())
    asked = parse_qs(target.query)
    words = [head.method.decode(), target.path, *asked.get("prefix", ()), *asked.get("query", ())]
    return " ".join([*words, body[:_LABEL_BYTES].decode("utf-8", "replace")])


class _Line:
    """A connection of a client and the one to the service that belongs to it."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        answers: asyncio.StreamReader,
        upstream: asyncio.StreamWriter,
    ) -> None:
        self.reader, self.writer, self.answers, self.upstream = reader, writer, answers, upstream
        self._left = b""

    async def request(self) -> _Call | None:
        """The next request as a whole; None if the client, or the service, ends the connection."""
        if not self._left and not await self._first_bytes():
            return None
        parser = h11.Connection(h11.SERVER, max_incomplete_event_size=_HEAD_BYTES)
        raw, body, head = bytearray(), bytearray(), None
        data = self._left or await self.reader.read(_CHUNK)
        while True:
            raw += data
            parser.receive_data(data)
            while (event := parser.next_event()) is not h11.NEED_DATA:
                if isinstance(event, h11.Request):
                    head = event
                elif isinstance(event, h11.Data) and len(body) < _LABEL_BYTES:
                    body += event.data[:_LABEL_BYTES]
                elif isinstance(event, h11.EndOfMessage):
                    assert head is not None
                    self._left, _ = parser.trailing_data
                    whole = bytes(raw[: len(raw) - len(self._left)])
                    return _Call(whole, _label(head, bytes(body)), head)
                elif isinstance(event, h11.ConnectionClosed):
                    return None
            data = await self.reader.read(_CHUNK)

    async def answer(self, call: _Call) -> bytes:
        """The answer to `call` as a whole."""
        parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_BYTES)
        # The parser has to know what was asked: the answer to HEAD has no body.
        parser.send(h11.Request(method=call.request.method, target="/", headers=[("Host", "x")]))
        parser.send(h11.EndOfMessage())
        raw = bytearray()
        while True:
            data = await self.answers.read(_CHUNK)
            raw += data
            parser.receive_data(data)
            while (event := parser.next_event()) is not h11.NEED_DATA:
                if isinstance(event, h11.EndOfMessage):
                    return bytes(raw)
                if isinstance(event, h11.ConnectionClosed):
                    raise ConnectionResetError("the service hung up without an answer")

    async def _first_bytes(self) -> bool:
        """Wait for a request; False if either side ends the idle connection."""
        coming = asyncio.ensure_future(self.reader.read(_CHUNK))
        ended = asyncio.ensure_future(self.answers.read(1))
        try:
            await asyncio.wait({coming, ended}, return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                return False
            self._left = coming.result()
            return bool(self._left)
        finally:
            for waiting in (coming, ended):
                waiting.cancel()
                with contextlib.suppress(asyncio.CancelledError, OSError):
                    await waiting
