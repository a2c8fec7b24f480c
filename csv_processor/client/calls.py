"""Calls of the API as data: what is sent, and how the answer is read. Nothing here does I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeVar
from urllib.parse import quote

import httpx

from csv_processor.client.errors import ApiError
from csv_processor.client.models import File, InvalidRow, Profile, Sensor

T = TypeVar("T")
Option = str | int | float | bool | datetime | Sequence[str] | None
Params = Mapping[str, str | Sequence[str]]

PARQUET: Final = "application/vnd.apache.parquet"
EVENTS: Final = "text/event-stream"
_ROOT: Final = "/api/v1"


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request, and how its answer is read."""

    method: str
    path: str
    read: Callable[[httpx.Response], T]
    params: Params = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None


@dataclass(frozen=True, slots=True)
class PageOf(Generic[T]):
    """A page of a list, and the call for the one after it; None at the end."""

    items: list[T]
    following: Call[PageOf[T]] | None


def file_id_of(file: File | str) -> str:
    """The id of a file that is given, or its id."""
    return file.file_id if isinstance(file, File) else file


def params_of(options: Mapping[str, Option]) -> dict[str, str | list[str]]:
    """Options as query parameters; those that are None are left out."""
    return {name: _texts(value) for name, value in options.items() if value is not None}


def _texts(value: Any) -> str | list[str]:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    if isinstance(value, list | tuple):
        return [str(one) for one in value]
    return str(value)


def upload(
    filename: str, key: str, size: int | None, *, force: bool, options: Mapping[str, Option]
) -> Call[File]:
    """Send a file as the body of the request."""
    headers = {"idempotency-key": key, "content-type": "text/csv"}
    if size is not None:
        headers["content-length"] = str(size)
    params = params_of({"filename": filename, "force": force or None, **options})
    return Call("POST", f"{_ROOT}/files", _file, params, headers)


def resubmit(file: File | str, filename: str | None, key: str, size: int | None) -> Call[File]:
    """Send corrected invalid rows, as their export has them."""
    headers = {"idempotency-key": key, "content-type": "text/csv"}
    if size is not None:
        headers["content-length"] = str(size)
    return Call(
        "POST", _of_file(file, "resubmit"), _file, params_of({"filename": filename}), headers
    )


def show(file: File | str) -> Call[File]:
    """One file."""
    return Call("GET", _of_file(file), _file)


def replay(file: File | str, options: Mapping[str, Option]) -> Call[File]:
    """Process a file again."""
    return Call("POST", _of_file(file, "replay"), _file, params_of(options))


def delete(file: File | str) -> Call[None]:
    """Delete a file."""
    return Call("DELETE", _of_file(file), lambda _: None)


def files(options: Mapping[str, Option]) -> Call[PageOf[File]]:
    """A page of files."""
    return _page(f"{_ROOT}/files", File.of, params_of(options))


def sensors(file: File | str | None, options: Mapping[str, Option]) -> Call[PageOf[Sensor]]:
    """A page of sensors: of a file, or of all."""
    path = f"{_ROOT}/sensors" if file is None else _of_file(file, "sensors")
    return _page(path, Sensor.of, params_of(options))


def invalid_rows(file: File | str, options: Mapping[str, Option]) -> Call[PageOf[InvalidRow]]:
    """A page of invalid rows."""
    return _page(_of_file(file, "invalid-rows"), InvalidRow.of, params_of(options))


def readings(file: File | str | None, params: Params) -> Call[None]:
    """Readings of a file, or of all files."""
    if file is not None:
        return download(file, "readings", PARQUET, params)
    return Call("GET", f"{_ROOT}/readings", lambda _: None, params, {"accept": PARQUET})


def download(file: File | str, what: str, accept: str, params: Params) -> Call[None]:
    """The bytes of `what` of a file."""
    return Call("GET", _of_file(file, what), lambda _: None, params, {"accept": accept})


def events(file: File | str | None, last: str | None) -> Call[None]:
    """Events of a file, or of all."""
    path = f"{_ROOT}/events" if file is None else _of_file(file, "events")
    headers = {"accept": EVENTS} | ({"last-event-id": last} if last is not None else {})
    return Call("GET", path, lambda _: None, {}, headers)


def profiles(options: Mapping[str, Option]) -> Call[PageOf[Profile]]:
    """A page of profiles."""
    return _page(f"{_ROOT}/profiles", Profile.of, params_of(options))


def profile(name: str) -> Call[Profile]:
    """One profile."""
    return Call("GET", _of_profile(name), _profile)


def put_profile(name: str, content: Mapping[str, Any]) -> Call[Profile]:
    """Create a profile, or its next version."""
    return Call("PUT", _of_profile(name), _profile, json=dict(content))


def delete_profile(name: str) -> Call[None]:
    """Delete a profile."""
    return Call("DELETE", _of_profile(name), lambda _: None)


def check(response: httpx.Response) -> None:
    """Check a response whose body is read.

    Raises:
        ApiError: it is no success.
    """
    if response.is_success:
        return
    try:
        problem = response.json()
    except ValueError:
        problem = None
    after = response.headers.get("retry-after", "")
    raise ApiError(
        response.status_code,
        problem if isinstance(problem, dict) else {},
        float(after) if after.isdecimal() else None,
    )


def _of_file(file: File | str, what: str = "") -> str:
    path = f"{_ROOT}/files/{quote(file_id_of(file), safe='')}"
    return f"{path}/{what}" if what else path


def _of_profile(name: str) -> str:
    return f"{_ROOT}/profiles/{quote(name, safe='')}"


def _file(response: httpx.Response) -> File:
    return File.of(response.json())


def _profile(response: httpx.Response) -> Profile:
    return Profile.of(response.json())


def _page(path: str, item: Callable[[dict[str, Any]], T], params: Params) -> Call[PageOf[T]]:
    def read(response: httpx.Response) -> PageOf[T]:
        page = response.json()
        cursor = page["next_cursor"]
        following = None if cursor is None else _page(path, item, {**params, "cursor": cursor})
        return PageOf([item(one) for one in page["items"]], following)

    return Call("GET", path, read, params)
