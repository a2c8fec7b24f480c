"""SQL calls no other addresses."""

from __future__ import annotations

from tests.integration.embedded.attacks.sql_port import Port, assert_refused, listener


def test_no_query_of_a_reader_calls_an_address(port: Port) -> None:
    with listener() as (at, calls):
        host = f"127.0.0.1:{at}"
        for source in (
            f"url('http://{host}/x', LineAsString)",
            f"url('http://{host}/x')",
            f"urlCluster('c', 'http://{host}/x', CSV)",
            f"s3('http://{host}/b/x.csv', 'a', 'b', CSV, 'a Int8')",
            f"gcs('http://{host}/b/x.csv')",
            f"azureBlobStorage('http://{host}', 'c', 'x', CSV)",
            f"hdfs('hdfs://{host}/x', CSV, 'a Int8')",
            f"remote('{host}', system.one)",
            f"remoteSecure('{host}', system.one)",
            "cluster('x', system.one)",
            f"mysql('{host}', 'd', 't', 'u', 'p')",
            f"postgresql('{host}', 'd', 't', 'u', 'p')",
            f"mongodb('{host}', 'd', 't', 'u', 'p', 'a Int8')",
            f"redis('{host}', 'k', 'k String, v String')",
            "odbc('DSN=x', 'd', 't')",
            f"jdbc('jdbc:mysql://{host}', 'd', 't')",
            f"iceberg('http://{host}/x')",
            f"deltaLake('http://{host}/x')",
            f"hudi('http://{host}/x')",
            f"format(Avro, '') SETTINGS format_avro_schema_registry_url = 'http://{host}/'",
            f"prometheusQuery('http://{host}', 'x', 1)",
            f"ytsaurus('http://{host}', '//x', 't', 'a Int8')",
        ):
            assert_refused(port.ask(f"SELECT * FROM {source}"))
        for sql in (
            f"SELECT AIGenerate('http://{host}', 'x')",
            f"SELECT * FROM files WHERE file_id IN url('http://{host}/x', CSV, 'a String')",
            f"EXPLAIN SELECT * FROM url('http://{host}/x', LineAsString)",
            f"DESCRIBE url('http://{host}/x')",
        ):
            assert_refused(port.ask(sql))
        assert calls == []
