"""Secrets from files: `NAME_FILE` names a file that holds the value of the setting `NAME`.

The convention of container images: a password that is mounted as a file appears neither in
`docker inspect` nor in the environment of child processes.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from runtime.settings.errors import SettingsProblem

# `json_schema_extra` of a field whose value may come from a file.
SECRET: Final[dict[str, Any]] = {"secret": True}
SUFFIX: Final = "_FILE"


def is_secret(field: FieldInfo) -> bool:
    """Whether `NAME_FILE` is read for this field."""
    extra = field.json_schema_extra
    return isinstance(extra, dict) and bool(extra.get("secret"))


def secret_of(name: str, env: Mapping[str, str]) -> str | None:
    """The secret `name` in the file that `name`_FILE names, without the line break at its end.

    Returns None if the variable is not set or is empty.

    Raises:
        SettingsProblem: the file cannot be read or is empty, or `name` is set too.
    """
    variable = name + SUFFIX
    path = env.get(variable)
    if not path:
        return None
    if env.get(name):
        raise SettingsProblem(f"{name} and {variable} are both set; keep one of them")
    try:
        value = Path(path).read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "is not UTF-8"
        raise SettingsProblem(f"{variable}: {path} cannot be read: {reason}") from exc
    if not value:
        raise SettingsProblem(f"{variable}: {path} is empty")
    return value


class SecretFiles(PydanticBaseSettingsSource):
    """The source of settings that reads the files of secret fields."""

    def __init__(self, model: type[BaseSettings]) -> None:
        super().__init__(model)
        self._env = {name.upper(): value for name, value in os.environ.items()}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The secret of one field, None if it has no file."""
        value = secret_of(field_name.upper(), self._env) if is_secret(field) else None
        return value, field_name, False

    def __call__(self) -> dict[str, Any]:
        """The secrets of all fields that have a file."""
        model: type[BaseModel] = self.settings_cls
        values = {
            name: self.get_field_value(field, name)[0] for name, field in model.model_fields.items()
        }
        return {name: value for name, value in values.items() if value is not None}
