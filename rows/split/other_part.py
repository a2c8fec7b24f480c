"""Another part in the middle of a file: a line that names another sensor, title or units than those
before the data, or other columns. What follows it is not of the sensors that the head is of."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from functools import cache
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from rows.header_words import word_list
from rows.invalid.record import split_record
from rows.kernels import layout
from rows.split.other_header import is_number
from schemas.events import DialectSpec
from schemas.read_plan import Parts

# `Device: Logger 2`, `[Sensor 2]`, `Serial,2002`: the name, the sign after it, what follows.
_ENTRY: Final = re.compile(r"[# \t\[\"]*+([^\W\d][^:=,;|\t\d]*+)(?:[:=,;|\t]|(?=\d))([^\n]*+)$")
_AT_THE_END: Final = string.whitespace + '\u00a0\u2009\u202f\u3000,;"]'
_IS_ENTRY: Final = re.compile(r"[^:=,;\t]{1,40}[:=,;\t]+[^:=,;\t]")
_PAGE: Final = re.compile(r"\W{0,8}(?:page|seite|pagina|página|sida|strona)\b", re.IGNORECASE)
# Runs of digits and the signs of dates and times of day; a number of a date has four digits.
_RUN: Final = re.compile(r"\d[\d:./-]*+|\b[APap][Mm]\b")
_YEAR_DIGITS: Final = 4
_TIME: Final = re.compile(r"\d[-/.:]\d")
_IN_BRACKETS: Final = re.compile(r"[(\[][^()\[\]]*[)\]]")
_OF_MESSAGES: Final = (
    *("start", "end", "from", "to", "when", "created", "recorded", "moment", "von", "bis", "van"),
    *("tot", "vanaf", "från", "fra", "til", "desde", "hasta", "clock", "data", "tempo", "dato"),
)
# Words of messages about a sensor: what follows them is of the same one.
_EVENTS: Final = frozenset(
    {"error", "errors", "fault", "failure", "failed", "offline", "online", "reset", "restart"}
    | {
        "restarted",
        "started",
        "stopped",
        "start",
        "stop",
        "replaced",
        "changed",
        "removed",
        "moved",
    }
    | {"connected", "disconnected", "lost", "ok", "warning", "alarm", "low", "high", "on", "off"}
    | {"calibrated", "calibration", "maintenance", "service", "serviced", "cleaned", "installed"}
    | {"power", "battery", "reboot", "rebooted", "missing", "no", "not", "data", "end", "event"}
    | {"open", "opened", "closed", "short", "circuit", "broken", "out", "range", "invalid", "bad"}
    | {"timeout", "overflow", "tripped", "active", "inactive", "normal", "idle", "ready", "full"}
    | {"fehler", "störung", "ausfall", "neustart", "gestartet", "gestoppt", "ersetzt", "getauscht"}
    | {"gewechselt", "wartung", "kalibrierung", "gereinigt", "batterie", "keine", "ende", "aus"}
    | {"erreur", "panne", "arrêt", "démarrage", "remplacé", "entretien", "fin", "alerte", "alarme"}
    | {"fallo", "reinicio", "inicio", "paro", "reemplazado", "mantenimiento", "alarma", "aviso"}
    | {"errore", "guasto", "riavvio", "sostituito", "manutenzione", "allarme", "storing", "fout"}
)
_DIGIT: Final = re.compile(r"\d")
_LINE_END: Final = re.compile(rb"\r\n|\n|\r")
_BLANK: Final = b" \t\x1a"
# So much of what follows a line is looked at.
_AHEAD: Final = 64 << 10
_SHOWN: Final = 40
# A line with fewer fields than a record and than this may be an entry: `Device,B`.
_SHORTEST: Final = 3
_NAMES: Final = 4
ADVICE: Final = (
    "the rows before that are kept; send the parts of the file with other sensors, units or columns "
    "by themselves"
)


def entry_of(text: str) -> tuple[str, str] | None:
    """The name in small letters that a line begins with, and what it says; None if it is no entry."""
    found = _ENTRY.match(text)
    if found is None:
        return None
    name, value = found[1].rstrip(' "'), found[2].lstrip(' "').rstrip(_AT_THE_END)
    return (name.lower(), value) if value else None


def title_of(text: str) -> str | None:
    """A line before a header without its dates and times; None if it is an entry or the number of
    a page, which say nothing about what is measured."""
    if _IS_ENTRY.match(text) or _PAGE.match(text):
        return None
    return " ".join(_RUN.sub(_without_moment, text).split())


def _without_moment(run: re.Match[str]) -> str:
    text = run[0].rstrip(":./-")
    is_number = text.isdigit()
    return run[0] if is_number and len(text) < _YEAR_DIGITS else " " + run[0][len(text) :]


def begins_unusually(text: bytes, quote: bytes) -> bool:
    """Whether a line begins with a letter or the like and not with a number, in quotes or not."""
    first = text[:64].lstrip(b" \t")
    return first.removeprefix(quote)[:1] >= bytes([layout.ABOVE_DIGITS])


def fewest_fields(dialect: DialectSpec) -> int:
    """How many fields a line has at least that is not looked at, in a file whose records begin with
    letters; 0 if it makes no difference.

    Records that begin with numbers differ from other lines by that.
    """
    plan = dialect.plan
    if plan is None or plan.parts is None or plan.parts.numbers_first or dialect.delimiter == " ":
        return 0
    parts = plan.parts
    if not (parts.named or parts.patterns or parts.title or parts.alone):
        return 0
    used = [k for k in plan.time.parts if isinstance(k, int)]
    return min(_SHORTEST, 1 + max(0, *used, *plan.values))


def names_another(text: str, parts: Parts) -> bool:
    """Whether a line that is no data says something else than one before the data with its name."""
    entry = entry_of(text) if parts.named else None
    if entry is not None and any(
        name == entry[0] and value != entry[1] for name, value in parts.named
    ):
        return True
    for pattern, *known in parts.patterns:
        found = pc.extract_regex(pa.array([text], pa.string()), pattern)[0].as_py()
        if found is not None and [text or "" for text in found.values()] != known:
            return True
    return False


def other_part(
    text: bytes | memoryview, begin: int, line: int, dialect: DialectSpec, *, final: bool
) -> str | bool:
    """What is reported if the line that begins there begins another part; False if it does not.

    Args:
        text: of the file.
        begin: where the line begins in it.
        line: its number.
        final: whether the file ends with `text`.

    Returns:
        True if what follows `text` decides.
    """
    assert dialect.plan is not None
    parts = dialect.plan.parts
    if parts is None:
        return False
    end, after = _end_of_line(text, begin)
    own = bytes(text[begin:end]).strip(_BLANK)
    header = (dialect.header_text or "").encode()
    shown = own.decode("utf-8", "replace")
    if own == header:
        found = _other_units(text, after, parts, final=final)
        return _report(line, shown) if found is True else found is None
    mark = dialect.comment or ""
    comment = bool(mark) and shown.startswith(mark)
    if comment:
        shown = shown.lstrip(f"{mark} \t")
    columns = shown if not comment or header.startswith(mark.encode()) else ""
    cells = [field.text.strip() for field in split_record(shown, dialect)]
    if not comment and any(_TIME.search(cell) for cell in _of_times(cells, dialect)):
        return False
    if names_another(shown, parts) or (columns and _are_other_names(cells, dialect)):
        return _report(line, shown)
    if not comment and parts.alone not in (None, shown) and len(list(filter(None, cells))) == 1:
        following = _following(text, after, 1, final=final)
        if following is None:
            return True
        quote = dialect.quote.encode()
        return (
            _report(line, shown)
            if following and not begins_unusually(following[0], quote)
            else False
        )
    title = None if comment else title_of(shown)
    if title is None or title == parts.title:
        return False
    # If each record names its sensor, such a line says nothing about it.
    is_text = len(list(filter(None, cells))) == 1 and not any(
        isinstance(part, int) and part >= 0 for part in dialect.plan.sensor
    )
    if parts.title is None and not (is_text and _names_a_thing(title)):
        return False
    following = _following(text, after, 1, final=final)
    if following is None:
        return True
    if parts.title is not None and following == [header]:
        return _report(line, shown)
    if not (is_text and following and _has_time(following[0], dialect)):
        return False
    return _report(line, shown) if _is_title_of_another(title, parts.title) else False


def _is_title_of_another(title: str, own: str | None) -> bool:
    """Whether a line of one text before a record names another thing than the title of the file."""
    if _names_a_thing(title):
        return True
    words, first = title.lower().split(), (own or "").lower().split()
    if not words or not first or _EVENTS & set(words):
        return False
    return words[0] == first[0] or len(words) == len(first) == 1


def _names_a_thing(title: str) -> bool:
    """Whether a title is a word for a sensor and a name: `Station Wels`, `Sensor B`."""
    words = title.split()
    return (
        2 <= len(words) <= _NAMES
        and _bare(words[0]) in _sensor_words()
        and not _EVENTS & {_bare(word) for word in words}
        and any(word[:1].isupper() or word[:1].isdigit() for word in words[1:])
    )


def _has_time(line: bytes, dialect: DialectSpec) -> bool:
    """Whether a line has a timestamp with signs between its numbers, or a number as one."""
    cells = [field.text.strip() for field in split_record(line.decode("utf-8", "replace"), dialect)]
    times = _of_times(cells, dialect)
    return any(_TIME.search(cell) or is_number(cell) for cell in times)


def _report(line: int, shown: str) -> str:
    return (
        f"other_part: line {line} ({shown[:_SHOWN]!r}) may begin a part of the file that is of "
        "another sensor, in other units or with other columns, and what follows it was not read; "
        f"{ADVICE}"
    )


def _end_of_line(text: bytes | memoryview, begin: int) -> tuple[int, int]:
    """Where a line ends, and where the next one begins."""
    found = _LINE_END.search(text, begin)
    return (found.start(), found.end()) if found else (len(text), len(text))


def _of_times(cells: Sequence[str], dialect: DialectSpec) -> list[str]:
    assert dialect.plan is not None
    parts = dialect.plan.time.parts
    return [cells[k] for k in parts if isinstance(k, int) and k < len(cells)]


def _are_other_names(cells: Sequence[str], dialect: DialectSpec) -> bool:
    """Whether cells are names of columns: no numbers, half as many as the file has at least, one of
    them is a name of the file or a word for a timestamp, and not all are those of the file."""
    assert dialect.plan is not None
    names = [name.lower() for name in dialect.plan.columns]
    found = [cell.lower() for cell in cells if cell]
    times = _of_times(cells, dialect)
    if len(found) < 2 or 2 * len(found) < len(names):
        return False
    if not set(found) & set(names) and not any(_bare(cell) in _time_words() for cell in found):
        return False
    if not times or any(_DIGIT.search(cell) for cell in times):
        return False
    own = [name for name in names if not name.startswith("#")]
    return found != own and not any(map(is_number, found))


@cache
def _time_words() -> frozenset[str]:
    """Words for a timestamp, a date or a time of day, but for those that messages begin with too."""
    roles = ("timestamp", "date", "time")
    known = (word.text.lower() for word in word_list() if word.role in roles)
    return frozenset(known) - frozenset(_OF_MESSAGES)


@cache
def _sensor_words() -> frozenset[str]:
    """Words for a sensor or its place, of one part each."""
    return frozenset(
        word.text.lower() for word in word_list() if word.role == "sensor" and " " not in word.text
    )


def _bare(name: str) -> str:
    """A name in small letters without what is in brackets."""
    return " ".join(re.split(r"[\W_]+", _IN_BRACKETS.sub(" ", name.lower()))).strip()


def _other_units(text: bytes | memoryview, at: int, parts: Parts, *, final: bool) -> bool | None:
    """Whether the lines after a header that comes again are other units than those of the first;
    None if what follows `text` decides."""
    following = _following(text, at, len(parts.units), final=final)
    if following is None:
        return None
    for line, own in zip(following, parts.units, strict=False):
        shown = line.decode("utf-8", "replace")
        if _TIME.search(shown):
            return False
        if shown != own:
            return True
    return False


def _following(text: bytes | memoryview, at: int, count: int, *, final: bool) -> list[bytes] | None:
    """So many lines from there on that are not blank; fewer at the end of what is looked at, and
    None if it is not there yet."""
    known = final or len(text) - at > _AHEAD
    last = min(len(text), at + _AHEAD)
    found: list[bytes] = []
    while len(found) < count and at < last:
        end, after = _end_of_line(text, at)
        # A carriage return that is last can be half of a line end.
        if after >= last and not known:
            return None
        line = bytes(text[at : min(end, last)]).strip(_BLANK)
        if line:
            found.append(line)
        at = after
    return found if known or len(found) == count else None
