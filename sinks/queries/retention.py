"""Which files retention removes something of now.

One SELECT says it, for the dry run and for what is done. Its parts are conditions on
`file_records FINAL`, about files that are not members: members go with their containers.

* *due*: not deleted, terminal, not changed lately, and old enough for the first rule that matches.
* *needed*: files without which others that stay would lack something: originals of duplicates, and
  files with corrected rows of a file that stays.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from schemas.file_ids import members_prefix
from schemas.file_record import FileRecord
from schemas.retention import RetentionRule, What, first_due
from sinks.clickhouse.client import Database

_MOMENT: Final = "DateTime64(6, 'UTC')"
# The time of the upload is equal in all records of a file, so the index may be used in spite of FINAL.
_SETTINGS: Final = "SETTINGS use_skip_indexes_if_final = 1"
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
# Uploads whose record came late, or that waited, are found by looks from the beginning.
_OVERLAP: Final = timedelta(hours=1)
_ROOT: Final = "ifNull(parent_id, file_id)"
# Of what something is left to remove.
_LEFT: Final[Mapping[What, str]] = {
    "results": "1",
    "raw": "raw_removed_at IS NULL AND generation > 0 AND raw_bucket IN {ours:Array(String)}",
    "readings": (
        "readings_removed_at IS NULL AND (raw_removed_at IS NULL OR purged = 1)"
        " AND (container IS NOT NULL OR ((row_count > 0 OR excluded_count > 0)"
        " AND (generation = 1 OR purged = 1)))"
    ),
}


@dataclass(frozen=True, slots=True)
class Removable:
    """What a rule would remove now.

    Attributes:
        files: files that are no members, containers among them.
        members: members of these containers.
        size_bytes: of the raw bytes that go.
        row_count: valid rows whose results or stored readings go.
        first: the files that were uploaded first.
    """

    rule: RetentionRule
    files: int = 0
    members: int = 0
    size_bytes: int = 0
    row_count: int = 0
    first: Sequence[FileRecord] = ()


@dataclass(frozen=True, slots=True)
class RetentionQuery:
    """Asks for files at one moment.

    Args:
        ours: buckets whose objects may be removed.
        quiet: nothing is removed of a file that was changed since.
        looked: when all files that were due had been dealt with; None looks at all files.
    """

    rules: Sequence[RetentionRule]
    now: datetime
    ours: Collection[str]
    quiet: datetime
    looked: datetime | None = None

    async def any_due(self, database: Database, what: What) -> bool:
        """Whether there may be something to do; it costs little if nothing is old enough."""
        if first_due(self.rules, what) is None:
            return False
        return bool(await database.query(self.question(what), self.params))

    def question(self, what: What) -> str:
        """The statement that every round begins with."""
        return (
            f"SELECT 1 FROM file_records FINAL {self._range(what)} WHERE {self._due(what)}"
            f" AND {_LEFT[what]} LIMIT 1 {_SETTINGS}"
        )

    async def files(self, database: Database, what: What, *, limit: int) -> list[FileRecord]:
        """The first files of which `what` is to be removed, by the time of their upload."""
        if first_due(self.rules, what) is None:
            return []
        ids = f"SELECT file_id FROM ({self._going(what)}) ORDER BY upload_time, file_id LIMIT {limit:d}"
        rows = await database.query(
            f"SELECT record FROM file_records FINAL PREWHERE file_id IN ({ids})"
            f" WHERE deleted = 0 ORDER BY upload_time, file_id {_SETTINGS}",
            self.params,
        )
        return [FileRecord.from_json(row["record"]) for row in rows]

    async def removable(self, database: Database, rule: RetentionRule, *, first: int) -> Removable:
        """What one of the rules would remove."""
        if rule.age is None:
            return Removable(rule)
        going = f"SELECT file_id FROM ({self._going(rule.what, rule)})"
        of_raw = "raw_removed_at IS NULL AND raw_bucket IN {ours:Array(String)}"
        size = f"sumIf(size_bytes, {of_raw})" if rule.what != "readings" else "toUInt64(0)"
        counted = "readings_removed_at IS NULL" if rule.what == "readings" else "1"
        row_count = (
            f"sumIf(ifNull(row_count, 0), {counted})" if rule.what != "raw" else "toUInt64(0)"
        )
        (sums,) = await database.query(
            "SELECT countIf(parent_id IS NULL) AS files, countIf(parent_id IS NOT NULL) AS members,"
            f" {size} AS size_bytes, {row_count} AS rows"
            f" FROM file_records FINAL WHERE deleted = 0 AND {_ROOT} IN ({going}) {_SETTINGS}",
            self.params,
        )
        rows = await database.query(
            "SELECT record FROM file_records FINAL PREWHERE file_id IN"
            f" ({going} ORDER BY upload_time, file_id LIMIT {first:d})"
            f" WHERE deleted = 0 ORDER BY upload_time, file_id {_SETTINGS}",
            self.params,
        )
        return Removable(
            rule=rule,
            files=sums["files"],
            members=sums["members"],
            size_bytes=sums["size_bytes"],
            row_count=sums["rows"],
            first=[FileRecord.from_json(row["record"]) for row in rows],
        )

    @property
    def params(self) -> dict[str, Any]:
        """Parameters of every statement."""
        found: dict[str, Any] = {"quiet": self.quiet, "ours": sorted(self.ours)}
        for number, rule in enumerate(self.rules):
            if rule.age is not None:
                found[f"before{number}"] = self.now - rule.age
                found[f"since{number}"] = self._since(rule.age)
            if rule.source is not None:
                found[f"source{number}"] = rule.source
            if rule.name_pattern is not None:
                found[f"name{number}"] = rule.name_pattern
            if rule.object_prefix is not None:
                found[f"object{number}"] = rule.object_prefix
        return found

    def _since(self, age: timedelta) -> datetime:
        if self.looked is None:
            return _BEGINNING
        return max(_BEGINNING, self.looked - age - _OVERLAP)

    def _matches(self, number: int) -> str:
        rule, conditions = self.rules[number], ["1"]
        if rule.source is not None:
            conditions.append(f"source = {{source{number}:String}}")
        if rule.name is not None:
            base = r"lowerUTF8(extract(filename, '[^/\\\\]*$'))"
            conditions.append(f"match({base}, {{name{number}:String}})")
        if rule.object_prefix is not None:
            conditions.append(
                "source IN ('announced', 'notification') AND"
                f" startsWith(concat(raw_bucket, '/', raw_key), {{object{number}:String}})"
            )
        return f"({' AND '.join(conditions)})"

    def _range(self, what: What, window: bool = True) -> str:
        """PREWHERE outside of which nothing is due; an index leaves out the parts of the table that are
        too young."""
        aged = [n for n, r in enumerate(self.rules) if r.what == what and r.age is not None]
        latest = max(self.rules[n].age or timedelta() for n in aged)
        youngest = min(aged, key=lambda n: self.rules[n].age or timedelta())
        eldest = next(n for n in aged if self.rules[n].age == latest)
        until = f"upload_time < {{before{youngest}:{_MOMENT}}}"
        if not window or self.looked is None:
            return f"PREWHERE {until}"
        # One column is read of most files, and what FINAL costs is that of the few that are found.
        return (
            "PREWHERE file_id IN (SELECT file_id FROM file_records"
            f" PREWHERE {until} AND upload_time >= {{since{eldest}:{_MOMENT}}})"
        )

    def _due(self, what: What, only: RetentionRule | None = None, window: bool = True) -> str:
        """Condition: a file that is no member is old enough, by the rule `only` or by any."""
        holds, before = [], list[str]()
        for number, rule in enumerate(self.rules):
            if rule.what != what:
                continue
            matches = self._matches(number)
            if rule.age is not None and only in (None, rule):
                parts = [matches, f"upload_time < {{before{number}:{_MOMENT}}}", *before]
                if window:
                    parts.append(f"upload_time >= {{since{number}:{_MOMENT}}}")
                holds.append(f"({' AND '.join(parts)})")
            before.append(f"NOT {matches}")
        return (
            "deleted = 0 AND parent_id IS NULL AND status != 'waiting'"
            f" AND recorded_at < {{quiet:{_MOMENT}}} AND ({' OR '.join(holds) or '0'})"
        )

    def _due_ids(self, what: What) -> str:
        """SELECT of all files that are due, whenever they were looked at."""
        return (
            f"SELECT file_id FROM file_records FINAL {self._range(what, window=False)}"
            f" WHERE {self._due(what, window=False)}"
        )

    def _staying(self, ids: str) -> str:
        """SELECT of files, members too, that stay if only `ids`, a SELECT of files, go."""
        stays = f"deleted = 0 AND {_ROOT} NOT IN ({ids})"
        return f"SELECT file_id FROM file_records FINAL WHERE {stays}"

    def _needed(self, what: What) -> str:
        """SELECT of the files whose duplicates stay, or the containers of these files."""
        return (
            f"SELECT {_ROOT} FROM file_records FINAL WHERE file_id IN ("
            "SELECT assumeNotNull(duplicate_of) FROM file_records FINAL WHERE deleted = 0"
            f" AND duplicate_of IS NOT NULL AND {_ROOT} NOT IN ({self._due_ids(what)}))"
        )

    def _going(self, what: What, only: RetentionRule | None = None) -> str:
        """SELECT of file_id and upload_time of the files of which `what` is removed."""
        conditions = [
            self._due(what, only),
            _LEFT[what],
            # No container with a member that is being processed.
            "(container IS NULL OR file_id NOT IN (SELECT assumeNotNull(parent_id)"
            " FROM file_records FINAL WHERE status = 'waiting' AND deleted = 0"
            " AND parent_id IS NOT NULL))",
        ]
        if what != "raw":
            conditions.append(f"file_id NOT IN ({self._needed(what)})")
        if what == "results":
            # Its rows complete a file that stays. Of rows that were corrected twice, those of the
            # later file go in a later round than those of the earlier one.
            going = f"{self._due_ids(what)} AND file_id NOT IN ({self._needed(what)})"
            conditions.append(
                "(resubmission_of IS NULL OR resubmission_of NOT IN"
                f" ({self._staying(going)} OR (deleted = 0 AND resubmission_of IS NOT NULL)))"
            )
        elif first_due(self.rules, "results") is not None:
            conditions.append(f"file_id NOT IN (SELECT file_id FROM ({self._going('results')}))")
        return (
            "SELECT file_id, upload_time FROM file_records FINAL"
            f" {self._range(what)} WHERE {' AND '.join(conditions)}"
        )


async def members_with(
    database: Database, container: FileRecord, what: What, ours: Collection[str]
) -> list[FileRecord]:
    """The members of a container of which `what` is left to remove."""
    rows = await database.query(
        "SELECT record FROM file_records FINAL PREWHERE startsWith(file_id, {prefix:String})"
        " WHERE parent_id = {parent:String} AND deleted = 0 AND status != 'waiting'"
        f" AND {_LEFT[what]} AND container IS NULL",
        {
            "prefix": members_prefix(container.file_id),
            "parent": container.file_id,
            "ours": sorted(ours),
        },
    )
    return [FileRecord.from_json(row["record"]) for row in rows]
