"""The commands about services: migrate, up, down; and a stack for as long as a command runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from cli.exit_codes import OTHER, WRONG_USE, CommandError
from cli.terminal import note, say

_UP_SECONDS = 120.0


def migrate_services(*, check: bool = False) -> None:
    """Bring tables, topics and bucket to what this version needs; doing it again changes nothing.

    Args:
        check: change nothing; print what is missing, and fail if anything is.
    """
    from runtime.settings import InvalidSettings, ServiceSettings, load
    from schemas.errors import Unavailable

    try:
        settings = load(ServiceSettings)
    except InvalidSettings as exc:
        hint = "those of an embedded stack: `set -a; source .data/endpoints.env`"
        raise CommandError(str(exc), hint, code=WRONG_USE) from exc

    from cli.commands.migrate import check_all, migrate_all
    from sinks.clickhouse.cluster_check import UnusableCluster
    from sinks.clickhouse.connection import Refused
    from sinks.clickhouse.migrations import MigrationChanged
    from sinks.clickhouse.move import MixedDatabases

    if check:
        if found := check_all(settings):
            print("\n".join(found))
            number = "1 problem" if len(found) == 1 else f"{len(found)} problems"
            raise CommandError(number, "csv-processor migrate creates and restores what is missing")
        return
    try:
        migrate_all(settings)
    except MigrationChanged as exc:
        raise CommandError(
            f"the database was made by another version: {exc}",
            "use that version, or another DATA_DIR",
        ) from exc
    except UnusableCluster as exc:
        raise CommandError(str(exc), "docs/deploy.md, ClickHouse cluster, has the rules") from exc
    except MixedDatabases as exc:
        raise CommandError(str(exc), "docs/operations.md, Upgrading, has the steps") from exc
    except Refused as exc:
        raise CommandError(
            f"ClickHouse rejects a statement: {exc}",
            "check the rights of the user in CLICKHOUSE_URL",
        ) from exc
    except Unavailable as exc:
        raise CommandError(str(exc), "is it up? `make up` starts the embedded stack") from exc


def start(api_port: int, data_dir: Path, workers: int) -> int:
    """Start the embedded stack of `data_dir` and print its addresses; its exit code."""
    from embedded.discovery import runner_of
    from embedded.endpoints import read_endpoints
    from embedded.runner import bring_up

    was_up = runner_of(data_dir) is not None
    code = bring_up(
        data_dir,
        workers=workers,
        api_port=api_port,
        seconds=_UP_SECONDS,
        migrated=partial(_show_first_key, data_dir),
    )
    if code:
        return OTHER
    say(f"The stack of {data_dir} is {'already ' if was_up else ''}up.")
    say("\n".join(address_lines(read_endpoints(data_dir), data_dir)))
    return 0


def _show_first_key(data_dir: Path) -> None:
    from cli.commands.first_key import show_first_key

    show_first_key(data_dir)


def stop(data_dir: Path) -> int:
    """Stop the embedded stack of `data_dir`; its exit code."""
    from embedded.runner import down

    return down(data_dir)


def address_lines(addresses: Mapping[str, str], data_dir: Path) -> list[str]:
    """Where what is, for people; the keys of the store are not printed."""
    return [
        f"API    {addresses['CSV_PROCESSOR_API']} (documentation: /docs)",
        f"SQL    {addresses['SQL_URL']} (reads the views)",
        f"Kafka  {addresses['KAFKA_BOOTSTRAP_SERVERS']}",
        f"S3     {addresses['S3_ENDPOINT']} (keys: {data_dir / 'endpoints.env'})",
    ]


@contextmanager
def running(
    api_port: int, data_dir: Path, workers: int, env: Mapping[str, str]
) -> Iterator[Mapping[str, str]]:
    """Addresses of the embedded stack of `data_dir`, by the names of the environment variables.

    One that is up is used and left up. Otherwise one is started with `env` on top of this process'
    environment, and stopped at the end.
    """
    from embedded.discovery import runner_of
    from embedded.endpoints import read_endpoints
    from embedded.stack import Stack, StackNotReady

    if runner_of(data_dir.resolve()) is not None:
        note(f"The stack of {data_dir} is up; it is used.")
        yield read_endpoints(data_dir)
        return
    note(f"Starting broker, object store, database, API and {workers} workers on {data_dir}")
    stack = Stack(
        data_dir,
        workers=workers,
        api_port=api_port,
        env=env,
        migrated=partial(_show_first_key, data_dir),
    )
    try:
        with stack:
            yield stack.endpoints
            note("Stopping; the data stays.")
    except StackNotReady as exc:
        raise CommandError(
            f"the stack did not start: {exc}", f"{data_dir / 'logs'} says more"
        ) from exc
