"""Secrets from the files that `NAME_FILE` names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runtime.settings import ApiSettings, InvalidSettings, WorkerSettings, load
from runtime.settings.groups import ClickHouseSettings
from runtime.settings.secret_files import is_secret

SECRETS = {
    "S3_ACCESS_KEY",
    "S3_SECRET_KEY",
    "CLICKHOUSE_URL",
    "CLICKHOUSE_PASSWORD",
    "CLICKHOUSE_READER_PASSWORD",
    "KAFKA_USERNAME",
    "KAFKA_PASSWORD",
    "REDIS_URL",
    "SQL_URL",
    "SMTP_URL",
}
BASE = {
    "KAFKA_BOOTSTRAP_SERVERS": "kafka:9092",
    "STORE_URL": "s3://raw-files",
    "S3_ENDPOINT": "http://store:9000",
    "SMTP_FROM": "csv@example.com",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    known = {name.upper() for name in ApiSettings.model_fields}
    for name in set(os.environ) & (known | {f"{name}_FILE" for name in known}):
        monkeypatch.delenv(name)
    for name, value in BASE.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.fixture
def files(tmp_path: Path, environment: pytest.MonkeyPatch) -> Path:
    """A folder with every secret in a file, named in the environment."""
    values = {
        "S3_ACCESS_KEY": "the key\n",
        "S3_SECRET_KEY": "the s3 secret\r\n",
        "CLICKHOUSE_URL": "http://writer@db:8123/csv_processor\n",
        "CLICKHOUSE_PASSWORD": "a/b@c: d%",
        "CLICKHOUSE_READER_PASSWORD": "for readers",
        "KAFKA_USERNAME": "broker user",
        "KAFKA_PASSWORD": "broker password",
        "REDIS_URL": "redis://:secret@redis:6379/0",
        "SQL_URL": "http://reader:word@db:8123/csv_processor",
        "SMTP_URL": "smtp://user:word@mail:587",
    }
    for name, value in values.items():
        (tmp_path / name).write_text(value)
        environment.setenv(f"{name}_FILE", str(tmp_path / name))
    return tmp_path


def test_every_setting_that_holds_a_secret_is_marked_as_one() -> None:
    fields = {**ApiSettings.model_fields, **WorkerSettings.model_fields}
    assert {name.upper() for name, field in fields.items() if is_secret(field)} == SECRETS
    hidden = {name.upper() for name, field in fields.items() if not field.repr}
    assert hidden <= SECRETS


def test_the_documentation_names_every_secret() -> None:
    text = Path(__file__).parents[3].joinpath("docs/configuration.md").read_text()
    paragraph = text.split("## Secrets in files")[1].split("\n## ")[0]
    assert all(f"`{name}`" in paragraph for name in SECRETS | {"CSV_PROCESSOR_KEY"})


@pytest.mark.usefixtures("files")
def test_every_secret_is_read_from_its_file() -> None:
    settings = load(ApiSettings)
    assert (settings.s3_access_key, settings.s3_secret_key) == ("the key", "the s3 secret")
    assert (settings.kafka_username, settings.kafka_password) == ("broker user", "broker password")
    assert settings.clickhouse_reader_password == "for readers"
    assert settings.redis_url == "redis://:secret@redis:6379/0"
    assert settings.sql_url == "http://reader:word@db:8123/csv_processor"
    expected = "http://writer:a%2Fb%40c%3A%20d%25@db:8123/csv_processor"
    assert settings.clickhouse_url == expected


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("name", sorted(SECRETS))
def test_a_variable_and_its_file_exclude_each_other(
    environment: pytest.MonkeyPatch, name: str
) -> None:
    environment.setenv(name, "x")
    with pytest.raises(InvalidSettings, match=f"{name} and {name}_FILE are both set"):
        load(ApiSettings)
    # As compose.yaml does with a variable of .env.
    environment.setenv(name, "")
    load(ApiSettings)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "cannot be read: No such file"), (b"\n", "is empty"), (b"\xff", "is not UTF-8")],
)
def test_a_secret_file_that_cannot_be_used_is_named(
    files: Path, content: bytes | None, reason: str
) -> None:
    path = files / "S3_SECRET_KEY"
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(InvalidSettings) as error:
        load(ApiSettings)
    assert str(error.value).startswith(f"cannot start: S3_SECRET_KEY_FILE: {path} ")
    assert reason in str(error.value)


def test_other_settings_are_not_read_from_files(
    files: Path, environment: pytest.MonkeyPatch
) -> None:
    (files / "level").write_text("DEBUG")
    environment.setenv("LOG_LEVEL_FILE", str(files / "level"))
    assert load(ApiSettings).log_level == "INFO"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://me@db:8123/x", "http://me:p%40ss@db:8123/x"),
        ("http://me:own@db:8123/x", "http://me:own@db:8123/x"),
        ("https://me@[::1]:8443/x?ca_cert=/a", "https://me:p%40ss@[::1]:8443/x?ca_cert=/a"),
    ],
)
def test_the_password_goes_to_the_user_of_the_url(
    environment: pytest.MonkeyPatch, url: str, expected: str
) -> None:
    environment.setenv("CLICKHOUSE_URL", url)
    environment.setenv("CLICKHOUSE_PASSWORD", "p@ss")
    assert load(ClickHouseSettings).clickhouse_url == expected


def test_a_password_needs_a_user_in_the_url(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("CLICKHOUSE_URL", "http://db:8123/x")
    environment.setenv("CLICKHOUSE_PASSWORD", "p@ss")
    with pytest.raises(InvalidSettings, match="CLICKHOUSE_URL names no user"):
        load(ClickHouseSettings)
