"""The record of a file, and the states it goes through: each method gives the next record.

`waiting` until a generation ends as `processed`, `partial` or `failed`; a replay begins the next
generation; a deletion hides the file; a purge ends both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from schemas.events import ContainerKind, Detected, DialectSpec, FileUploaded, ObjectRef
from schemas.file_fields import FileFields, MemberSummary
from schemas.file_state import Terminal
from schemas.notices import Notice
from schemas.read_options import ReadOptions
from schemas.suggestions import Suggestion


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRecord(FileFields):
    """What is known of a file in one state; one row of `file_records`."""

    @classmethod
    def from_upload(cls, upload: FileUploaded, *, recorded_at: datetime) -> FileRecord:
        """The `waiting` record of an upload."""
        return cls(
            file_id=upload.file_id,
            generation=upload.generation,
            source=upload.source,
            raw=upload.raw,
            filename=upload.filename,
            size_bytes=upload.size_bytes,
            sha256=upload.sha256,
            upload_time=upload.upload_time,
            options=upload.options,
            profiles=upload.profiles,
            content_encoding=upload.content_encoding,
            idempotency_key=upload.idempotency_key,
            resubmission_of=upload.resubmission_of,
            dialect=upload.dialect,
            owner=upload.owner,
            parent_id=upload.parent_id,
            parent_generation=upload.parent_generation,
            member=upload.member,
            container=upload.container,
            same_bytes=upload.same_bytes,
            forced=upload.forced,
            requested_at=upload.requested_at,
            batch_bytes=upload.batch_bytes,
            recorded_at=recorded_at,
        )

    def terminal(
        self,
        status: Terminal,
        *,
        finished_at: datetime,
        processing_ms: int,
        row_count: int = 0,
        invalid_count: int = 0,
        record_count: int | None = None,
        missing_count: int = 0,
        excluded_count: int = 0,
        sensor_count: int = 0,
        min_value: float | None = None,
        max_value: float | None = None,
        batches: int = 0,
        error: str | None = None,
        dialect: DialectSpec | None = None,
        codes: Mapping[str, int] | None = None,
        notices: Sequence[Notice] = (),
        suggestions: Sequence[Suggestion] = (),
        detected: Detected | None = None,
        invalid_kept_through: int = 0,
        duplicate_of: str | None = None,
    ) -> FileRecord:
        """The terminal record of this generation, which makes its results visible."""
        return replace(
            self,
            status=status,
            live_generation=self.generation,
            live_status=None,
            ended_at=None,
            purged=False,
            recorded_at=finished_at,
            finished_at=finished_at,
            processing_ms=processing_ms,
            row_count=row_count,
            invalid_count=invalid_count,
            record_count=row_count + invalid_count if record_count is None else record_count,
            missing_count=missing_count,
            excluded_count=excluded_count,
            sensor_count=sensor_count,
            min_value=min_value,
            max_value=max_value,
            batches=batches,
            error=error,
            dialect=dialect or self._given_dialect,
            codes=dict(codes or {}),
            notices=tuple(notices),
            suggestions=tuple(suggestions),
            detected=detected,
            invalid_kept_through=invalid_kept_through,
            same_bytes=self.same_bytes if duplicate_of is not None else (),
            duplicate_of=duplicate_of,
        )

    def unpacked(
        self,
        container: ContainerKind,
        member_count: int,
        *,
        recorded_at: datetime,
        damage: str | None = None,
    ) -> FileRecord:
        """The `waiting` record of a container whose members are all recorded."""
        return replace(
            self,
            container=container,
            member_count=member_count,
            damage=damage,
            revision=1,
            recorded_at=recorded_at,
        )

    def summed_up(
        self,
        status: Terminal,
        summary: MemberSummary,
        *,
        revision: int,
        error: str | None,
        finished_at: datetime,
        processing_ms: int,
    ) -> FileRecord:
        """The terminal record of a container, or the next one after a member has changed.

        Its own counts are null, so that a sum over all files counts each row once.
        """
        return replace(
            self,
            status=status,
            live_generation=self.generation,
            live_status=None,
            ended_at=None,
            purged=False,
            recorded_at=finished_at,
            finished_at=finished_at if self.status == "waiting" else self.finished_at,
            processing_ms=processing_ms if self.status == "waiting" else self.processing_ms,
            row_count=None,
            invalid_count=None,
            record_count=None,
            missing_count=None,
            excluded_count=None,
            sensor_count=None,
            min_value=None,
            max_value=None,
            batches=0,
            error=error,
            dialect=None,
            codes={},
            notices=(),
            suggestions=(),
            detected=None,
            same_bytes=(),
            duplicate_of=None,
            revision=revision,
            summary=summary,
            # A member that changed may have readings.
            readings_removed_at=None,
        )

    def next_generation(
        self,
        *,
        recorded_at: datetime,
        options: ReadOptions | None = None,
        profiles: int | None = None,
    ) -> FileRecord:
        """The `waiting` record that begins the next reading of this file.

        The results of the live generation stay in it, and stay visible, until the new one is
        terminal. If this generation is still waiting, the next one supersedes it.
        """
        return replace(
            self,
            generation=self.generation + 1,
            status="waiting",
            live_status=self.live_status if self.status == "waiting" else self.status,
            options=self.options if options is None else options,
            # Corrected rows are read as the file that they are of.
            profiles=None if self.resubmission_of is not None else profiles,
            requested_at=recorded_at,
            recorded_at=recorded_at,
            purged=False,
            member_count=None,
            damage=None,
            revision=0,
            # It is read, whatever other files have the same bytes.
            same_bytes=(),
            readings_removed_at=None,
            ended_at=None,
        )

    def without_raw(self, *, recorded_at: datetime) -> FileRecord:
        """The record that says that the raw bytes are removed; it comes before their removal."""
        return replace(self, raw_removed_at=recorded_at, purged=False, recorded_at=recorded_at)

    def without_readings(self, *, recorded_at: datetime) -> FileRecord:
        """The record that says that the readings of this generation are removed; it comes after
        their removal, when rows of other generations are purged."""
        # It is no change after which the file is left alone for a time.
        return replace(self, readings_removed_at=recorded_at)

    def deletion(self, *, recorded_at: datetime) -> FileRecord:
        """The record of a deletion, which hides the file and its results."""
        return replace(self, deleted=True, purged=False, recorded_at=recorded_at)

    def purge(self) -> FileRecord:
        """The record that says that `purged` is true of the file.

        Of a deleted file nothing is left in it but the id, which goes on keeping away whatever is
        still written of the file, and the ids of the file that it brought rows back of and of the
        container that it is a member of.
        """
        if not self.deleted:
            return replace(self, purged=True)
        return FileRecord(
            file_id=self.file_id,
            generation=self.generation,
            source=self.source,
            raw=ObjectRef(bucket="", key=""),
            filename="",
            size_bytes=0,
            sha256="",
            upload_time=self.upload_time,
            resubmission_of=self.resubmission_of,
            live_generation=self.live_generation,
            parent_id=self.parent_id,
            parent_generation=self.parent_generation,
            batch_bytes=0,
            recorded_at=self.recorded_at,
            deleted=True,
            purged=True,
        )

    def upload(self) -> FileUploaded:
        """The event that announces this file (again)."""
        return FileUploaded(
            file_id=self.file_id,
            generation=self.generation,
            source=self.source,
            raw=self.raw,
            filename=self.filename,
            size_bytes=self.size_bytes,
            sha256=self.sha256,
            upload_time=self.upload_time,
            options=self.options,
            profiles=self.profiles,
            content_encoding=self.content_encoding,
            idempotency_key=self.idempotency_key,
            resubmission_of=self.resubmission_of,
            dialect=self._given_dialect,
            owner=self.owner,
            parent_id=self.parent_id,
            parent_generation=self.parent_generation,
            member=self.member,
            container=self.container,
            same_bytes=self.same_bytes,
            forced=self.forced,
            requested_at=self.requested_at,
            batch_bytes=self.batch_bytes,
        )

    @property
    def _given_dialect(self) -> DialectSpec | None:
        """How corrected rows of a file with a read plan are read, in every generation."""
        if self.resubmission_of is None or self.dialect is None or self.dialect.plan is None:
            return None
        return self.dialect
