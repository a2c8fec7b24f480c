"""Which messages a worker was handling when it died, and how often by themselves."""

from __future__ import annotations

from typing import Final

from schemas.suspects import SUSPECT_SECONDS
from sinks.clickhouse.client import Database

# Without FINAL: a row that was written twice counts once all the same. The latest ones only, so that
# what a worker keeps of them is bounded.
_SQL: Final = """
SELECT message, uniqExactIf(death, alone) AS deaths
FROM suspect_rows
WHERE died_at > now() - {seconds:UInt32}
GROUP BY message
ORDER BY max(died_at) DESC
LIMIT 10000
"""


async def suspect_deaths(database: Database) -> dict[str, int]:
    """For each suspected message how many processes died while they handled it by itself."""
    rows = await database.query(_SQL, {"seconds": SUSPECT_SECONDS})
    return {row["message"]: row["deaths"] for row in rows}
