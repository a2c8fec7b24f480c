"""Web pages do not reach the database."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx
import pytest

from tests.integration.embedded.attacks.sql_port import Port

FOREIGN_HOSTS = [
    "evil.example",
    "evil.example:8123",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "127.0.0.1@evil.example",
    "evil.example#127.0.0.1",
    "0.0.0.0",
    "169.254.169.254",
    "[::ffff:8.8.8.8]",
    "[",
    "",
]


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_a_name_that_leads_here_is_refused(port: Port, host: str) -> None:
    """DNS rebinding: the page's own name resolves to 127.0.0.1, so it is the same origin."""
    for method, path in (("GET", "/?query=SELECT+1"), ("POST", "/"), ("GET", "/ping")):
        answer = httpx.request(
            method, f"{port.url.rstrip('/')}{path}", headers={"Host": host}, auth=port.reader
        )
        assert answer.status_code in (400, 403), answer.text


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.0.0.1:1", "[::1]:8123", "LOCALHOST"]
)
def test_names_of_this_machine_are_answered(port: Port, host: str) -> None:
    answer = port.ask("SELECT 1", headers={"Host": host})
    assert answer.text == "1\n"


def test_requests_of_web_pages_are_refused_in_any_form(port: Port) -> None:
    at = urlsplit(port.url).netloc
    crossing = [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:3000"},
        {"Origin": f"https://{at}"},
        {"Origin": f"http://{at}.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    ]
    for headers in crossing:
        for user in (port.owner, port.reader):
            answer = port.ask("SELECT 1", user=user, headers=headers)
            assert answer.status_code == 403, headers
            assert "access-control-allow-origin" not in answer.headers
        image = httpx.get(port.url, params={"query": "SELECT 1"}, headers=headers, auth=port.owner)
        assert image.status_code == 403
        preflight = httpx.options(port.url, headers=headers)
        assert preflight.status_code >= 400
        assert "access-control-allow-origin" not in preflight.headers
    own = port.ask("SELECT 1", headers={"Origin": f"http://{at}", "Sec-Fetch-Site": "none"})
    assert own.text == "1\n"
    assert "access-control-allow-origin" not in own.headers
