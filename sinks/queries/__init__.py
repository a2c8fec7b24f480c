"""Everything that is read from ClickHouse, by name.

    change_feed.py    which files changed
    files.py          one file, pages of files, queries of the reconciler and the stream
    resubmissions.py  invalid rows that other files correct
    containers.py     containers and their members
    container_rows.py invalid rows of all members of a container
    details.py        sensors and invalid rows of one file
    totals.py         over all files
    live_*.py         what is kept of lists and totals, and what has changed since
    bulk.py           operations on many files
    uploads.py        whether an upload was seen before
    pagination.py     pages by key

Values reach SQL as parameters only. The only text put into a statement are column expressions of
this package, chosen by a name from a closed list.
"""

from sinks.queries.change_feed import FileVersion, file_versions, files_by_id
from sinks.queries.container_rows import rows_of_container
from sinks.queries.containers import (
    member_statuses,
    members,
    members_per_sensor_count,
    members_sensors_page,
    members_with_bytes,
    stale_containers,
)
from sinks.queries.details import (
    SENSOR_SORTS,
    generations_with_results,
    invalid_row_number,
    invalid_rows_of,
    invalid_rows_page,
    invalid_rows_stream,
    per_sensor_count,
    sensors_page,
    stored_invalid_rows,
)
from sinks.queries.file_counts import file_counts
from sinks.queries.file_lists import FILE_SORTS, file_list, files_page
from sinks.queries.files import (
    corrected_files,
    dead_letter_keys,
    file_by_id,
    file_states,
    files_to_purge,
    others_with_raw,
    progress_of,
    waiting_files,
    with_ends,
)
from sinks.queries.pagination import After, Page, after_of
from sinks.queries.resubmissions import (
    Claim,
    Root,
    any_corrections,
    claims_on,
    corrections_of,
    live_resubmissions,
    live_resubmissions_of_members,
    orphaned_resubmissions,
    resubmission_ids,
    roots_of,
    row_corrections,
)
from sinks.queries.totals import (
    SENSOR_FILE_SORTS,
    SOURCE_SORTS,
    TOTAL_SORTS,
    distinct_sensors,
    live_set,
    sensor_files_page,
    sensor_totals_page,
    sources_page,
)
from sinks.queries.uploads import (
    KnownUpload,
    UploadIdentity,
    files_by_idempotency_key,
    files_with_bytes,
    known_uploads,
)

__all__ = [
    "FILE_SORTS",
    "SENSOR_FILE_SORTS",
    "SENSOR_SORTS",
    "SOURCE_SORTS",
    "TOTAL_SORTS",
    "After",
    "Claim",
    "FileVersion",
    "KnownUpload",
    "Page",
    "Root",
    "UploadIdentity",
    "after_of",
    "any_corrections",
    "claims_on",
    "corrected_files",
    "corrections_of",
    "dead_letter_keys",
    "distinct_sensors",
    "file_by_id",
    "file_counts",
    "file_list",
    "file_states",
    "file_versions",
    "files_by_id",
    "files_by_idempotency_key",
    "files_page",
    "files_to_purge",
    "files_with_bytes",
    "generations_with_results",
    "invalid_row_number",
    "invalid_rows_of",
    "invalid_rows_page",
    "invalid_rows_stream",
    "known_uploads",
    "live_resubmissions",
    "live_resubmissions_of_members",
    "live_set",
    "member_statuses",
    "members",
    "members_per_sensor_count",
    "members_sensors_page",
    "members_with_bytes",
    "orphaned_resubmissions",
    "others_with_raw",
    "per_sensor_count",
    "progress_of",
    "resubmission_ids",
    "roots_of",
    "row_corrections",
    "rows_of_container",
    "sensor_files_page",
    "sensor_totals_page",
    "sensors_page",
    "sources_page",
    "stale_containers",
    "stored_invalid_rows",
    "waiting_files",
    "with_ends",
]
