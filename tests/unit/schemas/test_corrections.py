"""What a correction of many files may select."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from schemas.corrections import MAX_FILE_IDS, FileSelection

ID = "01a22b11-e271-70b1-963a-b490d0a36507"


@pytest.mark.parametrize("given", [{"file_ids": ["x" * 61]}, {"file_ids": [ID] * 2_001}, {}])
def test_a_selection_fits_a_statement_and_selects_something(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        FileSelection.model_validate(given)


def test_as_many_files_are_named_as_a_parameter_of_a_statement_takes() -> None:
    selection = FileSelection.model_validate({"file_ids": ["x" * 60] * MAX_FILE_IDS})
    named = str(list(selection.file_ids)).replace(" ", "")
    # ClickHouse's http_max_field_value_size.
    assert len(named) < 128 << 10
