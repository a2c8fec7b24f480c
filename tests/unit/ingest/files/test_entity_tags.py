"""Entity tags of documents."""

from __future__ import annotations

import pytest

from ingest.files.documents import has_etag


@pytest.mark.parametrize(
    ("header", "has"),
    [(None, False), ("", False), ('"x"', True), ('W/"x"', True), ('"y", "x"', True), ("*", True), ('"xy"', False)],
)  # fmt: skip
def test_a_document_matches_its_entity_tag(header: str | None, has: bool) -> None:
    assert has_etag(header, '"x"') is has
