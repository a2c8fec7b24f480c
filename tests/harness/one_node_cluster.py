"""The embedded database as a cluster of one node: `python -m tests.harness.one_node_cluster`.

Its engine has a cluster of two shards, both of which are itself, so that it plans queries as on
several shards and refuses those that join what is on them. (`shards=1` in CLUSTER_SHARDS: one shard,
whose results are right.) It has no Keeper and no queue of statements: ON CLUSTER is taken out, and
replicated engines become the plain ones.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import embedded.clickhouse.access as access
import embedded.clickhouse.handler as handler
import embedded.clickhouse.prepare as preparing
from schemas.databases import internal_database
from sinks.clickhouse.cluster import SHARDING, local_name

CLUSTER: Final = "sensors"
DATABASE: Final = "on_cluster"
INTERNAL: Final = internal_database(DATABASE)
_REPLICATED: Final = re.compile(rb"ENGINE = Replicated(\w+)\('[^']*', '\{replica\}'(?:, (\w+))?\)")
_SHARD: Final = (
    "<shard><internal_replication>true</internal_replication>"
    "<replica><host>{}</host><port>9000</port></replica></shard>"
)

_HOSTS: Final = ("127.0.0.1", "localhost")


def plain(text: bytes) -> bytes:
    """A statement for a server that has neither a Keeper nor others beside it."""
    text = text.replace(f" ON CLUSTER `{CLUSTER}`".encode(), b"")
    text = re.sub(rb"DEFINER = `\w+`", b"DEFINER = CURRENT_USER", text)
    text = re.sub(rb"\breplicated_deduplication_window_seconds = \d+,?\s*", b"", text)
    text = re.sub(rb"\breplicated_dedup", b"non_replicated_dedup", text)
    return _REPLICATED.sub(
        lambda m: b"ENGINE = " + m[1] + (b"(" + m[2] + b")" if m[2] else b""), text
    )


def _patch(shards: int) -> None:
    write = access.EngineAccess.write
    prepare = preparing.prepare

    def with_cluster(self: access.EngineAccess, folder: Path) -> Path:
        main = write(self, folder)
        parts = "".join(_SHARD.format(host) for host in _HOSTS[:shards])
        main.write_text(
            main.read_text().replace(
                "<clickhouse>",
                f"<clickhouse><tcp_port>9000</tcp_port><remote_servers><{CLUSTER}>{parts}"
                f"</{CLUSTER}></remote_servers>",
            )
        )
        users = folder / "users.xml"
        filters = "".join(
            f"<{local_name(table)}><filter>({key}) % {shards} = shardNum() - 1</filter>"
            f"</{local_name(table)}>"
            for table, key in SHARDING.items()
        )
        text = users.read_text().replace("SYSTEM FLUSH ON", "SYSTEM FLUSH, REMOTE ON")
        users.write_text(
            text.replace("<databases>", f"<databases><{INTERNAL}>{filters}</{INTERNAL}>")
        )
        return main

    def without_cluster(call: Any, body: Any) -> Any:
        statement = b"".join(body) if not call.query else None
        if statement is not None and not statement.lstrip().startswith(b"INSERT"):
            statement = plain(statement)
        query = call.query if call.query.lstrip().startswith(b"INSERT") else plain(call.query)
        changed = replace(call, query=query)
        return prepare(changed, body if statement is None else iter((statement,)))

    access.EngineAccess.write = with_cluster  # type: ignore[method-assign]
    vars(handler)["prepare"] = without_cluster


if __name__ == "__main__":
    _patch(int(os.environ["CLUSTER_SHARDS"]))
    from embedded.clickhouse.__main__ import main

    sys.exit(main())
