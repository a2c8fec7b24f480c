"""Tests of what only the real programs do; elsewhere they are skipped, and say why."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from embedded.external_services import RealParts
from tests.e2e.conftest import client

__all__ = ["client"]

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip this folder's tests where the real parts are not there."""
    real = RealParts.of(os.environ)
    if real.kafka_jars and real.minio:
        return
    skip = pytest.mark.skip(reason="needs Apache Kafka and MinIO: make test-real")
    for item in items:
        if item.path.is_relative_to(_HERE) and item.path.name != "test_containers.py":
            item.add_marker(skip)
