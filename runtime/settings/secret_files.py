"""The source of settings that reads secrets from files (`runtime.secrets`)."""

from __future__ import annotations

import os
from typing import Any, Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from runtime.secrets import secret_of

# `json_schema_extra` of a field whose value may come from a file.
SECRET: Final[dict[str, Any]] = {"secret": True}


def is_secret(field: FieldInfo) -> bool:
    """Whether `NAME_FILE` is read for this field."""
    extra = field.json_schema_extra
    return isinstance(extra, dict) and bool(extra.get("secret"))


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
