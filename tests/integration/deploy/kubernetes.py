"""The manifests of `deploy/kubernetes`, read for tests."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parents[3] / "deploy" / "kubernetes"
Manifest = dict[str, Any]


def manifests(text: str) -> list[Manifest]:
    """The objects of a file of YAML documents."""
    return [document for document in yaml.safe_load_all(text) if document is not None]


def base() -> list[Manifest]:
    """Every object of the base."""
    kustomization = yaml.safe_load((FOLDER / "base" / "kustomization.yaml").read_text())
    return [
        manifest
        for name in kustomization["resources"]
        for manifest in manifests((FOLDER / "base" / name).read_text())
    ]


def of_kind(found: Iterable[Manifest], kind: str) -> dict[str, Manifest]:
    """The objects of one kind by name."""
    return {m["metadata"]["name"]: m for m in found if m["kind"] == kind}


def pods(found: Iterable[Manifest]) -> dict[str, Manifest]:
    """The specification of the pods of every Deployment and Job, by its name."""
    return {
        m["metadata"]["name"]: m["spec"]["template"]["spec"]
        for m in found
        if m["kind"] in ("Deployment", "Job")
    }
