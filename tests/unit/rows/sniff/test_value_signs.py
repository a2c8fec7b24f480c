"""Decimal and thousands signs are detected for all values of a file, or asked about."""

from __future__ import annotations

import pytest

from rows.sniff.value_signs import Signs, find_signs
from tests.unit.rows.sniff.reading import read

COMMA, POINT, ANY = Signs(","), Signs("."), Signs("any")
COMMA_BETWEEN, POINT_BETWEEN = Signs(".", ","), Signs(",", ".")


@pytest.mark.parametrize(
    ("cells", "ways"),
    [
        (["1,204", "2,310"], {COMMA, COMMA_BETWEEN}),
        (["986.5", "1,204", "1,187.25"], {COMMA_BETWEEN}),
        (["998,5", "1.002", "1.004,5"], {POINT_BETWEEN}),
        (["12,5", "1,204"], {COMMA}),
        (["0,204", "1,204"], {COMMA}),
        (["12045", "1,204"], {COMMA}),
        (["986.5", "1,204"], {COMMA_BETWEEN}),
        (["998,5", "1.002"], {ANY, POINT_BETWEEN}),
        (["1,204", "2.310"], {ANY, COMMA_BETWEEN, POINT_BETWEEN}),
        (["1,204,000"], {COMMA_BETWEEN}),
        (["1 204,5", "3"], {Signs(",", "space")}),
        (["1 204", "3.5"], {Signs(".", "space")}),
        (["1 204,5", "3.5"], {Signs(",", "space"), Signs(".", "space")}),
        (["1'204.5"], {Signs(".", "'")}),
        (["1.204", "2.310"], {POINT}),
        (["5", "6.5"], {POINT}),
        (["12,5", "3.75"], {ANY}),
        ([], {ANY}),
        (["5", "1200"], {ANY}),
    ],
)
def test_signs(cells: list[str], ways: set[Signs]) -> None:
    assert set(find_signs(cells, comma_delimited=False).ways) == ways


def test_without_evidence_a_comma_between_fields_is_no_decimal_sign() -> None:
    assert find_signs(["5", "6.5"], comma_delimited=True).ways == (POINT,)


def test_a_column_of_decimal_commas_is_asked_about_between_others_without() -> None:
    rows = "".join(f'2024-05-14 03:0{k},"8,{k}2",{550 + k},{140 - k}\n' for k in range(6))
    doubt = read(f"time,distance,energy,pulse\n{rows}".encode()).doubt
    assert doubt is not None
    assert doubt.code == "number_ambiguous"
    assert doubt.suggestions[0].options == {"decimal": ","}


def test_a_comma_in_one_cell_costs_that_cell() -> None:
    rows = "".join(f"2024-05-14 03:0{k},8.{k}2,{550 + k}\n" for k in range(6))
    found = read(f'time,distance,energy\n{rows}2024-05-14 03:09,"8,92",559\n'.encode())
    assert (len(found.readings), len(found.invalid)) == (13, 1)
