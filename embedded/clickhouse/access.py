"""Users and what they may do. The engine itself enforces it, by roles and grants.

chDB knows one user, `default`; each of our users is a role of it:

* `owner`: everything inside the databases, and nothing outside of them: no files, no addresses,
  no other servers, no backups, no users.
* `reader`: SELECT on the public views, which run with their definer's rights (SQL SECURITY
  DEFINER), so that the tables they read from stay closed. A row policy leaves the system tables
  empty for it, apart from those that describe what it may see.

Functions are not subject to grants. The only one that reaches outside, `file`, is replaced by one
that fails.

A connection has both roles when it is opened; `SET ROLE reader` leaves it one. See
"User settings" and "GRANT" in ClickHouse's documentation for the files written here.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from embedded.clickhouse.errors import QueryError


class Role(StrEnum):
    """What a user may do; the names of roles in the engine."""

    OWNER = "owner"
    READER = "reader"


@dataclass(frozen=True, slots=True)
class User:
    """A name, its password and its role."""

    name: str
    password: str
    role: Role


class Users:
    """All who may use the database.

    Raises:
        ValueError: a user without a password.
    """

    def __init__(self, users: Iterable[User]) -> None:
        self._users = {user.name: user for user in users}
        for user in self._users.values():
            if not user.password:
                raise ValueError(f"the user {user.name} has no password")

    def authenticate(self, name: str, password: str) -> Role:
        """The role of the user `name`.

        Raises:
            QueryError: 516 if there is no such user, or with another password.
        """
        user = self._users.get(name)
        expected = user.password if user else ""
        same = hmac.compare_digest(password.encode("utf-8", "replace"), expected.encode())
        if user is None or not same:
            raise QueryError(
                516,
                f"{name}: Authentication failed: password is incorrect, or there is no user with "
                "such name.",
                "AUTHENTICATION_FAILED",
            )
        return user.role


# Settings a reader may choose; all others stay as they are. None of them names a file, and the
# profile bounds those that cost time.
READER_SETTINGS: Final = frozenset(
    {
        "date_time_output_format",
        "extremes",
        "join_use_nulls",
        "max_block_size",
        "max_execution_time",
        "max_result_bytes",
        "max_result_rows",
        "max_threads",
        "output_format_arrow_compression_method",
        "output_format_arrow_low_cardinality_as_dictionary",
        "output_format_arrow_string_as_string",
        "output_format_json_named_tuples_as_objects",
        "output_format_json_quote_64bit_integers",
        "output_format_json_quote_decimals",
        "output_format_json_quote_denormals",
        "output_format_native_write_json_as_string",
        "output_format_parquet_compression_method",
        "output_format_parquet_string_as_string",
        "result_overflow_mode",
        "session_timezone",
        "use_client_time_zone",
    }
)
# What a reader's queries are bound to, unless they ask for something else within `_MOST`.
READER_DEFAULTS: Final = {
    "max_execution_time": "60",
    "max_memory_usage": str(1 << 30),
    "max_result_bytes": str(1 << 30),
}
_MOST: Final = {
    "max_execution_time": 600,
    "max_result_bytes": 4 << 30,
    "max_threads": 4,
    "max_block_size": 1 << 20,
}

# Settings that name a file or an address: an error about a schema or a template that does not fit shows
# what is in it. The product needs none, so not even its own user changes them.
_CLOSED_SETTINGS: Final = (
    "format_schema",
    "output_format_schema",
    "format_template_resultset",
    "format_template_row",
    "format_avro_schema_registry_url",
)

# System tables that say nothing but what a user may see, or what the engine can do.
_OPEN_SYSTEM_TABLES: Final = frozenset(
    {
        "aggregate_function_combinators",
        "build_options",
        "codecs",
        "collations",
        "columns",
        "contributors",
        "current_roles",
        "data_type_families",
        "databases",
        "enabled_roles",
        "formats",
        "functions",
        "keywords",
        "licenses",
        "numbers",
        "numbers_mt",
        "one",
        "privileges",
        "settings",
        "table_engines",
        "table_functions",
        "tables",
        "time_zones",
        "zeros",
        "zeros_mt",
    }
)

# Functions of the engine that read files, whose they may be.
CLOSED_FUNCTIONS: Final = ("file",)
_OWNER_GRANTS: Final = (
    "GRANT SHOW, SELECT, INSERT, ALTER, CREATE, DROP, UNDROP TABLE, TRUNCATE, OPTIMIZE, CHECK,"
    " KILL QUERY, dictGet, SYSTEM MERGES, SYSTEM TTL MERGES, SYSTEM DROP CACHE,"
    " SYSTEM RELOAD DICTIONARY, SYSTEM FLUSH ON *.*",
    "GRANT TABLE ENGINE ON *",
)


def closed_system_tables(names: Iterable[str]) -> list[str]:
    """Of the tables of the database `system`, those that are empty for a reader."""
    return sorted(set(names) - _OPEN_SYSTEM_TABLES)


@dataclass(frozen=True, slots=True)
class EngineAccess:
    """What the engine is configured with.

    Args:
        views: what a reader may select from, as `database.view`.
        closed: system tables that are empty for a reader.
        keep_free: bytes of the disk that inserts and merges leave free.
    """

    views: Sequence[str]
    closed: Sequence[str]
    keep_free: int

    def write(self, folder: Path) -> Path:
        """Write the engine's configuration into `folder`; the file to start it with."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        users, main = folder / "users.xml", folder / "config.xml"
        users.write_text(self._users())
        # How often the engine looks how much memory it has: 20 times a second by default, which is a sixth
        # of what an idle database takes.
        main.write_text(
            f"<clickhouse><users_config>{escape(str(users))}</users_config>"
            "<storage_configuration><disks><default>"
            f"<keep_free_space_bytes>{self.keep_free}</keep_free_space_bytes>"
            "</default></disks></storage_configuration>"
            "<memory_worker_period_ms>250</memory_worker_period_ms></clickhouse>\n"
        )
        return main

    def _users(self) -> str:
        owner = _grants(_OWNER_GRANTS)
        reader = _grants(f"GRANT SELECT ON {view}" for view in self.views)
        bounds = "".join(
            f"<{name}><min>1</min><max>{most}</max></{name}>" for name, most in _MOST.items()
        )
        fixed = "".join(f"<{name}><const/></{name}>" for name in _CLOSED_SETTINGS)
        closed = "".join(
            f"<{table}><filter>has(currentRoles(), '{Role.OWNER}')</filter></{table}>"
            for table in self.closed
        )
        return f"""<clickhouse>
<profiles>
  <default><constraints>{fixed}</constraints></default>
  <{Role.READER}><constraints>{bounds}</constraints></{Role.READER}>
</profiles>
<quotas><default/></quotas>
<roles>
  <{Role.OWNER}>{owner}</{Role.OWNER}>
  <{Role.READER}>{reader}</{Role.READER}>
</roles>
<users><default>
  <password/><networks><ip>::/0</ip></networks>
  <profile>default</profile><quota>default</quota>
  {_grants(f"GRANT {role}" for role in Role)}
  <databases><system>{closed}</system></databases>
</default></users>
</clickhouse>
"""


def _grants(statements: Iterable[str]) -> str:
    return f"<grants>{''.join(f'<query>{escape(s)}</query>' for s in statements)}</grants>"
