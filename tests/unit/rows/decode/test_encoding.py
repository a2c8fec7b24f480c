"""Encodings: detected, decoded in any chunks, with offsets of the original."""

from __future__ import annotations

import codecs

import numpy as np
import pytest

from rows.decode.encoding import (
    MULTIBYTE,
    Decoder,
    encoding_named,
    find_encoding,
    other_encodings,
    to_utf8,
)
from rows.decode.offsets import original_offsets, original_size
from schemas.encoding_labels import codec_of
from schemas.errors import BadData

HEADER = "sensor_id,timestamp,value\n"
GERMAN = HEADER + "Gerät-1,2024-05-01,21.5\nKühler,2024-05-01,4\n"
WIDE = HEADER + "温度-1,2024-05-01,21.5\n🌡,2024-05-01,4\n"


@pytest.mark.parametrize(
    ("head", "declared", "found"),
    [
        (GERMAN.encode(), None, ("utf-8", 0)),
        (codecs.BOM_UTF8 + GERMAN.encode(), None, ("utf-8", 3)),
        (b"", None, ("utf-8", 0)),
        (HEADER.encode(), None, ("utf-8", 0)),
        (codecs.BOM_UTF16_LE + WIDE.encode("utf-16-le"), None, ("utf-16-le", 2)),
        (codecs.BOM_UTF16_BE + WIDE.encode("utf-16-be"), None, ("utf-16-be", 2)),
        (WIDE.encode("utf-16-le"), None, ("utf-16-le", 0)),
        (WIDE.encode("utf-16-be"), None, ("utf-16-be", 0)),
        (GERMAN.encode("latin-1"), None, ("windows-1252", 0)),
        ((GERMAN + "5 € „hot“").encode("cp1252"), None, ("windows-1252", 0)),
        ((GERMAN + "\x81").encode("latin-1"), None, ("latin-1", 0)),
        ("time;Temp (°C)\n".encode("cp1252"), None, ("windows-1252", 0)),
        # Declared.
        (GERMAN.encode("latin-1"), "utf8", ("utf-8", 0)),
        (GERMAN.encode(), "ISO-8859-1", ("latin-1", 0)),
        (GERMAN.encode(), "windows-1252", ("windows-1252", 0)),
        (codecs.BOM_UTF8 + b"a", "latin-1", ("latin-1", 0)),
        (codecs.BOM_UTF16_BE + b"\0a", "utf-16", ("utf-16-be", 2)),
        (b"\0a\0,", "utf-16", ("utf-16-be", 0)),
        (codecs.BOM_UTF16_LE + b"a\0", "UTF-16LE", ("utf-16-le", 2)),
        (b"a\0", "utf-16-be", ("utf-16-be", 0)),
        # Damage in UTF-8 is no other encoding.
        (GERMAN.encode() + b"a\xff,0,1\n", None, ("utf-8", 0)),
        (HEADER.encode() + b"k\xe4rcher,0,1\n", None, ("utf-8", 0)),
        (HEADER.encode() + b"a\xff,0,1\nb\xc3,0,1\n", None, ("utf-8", 0)),
        (GERMAN.encode()[:32], None, ("utf-8", 0)),  # cut in the middle of a character
        (b"a\0,0,1\n" * 9, None, ("utf-8", 0)),
    ],
)
def test_an_encoding_is_detected_or_configured(
    head: bytes, declared: str | None, found: tuple[str, int]
) -> None:
    assert find_encoding(head, declared) == found


@pytest.mark.parametrize("name", ["utf-32", "ebcdic", "hex", "", "\0", "iso-2022-jp"])
def test_encodings_that_are_not_taken(name: str) -> None:
    with pytest.raises(BadData, match="windows-1252") as caught:
        encoding_named(name)
    assert caught.value.code == "bad_option"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "latin-1", "windows-1252"])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_chunks_decode_to_what_the_whole_does(encoding: str, size: int) -> None:
    text = (GERMAN if encoding in ("latin-1", "windows-1252") else GERMAN + WIDE) * 3
    data = text.encode(encoding)
    decoder = Decoder(encoding)
    found = b"".join(decoder.feed(data[at : at + size]) for at in range(0, len(data), size))
    assert found + decoder.finish() == to_utf8(data, encoding) == text.encode()
    assert original_size(text.encode(), encoding) == len(data)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "windows-1252"])
def test_offsets_lead_back_to_the_file(encoding: str) -> None:
    text = GERMAN + ("5 €" if encoding == "windows-1252" else WIDE + "\ud800\n")
    places = list(range(len(text) + 1))
    inside = [len(text[:n].encode("utf-8", "surrogatepass")) for n in places]
    expected = [len(text[:n].encode(encoding, "surrogatepass")) for n in places]
    utf8 = text.encode("utf-8", "surrogatepass")
    found = original_offsets(utf8, np.array(inside, np.int64), encoding)
    assert found.tolist() == expected
    assert [original_size(utf8[:n], encoding) for n in inside] == expected


@pytest.mark.parametrize("cut", [0, 1, 2, 3])
def test_utf16_that_is_damaged_or_cut_off_costs_what_it_concerns(cut: int) -> None:
    """A lone surrogate and half a unit become what UTF-8 does not allow."""
    data = "a,\ud83d\n\udf21b,🌡".encode("utf-16-le", "surrogatepass")
    data = data[: len(data) - cut]
    text = bytes(to_utf8(data, "utf-16-le"))
    assert text.startswith(b"a,\xed\xa0\xbd\n\xed\xbc\xa1b,")
    assert original_size(text, "utf-16-le") == len(data)
    decoder = Decoder("utf-16-le")
    parts = [decoder.feed(data[n : n + 1]) for n in range(len(data))]
    assert b"".join(parts) + decoder.finish() == text


ASIAN = "温度,1\n湿度,2\n"


@pytest.mark.parametrize(
    ("label", "encoding", "text"),
    [
        ("Shift_JIS", "shift_jis", ASIAN + "ｱ"), ("windows-31j", "shift_jis", ASIAN),
        ("gbk", "gb18030", ASIAN + "🌡é"), ("big5", "big5", "溫度\n"), ("euc-kr", "euc-kr", "온도\n"),
        ("euc-jp", "euc-jp", ASIAN), ("KOI8-R", "koi8-r", "Температура\n"),
        ("latin2", "iso-8859-2", "Łódź\n"), ("cp1251", "windows-1251", "Влажность\n"),
        ("l5", "windows-1254", "Sıcaklık\n"), ("mac", "macintosh", "Zähler\n"),
    ],
)  # fmt: skip
def test_labels_of_the_standard(label: str, encoding: str, text: str) -> None:
    assert encoding_named(label) == encoding
    data = text.encode(codec_of(encoding)) * 3
    assert to_utf8(data, encoding) == text.encode() * 3
    decoder = Decoder(encoding)
    parts = [bytes(decoder.feed(data[n : n + 1])) for n in range(len(data))]
    assert b"".join(parts) + bytes(decoder.finish()) == text.encode() * 3
    for n in range(len(text) + 1):
        assert original_size(text[:n].encode(), encoding) == len(
            text[:n].encode(codec_of(encoding))
        )


@pytest.mark.parametrize("encoding", sorted(MULTIBYTE))
def test_half_a_character_costs_itself_and_not_the_line_end(encoding: str) -> None:
    data = b"a\x89\nb\xff,c\n\x81"
    text = bytes(to_utf8(data, encoding))
    assert text.count(b"\n") == 2
    assert original_size(text, encoding) == len(data)


@pytest.mark.parametrize(
    ("text", "codec", "first"),
    [
        ("温度1,5\n", "cp932", "shift_jis"), ("温度1,5\n", "gbk", None), ("온도,5\n", "euc-kr", None),
        ("Температура,5\n", "cp1251", "windows-1251"), ("Zähler Größe °C\n", "cp1252", ""),
        ("temp °C, µg/m³\n", "cp1252", ""), ("5 €, 3 – 4\n", "cp1252", ""), ("温度\n", "utf-8", ""),
    ],
)  # fmt: skip
def test_text_that_is_not_western_is_doubted(text: str, codec: str, first: str | None) -> None:
    found = other_encodings((text * 5).encode(codec))
    assert (found == ()) == (first == "")
    if first:
        assert first == found[0]


def test_bytes_that_windows_1252_lacks_are_control_characters() -> None:
    assert to_utf8(b"a\x81\x80", "windows-1252") == "a\x81€".encode()
