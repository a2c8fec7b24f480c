"""Rules of retention: what they mean, and what is said of rules that cannot be."""

from __future__ import annotations

import fnmatch
import re
from datetime import timedelta

import pytest

from runtime.settings.errors import InvalidSettings
from runtime.settings.processes import ApiSettings, load
from schemas.retention import BadRule, first_due, glob_expression, retention_rules

REQUIRED = {
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
    "STORE_URL": "s3://raw-files",
    "S3_ENDPOINT": "http://127.0.0.1:1",
    "S3_ACCESS_KEY": "key",
    "S3_SECRET_KEY": "long enough",
    "CLICKHOUSE_URL": "http://default@127.0.0.1:1/csv_processor",
}


def test_there_are_no_rules_by_default() -> None:
    assert retention_rules("") == retention_rules(" ;\n ; ") == ()


def test_rules_have_what_age_and_the_files_that_they_are_about() -> None:
    raw, kept, readings, results = retention_rules(
        "raw 30d source=notification object=inbox/klima/; results never name=Calib*.csv\n"
        "readings 12h ;  results   5y"
    )
    assert (raw.what, raw.age, raw.source) == ("raw", timedelta(days=30), "notification")
    assert (raw.object_prefix, raw.name) == ("inbox/klima/", None)
    assert (kept.what, kept.age, kept.name) == ("results", None, "Calib*.csv")
    assert (readings.what, readings.age) == ("readings", timedelta(hours=12))
    assert (results.text, results.age) == ("results 5y", timedelta(days=5 * 365))


def test_nothing_younger_than_the_shortest_age_is_due() -> None:
    rules = retention_rules("raw 30d source=upload; raw 2d; results never")
    assert first_due(rules, "raw") == timedelta(days=2)
    assert first_due(rules, "readings") is first_due(rules, "results") is None


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("row 30d", r"rule 1 \('row 30d'\): saw 'row'; expected raw, readings or results"),
        ("raw 1d; raw", r"rule 2 \('raw'\): no age"),
        ("raw 30", "saw the age '30'; expected a number and s, m, h, d, w or y"),
        ("raw 0d", "saw the age '0d'; expected more than 0"),
        ("raw 999y", "at most 200y"),
        ("raw 1d source=email", "saw source=email; expected one of upload, announced"),
        ("raw 1d Source=upload", "saw 'Source=upload'; expected source=..., name=GLOB"),
        ("raw 1d name=", "name= has no value"),
        ("raw 1d name=a name=b", "name= is given twice"),
        ("raw 1d; raw 2d name=[z-a]*", r"rule 2 .*saw name=\[z-a\]\*; expected a glob"),
        ("raw 1d name=a[!].csv", "expected a glob"),
        ("raw 1d my file.csv", "saw 'my'; expected"),
        ("raw 1d source=upload object=inbox/", "not about source=upload"),
        ("raw 1d; raw 9d source=upload", "rule 2 .* never holds, because 'raw 1d' before it"),
        ("; ".join(f"raw {n}d name=a{n}" for n in range(1, 52)), "has 51 rules"),
    ],
)
def test_a_rule_that_cannot_be_is_named_with_what_is_expected(text: str, named: str) -> None:
    with pytest.raises(BadRule, match=named):
        retention_rules(text)


def test_a_process_with_a_wrong_rule_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**REQUIRED, "RETENTION": "raw 1d; results soon"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InvalidSettings, match=r"RETENTION.*rule 2 \('results soon'\): saw the age"):
        load(ApiSettings)


@pytest.mark.parametrize(
    "name", ["a.csv", "A.CSV", "a[1].csv", "ab.csv", "x\n.csv", "a^b", "a\\b", ""]
)
@pytest.mark.parametrize(
    "glob", ["*", "a*", "?.csv", "[ab].csv", "[!a]*", "a[[]1].csv", "A.csv", "[x", "a[^]b", "a.c+"]
)
def test_a_glob_matches_the_whole_name_in_any_case(glob: str, name: str) -> None:
    expected = fnmatch.fnmatchcase(name.lower(), glob.lower())
    assert bool(re.match(glob_expression(glob), name.lower())) == expected
