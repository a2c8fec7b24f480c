"""What keys use, counted here and shared with other API processes through the database.

Own counts are exact at once. Those of other processes, and of this one's earlier lives, are as old
as the last refresh (a few seconds): that is how far several processes together can overshoot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from ingest.http.errors import Problem
from schemas.api_keys import ApiKey
from sinks.queries.api_keys import MinuteUsage, Used


@dataclass(slots=True)
class QuotaTracker:
    """Counts by key and minute.

    Args:
        clock: the time in UTC.
    """

    clock: Callable[[], datetime]
    process: str = field(default_factory=lambda: uuid4().hex)
    _minutes: dict[tuple[str, datetime], Used] = field(default_factory=dict)
    _changed: set[tuple[str, datetime]] = field(default_factory=set)
    _others: Mapping[str, Used] = field(default_factory=dict)
    _others_minute: datetime | None = None
    _version: int = 0

    def request(self, key: ApiKey) -> None:
        """Count a request.

        Raises:
            Problem: 429, the key has used up its requests of this minute.
        """
        now = self.clock()
        used = self._own(key.key_id, minute_of(now)).requests
        if self._others_minute == minute_of(now):
            used += self._of_others(key).requests
        limit = key.quotas.requests_per_minute
        if limit is not None and used >= limit:
            wait = minute_of(now) + timedelta(minutes=1) - now
            raise _exceeded("requests_per_minute", limit, used, wait)
        self._add(key, now, requests=1)

    def upload(self, key: ApiKey, size: int) -> Reservation:
        """Charge a file of `size` bytes, as far as they are known yet.

        Raises:
            Problem: 429, one file more, or more bytes, than the key may upload today.
        """
        now = self.clock()
        wait = day_of(now) + timedelta(days=1) - now
        today = self._today(key, now)
        files, most = key.quotas.files_per_day, key.quotas.bytes_per_day
        if files is not None and today.files >= files:
            raise _exceeded("files_per_day", files, today.files, wait)
        if most is not None and today.bytes + max(size, 1) > most:
            raise _exceeded("bytes_per_day", most, today.bytes, wait)
        self._add(key, now, files=1, bytes_=size)
        left = None if most is None else most - today.bytes
        return Reservation(self, key, now, size, left)

    def correct(self, key: ApiKey, began: datetime, *, files: int = 0, bytes_: int = 0) -> None:
        """Change what an upload was charged that began then; nothing if that day is over, and
        forgotten: what is left of it alone would be less than nothing."""
        if (key.key_id, minute_of(began)) in self._minutes:
            self._add(key, began, files=files, bytes_=bytes_)

    def take_others(self, others: Mapping[str, Used], minute: datetime) -> None:
        """What others used: this day until now, and requests in `minute`."""
        self._others, self._others_minute = others, minute

    def changed(self) -> list[MinuteUsage]:
        """What is to be written since the last time; give it back to `not_written` if it fails."""
        self._version += 1
        taken, self._changed = self._changed, set()
        oldest = day_of(self.clock())
        for key_minute in [k for k in self._minutes if k[1] < oldest and k not in taken]:
            del self._minutes[key_minute]
        return [
            MinuteUsage(key_id, minute, self.process, self._minutes[key_id, minute], self._version)
            for key_id, minute in sorted(taken)
        ]

    def not_written(self, usage: list[MinuteUsage]) -> None:
        """It is written the next time."""
        self._changed |= {(u.key_id, u.minute) for u in usage}

    def _of_others(self, key: ApiKey) -> Used:
        same_day = self._others_minute is not None and day_of(self._others_minute) == day_of(
            self.clock()
        )
        return self._others.get(key.key_id, Used()) if same_day else Used()

    def _today(self, key: ApiKey, now: datetime) -> Used:
        total, others = Used(), self._of_others(key)
        own = [
            used
            for (key_id, minute), used in self._minutes.items()
            if key_id == key.key_id and minute >= day_of(now)
        ]
        for used in (others, *own):
            total.files += used.files
            total.bytes += used.bytes
        return total

    def _own(self, key_id: str, minute: datetime) -> Used:
        return self._minutes.get((key_id, minute)) or Used()

    def _add(
        self, key: ApiKey, now: datetime, *, requests: int = 0, files: int = 0, bytes_: int = 0
    ) -> None:
        at = (key.key_id, minute_of(now))
        used = self._minutes.setdefault(at, Used())
        used.requests += requests
        used.files += files
        used.bytes += bytes_
        self._changed.add(at)


@dataclass(slots=True)
class Reservation:
    """What an upload was charged when it began; corrected when it has ended."""

    usage: QuotaTracker
    key: ApiKey
    began: datetime
    size: int
    # Bytes the key had left for the day; None is without a limit.
    left: int | None

    def commit(self, size: int | None) -> None:
        """Charge what was really taken in; None gives everything back."""
        if size is None:
            self.usage.correct(self.key, self.began, files=-1, bytes_=-self.size)
        else:
            self.usage.correct(self.key, self.began, bytes_=size - self.size)

    def exceeded(self) -> Problem:
        """What is answered when the body is larger than what is left."""
        limit = self.key.quotas.bytes_per_day or 0
        wait = day_of(self.began) + timedelta(days=1) - self.began
        return _exceeded("bytes_per_day", limit, limit - (self.left or 0), wait)


def minute_of(moment: datetime) -> datetime:
    """The beginning of its minute."""
    return moment.replace(second=0, microsecond=0)


def day_of(moment: datetime) -> datetime:
    """The beginning of its day."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _exceeded(quota: str, limit: int, used: int, wait: timedelta) -> Problem:
    seconds = max(1, round(wait.total_seconds() + 0.5))
    return Problem(
        "quota_exceeded",
        f"This key has used {used:,} of {limit:,} {quota.replace('_', ' ')}; "
        f"try again in {seconds} s.",
        headers={"Retry-After": str(seconds)},
        quota=quota,
        limit=limit,
        used=used,
    )
