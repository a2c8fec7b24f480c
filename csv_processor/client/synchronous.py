"""The client for programs without an event loop."""

from __future__ import annotations

import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from typing import IO, Any, TypeVar

import httpx
from httpx_sse import EventSource

from csv_processor.client import calls
from csv_processor.client.calls import Call, Option, PageOf
from csv_processor.client.errors import ApiError, WaitTimeout
from csv_processor.client.models import Event, File, InvalidRow, Profile, Sensor
from csv_processor.client.pace import (
    CONNECT_SECONDS,
    MEMORY_BYTES,
    READ_SECONDS,
    pause_after,
    pause_after_stream,
    poll_pauses,
)
from csv_processor.client.readings import Readings
from csv_processor.client.sources import Content, Progress, opened

T = TypeVar("T")


class Client:
    """The service at `url`; use it as a context manager, or close it.

    Args:
        key: API key, if the service needs one.
        patience: for how long requests are repeated while the service is unavailable, in seconds.
        verify: a file with the certificates to trust, or an SSL context, as httpx takes them.

    Every method raises `ApiError` if the service rejects the request, and `Unavailable` if it
    cannot serve it for `patience` seconds.
    """

    def __init__(
        self, url: str, key: str | None = None, *, patience: float = 60.0, verify: Any = True
    ) -> None:
        headers = {"user-agent": "csv-processor-client"}
        if key is not None:
            headers["authorization"] = f"Bearer {key}"
        timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
        self._patience = patience
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout, verify=verify)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def upload(
        self,
        content: Content,
        filename: str | None = None,
        *,
        force: bool = False,
        key: str | None = None,
        progress: Progress | None = None,
        **options: Option,
    ) -> File:
        """Send a file; it is processed later (`wait`).

        Args:
            content: a path, bytes, or a file opened for reading bytes.
            filename: default: that of the path.
            force: take it as new although the same bytes were sent under this name before.
            key: idempotency key: of several uploads with one key the first is done.
            progress: called with bytes sent and bytes in all.
            options: read options, such as `timezone="Europe/Berlin"`.
        """
        with opened(content, filename, progress) as source:
            call = calls.upload(
                source.filename, key or uuid.uuid4().hex, source.size, force=force, options=options
            )
            return self._do(call, source.chunks)

    def resubmit(self, file: File | str, content: Content, filename: str | None = None) -> File:
        """Send corrected invalid rows of a file, as `invalid_rows_csv` gives them; the new file."""
        with opened(content, filename, None) as source:
            call = calls.resubmit(file, filename, uuid.uuid4().hex, source.size)
            return self._do(call, source.chunks)

    def wait(self, file: File | str, seconds: float | None = None) -> File:
        """The file once it is processed.

        Raises:
            WaitTimeout: it is not after so many `seconds`.
        """
        began = time.monotonic()
        for pause in poll_pauses():
            found = self.file(file)
            if found.ended:
                return found
            if seconds is not None and time.monotonic() - began + pause > seconds:
                raise WaitTimeout(f"{found.file_id} is still being processed after {seconds:g} s")
            time.sleep(pause)
        raise AssertionError("poll_pauses() does not end")

    def file(self, file: File | str) -> File:
        """A file as it is now."""
        return self._do(calls.show(file))

    def files(
        self,
        *,
        status: str | None = None,
        q: str | None = None,
        since: datetime | None = None,
        sort: str = "-upload_time",
    ) -> Iterator[File]:
        """Files, the latest first; `q` is a part of the filename."""
        return self._items(calls.files({"status": status, "q": q, "since": since, "sort": sort}))

    def sensors(
        self, file: File | str | None = None, *, sort: str = "sensor_id"
    ) -> Iterator[Sensor]:
        """Results per sensor: of a file, or over all files."""
        return self._items(calls.sensors(file, {"sort": sort, "limit": 1000}))

    def invalid_rows(self, file: File | str, *, code: str | None = None) -> Iterator[InvalidRow]:
        """Invalid rows of a file, in its order."""
        return self._items(calls.invalid_rows(file, {"code": code, "limit": 1000}))

    def invalid_rows_csv(self, file: File | str) -> bytes:
        """All invalid rows of a file as CSV, to correct them and `resubmit` what is corrected."""
        with self._downloaded(calls.download(file, "invalid-rows", "text/csv", {})) as data:
            return data.read()

    def raw(self, file: File | str) -> bytes:
        """The bytes that were uploaded."""
        with self._downloaded(calls.download(file, "raw", "*/*", {})) as data:
            return data.read()

    def readings(
        self,
        file: File | str | None = None,
        *,
        sensor: str | None = None,
        begin: datetime | None = None,
        end: datetime | None = None,
    ) -> Readings:
        """All readings of a processed file, or those of a sensor, from `begin` to before `end`.

        Without a file those of all files, with the columns `file_id`, `generation` and `row`; they
        are there if the service stores readings (READINGS=on).
        """
        params = calls.params_of({"sensor": sensor, "from": begin, "to": end})
        return Readings(self._download(calls.readings(file, params)))

    def replay(self, file: File | str, **options: Option) -> File:
        """Process a file again, with some read options changed; `auto` takes one back."""
        return self._do(calls.replay(file, options))

    def delete(self, file: File | str) -> None:
        """Delete a file and its results."""
        self._do(calls.delete(file))

    def events(self, file: File | str | None = None) -> Iterator[Event]:
        """What happens to a file, until it is processed or deleted; or to all files, without end.

        A connection that breaks is made again, and nothing is missed or repeated.
        """
        last: str | None = None
        while True:
            began = time.monotonic()
            for event in self._events(calls.events(file, last)):
                last = event.event_id or last
                yield event
                if file is not None and event.kind in ("done", "deleted"):
                    return
            time.sleep(pause_after_stream(time.monotonic() - began))

    def profiles(self, *, q: str | None = None) -> Iterator[Profile]:
        """Profiles of users by name, then the built-in ones."""
        return self._items(calls.profiles({"q": q}))

    def profile(self, name: str) -> Profile:
        """One profile, in its latest version."""
        return self._do(calls.profile(name))

    def put_profile(
        self,
        name: str,
        options: Mapping[str, Any],
        *,
        match: Mapping[str, Any] | None = None,
        title: str = "",
    ) -> Profile:
        """Save read options under a name, for the files that `match` describes."""
        content = {"title": title, "options": dict(options), "match": dict(match or {})}
        return self._do(calls.put_profile(name, content))

    def delete_profile(self, name: str) -> None:
        """Delete a profile; files that were read with it stay as they are."""
        self._do(calls.delete_profile(name))

    def _items(self, first: Call[PageOf[T]]) -> Iterator[T]:
        call: Call[PageOf[T]] | None = first
        while call is not None:
            page = self._do(call)
            yield from page.items
            call = page.following

    def _do(self, call: Call[T], body: Callable[[], Iterator[bytes]] | None = None) -> T:
        return self._repeated(lambda: self._once(call, body))

    def _once(self, call: Call[T], body: Callable[[], Iterator[bytes]] | None) -> T:
        response = self._http.request(
            call.method,
            call.path,
            params=call.params,
            headers=call.headers,
            content=None if body is None else body(),
            json=call.json,
        )
        calls.check(response)
        return call.read(response)

    def _download(self, call: Call[None]) -> IO[bytes]:
        """A file, in memory if it is small, that is deleted when it is closed or forgotten."""

        def once() -> IO[bytes]:
            data = tempfile.SpooledTemporaryFile(MEMORY_BYTES)  # noqa: SIM115 - it is returned
            with self._stream(call) as response:
                for chunk in response.iter_bytes():
                    data.write(chunk)
            data.seek(0)
            return data

        return self._repeated(once)

    @contextmanager
    def _downloaded(self, call: Call[None]) -> Iterator[IO[bytes]]:
        with self._download(call) as data:
            yield data

    def _events(self, call: Call[None]) -> Iterator[Event]:
        def connected() -> tuple[Any, httpx.Response]:
            stream = self._stream(call)
            return stream, stream.__enter__()

        stream, response = self._repeated(connected)
        try:
            for event in EventSource(response).iter_sse():
                if event.data:  # else it only sets the time to reconnect after
                    yield Event(event.event, event.id, event.json())
        except httpx.TransportError:
            return  # the caller connects again
        finally:
            stream.__exit__(None, None, None)

    @contextmanager
    def _stream(self, call: Call[None]) -> Iterator[httpx.Response]:
        with self._http.stream(
            call.method, call.path, params=call.params, headers=call.headers
        ) as response:
            if response.is_error:
                response.read()
            calls.check(response)
            yield response

    def _repeated(self, once: Callable[[], T]) -> T:
        began = time.monotonic()
        for attempt in count():
            try:
                return once()
            except (httpx.TransportError, ApiError) as exc:
                pause = pause_after(exc, attempt, time.monotonic() - began, self._patience)
            time.sleep(pause)
        raise AssertionError("count() does not end")
