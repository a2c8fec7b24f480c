"""Contexts: which server a command uses, where keys are, and what a shell completes."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from cli import completion
from cli.client import Api
from cli.commands.contexts import add_context, key_of, list_contexts, remove_context, use_context
from cli.context import server
from cli.contexts import Context, contexts_path, read_contexts
from cli.entry import main
from cli.exit_codes import CommandError

_VARIABLES = ("CSV_PROCESSOR_API", "CSV_PROCESSOR_KEY", "CSV_PROCESSOR_KEY_FILE")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without contexts, and an environment that names no server."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name in (*_VARIABLES, "CSV_PROCESSOR_CONTEXT"):
        # Set first, so that what a command sets is undone.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    return tmp_path


def two() -> None:
    """Two contexts; the first one is used."""
    add_context("plant", "https://plant.example.com/", "csvp_plant", use=False)
    add_context("lab", "http://127.0.0.1:9000", None, use=False)


def test_without_contexts_the_api_of_this_machine_is_used() -> None:
    assert server() == Context("http://127.0.0.1:8000", None)


def test_the_first_context_is_used_until_another_one_is_chosen() -> None:
    two()
    assert server() == Context("https://plant.example.com", "csvp_plant")
    use_context("lab")
    assert server() == Context("http://127.0.0.1:9000", None)
    add_context("third", "http://third.example.com", None, use=True)
    assert server().api == "http://third.example.com"


def test_the_environment_comes_before_a_context_and_its_key_goes_nowhere_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    two()
    monkeypatch.setenv("CSV_PROCESSOR_API", "http://elsewhere.example.com")
    assert server() == Context("http://elsewhere.example.com", None)
    monkeypatch.delenv("CSV_PROCESSOR_API")
    monkeypatch.setenv("CSV_PROCESSOR_KEY", "csvp_mine")
    assert server() == Context("https://plant.example.com", "csvp_mine")
    monkeypatch.setenv("CSV_PROCESSOR_CONTEXT", "lab")
    assert server().api == "http://127.0.0.1:9000"


def test_a_context_of_one_command_comes_before_everything(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    two()
    add_context("closed", "http://127.0.0.1:1", None, use=False)
    monkeypatch.setenv("CSV_PROCESSOR_API", "http://elsewhere.example.com")
    assert main(["--context", "closed", "stats"]) == 1
    assert "nothing answers at http://127.0.0.1:1" in capsys.readouterr().err
    assert main(["--context", "unknown", "stats"]) == 2
    assert "there is no context unknown; known: closed, lab, plant" in capsys.readouterr().err


def test_the_file_of_contexts_is_its_owners_alone(home: Path) -> None:
    two()
    path = home / "csv-processor" / "contexts.json"
    assert path == contexts_path()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.chmod(0o644)
    use_context("lab")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["contexts.json"]


def test_contexts_are_listed_without_keys_and_removed(capsys: pytest.CaptureFixture[str]) -> None:
    two()
    capsys.readouterr()
    list_contexts()
    assert capsys.readouterr().out.splitlines() == [
        "  lab  http://127.0.0.1:9000",
        "* plant  https://plant.example.com  (with a key)",
    ]
    remove_context("plant")
    assert "csvp_plant" not in contexts_path().read_text()
    assert read_contexts().current is None
    assert server().api == "http://127.0.0.1:8000"
    with pytest.raises(CommandError, match="there is no context plant"):
        remove_context("plant")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["../x", "http://a.example.com"], "no name of a context"),
        (["", "http://a.example.com"], "no name of a context"),
        (["x", "a.example.com"], "is no address"),
        (["x", "http://a.example.com", "--key-file", "no-such-file"], "No such file"),
    ],
)
def test_wrong_use(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["context", "add", *arguments]) in (1, 2)
    assert said in capsys.readouterr().err
    assert not contexts_path().exists()


def test_a_key_is_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("csvp_abc\n")
    assert key_of(str(tmp_path / "key")) == "csvp_abc"


@pytest.mark.parametrize("text", ["", "[]", '{"contexts": {"a": {}}, "current": null}', "{"])
def test_a_file_of_contexts_that_is_none_is_named(text: str) -> None:
    contexts_path().parent.mkdir()
    contexts_path().write_text(text)
    with pytest.raises(CommandError, match=r"contexts\.json is no file of contexts"):
        server()
    assert completion.contexts("") == []


def test_a_shell_completes_names_of_contexts() -> None:
    two()
    assert completion.contexts("p") == [("plant", "https://plant.example.com")]


def test_a_shell_completes_files_by_name_or_id(monkeypatch: pytest.MonkeyPatch) -> None:
    items = [
        {"filename": "klima.csv", "file_id": "0190d5a4-1", "status": "partial"},
        {"filename": "klima.csv", "file_id": "0190d5a4-2", "status": "failed"},
        {"filename": "other.csv", "file_id": "0290", "status": "processed"},
    ]
    monkeypatch.setattr(Api, "get", lambda *_, **__: json.dumps({"items": items}).encode())
    assert completion.file_names("kli") == [("klima.csv", "partial, 0190d5a4-1")]
    assert completion.file_names("0190") == [
        ("0190d5a4-1", "klima.csv"),
        ("0190d5a4-2", "klima.csv"),
    ]


def test_a_shell_completes_nothing_if_the_api_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSV_PROCESSOR_API", "http://127.0.0.1:1")
    for complete in (completion.file_names, completion.profiles, completion.sensors):
        assert complete("a") == []


def test_bash_is_given_what_is_completed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    two()
    monkeypatch.setenv("_CSV_PROCESSOR_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "csv-processor context use l")
    monkeypatch.setenv("COMP_CWORD", "3")
    capsys.readouterr()
    main([])
    assert capsys.readouterr().out.split() == ["lab"]
