"""Names of encodings: the labels of the WHATWG Encoding Standard, and those that Python has besides.

Encodings have the names of the standard, with these exceptions, which are older than its use here:
`latin-1` and the other names of ISO 8859-1 mean that encoding, not windows-1252; `utf-16` finds out
its byte order. ISO-2022-JP, `replacement` and `x-user-defined` are not taken: where a line begins in
them is not to be seen from its bytes.
"""

from __future__ import annotations

import codecs
from functools import cache
from typing import Final

UTF8: Final = "utf-8"
UTF16: Final = "utf-16"  # the byte order is found out
UTF16_ORDERS: Final = ("utf-16-le", "utf-16-be")
LATIN: Final = "latin-1"
WINDOWS: Final = "windows-1252"

_ISO: Final = {
    "2": "csisolatin2 iso-ir-101 l2 latin2", "3": "csisolatin3 iso-ir-109 l3 latin3",
    "4": "csisolatin4 iso-ir-110 l4 latin4", "5": "csisolatincyrillic cyrillic iso-ir-144",
    "6": "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6-e "
    "iso-8859-6-i iso-ir-127",
    "7": "csisolatingreek ecma-118 elot_928 greek greek8 iso-ir-126 sun_eu_greek",
    "8": "csiso88598e csiso88598i csisolatinhebrew hebrew iso-8859-8-e iso-8859-8-i iso-ir-138 "
    "logical visual",
    "10": "csisolatin6 iso-ir-157 l6 latin6", "13": "", "14": "", "15": "csisolatin9 l9", "16": "",
}  # fmt: skip
_OTHERS: Final = {
    "utf-8": ("utf-8", "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf8 x-unicode20utf8"),
    "utf-16-le": (
        "utf-16-le",
        "utf-16le csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff",
    ),
    "utf-16-be": ("utf-16-be", "utf-16be unicodefffe"),
    "ibm866": ("cp866", "866 cp866 csibm866"),
    "koi8-r": ("koi8_r", "cskoi8r koi koi8 koi8_r"),
    "koi8-u": ("koi8_u", "koi8-ru"),
    "macintosh": ("mac_roman", "csmacintosh mac x-mac-roman"),
    "x-mac-cyrillic": ("mac_cyrillic", "x-mac-ukrainian"),
    "windows-874": ("cp874", "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620"),
    "windows-1254": ("cp1254", "csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 l5 latin5"),
    "gb18030": (
        "gb18030",
        "gbk chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 iso-ir-58 x-gbk",
    ),
    "big5": ("big5hkscs", "big5-hkscs cn-big5 csbig5 x-x-big5"),
    "euc-jp": ("euc_jp", "cseucpkdfmtjapanese x-euc-jp"),
    "shift_jis": ("cp932", "csshiftjis ms932 ms_kanji shift-jis sjis windows-31j x-sjis"),
    "euc-kr": (
        "cp949",
        "cseuckr csksc56011987 iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 "
        "windows-949",
    ),
}
_WESTERN: Final = "ansi_x3.4-1968 x-cp1252"
# By the names of Python's codecs: what was taken before the labels were.
_BY_CODEC: Final = {
    "utf-8": UTF8, "utf-8-sig": UTF8, "ascii": UTF8, "utf-16": UTF16, "utf-16-le": UTF16_ORDERS[0],
    "utf-16-be": UTF16_ORDERS[1], "iso8859-1": LATIN, "cp1252": WINDOWS,
}  # fmt: skip

MULTIBYTE: Final = frozenset({"gb18030", "big5", "euc-jp", "shift_jis", "euc-kr"})
"""Encodings with characters of several bytes, UTF-8 and UTF-16 left out."""

EXPECTED: Final = "utf-8, utf-16, windows-1252, shift_jis or another label of the WHATWG standard"


def encoding_of_label(label: str) -> str | None:
    """The encoding that a label means; None if it is none that is taken."""
    small = label.strip().lower()
    try:
        known = _BY_CODEC.get(codecs.lookup(small).name) if small.isprintable() else None
    except (LookupError, ValueError):
        known = None
    return known or _labels().get(small)


@cache
def codec_of(encoding: str) -> str:
    """Python's codec for an encoding."""
    return _codecs()[encoding]


@cache
def _codecs() -> dict[str, str]:
    found = {f"iso-8859-{part}": f"iso8859_{part}" for part in _ISO}
    found |= {f"windows-125{digit}": f"cp125{digit}" for digit in range(9)}
    found |= {name: codec for name, (codec, _) in _OTHERS.items()}
    return found | {LATIN: "latin-1"}


@cache
def _labels() -> dict[str, str]:
    found: dict[str, str] = {}
    for part, more in _ISO.items():
        name = f"iso-8859-{part}"
        for label in (name, f"iso8859-{part}", f"iso8859{part}", f"iso_8859-{part}", *more.split()):
            found[label] = name
    for digit in range(9):
        name = f"windows-125{digit}"
        found |= {name: name, f"cp125{digit}": name, f"x-cp125{digit}": name}
    for name, (_, labels) in _OTHERS.items():
        found |= dict.fromkeys((name, *labels.split()), name)
    return found | dict.fromkeys(_WESTERN.split(), WINDOWS)
