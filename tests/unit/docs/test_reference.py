"""Generated parts of the documents are current, and nothing public is undocumented."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.usage.examples import EXAMPLES, lines_of
from schemas.read_options import options
from scripts.reference import command_line, http_api, pages, typescript
from sinks.queries import FILE_SORTS, TOTAL_SORTS
from tests.harness import programs

ROOT = Path(__file__).parents[3]
PACKAGES = ("cli", "dryrun", "ingest", "rows", "schemas", "sinks", "stream")
# Exceptions whose first argument is a public code.
CODED = {"BadData", "CorruptStream", "Question"}
# Turned into another code before a user sees it.
INTERNAL = {"bad_cursor"}


@pytest.mark.parametrize("path", pages.documents(), ids=lambda path: path.name)
def test_generated_parts_are_current(path: Path) -> None:
    text = path.read_text()
    assert pages.renewed(text) == text, "`make reference` renews it"


def test_types_of_the_web_ui_are_current() -> None:
    programs.require("openapi-typescript")
    assert typescript.types() == typescript.TYPES.read_text(), "`make reference` renews them"


def test_every_generated_part_is_in_one_document() -> None:
    used = [name for path in pages.documents() for name in pages.parts_of(path.read_text())]
    assert sorted(used) == sorted(pages.PARTS)


def test_every_command_is_documented_and_has_help() -> None:
    text = (ROOT / "docs/cli.md").read_text()
    documented = re.findall(r"^## (.+)$", text, re.MULTILINE)
    names = [name for name, _, _ in command_line.commands()]
    assert documented == names
    assert all(command.help for _, command, _ in command_line.commands())


def test_every_option_of_a_command_says_what_it_is() -> None:
    silent = [
        (name, record[0])
        for name, command, context in command_line.commands()
        for parameter in command.params
        if (record := parameter.get_help_record(context))
        and not re.sub(r"\[[^]]*\]", "", record[1]).strip()
    ]
    assert silent == []


def test_every_command_has_examples_in_its_help_that_it_takes() -> None:
    commands = {name: (command, context) for name, command, context in command_line.commands()}
    assert commands.keys() == EXAMPLES.keys()
    for name, (command, context) in commands.items():
        shown = command.get_help(context)
        for line in lines_of(name):
            assert f"\n    {line}" in shown
            assert len(line) <= 76
            # Without where standard input comes from and output goes to.
            words = shlex.split(re.sub(r" [<>] \S+", "", line))[1 + len(name.split()) :]
            command.make_context(name, words, parent=context.parent)


def test_the_orders_that_help_names_are_those_of_the_api() -> None:
    orders = {"files": FILE_SORTS, "sensors": TOTAL_SORTS}
    for name, command, _ in command_line.commands():
        for parameter in command.params:
            if parameter.name == "sort":
                named = set(re.findall(r"[a-z]+_[a-z]+|filename|status|files", parameter.help))
                assert named == set(orders[name])


def test_every_call_is_documented() -> None:
    documented = re.findall(r"^### ([A-Z]+ /.*)$", (ROOT / "docs/api.md").read_text(), re.MULTILINE)
    assert documented == [f"{method} {path}" for method, path, _ in http_api.calls()]


def test_every_read_option_is_declared_once_and_has_help_and_an_example() -> None:
    names = [option.name for option in options()]
    assert len(names) == len(set(names)) > 20
    assert all(option.help and option.example for option in options())
    source = ast.parse((ROOT / "schemas/read_options.py").read_text())
    declared = [
        node.target.id
        for node in ast.walk(source)
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and isinstance(node.value, ast.Call)
        and getattr(node.value.func, "id", "") in ("_option", "_options")
    ]
    assert sorted(declared) == sorted(names)


def codes() -> Iterator[tuple[str, str]]:
    """(code, place) of every code that an exception carries."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if (
                    isinstance(node, ast.Call)
                    and getattr(node.func, "id", "") in CODED
                    and node.args
                    and isinstance(node.args[0], ast.Constant)
                ):
                    yield str(node.args[0].value), f"{path.name}:{node.lineno}"


def test_every_code_is_documented() -> None:
    text = "".join((ROOT / "docs" / name).read_text() for name in ("errors.md", "files.md"))
    documented = set(re.findall(r"^\| \[?`(\w+)`", text, re.MULTILINE))
    found = set(codes())
    assert len(found) > 15
    undocumented = [
        f"{code} ({place})" for code, place in found if code not in documented | INTERNAL
    ]
    assert undocumented == []


def test_every_link_leads_to_a_file() -> None:
    broken = [
        f"{path.relative_to(ROOT)}: {link}"
        for path in pages.documents()
        for link in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", path.read_text())
        if not (path.parent / link).exists()
    ]
    assert broken == []


def test_every_link_to_a_heading_leads_to_one() -> None:
    broken = []
    for path in pages.documents():
        for link, heading in re.findall(r"\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)", path.read_text()):
            target = path.parent / link if link else path
            if target.suffix != ".md" or not target.exists():
                continue
            headings = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE)
            if heading not in {http_api.anchor(one) for one in headings}:
                broken.append(f"{path.relative_to(ROOT)}: {link}#{heading}")
    assert broken == []
