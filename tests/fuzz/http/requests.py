"""Requests to every call of the API, valid but for the nasty values in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Final

from tests.fuzz.http.values import (
    FILE,
    METHODS,
    MOMENTS,
    NUMBERS,
    SORTS,
    UPLOAD,
    content,
    cursor,
    edited_rows,
    in_url,
    metadata,
    option,
    text,
)

Headers = list[tuple[str, str]]
_TUS: Final = ("Tus-Resumable", "1.0.0")
_BOUNDARY: Final = "----fuzz"
_IDS: Final = (FILE, FILE, FILE, "01a20c97-18b3-7884-bdd9-be2c74eda277", "x", "..", "%2e%2e", "")


@dataclass
class Request:
    """A request before it is bytes; its headers have neither Host nor a length yet."""

    method: str
    target: str
    headers: Headers = field(default_factory=list)
    body: bytes | None = None
    chunked: bool = False

    def render(self, draw: Random, *, host: str = "127.0.0.1", close: bool = True) -> bytes:
        """The bytes; characters that are not latin-1 as UTF-8."""
        headers = [("Host", host), *self.headers]
        body = self.body or b""
        if self.chunked:
            headers.append(("Transfer-Encoding", "chunked"))
            body = chunks(body, draw)
        elif self.body is not None:
            headers.append(("Content-Length", str(len(body))))
        if close:
            headers.append(("Connection", "close"))
        lines = [f"{self.method} {self.target} HTTP/1.1", *(f"{n}: {v}" for n, v in headers)]
        return b"".join(encoded(line) + b"\r\n" for line in lines) + b"\r\n" + body


def encoded(line: str) -> bytes:
    """A line of a head; a case may have anything in it."""
    return line.encode("utf-8", "surrogatepass").replace(b"\r", b"").replace(b"\n", b"")


def chunks(body: bytes, draw: Random) -> bytes:
    """A body in chunks of any size, with extensions and trailers now and then."""
    made = b""
    while body:
        size = draw.choice((1, 7, 100, len(body)))
        piece, body = body[:size], body[size:]
        extension = draw.choice((b"", b"", b";a=b", b';x="y;z"'))
        made += b"%x" % len(piece) + extension + b"\r\n" + piece + b"\r\n"
        if len(made) > 20_000:
            made += b"%x\r\n" % len(body) + body + b"\r\n" if body else b""
            body = b""
    return made + b"0\r\n" + draw.choice((b"", b"", b"X-Trailer: 1\r\n")) + b"\r\n"


def _query(draw: Random, names: tuple[str, ...], values: Callable[[Random, str], str]) -> str:
    pairs = []
    for _ in range(draw.choice((0, 0, 0, 1, 1, 3))):
        name = draw.choice(names) if draw.random() < 0.95 else in_url(text(draw), draw)
        pairs.append(f"{name}={in_url(values(draw, name), draw)}")
    return "?" + "&".join(pairs) if pairs else draw.choice(("", "?", "?&&=", "??"))


_NASTY: Final = {
    "limit": NUMBERS,
    "points": NUMBERS,
    "sort": SORTS,
    "status": ("waiting", "failed", "Failed", "\ud800", ""),
    "from": MOMENTS,
    "to": MOMENTS,
}
_SOUND: Final = {
    "limit": "2",
    "points": "10",
    "status": "partial",
    "from": "2024-05-01T00:00:00Z",
    "to": "2024-05-02T00:00:00Z",
    "code": "value_format",
    "cursor": "",
}


def _options(draw: Random) -> str:
    pairs = [option(draw) for _ in range(draw.choice((0, 0, 0, 1, 1, 3)))]
    texts = [f"{in_url(name, draw)}={in_url(value, draw)}" for name, value in pairs]
    return "?" + "&".join(texts)


def _list_value(draw: Random, name: str) -> str:
    if draw.random() < 0.2:
        return text(draw)
    if draw.random() < 0.4:
        return _SOUND.get(name, "s1")
    if name == "cursor":
        return cursor(draw)
    nasty = _NASTY.get(name)
    return text(draw) if nasty is None else draw.choice(nasty)


_LISTS: Final = (
    ("/api/v1/files", ("status", "q", "sort", "limit", "cursor")),
    (f"/api/v1/files/{FILE}/sensors", ("q", "sort", "limit", "cursor")),
    (f"/api/v1/files/{FILE}/invalid-rows", ("code", "limit", "cursor")),
    ("/api/v1/sensors", ("q", "sensor_id", "sort", "limit", "cursor")),
    ("/api/v1/sensor-results", ("sensor_id", "sort", "limit", "cursor")),
    (f"/api/v1/files/{FILE}/readings", ("sensor", "from", "to", "points")),
    ("/api/v1/sensors/s1/readings", ("from", "to", "points")),
)


def lists(draw: Random) -> Request:
    """A page of a list, with parameters of all kinds."""
    path, names = draw.choice(_LISTS)
    if draw.random() < 0.1:
        path = path.replace("s1", in_url(text(draw), draw) or "x")
    headers = [("Accept", draw.choice(("text/csv", "text/csv;q=x", "*/*", ",,,", text(draw))))]
    return Request("GET", path + _query(draw, names, _list_value), headers)


def reads(draw: Random) -> Request:
    """Everything that is read without parameters."""
    paths = (
        *(f"/api/v1/files/{draw.choice(_IDS)}{below}" for below in ("", "/raw", "/sensors")),
        *("/api/v1/stats", "/health/live", "/health/ready", "/metrics", "/openapi.json", "/docs"),
        *(
            "/",
            "/assets/../../pyproject.toml",
            "/%2e%2e/%2e%2e/etc/passwd",
            "/favicon.svg",
            "//",
            "/docs/assets/x",
        ),
        *(
            "/api/v1/nothing",
            "/api",
            f"/{in_url(text(draw), draw)}",
            f"/api/v1/files/{in_url(text(draw), draw)}",
        ),
    )
    headers: Headers = []
    for _ in range(draw.randrange(3)):
        name = draw.choice(
            ("If-None-Match", "Range", "Accept", "Accept-Encoding", "Last-Event-ID", "Cookie")
        )
        value = draw.choice(
            ('"x"', "W/", "bytes=0-", "bytes=-1,5-2,99999999999999999999-", "*", text(draw))
        )
        headers.append((name, value))
    return Request(draw.choice(("GET", "GET", "HEAD")), draw.choice(paths), headers)


def events(draw: Random) -> Request:
    """A stream of events."""
    path = draw.choice(("/api/v1/events", f"/api/v1/files/{draw.choice(_IDS)}/events"))
    last = draw.choice(("done-1", "0", "9" * 16, "9" * 300, "-1", text(draw)))
    return Request("GET", path, [("Last-Event-ID", last)])


def form(draw: Random, file: bytes) -> tuple[str, bytes]:
    """(content type, body) of a form, sound or not."""
    boundary = draw.choice((*[_BOUNDARY] * 9, "x" * 70, "x" * 300, "é", '"', " "))
    mark = b"--" + boundary.encode()
    parts: list[bytes] = []
    for _ in range(draw.choice((1, 1, 1, 1, 2, 3, 70))):
        name, value = option(draw)
        name = draw.choice((name, name, name, "file", text(draw))) if parts else "file"
        filename = draw.choice(("a.csv", "a.csv", text(draw)))
        disposition = f'form-data; name="{name}"; filename="a.csv"' if draw.random() < 0.5 else draw.choice((
            f'form-data; name="{name}"; filename="{filename}"',
            f'form-data; name="{name}"; filename="{filename}"',
            f'form-data; name="{name}"',
            f"form-data; name={name}; filename*=UTF-8''{in_url(filename, draw)}",
            "form-data", "attachment", "",
        ))  # fmt: skip
        head = [f"Content-Disposition: {disposition}"]
        if draw.random() < 0.2:
            head.append(draw.choice((
                "Content-Type: text/csv", "Content-Type: image/png", "X: " + "y" * 70_000, "no colon",
                "Content-Transfer-Encoding: base64", "\0: \0", ": ", "A: b\r\n c",
            )))  # fmt: skip
        data = file if name == "file" else value.encode("utf-8", "surrogatepass")
        lines = "\r\n".join(head).encode("utf-8", "surrogatepass")
        parts.append(mark + b"\r\n" + lines + b"\r\n\r\n" + data + b"\r\n")
    end = draw.choice(
        (*[mark + b"--\r\n"] * 5, mark + b"--", mark + b"\r\n", b"", mark + b"--\r\nmore")
    )
    kind = draw.choice((
        f"multipart/form-data; boundary={boundary}", f'multipart/form-data; boundary="{boundary}"',
        "multipart/form-data", "multipart/form-data; boundary=", f"Multipart/Form-Data;boundary={boundary};x",
    ))  # fmt: skip
    return kind, b"".join(parts) + end


def uploads(draw: Random) -> Request:
    """An upload or a dry run, as a form or raw."""
    dry = draw.random() < 0.15
    path = "/api/v1/validate" if dry else "/api/v1/files"
    file = content(draw)
    headers: Headers = []
    if draw.random() < 0.4:
        kind, body = form(draw, file)
        headers.append(("Content-Type", kind))
        query = _options(draw)
    else:
        body = file
        headers.append(
            ("Content-Type", draw.choice(("text/csv", "application/json", "image/png", text(draw))))
        )
        name = (
            in_url(text(draw), draw) if draw.random() < 0.2 else draw.choice(("a.csv", "b.csv.gz"))
        )
        query = _options(draw)
        query += f"&filename={name}" if draw.random() < 0.95 else ""
        query += "&force=true" if not dry and draw.random() < 0.5 else ""
    if draw.random() < 0.3:
        headers.append(
            ("Content-Encoding", draw.choice(("gzip", "zstd", "br", "gzip, gzip", "", text(draw))))
        )
    if draw.random() < 0.3:
        headers.append(("Idempotency-Key", draw.choice(("k1", "k2", "", "k" * 201, text(draw)))))
    return Request("POST", path + query, headers, body, chunked=draw.random() < 0.3)


def resumable(draw: Random) -> Request:
    """A step of a resumable upload."""
    file = content(draw)
    headers: Headers = [_TUS] if draw.random() < 0.95 else [("Tus-Resumable", text(draw))]
    if draw.random() < 0.4:
        length = draw.choice((*[str(len(file))] * 20, str(len(file) + 1), *NUMBERS))
        described = metadata(draw) if draw.random() < 0.3 else "filename YS5jc3Y=,force dHJ1ZQ=="
        headers += [("Upload-Length", length), ("Upload-Metadata", described)]
        if draw.random() < 0.4:
            headers.append(("Content-Type", "application/offset+octet-stream"))
            return Request("POST", "/api/v1/uploads", headers, file)
        return Request("POST", "/api/v1/uploads", headers, b"")
    target = f"/api/v1/uploads/{draw.choice((UPLOAD, UPLOAD, UPLOAD, *_IDS))}"
    method = draw.choice(("HEAD", "GET", "PATCH", "PATCH", "DELETE", "POST", "OPTIONS"))
    headers.append(("Upload-Offset", draw.choice((*["0"] * 20, *NUMBERS))))
    kind = draw.choice((*["application/offset+octet-stream"] * 4, "text/csv"))
    headers.append(("Content-Type", kind))
    if method == "POST":
        headers.append(
            ("X-HTTP-Method-Override", draw.choice(("PATCH", "DELETE", "GET", text(draw))))
        )
    return Request(method, target, headers, file if method in ("PATCH", "POST") else None)


def changes(draw: Random) -> Request:
    """Replay, resubmission, deletion."""
    file = f"/api/v1/files/{draw.choice(_IDS)}"
    kind = draw.random()
    if kind < 0.4:
        query = _options(draw)
        return Request("POST", f"{file}/replay{query}", body=b"")
    if kind < 0.9:
        rows = edited_rows(draw)
        headers = [("Content-Type", draw.choice(("text/csv", text(draw))))]
        if draw.random() < 0.2:
            form_kind, rows = form(draw, rows)
            headers = [("Content-Type", form_kind)]
        return Request("POST", f"{file}/resubmit", headers, rows)
    return Request("DELETE", file)


def methods(draw: Random) -> Request:
    """Any method on any path."""
    made = draw.choice((lists, reads, uploads, resumable, changes))(draw)
    made.method = draw.choice(METHODS)
    return made


KINDS: Final[dict[str, Callable[[Random], Request]]] = {
    "lists": lists,
    "reads": reads,
    "events": events,
    "uploads": uploads,
    "resumable": resumable,
    "changes": changes,
    "methods": methods,
}
_WEIGHTS: Final = {
    "lists": 6,
    "reads": 4,
    "events": 1,
    "uploads": 6,
    "resumable": 5,
    "changes": 4,
    "methods": 2,
}


def request(draw: Random) -> tuple[str, Request]:
    """(kind, request) of any call."""
    kind = draw.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
    return kind, KINDS[kind](draw)
