"""Uploads as documented for clients: repeated until they are accepted."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass
from typing import Final, Literal, get_args

import httpx

Way = Literal["multipart", "raw", "tus"]
WAYS: Final[tuple[Way, ...]] = get_args(Way)
_PAUSE_SECONDS: Final = 0.05
_TUS: Final = {"Tus-Resumable": "1.0.0"}


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that was accepted, and how often the client had to ask."""

    file_id: str
    requests: int


class PatientClient:
    """Repeats a request that was answered 503, or not at all.

    It comes back sooner than `Retry-After` asks for, which is harder for the service.
    """

    def __init__(self, http: httpx.AsyncClient, seconds: float = 180.0) -> None:
        self._http, self._seconds = http, seconds
        self._requests = 0

    async def upload(
        self,
        way: Way,
        name: str,
        data: bytes,
        *,
        key: str | None = None,
        parameters: dict[str, str] | None = None,
    ) -> Sent:
        """Upload until the file is accepted.

        Raises:
            AssertionError: an answer that says the request is at fault.
            TimeoutError: it was not accepted in time.
        """
        self._requests = 0
        headers = {"Idempotency-Key": key} if key else {}
        async with asyncio.timeout(self._seconds):
            if way == "tus":
                file_id = await self._tus(name, data, headers, parameters or {})
                return Sent(file_id, self._requests)
            body: dict[str, object] = {"files": {"file": (name, data, "text/csv")}}
            query = dict(parameters or {})
            if way == "raw":
                body = {"content": data}
                query["filename"] = name
            answer = await self._ask("POST", "/api/v1/files", params=query, headers=headers, **body)
            assert answer.status_code in (200, 202), answer.text
            return Sent(answer.json()["file_id"], self._requests)

    async def _tus(
        self, name: str, data: bytes, headers: dict[str, str], parameters: dict[str, str]
    ) -> str:
        said = {"filename": name, **parameters}
        pairs = (f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in said.items())
        begin = {
            **_TUS,
            **headers,
            "Upload-Length": str(len(data)),
            "Upload-Metadata": ",".join(pairs),
        }
        begun = await self._ask("POST", "/api/v1/uploads", headers=begin)
        assert begun.status_code == 201, begun.text
        where = begun.headers["location"]
        offset = 0
        while True:
            sent = {
                **_TUS,
                "Upload-Offset": str(offset),
                "Content-Type": "application/offset+octet-stream",
            }
            # Not repeated as it is: after an error the client asks how far the upload is.
            answer = await self._once("PATCH", where, headers=sent, content=data[offset:])
            if answer is None or answer.status_code in (409, 503):
                answer = await self._ask("HEAD", where, headers=_TUS)
            assert answer.status_code == 204, answer.text
            offset = int(answer.headers["upload-offset"])
            if (found := answer.headers.get("content-location")) is not None:
                return str(found).rpartition("/")[2]

    async def _ask(self, method: str, path: str, **arguments: object) -> httpx.Response:
        while True:
            answer = await self._once(method, path, **arguments)
            if answer is not None and answer.status_code != 503:
                return answer
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _once(self, method: str, path: str, **arguments: object) -> httpx.Response | None:
        """One answer; None if the connection broke."""
        self._requests += 1
        try:
            answer = await self._http.request(method, path, **arguments)  # type: ignore[arg-type]
        except httpx.TransportError:
            return None
        if answer.status_code == 503:
            assert int(answer.headers["retry-after"]) >= 1
        return answer
