"""The SQL of totals over all files: what is sealed, plus what has changed since.

One text serves the view `sensors`, which adds the files that changed since the last seal, and the
seals themselves, which add the files of a plan. So they cannot disagree.

Sums are exact and do not depend on the order of files: a float64 is a whole number of units of
2^(32 k - 1075), and these numbers are added by k as Int128. See
docs/decisions/0019-totals-are-sealed.md.
"""

from __future__ import annotations

from typing import Final

from schemas.file_fields import DELETED_VERSION

# The state of a deleted file; of others it is 1 + the live generation, and 0 before the first end.
DELETED: Final = (1 << 32) - 1
# Seconds after its commit when readers begin to use a seal: more than a statement takes to look up
# the parts of all its tables.
READ_AFTER: Final = 2
# Seconds after its commit when all readers use it, and what it replaced may be deleted.
REPLACED_AFTER: Final = 2 * READ_AFTER


def _seal_of(seconds: int) -> str:
    return (
        "(SELECT (max(number), argMax(log_from, number)) FROM seals"
        f" WHERE committed_at <= now64(6, 'UTC') - toIntervalSecond({seconds}))"
    )


# Scalar subqueries, Tuple(number, log_from): the seal that readers use, and the one that even
# statements that began some time ago use.
LAST_SEAL: Final = _seal_of(READ_AFTER)
SEAL_OF_ALL: Final = _seal_of(REPLACED_AFTER)


# Of the records of a file, the highest version of which is the last argument of `argMax`.
STATE: Final = (
    f"toUInt32(multiIf(max(v) >= {DELETED_VERSION}, {DELETED}, argMax(live, v) = 0, 0,"
    " argMax(live, v) + 1))"
)


def changed_files(seal: str, window: str) -> str:
    """SELECT of the files with records in a window whose state differs from that in the seals up to
    `seal`: file_id, `sealed`, `state`, upload_time.

    A record in the window need not be the one that holds: if that was inserted before, the file's
    state is sealed and greater than what the record says.

    Args:
        seal: an SQL expression.
        window: a condition on inserted_at.
    """
    return f"""
    SELECT file_id, max(s) AS sealed, {STATE} AS state, max(uploaded) AS upload_time
    FROM
    (
        SELECT file_id, toUInt32(0) AS s, version AS v, live_generation AS live,
            upload_time AS uploaded
        FROM file_records
        PREWHERE {window}
        UNION ALL
        SELECT file_id, state, 0, 0, toDateTime64(0, 6, 'UTC')
        FROM sealed_files
        PREWHERE file_id IN (SELECT file_id FROM file_records PREWHERE {window})
        WHERE seal <= {seal}
    )
    GROUP BY file_id
    HAVING state > sealed"""


def changed_since(seal: str) -> str:
    """As `changed_files`: what seals up to `seal`, an SQL expression as `LAST_SEAL`, lack."""
    return changed_files(f"{seal}.1", f"inserted_at >= {seal}.2")


# A float64 as parts of the sum: by k, a whole number of units of 2^(32 k - 1075). The sign comes from
# the float and not from its highest bit: of that, ClickHouse makes wrong machine code on some processors
# (`schemas.clickhouse_settings`), and users of another server may query the view with it.
def _parts(columns: str) -> str:
    bits = f"arrayMap(x -> reinterpretAsUInt64(x), [{columns}])"
    exponents = f"arrayMap(x -> bitAnd(bitShiftRight(x, 52), 2047), {bits})"
    return f"""arrayMap(e -> if(e = 2047, 255, intDiv(greatest(e, 1), 32)), {exponents}) AS sum_keys,
        arrayMap((f, x, e) -> if(e = 2047, toInt128(1), bitShiftLeft(
            toInt128(sign(f)
                * toInt64(bitAnd(x, 4503599627370495) + if(e = 0, 0, 4503599627370496))),
            greatest(e, 1) % 32)),
            [{columns}], {bits}, {exponents}) AS sum_parts"""


_PARTS: Final = _parts("sum_hi, sum_lo")
_RESULT_COLUMNS: Final = (
    "row_count, min_value, max_value, first_timestamp, first_value, last_timestamp, last_value,"
    " missing_count, excluded_count"
)


def results_of(generations: str, *, only: str = "1") -> str:
    """SELECT of results, each of them once, with the parts of their sums.

    Args:
        generations: a SELECT of file_id and generation.
        only: a condition on sensor_id.
    """
    return f"""
    SELECT file_id, generation, sensor_id, {_RESULT_COLUMNS}, {_PARTS}
    FROM sensor_result_rows FINAL
    PREWHERE (file_id, generation) IN ({generations})
    WHERE {only}"""


def _row(results: str, *, upload_time: str) -> str:
    """Columns of a row of results, as totals have them."""
    r = results
    return f"""{r}.sensor_id AS sensor_id, toUInt64(1) AS results, toUInt64({r}.row_count > 0) AS files,
        {r}.row_count AS row_count, {r}.missing_count AS missing_count,
        {r}.excluded_count AS excluded_count, {r}.min_value AS min_value, {r}.max_value AS max_value,
        {r}.sum_keys AS sum_keys, {r}.sum_parts AS sum_parts,
        ({r}.first_timestamp, {upload_time}, {r}.file_id, {r}.first_value) AS first,
        ({r}.last_timestamp, {upload_time}, {r}.file_id, {r}.last_value) AS last"""


_COLUMNS: Final = (
    *("results", "files", "row_count", "missing_count", "excluded_count", "min_value", "max_value"),
    *("sum_keys", "sum_parts", "first", "last"),
)
# The sum from its parts: the five highest, 2^128 units of the lowest of them and more. The rest is
# below the precision of a float. Parts that are not finite have a key that makes it infinite. The
# 62 highest bits, the last of them set if any lower one is, are rounded once; an Int256 would be
# rounded twice.
_SUM: Final = (
    "arrayMap(low -> arrayMap(units -> arrayMap(cut ->"
    " toFloat64(toInt64(bitOr(bitShiftRight(abs(units), cut), toUInt256("
    "bitShiftLeft(bitShiftRight(abs(units), cut), cut) != abs(units))))"
    " * sign(units)) * exp2(cut) * exp2(-75) * exp2(32 * low - 1000),"
    " [greatest(length(bin(abs(units))), 62) - 62])[1],"
    " [arraySum((k, p) -> if(k < low, toInt256(0), toInt256(p)"
    " * bitShiftLeft(toInt256(1), 32 * greatest(k - low, 0))), sums.1, sums.2)])[1],"
    " [greatest(sums.1[-1] - 4, 0)])"
)
_MEAN: Final = f"arrayMap(x -> if(row_count > 0 AND isFinite(x), x / row_count, NULL), {_SUM})[1]"


# Of the files in `changed`, the generations that count now.
_ADDED: Final = (
    "SELECT c.1 AS file_id, toUInt32(c.3 - 1) AS generation"
    f" FROM (SELECT arrayJoin(changed) AS c) WHERE c.3 != {DELETED}"
)


def sensor_states(changed: str, seal: str, *, only: str = "1") -> str:
    """Totals of sensors: what seals up to `seal` contain, and the files of `changed`.

    Args:
        changed: a scalar subquery, Array(Tuple(file_id, sealed, state, upload_time)).
        seal: an SQL expression.
        only: a condition on sensor_id.
    """
    stored = ", ".join(f"s.{name} AS {name}" for name in _COLUMNS)
    return f"""
WITH
{changed} AS changed,
(
    SELECT groupUniqArray(sensor_id)
    FROM sensor_result_rows
    PREWHERE (file_id, generation) IN
        (SELECT c.1, toUInt32(c.2 - 1) FROM (SELECT arrayJoin(changed) AS c) WHERE c.2 > 0)
) AS reduced
SELECT
    sensor_id, sum(results) AS results, sum(files) AS files, sum(row_count) AS row_count,
    sum(missing_count) AS missing_count, sum(excluded_count) AS excluded_count,
    min(min_value) AS min_value, max(max_value) AS max_value, min(first) AS first,
    max(last) AS last, sumMap(sum_keys, sum_parts) AS sums, max(stored_mean) AS stored_mean,
    max(added) AS added
FROM
(
    SELECT {_row("r", upload_time="a.upload_time")}, NULL AS stored_mean, 1 AS added
    FROM
    (
        SELECT c.1 AS file_id, toUInt32(c.3 - 1) AS generation, c.4 AS upload_time
        FROM (SELECT arrayJoin(changed) AS c)
        WHERE c.3 != {DELETED}
    ) AS a
    INNER JOIN ({results_of(_ADDED, only=only)}) AS r
        ON r.file_id = a.file_id AND r.generation = a.generation
    UNION ALL
    SELECT {_row("r", upload_time="r.upload_time")}, NULL AS stored_mean, 1 AS added
    FROM
    (
        SELECT *
        FROM sealed_results
        PREWHERE sensor_id IN (SELECT arrayJoin(reduced))
        WHERE seal <= {seal} AND {only}
            AND file_id NOT IN (SELECT c.1 FROM (SELECT arrayJoin(changed) AS c))
        ORDER BY generation DESC, removed
        LIMIT 1 BY sensor_id, file_id
    ) AS r
    WHERE r.removed = 0
    UNION ALL
    SELECT sensor_id, {stored}, s.mean_value AS stored_mean, 0 AS added
    FROM
    (
        SELECT sensor_id, if(seal <= {seal}, state, previous) AS s
        FROM sensor_totals FINAL
        WHERE {only} AND sensor_id NOT IN (SELECT arrayJoin(reduced))
    )
    WHERE s.results > 0
)
GROUP BY sensor_id"""


def as_array(changed: str) -> str:
    """The scalar subquery of what `changed` selects."""
    return f"(SELECT groupArray((file_id, sealed, state, upload_time)) FROM ({changed}))"


def changed_sensors() -> str:
    """SELECT of the sensors of changed files, each of them at least once."""
    return f"""
    WITH {LAST_SEAL} AS last_seal, {as_array(changed_since("last_seal"))} AS changed
    SELECT sensor_id FROM sensor_result_rows PREWHERE (file_id, generation) IN ({_ADDED})"""


def planned_files(number: int) -> str:
    """As `changed_files`, with `filename`: the files of a plan, with the states that are planned."""
    return f"""
    SELECT file_id, sealed_state AS sealed, state, upload_time, filename
    FROM seal_plans
    ARRAY JOIN file_ids AS file_id, sealed AS sealed_state, states AS state,
        upload_times AS upload_time, filenames AS filename
    WHERE number = {number}"""


def added_by(number: int) -> str:
    """SELECT of file_id and generation: those whose results seal `number` adds."""
    return (
        f"SELECT file_id, toUInt32(state - 1) FROM ({planned_files(number)})"
        f" WHERE state != {DELETED}"
    )


def not_committed(number: int) -> str:
    """Condition that holds until seal `number` is committed.

    A process that was held up between two statements of a seal does not carry out the rest when the
    rows that it needs may have been purged.
    """
    return f"(SELECT max(number) FROM seals) < {number}"


def seal_results(number: int, *, replaces: bool = True) -> list[str]:
    """Statements that add the results of a plan's files to `sealed_results`, and mark those that
    they replace as removed.

    Args:
        replaces: whether the plan has files that were sealed before.
    """
    planned = planned_files(number)
    columns = f"{_RESULT_COLUMNS}, sum_keys, sum_parts"
    added = f"""INSERT INTO sealed_results
        (sensor_id, file_id, generation, removed, seal, upload_time, filename, {columns})
    SELECT r.sensor_id, r.file_id, r.generation, 0, {number}, p.upload_time, p.filename, {columns}
    FROM ({results_of(added_by(number))}) AS r
    INNER JOIN ({planned}) AS p ON p.file_id = r.file_id
    WHERE {not_committed(number)}"""
    removed = f"""INSERT INTO sealed_results (sensor_id, file_id, generation, removed, seal)
    SELECT r.sensor_id, r.file_id, if(p.state = {DELETED}, {DELETED}, p.state - 1), 1, {number}
    FROM
    (
        SELECT sensor_id, file_id FROM sensor_result_rows
        PREWHERE (file_id, generation) IN
            (SELECT file_id, toUInt32(sealed - 1) FROM ({planned}) WHERE sealed > 0)
    ) AS r
    INNER JOIN ({planned}) AS p ON p.file_id = r.file_id
    WHERE {not_committed(number)}"""
    return [added, removed] if replaces else [added]


def seal_sensors(number: int, piece: int, pieces: int) -> str:
    """Statement that writes what seal `number` makes of the sensors that its plan changes, or of a
    piece of them."""
    only = f"cityHash64(sensor_id) % {pieces} = {piece}" if pieces > 1 else "1"
    planned = planned_files(number)
    before = str(number - 1)
    touched = f"""SELECT sensor_id FROM sensor_result_rows
        PREWHERE (file_id, generation) IN ({added_by(number)})
        WHERE {only}
        UNION DISTINCT
        SELECT sensor_id FROM sensor_result_rows
        PREWHERE (file_id, generation) IN
            (SELECT file_id, toUInt32(sealed - 1) FROM ({planned}) WHERE sealed > 0)
        WHERE {only}"""
    states = sensor_states(as_array(planned), before, only=f"sensor_id IN ({touched})")
    return f"""INSERT INTO sensor_totals (sensor_id, seal, state, previous)
    SELECT
        t.sensor_id, {number},
        (
            n.results, n.files, n.row_count, n.missing_count, n.excluded_count, n.min_value,
            n.max_value, n.mean_value, n.sums.1, n.sums.2, n.first, n.last
        ),
        p.state
    FROM ({touched}) AS t
    LEFT JOIN
    (
        SELECT *, if(added = 0, stored_mean, {_MEAN}) AS mean_value FROM ({states})
    ) AS n ON n.sensor_id = t.sensor_id
    LEFT JOIN
    (
        SELECT sensor_id, if(seal <= {before}, state, previous) AS state FROM sensor_totals FINAL
        WHERE sensor_id IN ({touched})
    ) AS p ON p.sensor_id = t.sensor_id
    WHERE {not_committed(number)}"""


_NULL: Final = "if(row_count = 0, NULL, {0})"


def sensors_select() -> str:
    """What the view `sensors` selects."""
    states = sensor_states(as_array(changed_since("last_seal")), "last_seal.1")
    states = states.replace("\nWITH\n", f"\nWITH\n{LAST_SEAL} AS last_seal,\n", 1)
    return f"""SELECT
    sensor_id,
    row_count,
    {_NULL.format("min_value")} AS min_value,
    {_NULL.format("max_value")} AS max_value,
    if(added = 0, stored_mean, {_MEAN}) AS mean_value,
    {_NULL.format("first.1")} AS first_timestamp,
    {_NULL.format("first.4")} AS first_value,
    {_NULL.format("last.1")} AS last_timestamp,
    {_NULL.format("last.4")} AS last_value,
    files,
    missing_count,
    excluded_count
FROM
({states}
)"""


def sensor_files_select() -> str:
    """SELECT of the results of the sensor {sensor_id:String} in each live file that has it; the
    columns of the view `sensor_results`, but for the generation."""
    columns = f"{_RESULT_COLUMNS}, sum_keys, sum_parts"
    of_readings = ", ".join(
        f"if(row_count = 0, NULL, r.{name}) AS {name}"
        for name in (
            *("min_value", "max_value", "first_timestamp", "first_value"),
            *("last_timestamp", "last_value"),
        )
    )
    return f"""
WITH
{LAST_SEAL} AS last_seal,
{as_array(changed_since("last_seal"))} AS changed
SELECT
    file_id, filename, sensor_id, row_count, {of_readings}, {_MEAN} AS mean_value, missing_count,
    excluded_count
FROM
(
    SELECT *, (arrayReverse(sum_keys), arrayReverse(sum_parts)) AS sums
    FROM
    (
        SELECT r.file_id AS file_id, f.filename AS filename, sensor_id, {columns}
        FROM ({results_of(_ADDED, only="sensor_id = {sensor_id:String}")}) AS r
        INNER JOIN
        (
            SELECT file_id, argMax(filename, version) AS filename
            FROM file_records
            PREWHERE file_id IN (SELECT c.1 FROM (SELECT arrayJoin(changed) AS c))
            GROUP BY file_id
        ) AS f ON f.file_id = r.file_id
        UNION ALL
        SELECT file_id, filename, sensor_id, {columns}
        FROM
        (
            SELECT *
            FROM sealed_results
            PREWHERE sensor_id = {{sensor_id:String}}
            WHERE seal <= last_seal.1
                AND file_id NOT IN (SELECT c.1 FROM (SELECT arrayJoin(changed) AS c))
            ORDER BY generation DESC, removed
            LIMIT 1 BY file_id
        )
        WHERE removed = 0
    )
) AS r"""
