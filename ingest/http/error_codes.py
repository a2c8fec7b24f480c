"""Every `code` that a problem document can carry. They are public: people's programs ask for them.

A test compares this table with the code; docs/errors.md is generated from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class ProblemCode:
    """A kind of problem: its status and title, when it is answered, and an example of a detail."""

    code: str
    status: int
    title: str
    meaning: str
    example: str


_UNAVAILABLE: Final = "Service Unavailable"


def _by_code(*kinds: ProblemCode) -> dict[str, ProblemCode]:
    """In the order of their status.

    Raises:
        ValueError: a code is declared twice.
    """
    found: dict[str, ProblemCode] = {}
    for kind in sorted(kinds, key=lambda kind: kind.status):
        if kind.code in found:
            raise ValueError(f"the code {kind.code} is declared twice")
        found[kind.code] = kind
    return found


CODES: Final[Mapping[str, ProblemCode]] = _by_code(
    ProblemCode(
        "missing_file", 400, "Missing file",
        "nothing was sent that could be a file, or an empty one",
        "Send it as the multipart field `file`, or as the body itself with ?filename=NAME.",
    ),
    ProblemCode(
        "invalid_parameter_type", 400, "Invalid Parameter Type",
        "what was sent is no text in columns",
        "photo.png (image/png) does not look like text in columns: neither its name, nor its "
        "content type, nor its first bytes do. Send a CSV file.",
    ),
    ProblemCode(
        "invalid_parameter", 400, "Invalid Parameter",
        "a parameter, header or form field has a value that cannot be; `detail` names it",
        "limit: Input should be less than or equal to 1000",
    ),
    ProblemCode(
        "unknown_parameter", 400, "Unknown Parameter",
        "the call has no query parameter or form field of that name; `nearest` is the one that "
        "was probably meant",
        "There is no query parameter 'timestamp-format' here. Did you mean timestamp_format?",
    ),
    ProblemCode(
        "malformed_request", 400, "Bad Request",
        "what was sent is not HTTP",
        "What was sent is not a request of HTTP/1.1.",
    ),
    ProblemCode(
        "malformed_body", 400, "Malformed Body",
        "the body is not what its content type says",
        "The multipart body ends before its last boundary.",
    ),
    ProblemCode(
        "missing_api_key", 401, "Missing API Key",
        "the call needs an API key and there is none",
        "This call needs an API key. Send `Authorization: Bearer KEY`; `csv-processor keys "
        "create` makes one.",
    ),
    ProblemCode(
        "invalid_api_key", 401, "Invalid API Key",
        "the API key does not exist, or it is revoked or expired",
        "The API key does not exist, or it is revoked or expired. Send `Authorization: Bearer KEY`; "
        "`csv-processor keys create` makes one.",
    ),
    ProblemCode(
        "not_owner", 403, "Not The Owner",
        "the file was uploaded with another key; with the scope `upload` a key changes its own "
        "files only",
        "The file 0190d5a4-c3f2-7b6e-8d1f-4a5b6c7d8e9f was not uploaded with this key. Use the "
        "key that it was uploaded with, or one with the scope admin.",
    ),
    ProblemCode(
        "insufficient_scope", 403, "Insufficient Scope",
        "the key is valid, but lacks the scope of this call; `needed` names the scope",
        "This call needs a key with the scope upload; this one has read.",
    ),
    ProblemCode(
        "cross_origin_request", 403, "Cross-Origin Request",
        "the API has no keys, and a page of another origin made the browser send this",
        "The request was sent by a page of 'https://example.org'.",
    ),
    ProblemCode(
        "invalid_resubmission", 400, "Invalid Resubmission",
        "the body is not an export of this file's invalid rows",
        "The body cannot be read: its first line lacks row; send the invalid rows as they "
        "were exported, with the columns row, sensor_id, timestamp and value.",
    ),
    ProblemCode(
        "no_rows_accepted", 400, "No Rows Accepted",
        "none of the rows that were sent back was accepted; `refusals` says why",
        "None of the rows that were sent corrects one: 3 are unchanged; row 12: this is not an "
        "invalid row of the file.",
    ),
    ProblemCode(
        "unknown_file", 404, "Unknown File",
        "there is no such file, or it was deleted",
        "There is no file '0190d5a4-c3f2-7b6e-8d1f-4a5b6c7d8e9f', or it was deleted.",
    ),
    ProblemCode(
        "unknown_dead_letter", 404, "Unknown Dead Letter",
        "there is no such dead letter",
        "There is no dead letter 'files.announced.2.17.5f0c3a1b2c3d4e5f'.",
    ),
    ProblemCode(
        "invalid_profile", 400, "Invalid Profile",
        "a profile that cannot be saved; `place` is what is wrong in it",
        "match.filename: saw ''; expected 1 to 1000 characters",
    ),
    ProblemCode(
        "unknown_operation", 404, "Unknown Operation",
        "there is no operation on many files with this id, or it was asked for more than 30 days "
        "ago",
        "There is no operation 4f1c9d2e. GET /api/v1/operations lists them.",
    ),
    ProblemCode(
        "unknown_profile", 404, "Unknown Profile",
        "no profile has that name, or it was deleted",
        "There is no profile 'klima'. GET /api/v1/profiles lists them.",
    ),
    ProblemCode(
        "built_in_profile", 409, "Built-in Profile",
        "a built-in profile cannot be changed or deleted",
        "campbell-toa5 is a built-in profile. Save a copy under another name; it is looked for "
        "first.",
    ),
    ProblemCode(
        "too_many_profiles", 409, "Too Many Profiles",
        "there are as many profiles as there can be",
        "There are 10,000 profiles. Delete one first.",
    ),
    ProblemCode(
        "profile_changed", 412, "Profile Changed",
        "the profile is not the version that If-Match names, or exists although "
        "`If-None-Match: *` was sent",
        'klima is version 4 by now. Read it again, or send the change without If-Match.',
    ),
    ProblemCode(
        "invalid_webhook", 400, "Invalid Webhook",
        "a webhook that cannot be saved, or whose address may not be connected to",
        "url: 10.0.0.7 is a private address or one of this machine; WEBHOOK_NETWORKS can allow its "
        "network.",
    ),
    ProblemCode(
        "unknown_webhook", 404, "Unknown Webhook",
        "there is no such webhook, or it was deleted",
        "There is no webhook 'wh_3f2a9c01b7de4455'. GET /api/v1/webhooks lists them.",
    ),
    ProblemCode(
        "unknown_delivery", 404, "Unknown Delivery",
        "the webhook has no such message, or it is older than 30 days",
        "The webhook has no delivery 'msg_5cbb8a3f0f6c4ad2'; they are kept for 30 days.",
    ),
    ProblemCode(
        "webhook_disabled", 409, "Webhook Disabled",
        "nothing is sent to a webhook that is disabled",
        "The webhook wh_3f2a9c01b7de4455 is disabled; enable it first.",
    ),
    ProblemCode(
        "too_many_webhooks", 409, "Too Many Webhooks",
        "there are as many webhooks as there can be",
        "There are 100 webhooks. Delete one first.",
    ),
    ProblemCode(
        "unknown_sensor", 404, "Unknown Sensor",
        "no valid row is of this sensor, in the file or in any",
        "This file has no valid rows of the sensor 't-18'.",
    ),
    ProblemCode(
        "raw_file_missing", 404, "Raw File Missing",
        "the file is known, but its bytes are not in the store any more",
        "The object raw-files/raw/0190d5a4-c3f2-7b6e-8d1f-4a5b6c7d8e9f is not in the store "
        "any more.",
    ),
    ProblemCode(
        "raw_file_removed", 410, "Raw File Removed",
        "a rule of `RETENTION` removed the bytes of the file; its results are kept",
        "The bytes of the file 0190d5a4-c3f2-7b6e-8d1f-4a5b6c7d8e9f were removed on 2026-03-31 by a "
        "rule of RETENTION, so they cannot be read again; its results are kept. To read the file "
        "in another way, delete it and upload it again.",
    ),
    ProblemCode(
        "readings_removed", 410, "Readings Removed",
        "a rule of `RETENTION` removed the stored readings of the file; its results are kept",
        "The stored readings of the file 0190d5a4-c3f2-7b6e-8d1f-4a5b6c7d8e9f were removed on "
        "2026-03-31 by a rule of RETENTION; its results are kept. A replay stores them again.",
    ),
    ProblemCode(
        "unknown_upload", 404, "Unknown Upload",
        "there is no such resumable upload, or it has ended",
        "There is no upload '0190d5a4-c3f2-7b6e-8d1f-4a5b6c7d8e9f', or it has ended. Begin a "
        "new one.",
    ),
    ProblemCode(
        "not_found", 404, "Not Found",
        "there is no such call",
        "GET /api/v1/nothing: Not Found",
    ),
    ProblemCode(
        "method_not_allowed", 405, "Method Not Allowed",
        "there is no such call with this method; the header `Allow` names those there are",
        "PUT /api/v1/files: Method Not Allowed",
    ),
    ProblemCode(
        "not_acceptable", 406, "Not Acceptable",
        "the call has none of the forms that `Accept` names; `detail` lists those it has",
        "Accept is 'application/xml'; this call answers application/json, text/csv.",
    ),
    ProblemCode(
        "client_too_slow", 408, "Request Timeout",
        "no bytes of the body were received for `BODY_IDLE_SECONDS`",
        "No bytes of the body were received for 60 s.",
    ),
    ProblemCode(
        "file_waiting", 409, "File Waiting",
        "the file is still being processed, and this needs it to be terminal",
        "The file 0190d5a4-c3f2-7b6e-8d1f-4a5b6c7d8e9f is still being processed. Try again when "
        "its status is no longer `waiting`.",
    ),
    ProblemCode(
        "replay_in_progress", 409, "Replay In Progress",
        "the file is being replayed; for another replay, wait until its `replay` is null",
        "The file 0190d5a4-c3f2-7b6e-8d1f-4a5b6c7d8e9f is being replayed with other options. "
        "Wait until its `replay` is null, then ask again.",
    ),
    ProblemCode(
        "has_resubmissions", 409, "Has Resubmissions",
        "corrected rows of the file were resubmitted; a replay could count them twice",
        "Invalid rows of the file 0190d5a4-c3f2-7b6e-8d1f-4a5b6c7d8e9f were corrected in "
        "0190d5a5-0000-7b6e-8d1f-4a5b6c7d8e9f; a replay could make them valid here too, and they "
        "would count twice. Delete those files first.",
    ),
    ProblemCode(
        "headers_too_slow", 408, "Request Timeout",
        "the head of the request did not arrive within `HEADER_SECONDS`",
        "The head of the request did not arrive within HEADER_SECONDS.",
    ),
    ProblemCode(
        "headers_too_large", 431, "Request Header Fields Too Large",
        "the head of the request has more than `MAX_HEADER_BYTES`",
        "The head of the request is larger than MAX_HEADER_BYTES.",
    ),
    ProblemCode(
        "overloaded", 503, _UNAVAILABLE,
        "there are more connections than `MAX_CONNECTIONS`, or as many dry runs, exports or queries run as may; the same request may be made again",
        "There are more connections than MAX_CONNECTIONS. Try again in 1 s.",
    ),
    ProblemCode(
        "body_too_large", 413, "Content Too Large",
        "the body has more than `MAX_UPLOAD_BYTES`",
        "A body may have up to 68,719,476,736 bytes (MAX_UPLOAD_BYTES).",
    ),
    ProblemCode(
        "wrong_offset", 409, "Wrong Offset",
        "the request does not continue at the upload's offset, which `Upload-Offset` reports",
        "Upload-Offset is 0, but the upload is at 4194304. Go on from there.",
    ),
    ProblemCode(
        "unsupported_tus_version", 412, "Unsupported Tus Version",
        "`Tus-Resumable` is missing, or not 1.0.0",
        "Tus-Resumable is missing; expected 1.0.0.",
    ),
    ProblemCode(
        "upload_too_long", 413, "Upload Too Long",
        "more bytes were sent than `Upload-Length` declares",
        "More bytes were sent than the 2147483648 that Upload-Length declares.",
    ),
    ProblemCode(
        "unsupported_media_type", 415, "Unsupported Media Type",
        "what goes on with an upload is not sent as `application/offset+octet-stream`",
        "Content-Type is 'text/csv'; expected application/offset+octet-stream.",
    ),
    ProblemCode(
        "query_rejected", 400, "Query Rejected",
        "the database rejects a query in SQL: `detail` is its own text",
        "Unknown table expression identifier 'csv_processor.fils'.",
    ),
    ProblemCode(
        "query_limit_reached", 422, "Query Limit Reached",
        "a query in SQL takes too long, needs too much memory or has too many rows",
        "Timeout exceeded: elapsed 30.1 seconds, maximum: 30. Ask for fewer rows or columns, or "
        "for a shorter time.",
    ),
    ProblemCode(
        "sql_off", 409, "SQL Is Off",
        "the API has no database user for queries: `SQL_URL` is not set",
        "This API has no database user for queries. Set SQL_URL to the address of ClickHouse "
        "with the user that reads the views, or CLICKHOUSE_READER_PASSWORD.",
    ),
    ProblemCode(
        "readings_off", 409, "Readings Are Off",
        "readings are not stored: API and workers were started without `READINGS=on`",
        "Readings are not stored. Start the API and workers with READINGS=on. Per-file and "
        "per-sensor results are unaffected.",
    ),
    ProblemCode(
        "readings_not_stored", 409, "Readings Not Stored",
        "the file was processed while `READINGS` was off; `detail` says what to do",
        "Of the 400,000 valid rows of this file 0 are stored as readings: it was processed by a "
        "worker without READINGS=on. Send it again, or replay it.",
    ),
    ProblemCode(
        "unsupported_encoding", 415, "Unsupported Content Encoding",
        "the body is encoded in a way that is not known",
        "Content-Encoding is 'br'; expected gzip, zstd or none.",
    ),
    ProblemCode(
        "idempotency_key_reused", 422, "Idempotency Key Reused",
        "the `Idempotency-Key` was used before, for a file with other bytes or for another request",
        "This Idempotency-Key was used for the file 0190d5a4-c3f2-7b6e-8d1f-4a5b6c7d8e9f "
        "(plant-7.csv), which has other bytes. Send another key for another file.",
    ),
    ProblemCode(
        "quota_exceeded", 429, "Quota Exceeded",
        "the key has used up what it may use in a minute or day; `Retry-After` says when there "
        "is more",
        "This key has used 100 of 100 files per day; try again in 3600 s.",
    ),
    ProblemCode(
        "internal_error", 500, "Internal Server Error",
        "a fault of the service; its log says more",
        "This is a fault of the service, not of the request; its log says more.",
    ),
    ProblemCode(
        "broker_unavailable", 503, _UNAVAILABLE,
        "the broker does not answer; the same request may be made again",
        "The broker is not available: no connection to 127.0.0.1:9092. Try again in 1 s.",
    ),
    ProblemCode(
        "database_unavailable", 503, _UNAVAILABLE,
        "the database does not answer, or is overloaded; the same request may be made again",
        "The database is not available: no connection to 127.0.0.1:8123. Try again in 1 s.",
    ),
    ProblemCode(
        "store_unavailable", 503, _UNAVAILABLE,
        "the object store does not answer; the same request may be made again",
        "The object store is not available: no connection to 127.0.0.1:9000. Try again in 1 s.",
    ),
)  # fmt: skip
