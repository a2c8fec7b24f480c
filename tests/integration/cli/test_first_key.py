"""A stack that needs API keys makes the first one when it is started on a fresh folder."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from embedded.endpoints import read_endpoints
from tests.harness.command import Command

TOKEN = re.compile(r"csvp_[0-9a-f]{12}_[A-Za-z0-9_-]{43}")


def status(api: str, key: str | None) -> int:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    return httpx.get(f"{api}/api/v1/stats", headers=headers, timeout=60).status_code


@pytest.mark.slow
def test_up_prints_the_first_key_once(tmp_path: Path) -> None:
    env = {
        "DATA_DIR": str(tmp_path),
        "API_PORT": "0",
        "WORKERS": "1",
        "REQUIRE_KEYS": "1",
        "CLICKHOUSE_URL": "",
    }
    run = Command("http://127.0.0.1:9")
    try:
        first = run("up", env=env)
        assert first.code == 0, first.stderr
        (key,) = TOKEN.findall(first.out)
        assert "shown\nthis once" in first.stderr.replace("\r", "")
        api = read_endpoints(tmp_path)["CSV_PROCESSOR_API"]
        assert (status(api, None), status(api, key)) == (401, 200)

        again = run("up", env=env)
        assert again.code == 0, again.stderr
        assert TOKEN.findall(again.out + again.stderr) == []
        kept = "".join(path.read_text(errors="replace") for path in (tmp_path / "logs").iterdir())
        kept += (tmp_path / "endpoints.env").read_text()
        assert key not in kept

        # A key that was revoked does not bring another one.
        listed = run("keys", "list", "--json", env=env).answer
        assert [one["name"] for one in listed] == ["first"]
        assert run("keys", "revoke", listed[0]["key_id"], env=env).code == 0
        assert run("up", env=env).code == 0
        assert len(run("keys", "list", "--json", env=env).answer) == 1
    finally:
        assert run("down", env=env).code == 0
