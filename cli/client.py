"""The HTTP API as the command line sees it: one method per call, every error a `CommandError`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import httpx

from cli.exit_codes import CommandError

Params = Mapping[str, str | int | bool | Sequence[str] | None]

_TIMEOUT = httpx.Timeout(60.0, connect=5.0)


class ApiProblem(CommandError):  # noqa: N818 - says what it is
    """The API reported an error, or could not be reached. `body` is its response, if any."""

    def __init__(self, what: str, do: str | None = None, body: bytes = b"") -> None:
        super().__init__(what, do)
        self.body = body


class ApiAway(ApiProblem):
    """The API cannot be reached, or says that it cannot serve just now."""


class ApiRefused(ApiProblem):
    """The API answered with `status` that this request is wrong, or that it failed."""

    def __init__(self, what: str, do: str | None, body: bytes, status: int) -> None:
        super().__init__(what, do, body)
        self.status = status


class Api:
    """A connection to the API at `base`; use it as a context manager."""

    def __init__(self, base: str, key: str | None = None, *, seconds: float | None = None) -> None:
        headers = {"accept": "application/json", "user-agent": "csv-processor"}
        if key:
            headers["authorization"] = f"Bearer {key}"
        self.base = base.rstrip("/")
        try:
            self._http = httpx.Client(
                base_url=self.base, headers=headers, timeout=seconds or _TIMEOUT
            )
            url = httpx.URL(self.base)
        except httpx.InvalidURL as exc:
            raise CommandError(
                f"{base!r} is no address: {exc}", "as in http://127.0.0.1:8000"
            ) from exc
        if url.scheme not in ("http", "https") or not url.host:
            raise CommandError(f"{base!r} is no address", "as in http://127.0.0.1:8000")

    def __enter__(self) -> Api:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def upload(
        self,
        filename: str,
        chunks: Iterable[bytes],
        size: int | None,
        headers: Mapping[str, str],
        options: Params,
    ) -> tuple[bytes, bool]:
        """Send a file as a raw body; the file document as the API wrote it, and whether it is new.

        `size` is the number of bytes in `chunks`, None if it is not known beforehand.
        """
        sent = dict(headers)
        if size is not None:
            sent["content-length"] = str(size)
        params = {"filename": filename, **_present(options)}
        with self._failures():
            answer = self._http.post("/api/v1/files", params=params, content=chunks, headers=sent)
            return self._checked(answer).content, answer.status_code != httpx.codes.OK

    def send(
        self,
        path: str,
        chunks: Iterable[bytes],
        size: int | None,
        headers: Mapping[str, str],
        params: Params,
    ) -> bytes:
        """Send a body of `size` bytes (None: not known) to `path`; the JSON response, unchanged."""
        sent = dict(headers)
        if size is not None:
            sent["content-length"] = str(size)
        with self._failures():
            answer = self._http.post(path, params=_present(params), content=chunks, headers=sent)
            return self._checked(answer).content

    def post(self, path: str, params: Params) -> bytes:
        """Send a request without a body; the JSON response, unchanged."""
        with self._failures():
            return self._checked(self._http.post(path, params=_present(params))).content

    def post_json(
        self, path: str, body: object, params: Params, headers: Mapping[str, str] | None = None
    ) -> bytes:
        """Send `body` as JSON (None: no body); the JSON response, unchanged."""
        with self._failures():
            content = None if body is None else json.dumps(body).encode()
            answer = self._http.post(
                path, params=_present(params), content=content, headers=headers
            )
            return self._checked(answer).content

    def put(self, path: str, body: object, headers: Mapping[str, str]) -> bytes:
        """Put `body` as JSON; the JSON response, unchanged."""
        with self._failures():
            answer = self._http.put(path, content=json.dumps(body).encode(), headers=headers)
            return self._checked(answer).content

    def patch_json(self, path: str, body: object) -> bytes:
        """Send `body` as a change; the JSON response, unchanged."""
        with self._failures():
            answer = self._http.patch(path, content=json.dumps(body).encode())
            return self._checked(answer).content

    def delete(self, path: str) -> None:
        """Delete what is at `path`."""
        with self._failures():
            self._checked(self._http.delete(path))

    def get(self, path: str, params: Params | None = None, *, also: Sequence[int] = ()) -> bytes:
        """The body of a JSON response, unchanged; `also` are statuses that are no errors here."""
        with self._failures():
            answer = self._http.get(path, params=_present(params or {}))
            return answer.content if answer.status_code in also else self._checked(answer).content

    def stream(
        self,
        path: str,
        accept: str,
        params: Params | None = None,
        *,
        headers: dict[str, str] | None = None,
        body: object = None,
    ) -> Iterator[bytes]:
        """The body of a response in chunks of any size; `headers` is given those of the response.

        With `body` it is a POST of it as JSON.
        """
        with (
            self._failures(),
            self._http.stream(
                "GET" if body is None else "POST",
                path,
                headers={"accept": accept},
                params=_present(params or {}),
                content=None if body is None else json.dumps(body).encode(),
            ) as answer,
        ):
            if answer.is_error:
                answer.read()
            self._checked(answer)
            if headers is not None:
                headers.update(answer.headers)
            yield from answer.iter_bytes()

    def _checked(self, answer: httpx.Response) -> httpx.Response:
        if answer.is_success:
            return answer
        what, code = _problem(answer)
        if answer.status_code in (502, 503, 504, 429):
            wait = answer.headers.get("retry-after")
            again = f"try again in {wait} s" if wait and wait.isdigit() else "try again shortly"
            raise ApiAway(f"{self.base} cannot do this now: {what}", again, answer.content)
        raise ApiRefused(
            what, _advice(answer.status_code, code), answer.content, answer.status_code
        )

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except httpx.ConnectError as exc:
            raise ApiAway(
                f"nothing answers at {self.base}",
                "is it up? `make up` starts it; CSV_PROCESSOR_API or `csv-processor context` names "
                "another address",
            ) from exc
        except httpx.TimeoutException as exc:
            raise ApiAway(f"{self.base} did not answer in time", "try again shortly") from exc
        except httpx.TransportError as exc:
            reason = str(exc) or type(exc).__name__
            raise ApiAway(f"the connection to {self.base} broke: {reason}", "try again") from exc


def file_path(file_id: str, what: str = "") -> str:
    """Path of a file, or of something of it."""
    return f"/api/v1/files/{quote(file_id, safe='')}" + (f"/{what}" if what else "")


def document(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`.

    Raises:
        CommandError: where something else than the API answers at its address.
    """
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise CommandError(
            "the answer is not what the API answers",
            "does CSV_PROCESSOR_API, or the context, name the right address?",
        )
    return value


def _present(params: Params) -> dict[str, str | int | Sequence[str]]:
    return {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in params.items()
        if value is not None
    }


def _problem(answer: httpx.Response) -> tuple[str, str]:
    """Text and code of an error response (RFC 9457, or what a proxy wrote)."""
    try:
        problem = answer.json()
    except ValueError:
        problem = None
    if not isinstance(problem, dict):
        return f"HTTP {answer.status_code} {answer.reason_phrase}".rstrip(), ""
    title, detail = str(problem.get("title") or ""), str(problem.get("detail") or "")
    said = ": ".join(part for part in (title, detail) if part)
    return said or f"HTTP {answer.status_code}", str(problem.get("code") or "")


def _advice(status: int, code: str) -> str | None:
    if code == "unknown_profile":
        return "`csv-processor profiles list` lists the profiles there are"
    if code == "unknown_webhook":
        return "`csv-processor webhooks list` lists the webhooks there are"
    if status == 404:
        return "`csv-processor files` lists the files there are"
    if status in (401, 403):
        return "CSV_PROCESSOR_KEY, or the context, holds the key"
    if status == 413:
        return "send it in several files"
    return f"code {code}" if code else None
