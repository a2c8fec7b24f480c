"""Examples in the help of each command, by its full name: command lines that can be copied."""

from __future__ import annotations

from typing import Any, Final

EXAMPLES: Final[dict[str, tuple[str, ...]]] = {
    "upload": (
        "upload plant.csv --wait",
        "upload 'exports/*.csv' --timezone Europe/Berlin --decimal ,",
        "upload - --filename plant.csv < plant.csv",
    ),
    "validate": ("validate plant.csv", "validate 'exports/*.csv' --profile klima"),
    "inspect": ("inspect plant.csv", "inspect plant.csv --timestamp-format '%d.%m.%Y %H:%M'"),
    "convert": (
        "convert logger.dat -o readings.csv",
        "convert a.csv --to parquet --rejects rejects.csv -o a.parquet",
    ),
    "files": (
        "files --status failed --since 24h",
        "files --q klima- --sort -invalid_count --limit 50",
    ),
    "show": ("show plant.csv", "show 6aa1649d --json"),
    "watch": ("watch plant.csv", "watch exports/ --once"),
    "sensors": ("sensors plant.csv", "sensors --q plant-1/ --sort last_timestamp"),
    "invalid": ("invalid plant.csv --code value_format", "invalid plant.csv --csv > rejects.csv"),
    "replay": ("replay plant.csv --wait --missing n/a", "replay plant.csv --profile klima"),
    "resubmit": ("resubmit plant.csv rejects.csv --wait",),
    "correct": (
        "correct plant.csv --time-format '%d.%m.%Y %H:%M'",
        "correct --of-profile klima --map on=1 --map off=0 --dry-run",
    ),
    "reprocess": (
        "reprocess --of-profile klima --timezone Europe/Berlin",
        "reprocess --status failed --since 7d --dry-run",
    ),
    "delete": ("delete plant.csv", "delete 6aa1649d --yes"),
    "raw": ("raw plant.csv -o plant.csv",),
    "export": (
        "export plant.csv --to parquet -o plant.parquet",
        "export --sensor plant-1/line-2 --from 2026-03-01 -o 2.csv",
        "export --cursor-file .cursor --to arrow -o new.arrow",
    ),
    "status": ("status", "status --json"),
    "dead-letters": ("dead-letters", "dead-letters --all --limit 20"),
    "announce": ("announce files.announced.2.0.78968a09438bc139",),
    "retention": ("retention",),
    "stats": ("stats", "stats --json"),
    "readings": (
        "readings plant-1/line-2",
        "readings plant-1/line-2 --from 2026-03-01T00:00Z --points 96",
    ),
    "sql": (
        'sql "SELECT filename, error FROM files WHERE row_count = 0"',
        "sql - --format Parquet < query.sql > rows.parquet",
    ),
    "open": ("open", "open plant.csv"),
    "migrate": ("migrate",),
    "up": ("up", "up --api-port 8001 --data-dir .second"),
    "down": ("down", "down --data-dir .second"),
    "logs": ("logs api --lines 100", "logs worker-0 --follow"),
    "demo": ("demo",),
    "profiles list": ("profiles list",),
    "profiles show": ("profiles show campbell-toa5",),
    "profiles versions": ("profiles versions klima",),
    "profiles save": (
        "profiles save klima --match 'filename=klima-*.csv' --decimal ,",
        "profiles save klima --from klima.toml",
    ),
    "profiles copy": ("profiles copy campbell-toa5 my-loggers",),
    "profiles preview": ("profiles preview klima --timezone Europe/Vienna",),
    "profiles replay": ("profiles replay klima",),
    "profiles delete": ("profiles delete klima",),
    "webhooks list": ("webhooks list",),
    "webhooks create": (
        "webhooks create https://alerts.example.com/csv --status failed",
        "webhooks create mailto:ops@example.com --min-invalid-share 0.1",
    ),
    "webhooks show": ("webhooks show wh_5cbb8a3f",),
    "webhooks change": ("webhooks change wh_5cbb8a3f --disable",),
    "webhooks deliveries": ("webhooks deliveries wh_5cbb8a3f --state failed",),
    "webhooks test": ("webhooks test wh_5cbb8a3f",),
    "webhooks retry": ("webhooks retry wh_5cbb8a3f msg_5cbb8a3f",),
    "webhooks rotate": ("webhooks rotate wh_5cbb8a3f",),
    "webhooks delete": ("webhooks delete wh_5cbb8a3f",),
    "context add": ("context add plant https://csv.example.com --key-file key --use",),
    "context use": ("context use plant",),
    "context list": ("context list",),
    "context remove": ("context remove plant",),
    "keys create": (
        "keys create gateways --scope upload --expires 90d",
        "keys create dashboards --scope read --key-file dashboards.key",
    ),
    "keys list": ("keys list",),
    "keys rotate": ("keys rotate 5cbb8a3f --grace 24h",),
    "keys revoke": ("keys revoke 5cbb8a3f",),
}


def lines_of(name: str) -> list[str]:
    """The examples of a command as they are typed."""
    return [f"csv-processor {line}" for line in EXAMPLES.get(name, ())]


def add_examples(command: Any, name: str) -> None:
    """Put the examples at the end of a command's help, or of those of a group."""
    for inner, child in getattr(command, "commands", {}).items():
        add_examples(child, f"{name} {inner}")
    if lines := lines_of(name):
        # \b: the lines are not joined to a paragraph.
        command.epilog = "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])
