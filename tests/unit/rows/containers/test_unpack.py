"""Files in containers: which there are, in which order, and which are refused by name and code."""

from __future__ import annotations

import io
import tarfile
import tempfile
import tracemalloc
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from rows.containers import error_cells, workbooks
from rows.containers.kinds import container_of
from rows.containers.member import ContainerLimits
from rows.containers.unpack import unpack
from schemas.errors import BadData
from tests.unit.rows.containers.archives import (
    CSV,
    DAY,
    ERROR,
    gzip_of,
    ods_of,
    tar_of,
    xlsx_of,
    zip_of,
    zstd_of,
)

Found = list[tuple[str, bytes | str]]


def unpacked(data: bytes, limits: ContainerLimits | None = None) -> Found:
    """Name and bytes of each member, or the code by which it is refused."""
    kind = container_of(data[:4096])
    assert kind is not None
    found: Found = []
    for member in unpack(io.BytesIO(data), kind, limits):
        if member.refused is not None:
            found.append((member.name, member.refused.code))
            continue
        try:
            found.append((member.name, b"".join(member.read())))
        except BadData as exc:
            found.append((member.name, exc.code))
    return found


def encrypted(data: bytes) -> bytes:
    """The archive with the flag of encryption at its first member."""
    central = data.index(b"PK\x01\x02")
    changed = bytearray(data)
    changed[6] |= 1
    changed[central + 8] |= 1
    return bytes(changed)


FILES = {"days/mon.csv": CSV, "days/tue.csv": CSV + b"a,2026-03-01T00:01:00Z,2\n"}


@pytest.mark.parametrize(
    "data",
    [zip_of(FILES), tar_of(FILES), gzip_of(tar_of(FILES)), zstd_of(tar_of(FILES))],
    ids=["zip", "tar", "tar.gz", "tar.zst"],
)
def test_members_have_their_names_order_and_bytes(data: bytes) -> None:
    assert unpacked(data) == list(FILES.items())


@pytest.mark.parametrize(
    "data", [CSV, gzip_of(CSV), zstd_of(CSV), b"", b"PK", zip_of({"word/document.xml": b"<w/>"})]
)
def test_other_files_are_no_containers(data: bytes) -> None:
    assert container_of(data) is None


def test_folders_and_what_systems_add_are_no_members() -> None:
    files = {"a/": b"", "a/b.csv": CSV, "__MACOSX/a/._b.csv": b"x", "a/.DS_Store": b"x"}
    assert unpacked(zip_of(files)) == [("a/b.csv", CSV)]


@pytest.mark.parametrize("data", [zip_of({}), zip_of({"a/": b""}), xlsx_of({"Kiln": []})])
def test_a_container_without_a_file_says_so(data: bytes) -> None:
    with pytest.raises(BadData, match="container_empty"):
        unpacked(data)
    assert unpacked(zip_of({"inner": data, "a.csv": CSV})) == [
        ("inner", "container_empty"),
        ("a.csv", CSV),
    ]


def test_containers_within_containers_give_their_files() -> None:
    inner = zip_of({"a.csv": CSV})
    data = tar_of({"mon.zip": inner, "book.xlsx": xlsx_of({"Kiln": [["x"]]}), "b.csv": CSV})
    assert unpacked(data) == [("mon.zip/a.csv", CSV), ("book.xlsx/Kiln", b"x\n"), ("b.csv", CSV)]


def test_a_compressed_member_is_given_as_it_is() -> None:
    assert unpacked(zip_of({"a.csv.gz": gzip_of(CSV)})) == [("a.csv.gz", gzip_of(CSV))]


@pytest.mark.parametrize(
    "name", ["../a.csv", "a/../../b.csv", "/etc/a.csv", "C:/a.csv", "a\x1b.csv"]
)
def test_a_member_with_a_name_outside_of_the_container_is_refused(name: str) -> None:
    for data in (zip_of({name: CSV, "b.csv": CSV}), tar_of({name: CSV, "b.csv": CSV})):
        assert unpacked(data) == [(name, "member_name"), ("b.csv", CSV)]


def test_an_encrypted_member_is_refused_and_the_others_are_read() -> None:
    data = encrypted(zip_of({"a.csv": CSV, "b.csv": CSV}))
    assert unpacked(data) == [("a.csv", "member_encrypted"), ("b.csv", CSV)]


def test_links_and_devices_are_refused() -> None:
    link, device = tarfile.TarInfo("link.csv"), tarfile.TarInfo("device.csv")
    link.type, link.linkname, device.type = tarfile.SYMTYPE, "/etc/passwd", tarfile.CHRTYPE
    data = tar_of({"link.csv": link, "device.csv": device, "a.csv": CSV})
    assert unpacked(data) == [
        ("link.csv", "member_type"),
        ("device.csv", "member_type"),
        ("a.csv", CSV),
    ]


def test_an_empty_member_is_refused() -> None:
    assert unpacked(zip_of({"a.csv": b""})) == [("a.csv", "missing_file")]


def test_containers_may_be_three_deep() -> None:
    two = zip_of({"1.zip": zip_of({"2.zip": zip_of({"a.csv": CSV})})})
    assert unpacked(two) == [("1.zip/2.zip/a.csv", CSV)]
    assert unpacked(zip_of({"0.zip": two})) == [("0.zip/1.zip/2.zip", "member_nested")]


def test_a_bomb_ends_at_the_bound_of_expansion() -> None:
    zeros = bytes(20 << 20)
    assert unpacked(zip_of({"a.csv": zeros, "b.csv": CSV})) == [
        ("a.csv", "expansion_ratio"),
        ("b.csv", "expansion_ratio"),
    ]
    limits = ContainerLimits(max_bytes=len(CSV) + 10)
    assert unpacked(zip_of({"a.csv": CSV, "b.csv": CSV}), limits) == [
        ("a.csv", CSV),
        ("b.csv", "expansion_size"),
    ]
    with pytest.raises(BadData, match="expansion_ratio"):
        unpacked(gzip_of(tar_of({"a.csv": zeros, "b.csv": CSV})))


def test_more_members_than_the_bound_are_refused() -> None:
    data = zip_of({f"{n}.csv": CSV for n in range(4)})
    with pytest.raises(BadData, match="too_many_members"):
        unpacked(data, ContainerLimits(max_members=3))


@pytest.mark.parametrize("cut", [30, 0.5, 0.9])
def test_a_damaged_archive_says_so(cut: float) -> None:
    for data in (zip_of(FILES), gzip_of(tar_of(FILES))):
        part = data[: int(cut if cut > 1 else len(data) * cut)]
        if container_of(part) is None:
            continue
        with pytest.raises(BadData, match="container_damaged"):
            unpacked(part)


@pytest.mark.parametrize("cut", [1024, 1024 + 300])
def test_a_tar_that_ends_within_or_before_a_header_says_so(cut: int) -> None:
    data = tar_of({"a.csv": CSV, "b.csv": CSV})
    with pytest.raises(BadData, match="container_damaged"):
        unpacked(data[:cut])
    changed = bytearray(data)
    changed[1024 + 150] ^= 0xFF  # in the checksum of the second header
    with pytest.raises(BadData, match="container_damaged"):
        unpacked(bytes(changed))


def test_a_wrong_checksum_of_a_compressed_tar_says_so() -> None:
    data = bytearray(gzip_of(tar_of({"a.csv": CSV})))
    data[-5] ^= 0xFF
    with pytest.raises(BadData, match="container_damaged"):
        unpacked(bytes(data))


def test_lines_of_a_sheet_that_begins_further_down_are_its_rows() -> None:
    data = xlsx_of({"Kiln": [[], [], [None, "time", "temp"], [None, "x", 1.5]]})
    assert unpacked(data) == [("Kiln", b"\n\n,time,temp\n,x,1.5\n")]


def test_a_damaged_member_does_not_cost_the_others() -> None:
    data = bytearray(zip_of({"a.csv": CSV, "b.csv": CSV}))
    data[30 + len("a.csv") + 5] ^= 0xFF
    assert unpacked(bytes(data)) == [("a.csv", "container_damaged"), ("b.csv", CSV)]


def test_sheets_of_a_workbook_are_csv() -> None:
    data = xlsx_of(
        {
            "Kiln 2": [
                [None, "Ofen, links"],
                [],
                ["Zeit", "Temp", "ok"],
                [(DAY, 46082.25), 21.5, True],
                [(DAY, 46082.0 + 1 / 3), 22.0, False],
            ],
            "empty": [],
            "Notes": [["checked by hand"]],
        }
    )
    assert unpacked(data) == [
        (
            "Kiln 2",
            b',"Ofen, links",\n\nZeit,Temp,ok\n2026-03-01 06:00:00,21.5,true\n'
            b"2026-03-01 08:00:00,22,false\n",
        ),
        ("Notes", b"checked by hand\n"),
    ]


def test_sheets_of_an_opendocument_workbook_are_csv() -> None:
    data = ods_of({"Kiln": [["time", "value"], ["2026-03-01 00:00", 1.5]]})
    assert unpacked(data) == [("Kiln", b"time,value\n2026-03-01 00:00,1.5\n")]


def test_a_workbook_that_is_too_large_or_damaged_is_refused() -> None:
    data = xlsx_of({"Kiln": [["x"] * 20] * 200})
    with pytest.raises(BadData, match="workbook_size"):
        unpacked(data, ContainerLimits(max_workbook_bytes=1000))
    with pytest.raises(BadData, match="container_damaged"):
        unpacked(data[:-30])


@pytest.mark.parametrize("place", ["XFD1048576", "XFD1", "A1048576"])
def test_cells_far_from_the_others_cost_no_memory_of_this_process(place: str) -> None:
    data = xlsx_of({"Kiln": [["x"]], "far": [["y"], ["z"]]})
    data = zip_of(
        {
            part: content.replace(b'"A2"', f'"{place}"'.encode())
            for part, content in parts_of(data).items()
        }
    )
    members = unpack(io.BytesIO(data), "workbook")
    first = next(members)
    assert (first.name, b"".join(first.read())) == ("Kiln", b"x\n")
    if place == "XFD1048576":
        with pytest.raises(BadData, match=r"workbook_size: .* 1024 MiB of memory.*cells far from"):
            next(members)
    else:
        lines = b"".join(next(members).read()).split(b"\n")
        assert (lines[0][:1], lines[-2][-1:]) == (b"y", b"z")


def test_a_sheet_that_is_not_read_is_passed_over() -> None:
    data = xlsx_of({"a": [["x"] * 26] * 5000, "b": [["y"]]})
    members = unpack(io.BytesIO(data), "workbook")
    next(members)
    assert b"".join(next(members).read()) == b"y\n"
    assert list(members) == []


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return {name: book.read(name) for name in book.namelist()}


def test_a_container_in_a_container_that_is_too_large_costs_no_other() -> None:
    inner = zip_of({"x.csv": bytes(range(256)) * 400}, zipfile.ZIP_STORED)
    data = zip_of({"inner.zip": inner, "b.csv": CSV})
    found = unpacked(data, ContainerLimits(max_nested_bytes=90_000))
    assert found == [("inner.zip", "member_nested"), ("b.csv", CSV)]


def test_a_directory_that_would_fill_the_memory_is_not_read() -> None:
    data = zip_of({f"{n}.csv": CSV for n in range(100)})
    with pytest.raises(BadData) as caught:
        unpacked(data, ContainerLimits(max_directory_bytes=4_000))
    assert caught.value.code == "too_many_members"


def test_a_header_of_a_tar_archive_that_would_fill_the_memory_is_damage() -> None:
    huge = tarfile.TarInfo("././@LongLink")
    huge.type, huge.size = tarfile.GNUTYPE_LONGNAME, 1 << 40
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(huge)
    with pytest.raises(BadData) as caught:
        unpacked(out.getvalue())
    assert caught.value.code == "container_damaged"


@pytest.mark.parametrize("piece", [1 << 20, 7])
@pytest.mark.parametrize("book", [xlsx_of, ods_of])
def test_errors_of_formulas_are_text_and_no_empty_cells(
    book: Callable[[Mapping[str, Any]], bytes], piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(error_cells, "PIECE", piece)
    rows = [
        ["Time", "temp", "hum"],
        ["2026-03-01 06:10", (ERROR, "#DIV/0!"), 60.5],
        ["2026-03-01 06:20", 21.5, (ERROR, "#REF!")],
    ]
    assert unpacked(book({"Kiln": rows})) == [
        (
            "Kiln",
            b"Time,temp,hum\n2026-03-01 06:10,#DIV/0!,60.5\n2026-03-01 06:20,21.5,#REF!\n",
        )
    ]


def test_an_archive_of_a_later_version_of_zip_says_so() -> None:
    data = bytearray(zip_of({"a.csv": CSV}))
    data[data.index(b"PK\x01\x02") + 6] = 90
    with pytest.raises(BadData, match=r"container_damaged: .*zip file version 9\.0"):
        unpacked(bytes(data))


def test_a_tar_archive_with_very_many_headers_in_a_row_is_damaged() -> None:
    name = tarfile.TarInfo("././@LongLink")
    name.type, name.size = tarfile.GNUTYPE_LONGNAME, 4
    header = name.tobuf(tarfile.GNU_FORMAT) + b"abc\0".ljust(512, b"\0")
    with pytest.raises(BadData, match="container_damaged"):
        unpacked(header * 2000 + tar_of({"a.csv": CSV}))


def test_folders_of_a_tar_archive_cost_no_memory() -> None:
    folder = tarfile.TarInfo("d/")
    folder.type = tarfile.DIRTYPE
    data = folder.tobuf() * 4000 + tar_of({"a.csv": CSV})
    tracemalloc.start()
    try:
        assert unpacked(data) == [("a.csv", CSV)]
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_copies_of_a_workbook_are_in_the_folder_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "full"))
    data = xlsx_of({"Kiln": [["x"], [(ERROR, "#REF!")]]})
    [sheet] = unpack(io.BytesIO(data), "workbook", folder=tmp_path)
    assert sheet.name == "Kiln"


def test_a_workbook_that_is_read_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "_PROCESS", "tests.unit.rows.containers.endless_sheet")
    with pytest.raises(BadData, match=r"container_damaged: .*it takes more than 1 s"):
        unpacked(xlsx_of({"Kiln": [["x"]]}), ContainerLimits(max_workbook_seconds=1))
