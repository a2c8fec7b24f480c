"""The settings of API and workers, from their models."""

from __future__ import annotations

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from runtime.settings import ApiSettings, WorkerSettings
from scripts.reference.markdown import table as markdown_table


def table() -> str:
    """Every variable that a process reads; required ones first."""
    used_by: dict[str, list[str]] = {}
    fields: dict[str, FieldInfo] = {}
    for model, process in ((ApiSettings, "API"), (WorkerSettings, "worker")):
        for name, info in model.model_fields.items():
            used_by.setdefault(name, []).append(process)
            fields.setdefault(name, info)
    ordered = sorted(fields.items(), key=lambda item: not item[1].is_required())
    return markdown_table(
        ("variable", "default", "read by", "meaning"),
        (
            (f"`{name.upper()}`", _default(info), " and ".join(used_by[name]), _about(info))
            for name, info in ordered
        ),
    )


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    value = info.default
    return "" if value is PydanticUndefined or value in (None, "") else f"`{value}`"


def _about(info: FieldInfo) -> str:
    return info.description or ""
