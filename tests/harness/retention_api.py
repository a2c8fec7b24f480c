"""An API process with rules of retention, on the services of a stack."""

from __future__ import annotations

from pathlib import Path

from embedded.stack import Stack
from tests.harness.proxied_api import ProxiedApi


def with_rules(stack: Stack, folder: Path, rules: str, **env: str) -> ProxiedApi:
    """It leaves files alone for a second after their last change."""
    own = {
        **stack.endpoints,
        "READINGS": "on",
        "RETENTION": rules,
        "PURGE_AFTER_SECONDS": "1",
        **env,
    }
    return ProxiedApi(own, folder / "retention.log")
