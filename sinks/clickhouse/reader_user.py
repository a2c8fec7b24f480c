"""The ClickHouse user for SQL clients: reads the views, and nothing else.

The views run with the rights of the user that migrates (SQL SECURITY DEFINER), so the reader needs
no right on the tables under them. Without grants it reaches neither files, URLs nor other servers.
The embedded database has the same user.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from schemas.clickhouse_settings import NOT_COMPILED
from schemas.views import READER, view_names
from sinks.clickhouse.client import Database

# Clients may change settings of their own queries up to these limits, but not write.
_SETTINGS: Final = ", ".join(
    [
        *("readonly = 2", "max_execution_time = 60 MAX 600"),
        "max_memory_usage = 4000000000 MAX 4000000000",
        *(f"{name} = {value}" for name, value in NOT_COMPILED.items()),
    ]
)


def statements(database: str, views: Sequence[str], password: str) -> list[str]:
    """The SQL that creates or updates the reader; doing it again changes nothing.

    Args:
        database: the database of the views, with a plain name.
        views: their names.
        password: the reader's; only its hash is in the statements.
    """
    secret = f"IDENTIFIED WITH sha256_hash BY '{hashlib.sha256(password.encode()).hexdigest()}'"
    return [
        f"CREATE USER IF NOT EXISTS {READER} {secret}",
        f"ALTER USER {READER} {secret} SETTINGS {_SETTINGS}",
        *(f"GRANT SELECT ON {database}.{view} TO {READER}" for view in views),
    ]


async def ensure_reader(database: Database, password: str) -> None:
    """Create the reader, or give the existing one this password and the present views.

    Raises:
        Refused: the user of `database` may not manage users.
    """
    for statement in statements(database.public, view_names(), password):
        await database.command(statement)
