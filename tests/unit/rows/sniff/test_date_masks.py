"""The order of dates as headers write it in several languages."""

from __future__ import annotations

import pytest

from rows.sniff.date_masks import order_said_by
from tests.unit.rows.sniff.reading import read


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("Date (dd/mm/yyyy)", "dmy"),
        ("Date (MM/DD/YYYY)", "mdy"),
        ("Date [yyyy-mm-dd]", "ymd"),
        ("Fecha (dd/mm/aaaa)", "dmy"),
        ("Fecha (mm/dd/aaaa)", "mdy"),
        ("Data (gg/mm/aaaa)", "dmy"),
        ("Date (jj/mm/aa)", "dmy"),
        ("Date (aaaa-mm-jj)", "ymd"),
        ("Datum (TT.MM.JJJJ)", "dmy"),
        ("Datum (JJJJ-MM-TT)", "ymd"),
        ("Datum (dd-mm-jjjj)", "dmy"),
        ("Datum (jj-mm-dd)", "ymd"),
        ("Pvm (pp.kk.vvvv)", "dmy"),
        ("Data (dd.mm.rrrr)", "dmy"),
        ("Tarih (gg.aa.yyyy)", "dmy"),
        ("Datum (ÅÅÅÅ-MM-DD)", "ymd"),
        ("Дата (дд.мм.гггг)", "dmy"),
        ("日付(年/月/日)", "ymd"),
        ("Date (jj-mm-jj)", None),
        ("Temp (a.m.)", None),
        ("add mm yy", None),
    ],
)
def test_the_letters_of_a_mask_say_the_order(text: str, order: str | None) -> None:
    assert order_said_by(text) == order


@pytest.mark.parametrize("header", ["Fecha (dd/mm/aaaa),T", "Fecha,T\n(dd/mm/aaaa),(C)"])
def test_dates_before_the_twelfth_are_read_by_the_mask(header: str) -> None:
    found = read(f"{header}\n01/03/2024,5.3\n02/03/2024,5.4\n03/03/2024,5.5\n".encode())
    assert found.readings[1] == ("T", "2024-03-02T00:00:00.000000Z", 5.4)
