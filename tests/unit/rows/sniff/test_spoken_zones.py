"""Zones and local times as people call them, in several languages: asked about, or reported."""

from __future__ import annotations

import pytest

from tests.unit.rows.sniff.reading import Read, read


def _read(header: str, before: str = "") -> Read:
    rows = "".join(f"2024-05-14 {k:02}:00;{k}.5\n" for k in range(8))
    return read(f"{before}{header};temp\n{rows}".encode())


@pytest.mark.parametrize(
    ("header", "zone"),
    [
        ("时间(北京时间)", "Asia/Shanghai"),
        ("北京时间", "Asia/Shanghai"),
        ("数据时间（东八区）", "Asia/Shanghai"),
        ("観測日時（日本標準時）", "Asia/Tokyo"),
        ("일시(한국표준시)", "Asia/Seoul"),
        ("Дата и время (МСК)", "Europe/Moscow"),
        ("Datum a čas (SEČ)", "Europe/Prague"),
        ("Tarih Saat (TSİ)", "Europe/Istanbul"),
        ("Data Hora (horário de Brasília)", "America/Sao_Paulo"),
        ("Date heure (heure de Paris)", "Europe/Paris"),
        ("Datum (svensk tid)", "Europe/Stockholm"),
        ("Time (Berlin)", "Europe/Berlin"),
        ("Time [New York]", "America/New_York"),
        ("Timestamp (US Eastern)", "America/New_York"),
        ("Datum Uhrzeit (Wien)", "Europe/Vienna"),
    ],
)
def test_a_zone_in_the_words_of_a_header_is_asked_about(header: str, zone: str) -> None:
    doubt = _read(header).doubt
    assert doubt is not None
    assert doubt.code == "timestamp_ambiguous"
    assert [s.options["timezone"] for s in doubt.suggestions] == [zone, "UTC"]


@pytest.mark.parametrize(
    "before",
    ["# 时间: 北京时间\n", "备注: 北京时间采集\n", "Часовой пояс;МСК\n\n", "时区: 北京时间\n"],
)
def test_a_zone_in_the_words_of_a_line_before_the_data_is_asked_about(before: str) -> None:
    doubt = _read("time", before).doubt
    assert doubt is not None
    assert doubt.code == "timestamp_ambiguous"


@pytest.mark.parametrize(
    "header",
    [
        "Aika [Paikallinen aika]",
        "Data (czas lokalny)",
        "Místní čas",
        "Время (местное)",
        "Yerel saat",
        "Helyi idő",
        "Τοπική ώρα",
        "时间(本地)",
        "当地时间",
        "日時（現地）",
        "일시(현지)",
        "Fecha (hora solar)",
        "Date (heure d'hiver)",
    ],
)
def test_local_times_are_reported(header: str) -> None:
    found = _read(header)
    assert found.doubt is None
    assert found.notices == {"local_zone"}


def test_local_times_of_a_line_before_the_data_are_reported() -> None:
    assert _read("time", "Время: местное\n").notices == {"local_zone"}


@pytest.mark.parametrize(
    "header",
    [
        "Time (indoor)",
        "Time (s)",
        "Time (wake)",
        "Date (Томская станция)",
        "日時（室外）",
        "Datum (sec)",
    ],
)
def test_other_words_in_brackets_say_no_zone(header: str) -> None:
    found = _read(header)
    assert (found.doubt, found.notices) == (None, set())


@pytest.mark.parametrize(
    "before", ["Station: Berlin\n", "测站: 北京\n", "Solar data are in W/m2\n"]
)
def test_towns_in_lines_before_the_data_say_no_zone(before: str) -> None:
    found = _read("time", before)
    assert (found.doubt, found.notices) == (None, set())


@pytest.mark.parametrize(
    ("header", "before"),
    [
        ("时间（UTC+8）", ""),
        ("时间", "时区: UTC+8\n"),
        ("Date heure (TU+8)", ""),
        ("time", "Часовой пояс: UTC+8\n"),
    ],
)
def test_offsets_beside_words_of_other_languages_are_the_zone(header: str, before: str) -> None:
    assert _read(header, before).readings[0][1] == "2024-05-13T16:00:00.000000Z"
