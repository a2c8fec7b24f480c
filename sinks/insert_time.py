"""From when on records that carry the moment of their insert are all seen."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

# How long an insert may take from the moment that its rows carry until they are seen: a slower one of
# records is repeated by `sinks.clickhouse.sink`. A machine that was suspended in the middle of it does
# not count: readers go by their round before.
INSERT_TAKES: Final = timedelta(seconds=15)
