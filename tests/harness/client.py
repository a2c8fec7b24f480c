"""What a patient client of the product does: retry what may be retried, and read everything."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx

from tests.harness.polling import pauses
from tests.harness.sensor_files import SensorFile

TRANSIENT = (httpx.TransportError,)
_PAUSE_SECONDS = 0.3
TERMINAL = frozenset({"processed", "partial", "failed"})


class Refused(Exception):  # noqa: N818
    """An answer that trying again does not change."""


class Client:
    """The HTTP API at `api_url` and SQL at `sql_url` (with its user, password and database).

    With further addresses of API processes each request, and each repetition, takes one of them by
    chance.
    """

    def __init__(self, api_url: str, sql_url: str, *others: str, seed: int = 0) -> None:
        timeout = httpx.Timeout(60.0, connect=5.0)
        self.http = httpx.AsyncClient(base_url=api_url, timeout=timeout)
        self._all = [
            self.http,
            *(httpx.AsyncClient(base_url=url, timeout=timeout) for url in others),
        ]
        self._random = random.Random(seed)
        self._sql = httpx.AsyncClient(timeout=timeout)
        self._sql_url = sql_url.rpartition("/")[0] + "/"
        self.retries = 0

    @classmethod
    def of(cls, endpoints: Mapping[str, str], *others: str, seed: int = 0) -> Client:
        """A client of the stack whose addresses these are, and of `others` of its API processes."""
        api, database = endpoints["CSV_PROCESSOR_API"], endpoints["CLICKHOUSE_URL"]
        return cls(api, database, *others, seed=seed)

    async def close(self) -> None:
        for http in self._all:
            await http.aclose()
        await self._sql.aclose()

    async def request(
        self, method: str, path: str, seconds: float = 180.0, **arguments: Any
    ) -> httpx.Response:
        """An answer below 500, asked for again while services are away.

        Raises:
            TimeoutError: if there was none within `seconds`.
        """
        last = "nothing"
        try:
            async with asyncio.timeout(seconds):
                while True:
                    try:
                        http = self._random.choice(self._all)
                        response = await http.request(method, path, **arguments)
                        if response.status_code < 500:
                            return response
                        last = f"{response.status_code} {response.text[:300]}"
                    except TRANSIENT as exc:
                        last = repr(exc)
                    self.retries += 1
                    await asyncio.sleep(_PAUSE_SECONDS)
        except TimeoutError:
            raise TimeoutError(f"{method} {path}: no answer in {seconds} s; last: {last}") from None

    async def upload(
        self,
        file: SensorFile,
        *,
        key: str | None = None,
        multipart: bool = False,
        params: Mapping[str, Any] | None = None,
        seconds: float = 180.0,
    ) -> httpx.Response:
        """Upload until the API says 200 or 202; with `key` a repetition is the same upload.

        Raises:
            Refused: on any other answer.
        """
        headers = {"Idempotency-Key": key} if key else {}
        arguments: dict[str, Any] = {"params": {"filename": file.name, **(params or {})}}
        if multipart:
            arguments = {"params": params, "files": {"file": (file.name, file.data, "text/csv")}}
        else:
            arguments["content"] = file.data
            headers["Content-Type"] = "text/csv"
        response = await self.request(
            "POST", "/api/v1/files", seconds, headers=headers, **arguments
        )
        if response.status_code not in (200, 202):
            raise Refused(f"{file.name}: {response.status_code} {response.text}")
        return response

    async def get(self, path: str, seconds: float = 180.0, **params: Any) -> Any:
        """The JSON at `path`; anything but 200 is `Refused`."""
        response = await self.request("GET", path, seconds, params=params)
        if response.status_code != 200:
            raise Refused(f"GET {path}: {response.status_code} {response.text[:500]}")
        return response.json()

    async def ended(self, file_id: str, seconds: float = 180.0) -> dict[str, Any]:
        """The file's document once its status is terminal."""
        found: dict[str, Any] = {}
        pause = pauses()
        try:
            async with asyncio.timeout(seconds):
                while found.get("status") not in TERMINAL:
                    if found:
                        await asyncio.sleep(next(pause))
                    found = await self.get(f"/api/v1/files/{file_id}", seconds)
        except TimeoutError:
            raise TimeoutError(f"not terminal after {seconds} s: {found}") from None
        return found

    async def pages(self, path: str, limit: int = 1000) -> AsyncIterator[dict[str, Any]]:
        """Every item of the list at `path`, over all its pages."""
        cursor: dict[str, Any] = {}
        while True:
            page = await self.get(path, limit=limit, **cursor)
            for item in page["items"]:
                yield item
            if page["next_cursor"] is None:
                return
            cursor = {"cursor": page["next_cursor"]}

    async def sensors(self, file_id: str) -> list[dict[str, Any]]:
        return [row async for row in self.pages(f"/api/v1/files/{file_id}/sensors")]

    async def invalid_rows(self, file_id: str) -> list[dict[str, Any]]:
        return [row async for row in self.pages(f"/api/v1/files/{file_id}/invalid-rows")]

    async def sql(self, statement: str, **parameters: str) -> list[dict[str, Any]]:
        """Rows of a SELECT, as any program gets them over ClickHouse's HTTP interface."""
        response = await self._sql.post(
            self._sql_url,
            params={
                **{f"param_{name}": value for name, value in parameters.items()},
                "default_format": "JSONCompactEachRowWithNamesAndTypes",
                "output_format_json_quote_64bit_integers": "0",
            },
            content=statement,
        )
        if response.status_code != 200:
            raise Refused(f"{statement}: {response.status_code} {response.text[:500]}")
        names, types, *rows = [json.loads(line) for line in response.text.split("\n") if line] or [
            [],
            [],
        ]
        # ClickHouse writes the Float64 4e19 with all its digits, which JSON readers take for an
        # integer: another number.
        floats = {n for n, kind in enumerate(types) if kind.endswith(("Float64", "Float64)"))}
        return [
            {
                name: float(cell) if n in floats and cell is not None else cell
                for n, (name, cell) in enumerate(zip(names, row, strict=True))
            }
            for row in rows
        ]
