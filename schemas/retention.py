"""Rules of retention: what of a file is removed, after which age, and of which files.

    RETENTION="raw 30d source=upload; readings 1y; results never name=calibration-*; results 5y"

A rule is `WHAT AGE [source=...] [name=GLOB] [object=PREFIX]`. For each WHAT, the first rule that
matches a file holds, and no later one.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal, cast, get_args

from schemas.events import Source

What = Literal["raw", "readings", "results"]
# In the order in which they are done: of a file whose results are removed nothing else is left.
WHATS: Final[tuple[What, ...]] = ("results", "readings", "raw")
_NEVER: Final = "never"
_UNITS: Final = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(days=7),
    "y": timedelta(days=365),
}
_LONGEST: Final = timedelta(days=365 * 200)
_AGE: Final = re.compile(r"([0-9]{1,9})([smhdwy])")
_MOST_RULES: Final = 50
_EXPECTED_AGE: Final = "expected a number and s, m, h, d, w or y, such as 30d, or never"


class BadRule(ValueError):  # noqa: N818 - as BadData
    """A rule that cannot be; the message says which part of it, and what is expected."""


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """One rule.

    Attributes:
        text: as it was written.
        age: since the upload; None: what it is about is kept.
        source: how the file came; None: in any way.
        name: glob of the file name without folders, in any case; None: any name.
        object_prefix: beginning of BUCKET/KEY of an object that was announced or dropped.
    """

    text: str
    what: What
    age: timedelta | None
    source: Source | None = None
    name: str | None = None
    object_prefix: str | None = None

    @property
    def name_pattern(self) -> str | None:
        """`name` as a regular expression (RE2) of the whole name in small letters."""
        return None if self.name is None else glob_expression(self.name)


def retention_rules(text: str) -> tuple[RetentionRule, ...]:
    """The rules of a setting; none of an empty text.

    Raises:
        BadRule: naming the rule and the part of it that is wrong.
    """
    parts = [part.strip() for part in re.split(r"[;\n]", text)]
    rules = tuple(_rule(number, part) for number, part in enumerate(filter(None, parts), 1))
    if len(rules) > _MOST_RULES:
        raise BadRule(f"has {len(rules)} rules; expected at most {_MOST_RULES}")
    for later, rule in enumerate(rules):
        for earlier in rules[:later]:
            if earlier.what == rule.what and _covers(earlier, rule):
                raise BadRule(
                    f"rule {later + 1} ({rule.text!r}) never holds, because {earlier.text!r} before it "
                    "matches the same files: put the more specific rule first"
                )
    return rules


def _rule(number: int, text: str) -> RetentionRule:
    def wrong(reason: str) -> BadRule:
        return BadRule(f"rule {number} ({text!r}): {reason}")

    what, *rest = text.split()
    if what not in WHATS:
        raise wrong(f"saw {what!r}; expected raw, readings or results first")
    if not rest:
        raise wrong(f"no age after {what}; {_EXPECTED_AGE}")
    age = _age(rest[0])
    if isinstance(age, str):
        raise wrong(age)
    found: dict[str, str] = {}
    for part in rest[1:]:
        name, equals, value = part.partition("=")
        if not equals or name not in ("source", "name", "object"):
            raise wrong(
                f"saw {part!r}; expected source=..., name=GLOB or object=PREFIX (a space in a name "
                "is written as ?)"
            )
        if not value or name in found:
            raise wrong(f"{name}= {'is given twice' if name in found else 'has no value'}")
        found[name] = value
    if (source := found.get("source")) is not None and source not in get_args(Source):
        raise wrong(f"saw source={source}; expected one of {', '.join(get_args(Source))}")
    if "object" in found and source in ("upload", "inline"):
        raise wrong(f"object= is about announced and dropped objects, not about source={source}")
    if "name" in found and not _can_be_matched(found["name"]):
        raise wrong(
            f"saw name={found['name']}; expected a glob whose [...] have characters or ranges in order, "
            "such as [a-z] or [!0-9]"
        )
    return RetentionRule(
        text=" ".join(text.split()),
        what=what,
        age=age,
        source=cast(Source | None, source),
        name=found.get("name"),
        object_prefix=found.get("object"),
    )


def _can_be_matched(glob: str) -> bool:
    with warnings.catch_warnings():
        # Of what Python may read in another way in future; the database does not.
        warnings.simplefilter("ignore", FutureWarning)
        try:
            re.compile(glob_expression(glob))
        except re.error:
            return False
    return True


def _age(text: str) -> timedelta | str | None:
    """An age, None for never, or what is wrong with it."""
    if text == _NEVER:
        return None
    match = _AGE.fullmatch(text)
    if match is None:
        return f"saw the age {text!r}; {_EXPECTED_AGE}"
    count, unit = int(match[1]), _UNITS[match[2]]
    if not count or count > _LONGEST // unit:
        return f"saw the age {text!r}; expected more than 0 and at most 200y"
    return count * unit


def _covers(earlier: RetentionRule, later: RetentionRule) -> bool:
    """Whether every file that `later` matches is one that `earlier` matches, as far as it is plain."""
    return (
        earlier.source in (None, later.source)
        and earlier.name in (None, "*", later.name)
        and (
            earlier.object_prefix is None
            or (later.object_prefix or "").startswith(earlier.object_prefix)
        )
    )


def first_due(rules: Sequence[RetentionRule], what: What) -> timedelta | None:
    """The shortest age of the rules about `what`: nothing younger is due; None: nothing ever is."""
    return min((r.age for r in rules if r.what == what and r.age is not None), default=None)


def glob_expression(glob: str) -> str:
    """A glob (`*`, `?`, `[0-9]`, `[!a]`) as a regular expression in RE2's syntax, in small letters."""
    out, position = ["^(?s:"], 0
    text = glob.lower()
    while position < len(text):
        character = text[position]
        position += 1
        end = text.find("]", position + 1) if character == "[" else -1
        if character == "*":
            out.append(".*")
        elif character == "?":
            out.append(".")
        elif end > 0:
            inside = text[position:end].replace("\\", "\\\\").replace("[", "\\[")
            negated = inside.startswith("!")
            inside = inside[1:] if negated else inside.replace("^", "\\^")
            out.append(f"[{'^' if negated else ''}{inside}]")
            position = end + 1
        else:
            out.append(re.escape(character))
    return "".join([*out, ")$"])
