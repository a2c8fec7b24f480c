"""What tests of the page do beside it, over HTTP."""

from __future__ import annotations

import time
from typing import Any

import httpx

_SECONDS = 60.0
# Of files that nothing is read with, on a port that nothing listens to.
_WEBHOOK = {
    "title": "Alerts of the night shift",
    "url": "http://127.0.0.1:9/alerts/of-the-night-shift",
    "statuses": ["partial", "failed"],
    "min_invalid_share": 0.05,
    "profile": "no-such-profile",
}


class Api:
    """The API, without a browser."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.address = str(client.base_url).rstrip("/")

    def get(self, path: str, **parameters: str | int) -> Any:
        """What a GET under /api/v1 answers."""
        answer = self.client.get(f"/api/v1{path}", params=parameters)
        answer.raise_for_status()
        return answer.json()

    def upload(self, name: str, body: bytes, **options: str) -> str:
        """Send a file, with read options; its file_id."""
        answer = self.client.post(
            "/api/v1/files", params={"filename": name, "force": "true", **options}, content=body
        )
        answer.raise_for_status()
        file_id: str = answer.json()["file_id"]
        return file_id

    def processed(self, name: str, body: bytes) -> str:
        """Send a file and wait until it is terminal; its file_id."""
        file_id = self.upload(name, body)
        self.wait(file_id)
        return file_id

    def duplicate(self, name: str, body: bytes) -> str:
        """Send bytes that were sent before under another name; the file_id of the duplicate."""
        answer = self.client.post("/api/v1/files", params={"filename": name}, content=body)
        answer.raise_for_status()
        file_id: str = answer.json()["file_id"]
        self.wait(file_id)
        return file_id

    def overlapping(self, *files: tuple[str, bytes]) -> str:
        """Send files, each after the one before; the file_id of the last, once its notice says that
        it overlaps an earlier one."""
        for name, body in files:
            file_id = self.processed(name, body)
        until = time.monotonic() + 2 * _SECONDS
        while time.monotonic() < until:
            if any(one["code"] == "overlap" for one in self.get(f"/files/{file_id}")["notices"]):
                return file_id
            time.sleep(0.5)
        raise TimeoutError(f"{file_id} has no notice of an overlap")

    def webhook(self) -> str:
        """A webhook with test messages that nothing receives; its id. It is created once."""
        for one in self.get("/webhooks")["items"]:
            if one["title"] == _WEBHOOK["title"]:
                return str(one["webhook_id"])
        created = self.client.post("/api/v1/webhooks", json=_WEBHOOK)
        created.raise_for_status()
        for _ in range(3):
            self.client.post(f"{created.json()['links']['self']}/test").raise_for_status()
        return str(created.json()["webhook_id"])

    def wait(self, file_id: str, generation: int = 1) -> Any:
        """The document of a file once a generation of it is terminal; it is shown from then on."""
        until = time.monotonic() + _SECONDS
        while time.monotonic() < until:
            document = self.get(f"/files/{file_id}")
            if document["status"] != "waiting" and document["generation"] >= generation:
                return document
            time.sleep(0.1)
        raise TimeoutError(f"{file_id} is still waiting after {_SECONDS} s")
