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
# A variable in compose.yaml, with its default, or `?` and what is said where it is missing.
ASKED = re.compile(r"\$\{([A-Z0-9_]+)(?::([-?])([^}]*))?\}")
# What a variable of compose.yaml is for; `None` stands for "said by the settings".
_COMPOSE = {
    "S3_ACCESS_KEY": "User of MinIO, three characters at least.",
    "S3_SECRET_KEY": "Password of MinIO, eight characters at least.",
    "CLICKHOUSE_PASSWORD": "Password of ClickHouse's user csv_processor; letters and digits only.",
    "GRAFANA_PASSWORD": "Password of Grafana's user admin (profile monitoring).",
    "API_PUBLISH": "Where the API is published on this host. Behind anything but loopback it needs "
    "TLS in front of it.",
    "GRAFANA_PUBLISH": "Where Grafana is published on this host (profile monitoring).",
    "KAFKA_OUTSIDE": "How producers outside of the network reach the broker, where it is published "
    "(deploy/compose.producers.yaml).",
    "KAFKA_PUBLISH": "Where the broker is published on this host (deploy/compose.producers.yaml).",
    "S3_PUBLISH": "Where the store is published on this host (deploy/compose.producers.yaml).",
    "METRICS_KEY_FILE": "File with an API key of scope read, for Prometheus (profile monitoring).",
    "CSV_PROCESSOR_TAG": "Tag of the product's own image.",
    "KAFKA_CLUSTER_ID": "Identity of the Kafka cluster; it must never change while its volume lives.",
    "KAFKA_HEAP_OPTS": "Heap of the broker; at most half of KAFKA_MEMORY.",
    "PROMETHEUS_RETENTION": "How long Prometheus keeps what it has measured.",
    **{
        f"{part}_{what}": f"Limit of {word}."
        for part, word in (
            ("API", "the API"),
            ("WORKER", "each worker"),
            ("KAFKA", "the broker"),
            ("MINIO", "MinIO"),
            ("CLICKHOUSE", "ClickHouse"),
        )
        for what in ("CPUS", "MEMORY")
    },
}
_HEAD = """\
# Every variable of `docker compose up` and of the product's own processes, with its default where
# it is commented out. `deploy/new-env` makes a `.env` of it, with secrets of your own.
"""
_SECRETS = "Secrets. Without them compose.yaml refuses to start; there are no defaults."
_PUBLISHED = "What compose.yaml can be told."
_SETTINGS = "What API and workers can be told."
_SET = """\
Told by compose.yaml. They are needed where API and workers are run without it, and have no effect
in this file otherwise."""


def compose_variables() -> dict[str, str | None]:
    """The variables that compose.yaml asks for with their defaults; None where it has none."""
    found: dict[str, str | None] = {}
    for path in (ROOT / "compose.yaml", ROOT / "deploy" / "compose.producers.yaml"):
        for name, sign, text in ASKED.findall(path.read_text()):
            found[name] = text if sign == "-" else found.get(name)
    return found


def settings() -> dict[str, FieldInfo]:
    """Every setting of API and workers by the name of its variable."""
    models: list[type[BaseSettings]] = [ApiSettings, WorkerSettings]
    return {name.upper(): field for model in models for name, field in model.model_fields.items()}


def told_by_compose() -> set[str]:
    """The settings that compose.yaml itself fixes."""
    block = (ROOT / "compose.yaml").read_text().partition("environment: &environment\n")[2]
    return set(re.findall(r"^    ([A-Z0-9_]+):", block.partition("\nservices:")[0], re.MULTILINE))


def text() -> str:
    """What the file must be.

    Raises:
        KeyError: compose.yaml asks for a variable that is described nowhere.
    """
    asked, known = compose_variables(), settings()
    described = {name: _COMPOSE.get(name) or known[name].description or "" for name in asked}
    secrets = [name for name in asked if asked[name] is None]
    others = sorted(name for name in asked if asked[name] is not None)
    fixed = sorted((told_by_compose() & known.keys()) - asked.keys())
    free = sorted(known.keys() - set(fixed) - asked.keys())
    parts = [_HEAD]
    parts += [_section(_SECRETS), *(_entry(f"{n}=", described[n]) for n in secrets)]
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
