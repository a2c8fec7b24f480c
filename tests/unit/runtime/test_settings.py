"""Settings: what is read, what is refused, and how that is said."""

from __future__ import annotations

import os
import ssl

import pytest
from pydantic import ValidationError

from runtime.settings import ApiSettings, InvalidSettings, ServiceSettings, WorkerSettings, load

GOOD = {
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9092, localhost:9093",
    "STORE_URL": "s3://raw-files",
    "S3_ENDPOINT": "http://127.0.0.1:9000/",
    "S3_ACCESS_KEY": "key",
    "S3_SECRET_KEY": "a secret",
    "CLICKHOUSE_URL": "http://user:pass word@127.0.0.1:8123/csv_processor",
}
EVERY = (ApiSettings, WorkerSettings, ServiceSettings)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    known = {name.upper() for model in EVERY for name in model.model_fields}
    for name in set(os.environ) & known:
        monkeypatch.delenv(name)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_defaults_and_what_follows_from_them() -> None:
    settings = load(ApiSettings)
    assert settings.bootstrap_servers == ["127.0.0.1:9092", "localhost:9093"]
    assert settings.bucket == "raw-files"
    assert settings.s3_endpoint == "http://127.0.0.1:9000"
    assert settings.idempotent_producer
    assert (settings.api_host, settings.api_port) == ("127.0.0.1", 8000)
    assert settings.batch_bytes == 8 << 20
    worker = load(WorkerSettings)
    assert worker.max_stored_invalid_rows == 1_000_000
    assert worker.partials_inline_bytes == 131_072
    assert worker.worker_id


def test_values_come_from_the_environment(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("KAFKA_FLAVOUR", "tansu")
    environment.setenv("log_level", "debug")
    environment.setenv("BATCH_BYTES", "65536")
    environment.setenv("STORE_URL", "file:///some%20where/raw")
    settings = load(ApiSettings)
    assert not settings.idempotent_producer
    assert (settings.log_level, settings.batch_bytes) == ("DEBUG", 65536)
    assert settings.bucket == "raw"


def test_an_inbox(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("INBOX_BUCKET", "inbox")
    assert load(ServiceSettings).inbox_arn is None
    environment.setenv("INBOX_ARN", "arn:minio:sqs::inbox:kafka")
    assert load(ServiceSettings).inbox_bucket == "inbox"
    environment.setenv("STORE_URL", "file:///some/where")
    with pytest.raises(InvalidSettings, match="INBOX_BUCKET needs an S3 service"):
        load(ServiceSettings)
    environment.setenv("STORE_URL", GOOD["STORE_URL"])
    environment.setenv("INBOX_BUCKET", "raw-files")
    with pytest.raises(InvalidSettings, match="the one of STORE_URL"):
        load(ServiceSettings)


@pytest.mark.parametrize("model", EVERY)
def test_settings_are_frozen_documented_and_show_no_secret(model: type[ServiceSettings]) -> None:
    settings = load(model)
    with pytest.raises(ValidationError):
        settings.store_url = "s3://other"
    assert all(field.description for field in model.model_fields.values())
    for secret in ("a secret", "pass word"):
        assert secret not in repr(settings)
        assert secret not in str(settings)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"STORE_URL": ""}, "STORE_URL is not set"),
        ({"KAFKA_BOOTSTRAP_SERVERS": "nothing"}, "KAFKA_BOOTSTRAP_SERVERS: 'nothing' is not host:port"),
        ({"KAFKA_BOOTSTRAP_SERVERS": "host:99999"}, "not host:port"),
        ({"KAFKA_FLAVOUR": "rabbit"}, "KAFKA_FLAVOUR"),
        ({"STORE_URL": "s3://bucket/folder"}, "neither s3://bucket nor file:///"),
        ({"STORE_URL": "http://bucket"}, "neither s3://bucket nor file:///"),
        ({"STORE_URL": "file:///x"}, "neither s3://bucket nor file:///"),
        ({"STORE_URL": "s3://Not_a_Bucket"}, "no bucket name"),
        ({"S3_ENDPOINT": ""}, "S3_ENDPOINT is needed"),
        ({"S3_SECRET_KEY": ""}, "S3_SECRET_KEY is needed"),
        ({"S3_ENDPOINT": "127.0.0.1:9000"}, "S3_ENDPOINT"),
        ({"S3_ENDPOINT": "http://store:9000", "S3_SECRET_KEY": "MinioAdmin"}, "well-known default"),
        ({"CLICKHOUSE_URL": "http://user:x@127.0.0.1:8123"}, "names no database"),
        ({"CLICKHOUSE_URL": "clickhouse://127.0.0.1/db"}, "CLICKHOUSE_URL"),
        ({"CLICKHOUSE_URL": "http://default@db.example:8123/csv_processor"}, "no password"),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL"),
        ({"API_PORT": "70000"}, "API_PORT"),
        ({"BATCH_BYTES": "0"}, "BATCH_BYTES"),
        ({"RECONCILE_AFTER_SECONDS": "0"}, "RECONCILE_AFTER_SECONDS"),
    ],
)  # fmt: skip
def test_what_is_missing_or_unsafe_is_said_in_one_line(
    environment: pytest.MonkeyPatch, change: dict[str, str], said: str
) -> None:
    for name, value in change.items():
        environment.setenv(name, value)
    with pytest.raises(InvalidSettings) as refused:
        load(ApiSettings)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
    for secret in ("a secret", "pass word", "MinioAdmin"):
        assert secret not in str(refused.value)


def test_a_worker_needs_a_plain_name(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("WORKER_ID", "a/b")
    with pytest.raises(InvalidSettings, match="WORKER_ID"):
        load(WorkerSettings)


def test_what_a_store_needs_only_on_s3_is_not_asked_for_a_folder(
    environment: pytest.MonkeyPatch,
) -> None:
    for name in ("S3_ENDPOINT", "S3_ACCESS_KEY", "S3_SECRET_KEY"):
        environment.delenv(name)
    environment.setenv("STORE_URL", "file:///objects/raw")
    assert load(ServiceSettings).bucket == "raw"


def test_the_broker_receives_our_credentials(environment: pytest.MonkeyPatch) -> None:
    assert load(ServiceSettings).kafka_security == {"security_protocol": "PLAINTEXT"}
    environment.setenv("KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    with pytest.raises(InvalidSettings, match="KAFKA_USERNAME is needed"):
        load(ServiceSettings)
    environment.setenv("KAFKA_USERNAME", "csv")
    environment.setenv("KAFKA_PASSWORD", "hush")
    settings = load(ServiceSettings)
    found = settings.kafka_security
    assert isinstance(found.pop("ssl_context"), ssl.SSLContext)
    assert found == {
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "csv",
        "sasl_plain_password": "hush",
    }
    assert "hush" not in repr(settings)
    environment.setenv("KAFKA_CA_FILE", "/nowhere/ca.pem")
    with pytest.raises(InvalidSettings, match="KAFKA_CA_FILE"):
        load(ServiceSettings)


@pytest.mark.parametrize(
    ("env", "needed"),
    [
        ({}, False),
        ({"API_HOST": "::1"}, False),
        ({"REQUIRE_KEYS": "1"}, True),
        ({"API_HOST": "0.0.0.0"}, True),
        ({"API_HOST": "api.example.org"}, True),
        ({"API_HOST": "0.0.0.0", "ALLOW_OPEN": "1"}, False),
    ],
)
def test_where_keys_are_needed(
    environment: pytest.MonkeyPatch, env: dict[str, str], needed: bool
) -> None:
    for name, value in env.items():
        environment.setenv(name, value)
    assert load(ApiSettings).keys_needed is needed


def test_locked_and_open_exclude_each_other(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("REQUIRE_KEYS", "1")
    environment.setenv("ALLOW_OPEN", "1")
    with pytest.raises(InvalidSettings, match="exclude each other"):
        load(ApiSettings)


def test_topics_are_as_wide_as_the_work_is_to_be_shared(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("KAFKA_WORK_PARTITIONS", "12")
    wide = {topic.name for topic in load(ServiceSettings).topics if topic.partitions == 12}
    assert wide == {"files.uploaded", "files.batches"}
    # It makes topics with four by itself.
    environment.setenv("KAFKA_FLAVOUR", "tansu")
    with pytest.raises(InvalidSettings, match="KAFKA_WORK_PARTITIONS is 4"):
        load(ServiceSettings)


def test_queries_of_users_run_as_a_user_that_only_reads(
    environment: pytest.MonkeyPatch,
) -> None:
    assert load(ApiSettings).reader_url is None
    environment.setenv("CLICKHOUSE_READER_PASSWORD", "a secret")
    assert load(ApiSettings).reader_url == ("http://reader:a%20secret@127.0.0.1:8123/csv_processor")
    environment.setenv("SQL_URL", "http://other:word@127.0.0.2:8123/csv_processor")
    assert load(ApiSettings).reader_url == "http://other:word@127.0.0.2:8123/csv_processor"
    for wrong in ("127.0.0.1:8123", "http://user:x@127.0.0.1:8123/csv_processor"):
        environment.setenv("SQL_URL", wrong)
        with pytest.raises(InvalidSettings, match="SQL_URL"):
            load(ApiSettings)
