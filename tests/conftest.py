"""Stacks that tests share: started when first asked for, stopped at the end of the session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from embedded.stack import Stack
from tests.harness import programs

SERVICES = ("broker", "store", "clickhouse")
# A lost announcement must not hold up a test for a minute; no test here takes a file that long.
QUICK_RECONCILER = {
    "RECONCILE_AFTER_SECONDS": "5",
    "RECONCILE_EVERY_SECONDS": "3",
    # No test reads for that long of what was replaced.
    "PURGE_AFTER_SECONDS": "3",
    "INBOX_EVERY_SECONDS": "0.5",
}
# As many invalid rows of a file are kept in detail; no test has more that is not about this.
KEPT_INVALID_ROWS = 40_000
# Everything that can be switched on.
EVERYTHING = {
    **QUICK_RECONCILER,
    "READINGS": "on",
    "MAX_STORED_INVALID_ROWS": str(KEPT_INVALID_ROWS),
    # Receivers of webhooks are in the process of a test.
    "WEBHOOK_NETWORKS": "127.0.0.1/32",
}


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test that needs a program that is missing; before its fixtures are set up."""
    for mark in item.iter_markers("needs"):
        for name in mark.args:
            programs.require(name)


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Broker, object store and database, empty; their addresses are in `.endpoints`.

    Tests share them: each takes names of its own for topics, buckets and databases, and kills
    nothing. A test that does takes a `Stack` of its own.
    """
    with Stack(tmp_path_factory.mktemp("services"), workers=0, parts=SERVICES) as stack:
        yield stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Everything, with two workers. Tests upload files of their own to it and kill nothing."""
    with Stack(tmp_path_factory.mktemp("stack"), env=EVERYTHING) as running:
        yield running
