"""Fetches Apache Kafka's jars, builds MinIO and kustomize, once, into ~/.cache/csv-processor.

All are found again by their version, so that a new version is built beside the old one.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from embedded.external_services import KAFKA_JARS, MINIO, SEAWEEDFS

_POM: Final = Path(__file__).with_name("pom.xml")
# The last release of the server; Go calls it by its commit.
_MINIO_VERSION: Final = "v0.0.0-20260212201848-7aac2a2c5b7c"
# 4.53; its tags are no versions that Go knows.
_SEAWEEDFS_VERSION: Final = "v0.0.0-20261109003541-7506e5f91cd6"
# Names the program SeaweedFS for tests that start it beside another store.
SEAWEEDFS_PROGRAM: Final = "REAL_SEAWEEDFS"
_KUSTOMIZE_VERSION: Final = "v5.7.1"
_KEDA_VERSION: Final = "v2.21.0"


class MissingTool(Exception):  # noqa: N818
    """A program that the build needs is not there; the text says which and where it comes from."""


def cache() -> Path:
    """Where the parts are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "csv-processor"


def kafka_version() -> str:
    found = re.search(r"kafka_2\.13</artifactId>\s*<version>([^<]+)<", _POM.read_text())
    assert found is not None
    return found[1]


def kafka_jars() -> Path:
    """The folder with Apache Kafka's jars, fetched by Maven if need be.

    Raises:
        MissingTool: without Java or Maven.
        subprocess.CalledProcessError: Maven failed; it has said why.
    """
    _need("java", "apt-get install openjdk-17-jre-headless")
    folder = cache() / f"kafka-{kafka_version()}"

    def fetch(new: Path) -> None:
        _need("mvn", "apt-get install maven")
        command = ["mvn", "--quiet", "--batch-mode", "--file", str(_POM)]
        _run([*command, "dependency:copy-dependencies", f"-DoutputDirectory={new}"])

    return _made(folder, f"Fetching Apache Kafka {kafka_version()}", fetch)


def minio() -> Path:
    """The MinIO server, built by Go if need be (about three minutes on two cores).

    Raises:
        MissingTool: without Go.
        subprocess.CalledProcessError: Go failed; it has said why.
    """
    return _program("minio", "github.com/minio/minio", _MINIO_VERSION)


def seaweedfs() -> Path:
    """The SeaweedFS server, built by Go if need be (about three minutes on two cores).

    Raises:
        MissingTool: without Go.
        subprocess.CalledProcessError: Go failed; it has said why.
    """
    folder = cache() / f"seaweedfs-{_SEAWEEDFS_VERSION}"
    return _made(folder, "Building SeaweedFS, once", _build_seaweedfs) / "weed"


def _build_seaweedfs(folder: Path) -> None:
    """Build it as a dependency: `go install` rejects its go.mod because of a `replace` in there."""
    _need("go", "https://go.dev/dl")
    module = "github.com/seaweedfs/seaweedfs"
    (folder / "go.mod").write_text("module build\n\ngo 1.26\n")
    _run(["go", "get", f"{module}/weed@{_SEAWEEDFS_VERSION}"], cwd=folder)
    _run(["go", "build", "-ldflags=-s -w", "-o", "weed", f"{module}/weed"], cwd=folder)


def kustomize() -> Path:
    """The program kustomize, built by Go if need be.

    Raises:
        MissingTool: without Go.
        subprocess.CalledProcessError: Go failed; it has said why.
    """
    return _program("kustomize", "sigs.k8s.io/kustomize/kustomize/v5", _KUSTOMIZE_VERSION)


def _program(name: str, module: str, version: str) -> Path:
    """A program of a Go module, kept by its version."""
    folder = cache() / f"{name}-{version}"
    install = f"{module}@{version}"
    return _made(folder, f"Building {name}, once", lambda new: _install(install, new)) / name


def keda() -> Path:
    """The sources of KEDA, which its schemas are among, fetched by Go if need be.

    Raises:
        MissingTool: without Go.
        subprocess.CalledProcessError: Go failed; it has said why.
    """
    _need("go", "https://go.dev/dl")
    module = f"github.com/kedacore/keda/v2@{_KEDA_VERSION}"
    done = subprocess.run(
        ["go", "mod", "download", "-json", module], stdout=subprocess.PIPE, check=True
    )
    return Path(json.loads(done.stdout)["Dir"])


def environment(store: str = "minio") -> dict[str, str]:
    """The variables that make every stack run on the real programs; builds what is missing.

    Args:
        store: which of them is the object store, `minio` or `seaweedfs`.
    """
    weed = str(seaweedfs())
    chosen = {SEAWEEDFS: weed} if store == "seaweedfs" else {MINIO: str(minio())}
    return {KAFKA_JARS: str(kafka_jars()), **chosen, SEAWEEDFS_PROGRAM: weed}


def _made(folder: Path, what: str, make: Callable[[Path], None]) -> Path:
    """`folder`, made elsewhere and moved there, so that it is whole where it is there."""
    if not folder.is_dir():
        print(f"{what} into {folder}", file=sys.stderr, flush=True)
        new = folder.with_name(f"{folder.name}.{os.getpid()}")
        new.mkdir(parents=True)
        try:
            make(new)
            new.rename(folder)
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)
            raise
    return folder


def _install(module: str, folder: Path) -> None:
    _need("go", "https://go.dev/dl")
    _run(["go", "install", module], {**os.environ, "GOBIN": str(folder)})


def _need(program: str, source: str) -> None:
    if shutil.which(program) is None:
        raise MissingTool(f"{program} is needed for the real parts and not there: {source}")


def _run(command: list[str], env: dict[str, str] | None = None, cwd: Path | None = None) -> None:
    subprocess.run(command, env=env, cwd=cwd, stdin=subprocess.DEVNULL, check=True)
