"""An upload takes the first id of its identity that no deleted file has."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ingest.uploads.idempotency import read_idempotency_key
from ingest.uploads.identity import free_file_id
from schemas.file_ids import upload_file_id
from schemas.file_state import FileState
from schemas.own_keys import own_key, parts_of
from tests.harness.stored_files import new_file

UPLOAD = new_file("f").upload()


def state(file_id: str, deleted: bool) -> FileState:
    return FileState(
        file_id=file_id, generation=1, live_generation=0, status="waiting", deleted=deleted,
        version=0, processing_ms=None, finished_at=None,
    )  # fmt: skip


@pytest.mark.parametrize("lives", [0, 1, 15, 16, 40])
@pytest.mark.parametrize("forced_as", [None, "key"])
async def test_deleted_ids_are_passed_over(lives: int, forced_as: str | None) -> None:
    gone = {upload_file_id(UPLOAD, forced_as=forced_as, life=n) for n in range(lives)}
    free = upload_file_id(UPLOAD, forced_as=forced_as, life=lives)

    async def states(file_ids: Sequence[str]) -> dict[str, FileState]:
        # The one that is free may be there already, written by another process.
        known = [*gone, free]
        return {one: state(one, one in gone) for one in known if one in file_ids}

    assert await free_file_id(states, UPLOAD, forced_as=forced_as) == free


def test_keys_of_two_holders_and_of_the_product_differ() -> None:
    keys = {
        read_idempotency_key("k", None),
        read_idempotency_key("k", "a"),
        read_idempotency_key("k", "b"),
        own_key("resubmission", "a", "k"),
    }
    assert len(keys) == 4
    assert read_idempotency_key(None, "a") is None
    assert parts_of(own_key("resubmission", "a", "k")) == ("resubmission", "a", "k")
    assert parts_of("k") == parts_of(None) == ()
