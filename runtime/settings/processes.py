"""One settings model per process, built at its entry point by `load`."""

from __future__ import annotations

import os
import socket
import tempfile
from importlib.util import find_spec
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, TypeVar
from urllib.parse import quote, urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings

from runtime.secrets import UnusableSecret
from runtime.settings.addresses import is_loopback
from runtime.settings.errors import InvalidSettings, SettingsProblem, explain
from runtime.settings.groups import (
    ClickHouseSettings,
    KafkaSettings,
    LogSettings,
    RecordSettings,
    StoreSettings,
)
from runtime.settings.secret_files import SECRET
from schemas.limits import DEFAULT_BATCH_BYTES
from schemas.retention import BadRule, RetentionRule, retention_rules
from schemas.views import READER

_KIB, _MIB, _GIB = 1 << 10, 1 << 20, 1 << 30


class ServiceSettings(
    KafkaSettings, StoreSettings, ClickHouseSettings, RecordSettings, LogSettings
):
    """The three services every process of the product talks to."""

    batch_bytes: Annotated[int, Field(ge=1 * _KIB, le=256 * _MIB)] = Field(
        default=DEFAULT_BATCH_BYTES,
        description="Size at which a file is cut into batches, in bytes. It is kept with each file, "
        "so a change concerns files uploaded from then on.",
    )
    readings: bool = Field(
        default=False,
        description="Whether every valid row is stored too, in the view `readings`: `on` or `off`, "
        "the same for API and workers. It concerns files processed from then on.",
    )
    max_expanded_bytes: Annotated[int, Field(ge=1)] = Field(
        default=64 * _GIB,
        description="What a compressed file may expand to, in bytes. Rows beyond are not read.",
    )
    max_expansion_ratio: Annotated[int, Field(ge=1)] = Field(
        default=250,
        description="How many times its size a compressed file may expand to, once that is more "
        "than 16 MiB. Rows beyond are not read.",
    )


class ApiSettings(ServiceSettings):
    """The HTTP API with its reconciler."""

    api_host: str = Field(default="127.0.0.1", description="Address the API listens on.")
    api_port: Annotated[int, Field(ge=0, le=65535)] = Field(
        default=8000, description="Port the API listens on; 0 takes a free one."
    )
    require_keys: bool = Field(
        default=False,
        description="Whether calls need an API key on loopback too. On any other address they "
        "always do.",
    )
    create_first_key: bool = Field(
        default=False,
        description="Whether the API creates a key with the scope admin at its start if there is "
        "no key at all. It is written to the log, once. For one API process.",
    )
    allow_open: bool = Field(
        default=False,
        description="Whether the API may run without keys on an address that other machines "
        "reach: only if a proxy in front of it controls access.",
    )
    max_upload_bytes: Annotated[int, Field(ge=1)] = Field(
        default=64 * _GIB, description="Largest body of an upload, in bytes."
    )
    body_idle_seconds: Annotated[float, Field(gt=0)] = Field(
        default=60.0,
        description="How long a client may send nothing in the middle of a body, or read nothing "
        "of an answer.",
    )
    header_seconds: Annotated[float, Field(gt=0)] = Field(
        default=15.0, description="How long a client may take to send the head of a request."
    )
    max_header_bytes: Annotated[int, Field(ge=1024)] = Field(
        default=32 * _KIB, description="Largest head of a request, in bytes."
    )
    max_connections: Annotated[int, Field(ge=1)] = Field(
        default=2000, description="Connections at once; more are answered with 503."
    )
    reconcile_after_seconds: Annotated[float, Field(gt=0)] = Field(
        default=60.0,
        description="A file that stays waiting this long without progress is announced again.",
    )
    reconcile_every_seconds: Annotated[float, Field(gt=0)] = Field(
        default=2.0, description="How often the reconciler looks."
    )
    inbox_every_seconds: Annotated[float, Field(gt=0)] | None = Field(
        default=None,
        description="How often INBOX_BUCKET is listed. Default: 5, or with INBOX_ARN 60. A listing "
        "that takes long is followed by a pause of ten times as long. Of an inbox below "
        "S3_LOCAL_FOLDER a change is noticed within half a second.",
    )
    purge_after_seconds: Annotated[float, Field(gt=0)] = Field(
        default=300.0,
        description="Grace period before rows of deleted files and replaced generations are "
        "purged. Must exceed the longest running download.",
    )
    retention: str = Field(
        default="",
        description="What of old files is removed by itself: rules separated by semicolons, each "
        "WHAT AGE [source=...] [name=GLOB] [object=PREFIX], such as `raw 30d; readings 1y; results 5y`; "
        "see Retention in docs/operations.md. The same for all API processes. Default: nothing.",
    )
    cache_bytes: Annotated[int, Field(ge=0)] = Field(
        default=32 * _MIB,
        description="Memory for results that were read, in bytes; 0 keeps nothing.",
    )
    redis_url: str | None = Field(
        default=None,
        repr=False,
        json_schema_extra=SECRET,
        description="Redis in which API processes share results that were read, "
        "redis://user:password@host:port/number; needs the extra `redis`.",
    )
    worker_urls: str = Field(
        default="",
        description="Where workers answer `/health/ready`, http://host:port separated by commas: "
        "the API's `/health/ready` then names a worker that does not. Without it the broker is "
        "asked how many workers there are.",
    )
    webhook_networks: str = Field(
        default="",
        description="Networks such as 10.0.0.0/8, separated by commas, that webhooks may be sent to "
        "although they are private; to these also without https. No other private address, and none "
        "of this machine, is ever connected to.",
    )
    webhook_seconds: Annotated[float, Field(gt=0, le=300)] = Field(
        default=15.0, description="How long the receiver of a webhook may take to answer."
    )
    webhook_retry_seconds: Annotated[float, Field(gt=0)] = Field(
        default=5.0,
        description="After this time a failed delivery is tried again; each pause is four times the "
        "one before, up to six hours, for 20 attempts.",
    )
    smtp_url: str | None = Field(
        default=None,
        repr=False,
        json_schema_extra=SECRET,
        description="The mail server for webhooks with a `mailto:` address: "
        "smtp://user:password@host:587 (encrypted by STARTTLS, without which no password is sent) "
        "or smtps://user:password@host:465. Without it there are no e-mails.",
    )
    smtp_from: str = Field(
        default="", description="The sender of e-mails: name@host; needed with SMTP_URL."
    )
    sql_url: str | None = Field(
        default=None,
        repr=False,
        json_schema_extra=SECRET,
        description="Where queries of users run (`POST /api/v1/sql`, the page SQL): "
        "http://reader:password@host:port/database, a user that reads the views only. Default: the "
        "host of CLICKHOUSE_URL with the user `reader`, if CLICKHOUSE_READER_PASSWORD is set; "
        "without either there are no queries.",
    )
    resumable_upload_hours: Annotated[float, Field(gt=0)] = Field(
        default=24.0,
        description="How long an inactive resumable upload is kept.",
    )
    shutdown_seconds: Annotated[float, Field(gt=0)] = Field(
        default=10.0,
        description="How long requests may continue after the API begins to shut down.",
    )

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if urlsplit(value).scheme not in ("redis", "rediss", "unix"):
            raise SettingsProblem("is not redis://user:password@host:port/number")
        if find_spec("redis") is None:
            raise SettingsProblem("needs the package redis: pip install 'csv-processor[redis]'")
        return value

    @model_validator(mode="after")
    def _mail(self) -> ApiSettings:
        if self.smtp_url is None:
            return self
        if "@" not in self.smtp_from or any(c in self.smtp_from for c in "\r\n"):
            raise SettingsProblem("SMTP_FROM is not name@host, which SMTP_URL needs")
        try:
            parts = urlsplit(self.smtp_url)
            port = parts.port
        except ValueError:
            raise SettingsProblem("SMTP_URL has a port that is none") from None
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or port == 0:
            raise SettingsProblem("SMTP_URL is not smtp://user:password@host:port or smtps://…")
        return self

    @field_validator("retention")
    @classmethod
    def _retention(cls, value: str) -> str:
        try:
            retention_rules(value)
        except BadRule as exc:
            raise SettingsProblem(str(exc)) from None
        return value

    @property
    def retention_rules(self) -> tuple[RetentionRule, ...]:
        """The rules of RETENTION."""
        return retention_rules(self.retention)

    @field_validator("webhook_networks")
    @classmethod
    def _networks(cls, value: str) -> str:
        for part in filter(None, (part.strip() for part in value.split(","))):
            try:
                ip_network(part)
            except ValueError as exc:
                raise SettingsProblem(f"{exc}; expected networks such as 10.0.0.0/8") from None
        return value

    @model_validator(mode="after")
    def _reader(self) -> ApiSettings:
        if self.sql_url is not None:
            parts = urlsplit(self.sql_url)
            if parts.scheme not in ("http", "https") or not parts.hostname or not parts.username:
                raise SettingsProblem("SQL_URL is not http://reader:password@host:port/database")
            if parts.username == urlsplit(self.clickhouse_url).username:
                raise SettingsProblem(
                    "SQL_URL names the user of CLICKHOUSE_URL, who may write: name one that reads "
                    "the views only"
                )
        return self

    @property
    def reader_url(self) -> str | None:
        """Where queries of users run; None: nowhere."""
        if self.sql_url is not None or not self.clickhouse_reader_password:
            return self.sql_url
        parts = urlsplit(self.clickhouse_url)
        host = parts.netloc.rpartition("@")[2]
        password = quote(self.clickhouse_reader_password, safe="")
        return parts._replace(netloc=f"{READER}:{password}@{host}").geturl()

    @field_validator("worker_urls")
    @classmethod
    def _worker_urls(cls, value: str) -> str:
        urls = [url.strip().rstrip("/") for url in value.split(",") if url.strip()]
        for url in urls:
            parts = urlsplit(url)
            if parts.scheme != "http" or not parts.hostname or parts.path:
                raise SettingsProblem(f"{url!r} is not http://host:port")
        return ",".join(urls)

    @model_validator(mode="after")
    def _doors(self) -> ApiSettings:
        if self.require_keys and self.allow_open:
            raise SettingsProblem("REQUIRE_KEYS and ALLOW_OPEN exclude each other")
        return self

    @property
    def worker_addresses(self) -> list[str]:
        """The addresses of WORKER_URLS."""
        return [url for url in self.worker_urls.split(",") if url]

    @property
    def keys_needed(self) -> bool:
        """Whether calls need an API key."""
        return self.require_keys or not (is_loopback(self.api_host) or self.allow_open)


class WorkerSettings(ServiceSettings):
    """A stream worker."""

    worker_id: str = Field(
        default_factory=socket.gethostname,
        description="Name of this worker, the same at every start; workers that run at the same "
        "time need different ones. Default: the host name.",
    )
    worker_metrics_host: str = Field(
        default="127.0.0.1",
        description="Address on which the worker answers `/health/live`, `/health/ready` and "
        "`/metrics`.",
    )
    worker_metrics_port: Annotated[int, Field(ge=0, le=65535)] = Field(
        default=0, description="Port of the same; 0 takes a free one, and the log says which."
    )
    worker_error_limit: Annotated[int, Field(ge=0)] = Field(
        default=20,
        description="Files that may fail within an hour by a fault of the worker (`worker_error`), "
        "if they are more than the files that end otherwise. Beyond it a worker ends with code 70 "
        "and a message instead of failing more files; they stay waiting. 0: no limit.",
    )
    worker_state_dir: str | None = Field(
        default=None,
        description="Folder for a journal (512 KiB) of what the worker has in hand, by which a "
        "message that ended its process is recognised. It must outlive the process; workers may share it. "
        "Default: `csv-processor-worker` in the folder for temporary files.",
    )
    worker_stall_seconds: Annotated[float, Field(gt=0)] = Field(
        default=300.0,
        description="A call of the row engine that takes this long is stuck: the worker ends with "
        "code 70, or 1 if nothing else can run either, and what it had in hand is tried again.",
    )
    partials_inline_bytes: Annotated[int, Field(ge=0, le=512 * _KIB)] = Field(
        default=128 * _KIB,
        description="Per-sensor partials of a batch up to this size travel in its message, larger "
        "ones lie in the store.",
    )

    @property
    def state_folder(self) -> Path:
        """The folder of WORKER_STATE_DIR."""
        if self.worker_state_dir is not None:
            # A folder of the worker's own: a mounted one can belong to another user.
            return Path(self.worker_state_dir) / "journals"
        return Path(tempfile.gettempdir()) / f"csv-processor-worker-{os.getuid()}"

    @field_validator("worker_id")
    @classmethod
    def _plain(cls, value: str) -> str:
        if not value or not all(c.isalnum() or c in "-_." for c in value):
            raise SettingsProblem(f"{value!r} may have letters, digits, '-', '_' and '.' only")
        return value


S_ = TypeVar("S_", bound=BaseSettings)


def load(model: type[S_]) -> S_:
    """Settings of `model` from the environment.

    Raises:
        InvalidSettings: with one line that says what is missing or unsafe, to be printed before
            the process ends with code 2.
    """
    try:
        return model()
    except ValidationError as exc:
        raise InvalidSettings(f"cannot start: {explain(exc)}") from None
    except (SettingsProblem, UnusableSecret) as exc:
        raise InvalidSettings(f"cannot start: {exc}") from None
