"""The groups of settings that processes share. A process' model is made of them.

Every variable is read from the environment under its own name in capitals, nothing is read at
import, and every model is frozen.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from runtime.settings.addresses import is_loopback
from runtime.settings.errors import SettingsProblem
from runtime.settings.kafka_security import KafkaSecuritySettings
from runtime.settings.secret_files import SECRET, SecretFiles
from schemas.bucket_names import is_bucket_name
from schemas.databases import public_database
from schemas.limits import Limits
from schemas.topics import PARTITIONS, Topic, all_topics

# Passwords of the examples; harmless on loopback, unsafe anywhere else.
_KNOWN_SECRETS = frozenset({"", "changeme", "changethis", "minioadmin", "password", "secret"})

Flavour = Literal["kafka", "tansu"]
Level = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


class _Group(BaseSettings):
    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        case_sensitive=False,
        env_ignore_empty=True,
        hide_input_in_errors=True,
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the order of pydantic
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment, and for secrets the files that it names."""
        return init_settings, env_settings, SecretFiles(settings_cls)


class KafkaSettings(_Group, KafkaSecuritySettings):
    """Where the broker is and what it can do."""

    kafka_bootstrap_servers: str = Field(
        description="Kafka brokers to begin with, `host:port`, separated by commas."
    )
    kafka_flavour: Flavour = Field(
        default="kafka",
        description="`kafka` for Apache Kafka and what behaves like it; `tansu` for the embedded "
        "broker, which has no idempotent producer and answers some offsets differently.",
    )
    kafka_bell_folder: Path | None = Field(
        default=None,
        description="A folder in which API and workers of one machine tell each other of new "
        "messages, so that workers need not ask the broker all the time. For the embedded broker.",
    )
    kafka_replication_factor: Annotated[int, Field(ge=1, le=32767)] = Field(
        default=1, description="Replicas of every topic this product creates."
    )
    kafka_work_partitions: Annotated[int, Field(ge=PARTITIONS, le=1000)] = Field(
        default=PARTITIONS,
        description="Partitions of `files.uploaded` and `files.batches`: as many workers share the "
        "work. If the topics exist, partitions are added, never removed.",
    )

    @field_validator("kafka_bootstrap_servers")
    @classmethod
    def _servers(cls, value: str) -> str:
        servers = [s.strip() for s in value.split(",") if s.strip()]
        if not servers:
            raise SettingsProblem("names no broker; expected host:port")
        for server in servers:
            host, _, port = server.rpartition(":")
            if not host or not port.isdigit() or not 0 < int(port) < 65536:
                raise SettingsProblem(f"{server!r} is not host:port")
        return ",".join(servers)

    @model_validator(mode="after")
    def _partitions(self) -> KafkaSettings:
        if self.kafka_flavour == "tansu" and self.kafka_work_partitions != PARTITIONS:
            raise SettingsProblem(f"KAFKA_WORK_PARTITIONS is {PARTITIONS} with the embedded broker")
        return self

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The topics as they are to be."""
        return all_topics(self.kafka_work_partitions)

    @property
    def bootstrap_servers(self) -> list[str]:
        """The brokers, one `host:port` each."""
        return self.kafka_bootstrap_servers.split(",")

    @property
    def idempotent_producer(self) -> bool:
        """Whether the broker has the idempotent producer."""
        return self.kafka_flavour == "kafka"


class StoreSettings(_Group):
    """Where raw files lie."""

    store_url: str = Field(
        description="Where objects lie: `s3://bucket`, or `file:///folder/bucket` (the last part "
        "of the path is the bucket)."
    )
    s3_endpoint: str | None = Field(
        default=None,
        description="Address of the S3 service, such as http://127.0.0.1:9000. Needed with s3://.",
    )
    s3_access_key: str | None = Field(
        default=None, json_schema_extra=SECRET, description="Access key of the S3 service."
    )
    s3_secret_key: str | None = Field(
        default=None,
        repr=False,
        json_schema_extra=SECRET,
        description="Secret key of the S3 service.",
    )
    s3_ca_file: Path | None = Field(
        default=None,
        description="Certificates (PEM) of who signs that of the S3 service, with https; the "
        "system's are trusted too.",
    )
    s3_region: str = Field(default="us-east-1", description="Region the S3 service signs for.")
    s3_local_folder: Path | None = Field(
        default=None,
        description="Where the S3 service keeps its objects as plain files (bucket/key), if that "
        "is on this machine: they are read there rather than over HTTP, and new ones of the "
        "product are written there. For the embedded store.",
    )
    inbox_bucket: str | None = Field(
        default=None,
        description="Bucket whose new objects become files. `migrate` creates it. The API lists it "
        "(INBOX_EVERY_SECONDS); with INBOX_ARN the store also sends notifications.",
    )
    inbox_arn: str | None = Field(
        default=None,
        description="Notification target of the store that writes to `files.notifications`, such "
        "as arn:minio:sqs::inbox:kafka. `migrate` subscribes it to the inbox. Leave it unset if "
        "the store has no bucket notifications.",
    )

    @field_validator("store_url")
    @classmethod
    def _url(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme == "s3" and parts.netloc and parts.path in ("", "/"):
            bucket = parts.netloc
        elif parts.scheme == "file" and not parts.netloc and len(parts.path.split("/")) > 2:
            bucket = unquote(parts.path.rstrip("/").rpartition("/")[2])
        else:
            raise SettingsProblem(f"{value!r} is neither s3://bucket nor file:///folder/bucket")
        if not is_bucket_name(bucket):
            raise SettingsProblem(
                f"{bucket!r} is no bucket name: 3 to 63 small letters, digits, dots and hyphens"
            )
        return value.rstrip("/")

    @field_validator("s3_endpoint")
    @classmethod
    def _endpoint(cls, value: str | None) -> str | None:
        if value is not None:
            parts = urlsplit(value)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise SettingsProblem(f"{value!r} is not http://host:port or https://host:port")
        return value.rstrip("/") if value else value

    @model_validator(mode="after")
    def _inbox(self) -> StoreSettings:
        if self.inbox_bucket is None:
            return self
        if not self.store_url.startswith("s3://"):
            raise SettingsProblem("INBOX_BUCKET needs an S3 service: set STORE_URL to s3://bucket")
        if not is_bucket_name(self.inbox_bucket) or self.inbox_bucket == self.bucket:
            raise SettingsProblem(
                f"INBOX_BUCKET: {self.inbox_bucket!r} is no bucket name, or the one of STORE_URL"
            )
        return self

    @model_validator(mode="after")
    def _complete(self) -> StoreSettings:
        if not self.store_url.startswith("s3://"):
            return self
        for name in ("s3_endpoint", "s3_access_key", "s3_secret_key"):
            if not getattr(self, name):
                raise SettingsProblem(f"{name.upper()} is needed where STORE_URL is s3://")
        if self.s3_ca_file is not None and not self.s3_ca_file.is_file():
            raise SettingsProblem(f"S3_CA_FILE: {self.s3_ca_file} is no file")
        host = urlsplit(self.s3_endpoint or "").hostname
        if not is_loopback(host or "") and (self.s3_secret_key or "").lower() in _KNOWN_SECRETS:
            raise SettingsProblem(
                f"S3_SECRET_KEY is a well-known default, refused where S3_ENDPOINT ({host}) is not "
                "on loopback; set one of your own"
            )
        return self

    @property
    def bucket(self) -> str:
        """The bucket of STORE_URL."""
        return unquote(self.store_url.rpartition("/")[2])


class ClickHouseSettings(_Group):
    """The database of records and results."""

    clickhouse_url: str = Field(
        repr=False,
        json_schema_extra=SECRET,
        description="ClickHouse over HTTP: http://user:password@host:port/database; with "
        "https, `?ca_cert=FILE` names the certificates (PEM) of who signs its own. The database has "
        "the views; tables are in a second one with `_internal` after its name.",
    )
    clickhouse_password: str | None = Field(
        default=None,
        repr=False,
        json_schema_extra=SECRET,
        description="Password of the user in CLICKHOUSE_URL, if the URL has none.",
    )
    clickhouse_cluster: str | None = Field(
        default=None,
        description="Name of the ClickHouse cluster (`remote_servers`) that the database is spread "
        "over, the same for all processes; without it the database is on one server. Read "
        "docs/deploy.md first: it was not tried on a cluster.",
    )
    clickhouse_reader_password: str | None = Field(
        default=None,
        repr=False,
        json_schema_extra=SECRET,
        description="With it `migrate` creates the ClickHouse user `reader` for SQL clients, which "
        "reads the views only. The user in CLICKHOUSE_URL must be allowed to manage users.",
    )

    @model_validator(mode="before")
    @classmethod
    def _password(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        url, password = values.get("clickhouse_url"), values.get("clickhouse_password")
        if not isinstance(url, str) or not isinstance(password, str) or not password:
            return values
        parts = urlsplit(url)
        user, _, host = parts.netloc.rpartition("@")
        if ":" in user:
            return values
        if not user:
            raise SettingsProblem("CLICKHOUSE_PASSWORD is set, but CLICKHOUSE_URL names no user")
        netloc = f"{user}:{quote(password, safe='')}@{host}"
        return {**values, "clickhouse_url": parts._replace(netloc=netloc).geturl()}

    @model_validator(mode="before")
    @classmethod
    def _cluster(cls, values: Any) -> Any:
        """The cluster goes with the address: both are needed to reach the database."""
        if not isinstance(values, dict):
            return values
        url, cluster = values.get("clickhouse_url"), values.get("clickhouse_cluster")
        if not isinstance(url, str) or not isinstance(cluster, str) or not cluster:
            return values
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", cluster):
            raise SettingsProblem("CLICKHOUSE_CLUSTER is not a name of letters, digits, _ and -")
        parts = urlsplit(url.rstrip("/"))
        query = [pair for pair in parse_qsl(parts.query) if pair[0] != "cluster"]
        query.append(("cluster", cluster))
        return {**values, "clickhouse_url": parts._replace(query=urlencode(query)).geturl()}

    @property
    def clickhouse_database(self) -> str:
        """The database of CLICKHOUSE_URL: that of the public views."""
        return public_database(self.clickhouse_url)

    @field_validator("clickhouse_url")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SettingsProblem("is not http://user:password@host:port/database")
        if not re.fullmatch(r"/[A-Za-z_][A-Za-z0-9_]*", parts.path.rstrip("/")):
            raise SettingsProblem("names no database: http://user:password@host:port/database")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _safe(self) -> ClickHouseSettings:
        parts = urlsplit(self.clickhouse_url)
        if (
            not is_loopback(parts.hostname or "")
            and (parts.password or "").lower() in _KNOWN_SECRETS
        ):
            raise SettingsProblem(
                "CLICKHOUSE_URL has no password, or a well-known one, refused where the host "
                f"({parts.hostname}) is not on loopback"
            )
        return self


class RecordSettings(_Group):
    """Bounds on what a record may be, which go with a file from its split on, and on what is kept of
    invalid ones."""

    max_record_bytes: Annotated[int, Field(ge=100, le=64 << 20)] = Field(
        default=1 << 20,
        description="Longest line, and longest record, in bytes; a longer line is one invalid row "
        "(`record_too_long`).",
    )
    max_record_lines: Annotated[int, Field(ge=1, le=100_000)] = Field(
        default=100,
        description="Most lines of one record (line ends in quotes); a quote that is open for longer "
        "costs its line (`quote_not_closed`).",
    )
    max_columns: Annotated[int, Field(ge=3, le=100_000)] = Field(
        default=16_384,
        description="Most columns of a header; a file with more fails (`too_many_columns`).",
    )
    max_stored_invalid_rows: Annotated[int, Field(ge=1)] = Field(
        default=1_000_000,
        description="Invalid rows of one file that are kept in detail; counts are always exact, and "
        "the file says where details end (`too_many_invalid_rows`).",
    )

    @property
    def record_limits(self) -> Limits:
        """These as the row engine takes them."""
        return Limits(
            max_record_bytes=self.max_record_bytes,
            max_record_lines=self.max_record_lines,
            max_columns=self.max_columns,
        )


class LogSettings(_Group):
    """What a process says."""

    log_level: Level = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")
    log_format: Literal["json", "text"] = Field(
        default="json", description="`json`, an object on each line, or `text`, for people."
    )

    @field_validator("log_level", mode="before")
    @classmethod
    def _capitals(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value
