"""`python -m embedded.clickhouse --path DIR`: the database in DIR over HTTP."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Final

# Rows of an INSERT are gathered to blocks of this size; each becomes a part on disk.
_INSERT_BLOCK_BYTES: Final = 64 << 20


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m embedded.clickhouse", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (loopback)")
    parser.add_argument("--port", type=int, default=8123, help="port; 0 takes a free one")
    parser.add_argument("--path", type=Path, required=True, help="folder of the database")
    parser.add_argument("--database", default="default", help="database of the reader")
    parser.add_argument(
        "--view", action="append", default=[], help="a view that the reader sees; can be repeated"
    )
    parser.add_argument("--max-threads", type=int, default=2, help="threads of one query")
    parser.add_argument(
        "--max-memory", type=int, default=2 << 30, help="bytes one query may use at most"
    )
    return parser.parse_args()


def _named(variable: str, default: str = "") -> str:
    value = os.environ.get(variable) or default
    if not value:
        raise SystemExit(f"{variable} is not set")
    return value


def main() -> int:
    """Serve until SIGTERM or SIGINT.

    The environment names the users: CLICKHOUSE_USER and CLICKHOUSE_PASSWORD of the owner,
    CLICKHOUSE_READER and CLICKHOUSE_READER_PASSWORD of the reader, if there is to be one.
    """
    arguments = _arguments()
    os.umask(0o077)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    os.environ.setdefault("TZ", "UTC")
    # The engine is loaded after the time zone is set.
    from embedded.clickhouse.access import Role, User, Users
    from embedded.clickhouse.engine import Engine
    from embedded.clickhouse.handler import Handler
    from embedded.clickhouse.merges import give_way
    from embedded.clickhouse.origin import Origins
    from embedded.clickhouse.server import Server
    from schemas.clickhouse_settings import NOT_COMPILED

    users = [User(_named("CLICKHOUSE_USER", "default"), _named("CLICKHOUSE_PASSWORD"), Role.OWNER)]
    if "CLICKHOUSE_READER" in os.environ:
        reader = _named("CLICKHOUSE_READER"), _named("CLICKHOUSE_READER_PASSWORD")
        users.append(User(*reader, Role.READER))
    arguments.path.mkdir(parents=True, exist_ok=True)
    engine = Engine(
        arguments.path,
        {
            "max_threads": str(arguments.max_threads),
            "max_insert_threads": "1",
            "max_memory_usage": str(arguments.max_memory),
            "min_insert_block_size_bytes": str(_INSERT_BLOCK_BYTES),
            **{name: str(value) for name, value in NOT_COMPILED.items()},
        },
        arguments.database,
        arguments.view,
    )
    handler = Handler(engine, Users(users), Origins(arguments.host), "embedded")
    server = Server(handler, arguments.host, arguments.port)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())

    def serve() -> None:
        try:
            server.serve()
        finally:
            # Without it nothing is served any more: the process ends, and is started again.
            stop.set()

    threading.Thread(target=serve, daemon=True).start()
    print(f"listening on http://{arguments.host}:{server.port}", flush=True)
    threads: frozenset[int] = frozenset()
    while not stop.wait(0.5):
        before, threads = threads, give_way()
        if threads and threads == before:
            break
    stop.wait()
    server.stop()
    engine.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
