"""Members of ZIP and tar archives, one after another."""

from __future__ import annotations

import gzip
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from typing import Any, BinaryIO, Final, Self

from rows.containers.kinds import HEAD_BYTES
from rows.containers.member import Budget, Member, is_litter, name_fault, refused
from rows.decode.compression import compression_of
from runtime.zstd import zstd
from schemas.errors import BadData

_ENCRYPTED: Final = 0x1
_CHUNK_BYTES: Final = 256 << 10
# What the libraries raise at damaged bytes.
_DAMAGE: Final = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, zstd.ZstdError, EOFError,
    OSError, ValueError,
)  # fmt: skip


def zip_members(file: BinaryIO, budget: Budget) -> Iterator[Member]:
    """The members of a ZIP archive in the order of its directory.

    Raises:
        BadData: `container_damaged`; `too_many_members`.
    """
    try:
        # The library reads the whole directory into memory, however many entries it has.
        ends = zipfile._EndRecData(file)  # type: ignore[attr-defined]
        if ends is not None:
            budget.directory(ends[zipfile._ECD_SIZE])  # type: ignore[attr-defined]
        archive = zipfile.ZipFile(file)
    except (*_DAMAGE, NotImplementedError) as exc:
        raise _damaged("ZIP archive", exc) from exc
    with archive:
        for entry in archive.infolist():
            if entry.is_dir() or is_litter(entry.filename):
                continue
            budget.member()
            reason = name_fault(entry.filename)
            if reason is None and entry.flag_bits & _ENCRYPTED:
                reason = BadData(
                    "member_encrypted",
                    f"the member {entry.filename!r} is encrypted; send it without a password",
                )
            if reason is not None:
                yield refused(entry.filename, reason)
            else:
                yield Member(entry.filename, partial(_of_zip, archive, entry, budget))


def _of_zip(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: Budget) -> Iterator[bytes]:
    try:
        with archive.open(entry) as content:
            yield from budget.chunks(content)  # type: ignore[arg-type]
    except NotImplementedError as exc:
        raise BadData(
            "member_compression",
            f"the member {entry.filename!r} is compressed in a way that is not supported "
            "(deflate, bzip2 and LZMA are); make the archive with deflate",
        ) from exc
    except (*_DAMAGE, RuntimeError) as exc:
        raise _damaged(f"member {entry.filename!r}", exc) from exc


def tar_members(file: BinaryIO, budget: Budget) -> Iterator[Member]:
    """The members of a tar archive, plain or compressed with gzip or zstd, as they follow.

    Raises:
        BadData: `container_damaged`, after the members before the damage; `too_many_members`,
            `expansion_size`, `expansion_ratio`.
    """
    try:
        counted: Any = _Counted(_expanded(file), budget)
        with tarfile.open(fileobj=counted, mode="r|", tarinfo=_Entry) as archive:
            for entry in archive:
                # The library keeps every entry, folders too, however many there are.
                archive.members = []  # type: ignore[attr-defined]
                if entry.isdir() or is_litter(entry.name):
                    continue
                budget.member()
                reason = name_fault(entry.name)
                if reason is None and not entry.isfile():
                    reason = BadData(
                        "member_type",
                        f"the member {entry.name!r} is a link or device and not a file; send the "
                        "file itself",
                    )
                if reason is not None:
                    yield refused(entry.name, reason)
                else:
                    yield Member(entry.name, partial(_of_tar, archive, entry))
        # To the end, where a compressed archive has its checksum.
        while counted.read(_CHUNK_BYTES):
            pass
    # The library calls itself for each header in a row that is about the next one.
    except (*_DAMAGE, RecursionError) as exc:
        raise _damaged("tar archive", exc) from exc


def _of_tar(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> Iterator[bytes]:
    content = archive.extractfile(entry)
    if content is None:
        return
    try:
        while chunk := content.read(_CHUNK_BYTES):
            yield chunk
    except _DAMAGE as exc:
        raise _damaged(f"member {entry.name!r}", exc) from exc


def _expanded(file: BinaryIO) -> BinaryIO:
    head = file.read(HEAD_BYTES)
    file.seek(0)
    match compression_of(head):
        case "gzip":
            return gzip.GzipFile(fileobj=file)  # type: ignore[return-value]
        case "zstd":
            return zstd.ZstdFile(file)  # type: ignore[return-value]
        case _:
            return file


# Headers whose content is about the next entry, and is read into memory.
_ABOUT_NEXT: Final = (
    tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK,
    tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE,
)  # fmt: skip
_MAX_HEADER_BYTES: Final = 1 << 20


class _Entry(tarfile.TarInfo):
    """An entry of a tar archive. A damaged header is an error: the library takes it for the end."""

    def _proc_member(self, tarfile_: tarfile.TarFile) -> Any:
        if self.type in _ABOUT_NEXT and self.size > _MAX_HEADER_BYTES:
            raise tarfile.ReadError(f"a header of {self.size} bytes")
        return super()._proc_member(tarfile_)  # type: ignore[misc]

    @classmethod
    def fromtarfile(cls, tarfile_: tarfile.TarFile) -> Self:
        try:
            return super().fromtarfile(tarfile_)
        except tarfile.HeaderError as exc:
            if isinstance(exc, tarfile.EOFHeaderError):  # type: ignore[attr-defined]
                raise
            raise tarfile.ReadError(str(exc)) from None


class _Counted:
    """A file that counts what is read, so that a bomb ends before it is skipped over."""

    def __init__(self, file: BinaryIO, budget: Budget) -> None:
        self._file, self._budget = file, budget

    def read(self, count: int) -> bytes:
        data = self._file.read(count)
        self._budget.take(len(data))
        return data


def _damaged(what: str, exc: Exception) -> BadData:
    reason = str(exc) or type(exc).__name__
    return BadData("container_damaged", f"the {what} is damaged ({reason}); make it again")
