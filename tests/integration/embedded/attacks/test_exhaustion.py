"""Results and time are bounded."""

from __future__ import annotations

import threading

import pytest

from tests.integration.embedded.attacks.sql_port import Port


def test_a_result_is_bounded(port: Port) -> None:
    small = {"max_result_bytes": "1000000"}
    for fmt in ("TSV", "JSON", "Parquet"):
        answer = port.ask(f"SELECT * FROM numbers(10000000) FORMAT {fmt}", params=small)
        # What began to stream ends with the error; the connection says that it is not whole.
        assert answer.status_code >= 400 or "396" in answer.text


@pytest.mark.slow
def test_readers_do_not_keep_the_product_from_working(port: Port) -> None:
    slow = "SELECT sum(sleepEachRow(0.1)) FROM numbers(20)"
    one_by_one = {"params": {"max_block_size": "1"}}
    threads = [
        threading.Thread(target=port.ask, args=(slow,), kwargs=one_by_one) for _ in range(40)
    ]
    for thread in threads:
        thread.start()
    for _ in range(20):
        assert port.own("SELECT 1") == "1\n"
    assert any(thread.is_alive() for thread in threads), "the product waited for readers"
    for thread in threads:
        thread.join()
