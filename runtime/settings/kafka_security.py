"""Connecting to a broker that requires TLS, a password, or both."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings

from runtime.settings.errors import SettingsProblem
from runtime.settings.secret_files import SECRET

Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


class KafkaSecuritySettings(BaseSettings):
    """Part of `runtime.settings.groups.KafkaSettings`."""

    kafka_security_protocol: Protocol = Field(
        default="PLAINTEXT",
        description="PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL, as the broker's listener is.",
    )
    kafka_sasl_mechanism: Mechanism = Field(
        default="SCRAM-SHA-512", description="PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512, with SASL."
    )
    kafka_username: str | None = Field(
        default=None, json_schema_extra=SECRET, description="User at the broker, with SASL."
    )
    kafka_password: str | None = Field(
        default=None,
        repr=False,
        json_schema_extra=SECRET,
        description="Password at the broker, with SASL.",
    )
    kafka_ca_file: Path | None = Field(
        default=None,
        description="CA bundle (PEM) for the broker's certificate, with SSL. Default: the system's "
        "CAs.",
    )

    @model_validator(mode="after")
    def _kafka_security(self) -> KafkaSecuritySettings:
        if self.kafka_security_protocol.startswith("SASL"):
            for name in ("kafka_username", "kafka_password"):
                if not getattr(self, name):
                    raise SettingsProblem(
                        f"{name.upper()} is needed where KAFKA_SECURITY_PROTOCOL is "
                        f"{self.kafka_security_protocol}"
                    )
        if self.kafka_ca_file is not None and not self.kafka_ca_file.is_file():
            raise SettingsProblem(f"KAFKA_CA_FILE: {self.kafka_ca_file} is no file")
        return self

    @property
    def kafka_security(self) -> dict[str, Any]:
        """Options of aiokafka's clients besides the address."""
        settings: dict[str, Any] = {"security_protocol": self.kafka_security_protocol}
        if self.kafka_security_protocol.endswith("SSL"):
            settings["ssl_context"] = ssl.create_default_context(cafile=self.kafka_ca_file)
        if self.kafka_security_protocol.startswith("SASL"):
            settings |= {
                "sasl_mechanism": self.kafka_sasl_mechanism,
                "sasl_plain_username": self.kafka_username,
                "sasl_plain_password": self.kafka_password,
            }
        return settings
