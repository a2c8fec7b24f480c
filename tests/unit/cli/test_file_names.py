"""A file that is named by its filename is the only one of that name, however many are found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

import pytest

from cli.client import Api
from cli.exit_codes import WRONG_USE, CommandError
from cli.file_names import file_named


class Pages:
    """An API whose search answers one page after the other."""

    def __init__(self, *pages: list[dict[str, str]]) -> None:
        self._pages = pages

    def get(self, path: str, params: Mapping[str, Any]) -> bytes:
        assert (path, params["q"]) == ("/api/v1/files", "a.csv")
        number = int(params["cursor"] or 0)
        more = str(number + 1) if number + 1 < len(self._pages) else None
        return json.dumps({"items": self._pages[number], "next_cursor": more}).encode()


def named(*pages: list[dict[str, str]]) -> str:
    return file_named(cast(Api, Pages(*pages)), "a.csv")


OTHER = {"file_id": "o", "filename": "aa.csv", "upload_time": "2026-03-01T00:00:00Z"}
FIRST = {**OTHER, "file_id": "f", "filename": "a.csv"}
SECOND = {**FIRST, "file_id": "s"}


def test_a_file_on_a_later_page_is_found() -> None:
    assert named([OTHER], [OTHER], [FIRST]) == "f"


def test_a_second_file_of_the_name_on_a_later_page_is_noticed() -> None:
    with pytest.raises(CommandError, match=r"2 files are called a\.csv") as caught:
        named([FIRST], [OTHER], [SECOND])
    assert caught.value.code == WRONG_USE


def test_a_name_that_no_file_has_stays_as_it_is() -> None:
    assert named([OTHER]) == "a.csv"
