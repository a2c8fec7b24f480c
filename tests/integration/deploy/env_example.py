"""`.env.example`, made of the settings and of what `compose.yaml` asks for.

`python -m tests.integration.deploy.env_example` renews it.
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from runtime.settings import ApiSettings, WorkerSettings

ROOT = Path(__file__).resolve().parents[3]
FILE = ROOT / ".env.example"
COMPOSE_FILES = ("compose.yaml", "compose.seaweedfs.yaml", "deploy/compose.producers.yaml")
# A variable of a compose file, with its default.
ASKED = re.compile(r"\$\{([A-Z0-9_]+):-([^}]*)\}")
SECRETS = (
    "S3_ACCESS_KEY",
    "S3_SECRET_KEY",
    "CLICKHOUSE_PASSWORD",
    "CLICKHOUSE_READER_PASSWORD",
    "GRAFANA_PASSWORD",
)
_IMAGES = {
    "PYTHON": "Base image of our own image",
    "NODE": "Image in which the web UI is built",
    "KAFKA": "Image of the broker",
    "MINIO": "Image of MinIO",
    "SEAWEEDFS": "Image of SeaweedFS (compose.seaweedfs.yaml)",
    "CLICKHOUSE": "Image of ClickHouse",
    "PROMETHEUS": "Image of Prometheus (profile monitoring)",
    "GRAFANA": "Image of Grafana (profile monitoring)",
    "REDIS": "Image of Redis (profile cache)",
}
# What a variable of a compose file is for, if no setting says it.
_COMPOSE = {
    "S3_ACCESS_KEY": "User of the object store, at least 3 characters.",
    "S3_SECRET_KEY": "Password of the object store, at least 8 characters.",
    "CLICKHOUSE_PASSWORD": "Password of ClickHouse's user csv_processor.",
    "CLICKHOUSE_READER_PASSWORD": "Password of ClickHouse's user reader, for SQL clients.",
    "GRAFANA_PASSWORD": "Password of Grafana's user admin (profile monitoring).",
    "API_PUBLISH": "Where the API is published on this host. Other than on loopback it needs "
    "TLS in front of it.",
    "GRAFANA_PUBLISH": "Where Grafana is published on this host (profile monitoring).",
    "KAFKA_OUTSIDE": "How producers outside of the network reach the broker, if it is published "
    "(deploy/compose.producers.yaml).",
    "KAFKA_PUBLISH": "Where the broker is published on this host (deploy/compose.producers.yaml).",
    "S3_PUBLISH": "Where the store is published on this host (deploy/compose.producers.yaml).",
    "CSV_PROCESSOR_TAG": "Tag of the product's own image.",
    "KAFKA_CLUSTER_ID": "Identity of the Kafka cluster; it must never change while its volume lives.",
    "MINIO_FLAGS": "Flags of `minio server`; `--no-compat` makes large uploads cheaper "
    "(docs/deploy.md).",
    "KAFKA_HEAP_OPTS": "Heap of the broker; at most half of KAFKA_MEMORY.",
    "PROMETHEUS_RETENTION": "How long Prometheus keeps what it has measured.",
    **{
        f"{part}_{what}": f"Limit of {word}."
        for part, word in (
            ("API", "the API"),
            ("WORKER", "each worker"),
            ("KAFKA", "the broker"),
            ("STORE", "the object store"),
            ("CLICKHOUSE", "ClickHouse"),
        )
        for what in ("CPUS", "MEMORY")
    },
    **{
        f"{name}_IMAGE": f"{text}, such as one of another registry."
        for name, text in _IMAGES.items()
    },
}
_HEAD = """\
# Every variable of `docker compose up` and of the product's own processes, with its default. None is
# needed: copy this file to `.env` and set what you want to be different.
"""
_SECRETS = """\
Secrets: letters, digits and _ + / = . - only. Unset ones are generated and kept in volumes
(docs/deploy.md)."""
_PUBLISHED = "Options of the compose files."
_SETTINGS = "Settings of API and workers."
_SET = """\
Set by compose.yaml, so without effect in this file. API and workers need them if you run them in
another way."""


def compose_variables() -> dict[str, str]:
    """The variables that the compose files ask for, with their defaults."""
    found: dict[str, str] = {}
    for name in COMPOSE_FILES:
        found |= dict(ASKED.findall((ROOT / name).read_text()))
    return found


def settings() -> dict[str, FieldInfo]:
    """Every setting of API and workers by the name of its variable."""
    models: list[type[BaseSettings]] = [ApiSettings, WorkerSettings]
    return {name.upper(): field for model in models for name, field in model.model_fields.items()}


def set_by_compose() -> set[str]:
    """The settings that compose.yaml itself fixes."""
    block = (ROOT / "compose.yaml").read_text().partition("environment: &environment\n")[2]
    names = re.findall(r"^    ([A-Z0-9_]+):", block.partition("\nservices:")[0], re.MULTILINE)
    return {name.removesuffix("_FILE") for name in names}


def text() -> str:
    """What the file must be.

    Raises:
        KeyError: compose.yaml asks for a variable that is described nowhere.
    """
    asked, known = compose_variables(), settings()
    described = {name: _COMPOSE.get(name) or known[name].description or "" for name in asked}
    others = sorted(asked.keys() - set(SECRETS))
    fixed = sorted((set_by_compose() & known.keys()) - asked.keys())
    free = sorted(known.keys() - set(fixed) - asked.keys())
    parts = [_HEAD]
    parts += [_section(_SECRETS), *(_entry(f"# {n}=", described[n]) for n in SECRETS)]
    parts += [_section(_PUBLISHED)]
    parts += [_entry(f"# {n}={asked[n]}", described[n]) for n in others]
    parts += [_section(_SETTINGS), *(_entry(_default(n, known[n]), _says(known[n])) for n in free)]
    parts += [_section(_SET), *(_entry(f"# {n}=", _says(known[n])) for n in fixed)]
    return "\n".join(parts)


def _says(field: FieldInfo) -> str:
    return (field.description or "").replace("`", "")


def _default(name: str, field: FieldInfo) -> str:
    value = "" if field.is_required() or field.default is None else field.default
    if field.default_factory is not None:
        value = ""
    if isinstance(value, bool):
        value = str(value).lower()
    return f"# {name}={value}"


def _section(title: str) -> str:
    return _comment(title, "## ") + "\n"


def _entry(line: str, description: str) -> str:
    return f"{_comment(description, '# ')}\n{line}\n"


def _comment(words: str, mark: str) -> str:
    return textwrap.fill(
        words, 98, initial_indent=mark, subsequent_indent=mark, break_on_hyphens=False
    )


if __name__ == "__main__":
    FILE.write_text(text())
