"""Compressed files: gzip and zstd, expanded as they stream by, in bounded memory."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, Literal

from runtime.zstd import zstd
from schemas.limits import ExpansionLimits

if TYPE_CHECKING:
    from zlib import _Decompress

Compression = Literal["gzip", "zstd"]

_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
# Frames of zstd that carry no data begin with one of sixteen numbers.
_SKIPPABLE: Final = b"\x2a\x4d\x18"
# Bytes that `compression_of` needs.
MAGIC_BYTES: Final = 4
# What one piece of expanded bytes has at most, but for one block of zstd.
_PIECE_BYTES: Final = 1 << 20
# So many compressed bytes are expanded in one go. Where they are damaged they are gone through again.
_SLICE_BYTES: Final = 64 << 10


class CorruptStream(Exception):  # noqa: N818 - the state of a file, not a fault of ours
    """A compressed file cannot be read on. What was expanded before holds.

    `code` is `compression_truncated`, `compression_corrupt`, `expansion_size` or `expansion_ratio`;
    `at` the byte of the compressed file.
    """

    def __init__(self, code: str, at: int, what: str) -> None:
        super().__init__(f"{code}: {what}")
        self.code = code
        self.at = at


def compression_of(head: bytes) -> Compression | None:
    """How a file that begins with `head` is compressed, by its first four bytes."""
    if head.startswith(_GZIP):
        return "gzip"
    if head.startswith(_ZSTD) or (head[1:4] == _SKIPPABLE and head[0] >> 4 == 5):
        return "zstd"
    return None


def compression_said(filename: str, content_encoding: str | None) -> Compression | None:
    """How a file is said to be compressed. What holds is what its bytes say."""
    name = filename.lower().rstrip()
    if content_encoding == "gzip" or name.endswith(".gz"):
        return "gzip"
    if content_encoding == "zstd" or name.endswith(".zst"):
        return "zstd"
    return None


def first_bytes(head: bytes, count: int) -> bytes:
    """The first `count` bytes of the file that begins with `head`, expanded where it is compressed;
    fewer where `head` does not say more."""
    compression = compression_of(head)
    if compression is None:
        return head[:count]
    found = b""
    try:
        for piece in Decompressor(compression).feed(head):
            found += piece
            if len(found) >= count:
                break
    except CorruptStream:
        pass  # it is reported when the whole file is read
    return found[:count]


class Decompressor:
    """Expands a compressed file that is fed to it in chunks of any size.

    Several gzip members or zstd frames one after the other are one file; zeros after the last one
    are padding.
    """

    def __init__(self, compression: Compression, limits: ExpansionLimits | None = None) -> None:
        self._limits = limits or ExpansionLimits()
        self._stream: _Gzip | _Zstd = _Gzip() if compression == "gzip" else _Zstd()
        self._name = compression
        self._fed = self._out = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What `data`, which continues what was fed before, expands to, in pieces.

        Raises:
            CorruptStream: at the damage, after everything before it was given.
        """
        for start in range(0, len(data), _SLICE_BYTES):
            part = data[start : start + _SLICE_BYTES]
            self._fed += len(part)
            for piece in self._stream.feed(part):
                self._out += len(piece)
                self._check()
                if piece:
                    yield piece

    def finish(self) -> None:
        """The file is at its end.

        Raises:
            CorruptStream: `compression_truncated`, if the stream is not.
        """
        if not self._stream.ended or self._stream.held:
            at = self._fed
            raise CorruptStream(
                "compression_truncated", at, f"the {self._name} stream breaks off at byte {at}, "
                "the end of the file",
            )  # fmt: skip

    def _check(self) -> None:
        at, limits = self._stream.taken, self._limits
        if self._out > limits.max_bytes:
            raise CorruptStream(
                "expansion_size", at, f"the file expands to more than {limits.max_bytes} bytes, "
                f"up to byte {at} of it",
            )  # fmt: skip
        if self._out > max(limits.ratio_from, limits.max_ratio * at):
            raise CorruptStream(
                "expansion_ratio", at, f"the first {at} bytes of the file expand to more than "
                f"{limits.max_ratio} times as many",
            )  # fmt: skip


class _Gzip:
    """Members of gzip (RFC 1952), by zlib."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(wbits=31)
        self.held = b""
        self.taken = 0  # bytes that went into expanding
        self.ended = False  # whether a member has ended and none begun since

    def feed(self, data: bytes) -> Iterator[bytes]:
        more = False  # may come out of what went in
        while data or more:
            if self.ended:
                padding = len(data) - len(data.lstrip(b"\0"))
                self.taken += padding
                data = data[padding:]
                if not data:
                    return
                self._member, self.ended = zlib.decompressobj(wbits=31), False
            # zlib gives nothing of a call in which it finds damage, so such a call is done again.
            before = self._member.copy()
            try:
                piece = self._member.decompress(data, _PIECE_BYTES)
            except zlib.error as exc:
                yield from self._up_to_damage(before, data, exc)
            self.ended = self._member.eof
            rest = self._member.unused_data if self.ended else self._member.unconsumed_tail
            more = not self.ended and len(piece) == _PIECE_BYTES
            self.taken += len(data) - len(rest)
            data = rest
            yield piece

    def _up_to_damage(self, member: _Decompress, data: bytes, error: zlib.error) -> Iterator[bytes]:
        """What comes out before the damage, found by halves; then the damage."""
        count = len(data)
        while count:
            half = max(1, count // 2)
            trial = member.copy()
            try:
                piece = trial.decompress(data[:half], _PIECE_BYTES)
            except zlib.error as exc:
                error = exc
                if half == 1:
                    break
                count = half
                continue
            member = trial
            used = half - len(member.unconsumed_tail)
            self.taken += used
            data = data[used:]
            count = max(count - used, 1)
            yield piece
        reason = _reason(error)
        raise CorruptStream(
            "compression_corrupt", self.taken, f"the gzip stream is damaged at byte {self.taken}: "
            f"{reason}",
        )  # fmt: skip


class _Zstd:
    """Frames of zstd (RFC 8878), given to the library one block at a time: it gives nothing of a
    call in which it finds damage, and so nothing of the blocks before is lost with it."""

    def __init__(self) -> None:
        self._frame = zstd.ZstdDecompressor()
        self.held = bytearray()  # of a header or block that is not complete
        self._skip = 0  # bytes left of a frame without data
        self._in_frame = self._last = False
        self.taken = 0
        self.ended = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        self.held += data
        while self.held:
            size = self._next()
            if size == 0 or size > len(self.held):
                return
            part = bytes(self.held[:size])
            del self.held[:size]
            piece = self._expand(part)
            self.taken += size
            yield piece

    def _next(self) -> int:
        """Bytes of the next part (a header, block or checksum); 0 where more is needed to tell."""
        held = self.held
        if self._skip:
            return min(self._skip, len(held))
        if self._in_frame:
            if self._last:
                return 4
            if len(held) < 3:
                return 0
            header = int.from_bytes(held[:3], "little")
            # A block of one repeated byte has that byte only.
            return 3 + (1 if header >> 1 & 3 == 1 else header >> 3)
        if self.ended and not any(held):
            return len(held)
        if len(held) < 8:
            return 0
        if compression_of(bytes(held[:4])) != "zstd":
            raise self._corrupt("no frame of zstd begins here")
        if held[1:4] == _SKIPPABLE:
            return 8
        descriptor = held[4]
        single = descriptor >> 5 & 1
        content = (single, 2, 4, 8)[descriptor >> 6]
        return 5 + (1 - single) + (0, 1, 2, 4)[descriptor & 3] + content

    def _expand(self, part: bytes) -> bytes:
        if self._skip:
            self._skip -= len(part)
            self.ended = self._skip == 0
            return b""
        if not self._in_frame:
            if not any(part):
                return b""  # padding
            if part[1:4] == _SKIPPABLE:
                self._skip = int.from_bytes(part[4:8], "little")
                self.ended = self._skip == 0
                return b""
            self._frame = zstd.ZstdDecompressor()
            self._in_frame, self._last, self.ended = True, False, False
        elif not self._last:
            self._last = bool(part[0] & 1)
        try:
            piece = self._frame.decompress(part)
        except zstd.ZstdError as exc:
            raise self._corrupt(_reason(exc)) from exc
        if self._frame.eof:
            self._in_frame, self.ended = False, True
        return piece

    def _corrupt(self, why: str) -> CorruptStream:
        what = f"the zstd stream is damaged at byte {self.taken}: {why}"
        return CorruptStream("compression_corrupt", self.taken, what)


def _reason(error: Exception) -> str:
    """What a library says, in few words."""
    reason = str(error).rpartition(": ")[2]
    if reason in ("incorrect data check", "incorrect length check") or "checksum" in reason:
        return f"{reason}, so that rows before it can be wrong without a fault that shows"
    return reason
