"""What is done with requests on a connection."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from tests.fuzz.http.requests import Request, encoded, request
from tests.fuzz.http.values import text
from tests.fuzz.http.wire import End

_VERSIONS: Final = (
    "HTTP/1.0",
    "HTTP/0.9",
    "HTTP/2.0",
    "HTTP/9.9",
    "HTTP/1.1.1",
    "http/1.1",
    "",
    "ICY",
)
_TARGETS: Final = (
    *(
        "*",
        "http://127.0.0.1/api/v1/stats",
        "http://elsewhere.example/",
        "127.0.0.1:80",
        "",
        "api/v1/stats",
    ),
    *(
        "/" + "a" * 40_000,
        "/?" + "a=b&" * 9_000,
        "/\0",
        "/\x7f",
        "/é",
        "/a b",
        "/#x",
        "/;x=y",
        "\\\\x\\y",
    ),
)
_HOSTS: Final = (
    *(
        "",
        "localhost",
        "LOCALHOST:80",
        "[::1]",
        "[::1",
        "127.0.0.1:99999",
        "127.0.0.1:x",
        "evil.example",
    ),
    *("127.0.0.1, 127.0.0.1", "é", "\0", "a" * 5_000, "//", "@", "127.0.0.1@evil.example"),
)
_HEADS: Final = (
    *("Content-Length: -1", "Content-Length: +5", "Content-Length: 0x5", "Content-Length: ٣"),
    *(
        "Content-Length: " + "9" * 40,
        "Content-Length: 5, 5",
        "Content-Length:",
        "Content-Length: 5\r\nContent-Length: 6",
    ),
    *(
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: gzip, chunked",
    ),
    *(
        "Transfer-Encoding: chunked\r\nContent-Length: 3",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: x",
    ),
    *(
        "Expect: 100-continue",
        "Expect: x",
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x",
    ),
    *(
        "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
        "Connection: x, close",
    ),
    *(
        "No colon",
        ": no name",
        " Folded: x",
        "X: y\r\n folded",
        "X : y",
        "X\0: y",
        "X: \0",
        "X: " + "y" * 40_000,
    ),
    *(
        "Origin: null",
        "Origin: http://[",
        "Origin: http://evil.example",
        "Authorization: Bearer",
        "Authorization: é",
    ),
    *(
        "Authorization: Bearer csvp_0_0",
        "X-API-Key: \xff",
        "Accept: " + "a/b," * 3_000,
        "Cookie: " + "a=b;" * 2_000,
    ),
    "\r\n".join(f"X-{n}: y" for n in range(1_000)),
)
_CHUNKS: Final = (
    *(
        b"x\r\n",
        b"-1\r\n",
        b"5\r\nabc",
        b"fffffffffffffffff\r\n",
        b"ffffffffffffffff\r\na",
        b"5;" + b"x" * 40_000,
    ),
    *(
        b"5 \r\nabcde\r\n0\r\n\r\n",
        b"5\nabcde\n0\n\n",
        b"5\r\nabcdeXX0\r\n\r\n",
        b"0\r\nX",
        b"",
        b"0x5\r\nabcde\r\n",
    ),
    *(b"0\r\n" + b"T: u\r\n" * 5_000 + b"\r\n", b"5\r\nabcde\r\n0\r\nContent-Length: 9\r\n\r\n"),
)


@dataclass(frozen=True)
class Case:
    """What is sent on one connection. `number` and the seed are all that is needed to make it again."""

    number: int
    kind: str
    method: str
    pieces: tuple[bytes, ...]
    end: End = "read"
    requests: int = 1
    pause: float = 0.0


def case(seed: int, number: int) -> Case:
    """The case of a number."""
    draw = Random(f"{seed}:{number}")
    how = draw.choices(
        (_whole, _cut, _mutated, _pipelined, _bad_line, _bad_head, _bad_chunks, _slow, _stream),
        (50, 9, 12, 6, 6, 8, 4, 2, 3),
    )[0]
    kind, method, pieces, end, requests, pause = how(draw)
    return Case(number, kind, method, tuple(pieces), end, requests, pause)


Made = tuple[str, str, list[bytes], End, int, float]


def _made(kind: str, of: Request, pieces: list[bytes], end: End = "read", *, requests: int = 1,
          pause: float = 0.0) -> Made:  # fmt: skip
    return kind, of.method, pieces, end, requests, pause


def _whole(draw: Random) -> Made:
    kind, made = request(draw)
    if kind == "events":
        return _stream(draw)
    host = draw.choice(_HOSTS) if draw.random() < 0.03 else "127.0.0.1"
    return _made(kind, made, [made.render(draw, host=host)])


def _cut(draw: Random) -> Made:
    """A client that hangs up in the middle, or right after its request."""
    kind, made = request(draw)
    data = made.render(draw)
    at = draw.choice((len(data), draw.randrange(len(data) + 1), max(0, len(data) - 3)))
    end: End = draw.choices(("reset", "close", "half", "read"), (5, 4, 4, 1))[0]
    return _made(f"cut {kind}", made, [data[:at]], end)


def _mutated(draw: Random) -> Made:
    kind, made = request(draw)
    data = bytearray(made.render(draw))
    for _ in range(draw.choice((1, 1, 2, 5))):
        at = draw.randrange(min(len(data), draw.choice((60, 400, 5_000))))
        what = draw.randrange(5)
        if what == 0:
            data[at] ^= 1 << draw.randrange(8)
        elif what == 1:
            data[at:at] = draw.choice(
                (b"\0", b"\r\n", b"\n", b"\xff", b" ", b"%", b"\x80" * 50, b"\r")
            )
        elif what == 2:
            del data[at : at + draw.choice((1, 2, 20))]
        elif what == 3:
            data[at:at] = data[at : at + draw.choice((1, 30, 300))]
        else:
            data[at : at + 4] = draw.randbytes(4)
        if not data:
            break
    # What the server makes of it may want more bytes than there are.
    end: End = draw.choices(("half", "read"), (9, 1))[0]
    return _made(f"mutated {kind}", made, [bytes(data)], end)


def _pipelined(draw: Random) -> Made:
    some = [request(draw) for _ in range(draw.choice((2, 3, 10)))]
    plain = [made for kind, made in some if kind != "events" and made.method != "HEAD"]
    if not plain:
        return _whole(draw)
    data = b"".join(one.render(draw, close=one is plain[-1]) for one in plain)
    end: End = draw.choices(("half", "reset", "read"), (2, 1, 2))[0]
    return _made("pipelined", plain[0], [data], end, requests=len(plain))


def _bad_line(draw: Random) -> Made:
    kind, made = request(draw)
    if draw.random() < 0.5:
        made.target = draw.choice(_TARGETS)
    data = made.render(draw)
    line, _, rest = data.partition(b"\r\n")
    if draw.random() < 0.5:
        line = line.rpartition(b" ")[0] + b" " + encoded(draw.choice(_VERSIONS))
    if draw.random() < 0.2:
        line = draw.choice((b"\r\n\r\n" + line, b" " + line, line.replace(b" ", b"\t"), line.replace(b" ", b"  "),
                            b"\x16\x03\x01\x02\x00\x01\x00", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b""))  # fmt: skip
    return _made(
        f"bad line {kind}", made, [line + b"\r\n" + rest], draw.choice(("half", "half", "read"))
    )


def _bad_head(draw: Random) -> Made:
    kind, made = request(draw)
    data = made.render(draw)
    line, _, rest = data.partition(b"\r\n")
    if draw.random() < 0.2:
        # Without its Host, or with another one.
        rest = rest.partition(b"\r\n")[2]
    bad = b"".join(
        head.encode("utf-8", "surrogatepass") + b"\r\n"
        for head in draw.sample(_HEADS, draw.choice((1, 1, 2)))
    )
    if draw.random() < 0.1:
        bad += encoded(f"Host: {draw.choice(_HOSTS)}") + b"\r\n"
    return _made(
        f"bad head {kind}",
        made,
        [line + b"\r\n" + bad + rest],
        draw.choice(("half", "half", "read")),
    )


def _bad_chunks(draw: Random) -> Made:
    kind, made = request(draw)
    made.body, made.method = None, draw.choice(("POST", "PATCH"))
    made.headers.append(("Transfer-Encoding", "chunked"))
    return _made(
        f"bad chunks {kind}",
        made,
        [made.render(draw) + draw.choice(_CHUNKS)],
        draw.choice(("half", "half", "read")),
    )


def _slow(draw: Random) -> Made:
    """A client that sends a little at a time, and hangs up or goes on to the end."""
    kind, made = request(draw)
    if kind == "events":
        return _stream(draw)
    data = made.render(draw)
    step = max(1, len(data) // draw.choice((3, 8)))
    pieces = [data[at : at + step] for at in range(0, len(data), step)]
    end: End = draw.choice(("read", "reset", "close"))
    if end != "read":
        pieces = pieces[: draw.randrange(len(pieces)) + 1]
    return _made(f"slow {kind}", made, pieces, end, pause=0.01)


def _stream(draw: Random) -> Made:
    """A stream of events that the client leaves."""
    from tests.fuzz.http.requests import events

    made = events(draw)
    if draw.random() < 0.3:
        made.headers.append(("Accept", text(draw)))
    end: End = draw.choice(("half", "reset", "close"))
    return _made("events", made, [made.render(draw, close=False), b""], end, pause=0.05)
