"""The identity of uploads: equal uploads have one id, whatever the attempt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schemas.events import DialectSpec, FileUploaded, ObjectRef
from schemas.file_ids import upload_file_id
from schemas.read_options import ReadOptions
from schemas.same_bytes import SameBytes

NOW = datetime(2026, 3, 1, tzinfo=UTC)
UPLOAD = FileUploaded(
    file_id="one", source="upload", raw=ObjectRef(bucket="b", key="raw/1"), filename="a.csv",
    size_bytes=3, sha256="5" * 64, upload_time=NOW, batch_bytes=1000,
)  # fmt: skip
# Of each attempt its own.
ATTEMPT: dict[str, Any] = {
    "file_id": "other",
    "raw": ObjectRef(bucket="b", key="raw/2"),
    "upload_time": NOW + timedelta(seconds=9),
    "idempotency_key": "key",
    "generation": 2,
    "requested_at": NOW,
    "owner": "0a1b2c3d4e5f",
    "parent_id": "container",
    "parent_generation": 2,
    "member": "a.csv",
    "container": "zip",
    "unpacked_members": 3,
    "forced": True,
    "same_bytes": (SameBytes(file_id="other", filename="a.csv"),),
}
# What decides how the file is read, or which file it is.
DEFINITION: dict[str, Any] = {
    "filename": "b.csv",
    "sha256": "6" * 64,
    "size_bytes": 4,
    "options": ReadOptions(delimiter=";"),
    "content_encoding": "gzip",
    "batch_bytes": 1001,
    "source": "inline",
    "resubmission_of": "another file",
    "profiles": 7,
    "dialect": DialectSpec(header=True),
}


@pytest.mark.parametrize("member", ATTEMPT)
def test_two_attempts_at_one_upload_have_one_id(member: str) -> None:
    other = UPLOAD.model_copy(update={member: ATTEMPT[member]})
    assert other != UPLOAD
    assert upload_file_id(other) == upload_file_id(UPLOAD)


@pytest.mark.parametrize("member", DEFINITION)
def test_uploads_that_are_read_differently_have_two_ids(member: str) -> None:
    other = UPLOAD.model_copy(update={member: DEFINITION[member]})
    assert upload_file_id(other) != upload_file_id(UPLOAD)


def test_every_member_of_an_upload_is_one_of_the_attempt_or_of_the_definition() -> None:
    assert ATTEMPT.keys() | DEFINITION.keys() == FileUploaded.model_fields.keys()


def test_a_forced_upload_and_a_later_life_have_ids_of_their_own() -> None:
    ids = {
        upload_file_id(UPLOAD, forced_as=key, life=life)
        for key in (None, "a", "b")
        for life in range(3)
    }
    assert len(ids) == 9
