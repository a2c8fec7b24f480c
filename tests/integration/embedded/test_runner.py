"""The runner of the embedded stack with its real broker, store and database."""

from __future__ import annotations

import io
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from minio import Minio

from embedded.discovery import parts_of
from embedded.endpoints import read_endpoints
from embedded.probe import free_ports
from embedded.processes import Identity
from embedded.stack import Stack, StackNotReady
from embedded.state import PartState, StackState, read_state, take_lock, write_state
from tests.harness.waiting import wait_until

SERVICES = ["broker", "store", "clickhouse"]
DEAD = Identity(0, 0.0)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def stack(data_dir: Path) -> Iterator[Stack]:
    with Stack(data_dir, parts=SERVICES) as running:
        yield running


def store(stack: Stack) -> Minio:
    at = stack.endpoints
    address = at["S3_ENDPOINT"].removeprefix("http://")
    return Minio(address, at["S3_ACCESS_KEY"], at["S3_SECRET_KEY"], secure=False)


def query(stack: Stack, sql: str) -> str:
    url = urlsplit(stack.endpoints["CLICKHOUSE_URL"])
    base = f"http://127.0.0.1:{url.port}/?database={url.path.strip('/')}"
    answer = httpx.post(base, content=sql, auth=(url.username or "", url.password or ""))
    assert answer.status_code == 200, answer.text
    return answer.text


def command(action: str, data_dir: Path, *more: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "embedded", action, "--data-dir", str(data_dir), *more]
    return subprocess.run(line, capture_output=True, text=True, timeout=90, check=False)


async def test_the_three_services_do_their_work(stack: Stack) -> None:
    store(stack).make_bucket("bucket")
    store(stack).put_object("bucket", "k", io.BytesIO(b"bytes"), 5)
    assert store(stack).get_object("bucket", "k").data == b"bytes"
    assert query(stack, "SELECT currentDatabase()") == "csv_processor\n"
    servers = stack.endpoints["KAFKA_BOOTSTRAP_SERVERS"]
    producer = AIOKafkaProducer(bootstrap_servers=servers)
    await producer.start()
    await producer.send_and_wait("t", b"value")
    await producer.stop()
    consumer = AIOKafkaConsumer("t", bootstrap_servers=servers, auto_offset_reset="earliest")
    await consumer.start()
    assert (await consumer.getone()).value == b"value"
    await consumer.stop()


def test_the_endpoints_are_kept_from_others_eyes(stack: Stack) -> None:
    file = stack.data_dir / "endpoints.env"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for part in SERVICES:
        pid = stack.pid(part)
        assert pid is not None
        line = " ".join(psutil.Process(pid).cmdline())
        assert stack.endpoints["S3_SECRET_KEY"] not in line
        listening = [
            c.laddr.ip
            for c in psutil.Process(pid).net_connections(kind="inet")
            if c.status == psutil.CONN_LISTEN
        ]
        assert listening == ["127.0.0.1"]


@pytest.mark.parametrize("part", SERVICES)
def test_a_part_that_is_killed_starts_again_at_its_address(stack: Stack, part: str) -> None:
    before, starts = stack.endpoints, stack.starts(part)
    killed = stack.kill(part)
    stack.wait_restarted(part, starts)
    stack.wait_ready()
    assert stack.pid(part) not in (None, killed)
    assert stack.endpoints == before


@pytest.mark.slow
def test_data_survives_kill_9_of_its_part_and_a_restart_of_the_whole(data_dir: Path) -> None:
    with Stack(data_dir, parts=SERVICES) as stack:
        before = stack.endpoints
        store(stack).make_bucket("bucket")
        store(stack).put_object("bucket", "k", io.BytesIO(b"bytes"), 5)
        query(stack, "CREATE TABLE t (a Int8) ENGINE = MergeTree ORDER BY a")
        query(stack, "INSERT INTO t VALUES (7)")
        for part in ("store", "clickhouse"):
            starts = stack.starts(part)
            stack.kill(part)
            stack.wait_restarted(part, starts)
        assert query(stack, "SELECT a FROM t") == "7\n"
    assert read_state(data_dir) is None
    with Stack(data_dir, parts=SERVICES) as stack:
        assert stack.endpoints == before
        assert query(stack, "SELECT a FROM t") == "7\n"
        assert store(stack).get_object("bucket", "k").data == b"bytes"


def test_a_runner_that_is_killed_leaves_nothing_in_the_way(data_dir: Path) -> None:
    with Stack(data_dir, parts=SERVICES) as stack:
        before = stack.endpoints
        state = read_state(data_dir)
        assert state is not None
        parts = [part.process for part in state.parts.values() if part.process]
        assert len(parts) == len(SERVICES)
        stack.kill_runner()
        wait_until(lambda: not any(part.alive() for part in parts), "the parts end with it")
        assert command("status", data_dir).returncode == 3
        stack.start()
        stack.wait_ready()
        assert stack.endpoints == before


def test_a_part_that_outlived_its_runner_is_stopped_first(data_dir: Path) -> None:
    """Where the kernel does not end the parts with the runner, the next one does."""
    ours = subprocess.Popen(["sleep", "600"])
    other = subprocess.Popen(["sleep", "600"])
    ended = subprocess.Popen(["true"])
    ended.wait()
    try:
        left = Identity.of(ours.pid)
        # The same id, but not the same process: it must be left alone.
        reused = Identity(other.pid, Identity.of(other.pid).started - 1000)
        parts = {
            "broker": PartState(left, True, 1),
            "store": PartState(reused, True, 1),
            "clickhouse": PartState(None, False, 1),
        }
        write_state(data_dir, StackState(Identity(ended.pid, 1.0), True, parts))
        with Stack(data_dir, parts=["broker"]):
            assert ours.wait(5) == -signal.SIGTERM
            assert other.poll() is None
    finally:
        for process in (ours, other):
            process.kill()
            process.wait()


@pytest.mark.slow
def test_a_runner_that_cannot_write_its_state_goes_on(data_dir: Path) -> None:
    with Stack(data_dir, parts=SERVICES) as stack:
        runner = stack.runner_pid
        # A file cannot be written there, as on a full disk.
        (data_dir / "run" / "stack.new").mkdir()
        killed = stack.kill("broker")
        wait_until(lambda: parts_of(data_dir).get("broker", DEAD).pid not in (0, killed), "it runs")
        wait_until(lambda: "cannot be written" in stack.log("runner"), "it says so")
        assert psutil.Process(runner).is_running()
        # What was written before is a truncated file now, and nothing better can be written.
        (data_dir / "run" / "stack.json").write_text('{"runner": {"pi')
        status = command("status", data_dir)
        assert status.returncode == 1
        assert f"its runner is pid {runner}" in status.stdout
        shown = {line.split()[0] for line in status.stdout.splitlines() if " runs " in line}
        assert shown == set(SERVICES)
        # With space again, the state is there again.
        (data_dir / "run" / "stack.new").rmdir()
        stack.wait_ready()
        assert stack.pid("broker") != killed
        wait_until(lambda: "written again" in stack.log("runner"), "it says so")


@pytest.mark.parametrize("content", ["", '{"runner": {"pi', "[]", None])
def test_a_stack_with_a_broken_state_file_can_be_stopped(
    data_dir: Path, content: str | None
) -> None:
    with Stack(data_dir, parts=SERVICES) as stack:
        pids = [stack.pid(part) for part in SERVICES]
        # The runner would repair it within a second; it is stopped before that.
        (data_dir / "run" / "stack.new").mkdir()
        file = data_dir / "run" / "stack.json"
        file.unlink()
        if content is not None:
            file.write_text(content)
        assert command("up", data_dir, "--seconds", "1").stdout.startswith("the stack of")
        down = command("down", data_dir)
        assert (down.returncode, down.stdout) == (0, "stopped\n")
        assert not any(_runs(pid) for pid in pids)
        (data_dir / "run" / "stack.new").rmdir()
    assert command("status", data_dir).returncode == 3


def test_a_broken_state_file_is_repaired_by_the_runner(data_dir: Path) -> None:
    with Stack(data_dir, parts=["broker"]) as stack:
        for content in ("", "{}", '{"runner": null}'):
            (data_dir / "run" / "stack.json").write_text(content)
            stack.wait_ready()
        assert command("status", data_dir).returncode == 0


def test_parts_without_a_runner_and_without_a_state_are_stopped_first(data_dir: Path) -> None:
    env = {**os.environ, "CSV_PROCESSOR_STACK": str(data_dir), "CSV_PROCESSOR_PART": "broker"}
    ours = subprocess.Popen(["sleep", "600"], env=env)
    other = subprocess.Popen(["sleep", "600"], env={**env, "CSV_PROCESSOR_STACK": f"{data_dir}-2"})
    try:
        with Stack(data_dir, parts=["broker"]):
            assert ours.wait(20) == -signal.SIGTERM
            assert other.poll() is None
    finally:
        for process in (ours, other):
            process.kill()
            process.wait()


def test_a_data_folder_that_cannot_be_written_is_reported_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    answer = command("up", tmp_path / "data")
    assert answer.returncode == 1
    assert answer.stderr.startswith(f"cannot work in {tmp_path / 'data'}: ")
    assert "Traceback" not in answer.stderr


def test_another_port_is_chosen_if_one_is_in_use(data_dir: Path) -> None:
    with Stack(data_dir, parts=["broker"]) as stack:
        before = stack.endpoints
    taken = urlsplit(f"//{before['KAFKA_BOOTSTRAP_SERVERS']}").port
    assert taken is not None
    with socket.create_server(("127.0.0.1", taken)), Stack(data_dir, parts=["broker"]) as stack:
        after = stack.endpoints
    assert after["KAFKA_BOOTSTRAP_SERVERS"] != before["KAFKA_BOOTSTRAP_SERVERS"]
    for same in ("S3_ENDPOINT", "CLICKHOUSE_URL", "S3_SECRET_KEY"):
        assert after[same] == before[same]


def test_an_api_port_in_use_is_rejected_in_one_line(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        answer = command("run", data_dir, "--api-port", str(port), "--parts", "broker")
    assert answer.returncode == 1
    assert answer.stderr.strip().splitlines() == [
        f"port {port} is taken by another program; set API_PORT to another one"
    ]


def test_up_says_why_it_failed(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        first = command("up", data_dir, "--api-port", str(port))
    assert first.returncode == 1
    assert f"the runner has ended: port {port} is taken by another" in first.stderr.splitlines()[-1]


@pytest.mark.parametrize("seconds", ["0", "0.5"])
def test_up_that_takes_too_long_leaves_nothing(data_dir: Path, seconds: str) -> None:
    data_dir.mkdir()
    late = command("up", data_dir, "--api-port", "0", "--workers", "0", "--seconds", seconds)
    assert late.returncode == 1
    assert command("status", data_dir).returncode == 3
    lock = take_lock(data_dir)
    assert lock is not None
    lock.close()


def test_status_and_down(data_dir: Path) -> None:
    assert command("down", data_dir).returncode == 0
    assert command("status", data_dir).returncode == 3
    with Stack(data_dir, parts=SERVICES) as stack:
        status = command("status", data_dir)
        assert status.returncode == 0
        assert [line.split()[0] for line in status.stdout.splitlines()] == [*SERVICES, "ready"]
        second = command("run", data_dir, "--parts", "broker")
        assert second.returncode == 3
        assert "already up" in second.stderr
        pids = [stack.pid(part) for part in SERVICES]
        down = command("down", data_dir)
        assert (down.returncode, down.stdout) == (0, "stopped\n")
        assert not any(_runs(pid) for pid in pids)
    assert command("down", data_dir).stdout.startswith("no stack is up")
    assert read_endpoints(data_dir)["S3_SECRET_KEY"]


def _runs(pid: int | None) -> bool:
    try:
        return pid is not None and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_the_callers_environment_reaches_the_parts(data_dir: Path) -> None:
    with Stack(data_dir, parts=["broker"], env={"RECONCILE_AFTER_SECONDS": "5"}) as stack:
        environment = psutil.Process(stack.pid("broker")).environ()
        assert environment["RECONCILE_AFTER_SECONDS"] == "5"
        for name, value in stack.endpoints.items():
            assert environment[name] == value


def test_ctrl_c_stops_a_stack_in_the_foreground(data_dir: Path) -> None:
    line = [sys.executable, "-m", "embedded", "run", "--data-dir", str(data_dir)]
    process = subprocess.Popen([*line, "--parts", "broker,store", "--api-port", "0"])
    try:
        wait_until(lambda: (s := read_state(data_dir)) is not None and s.ready, "it is ready")
        state = read_state(data_dir)
        assert state is not None
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(20) == 0
        assert not any(p.process.alive() for p in state.parts.values() if p.process)
    finally:
        process.kill()
        process.wait()


def test_a_process_that_cannot_start_is_reported_with_its_log(data_dir: Path) -> None:
    broken = {"CALF_TANSU_BIN": "/nowhere"}
    with pytest.raises(StackNotReady, match="runner ended"):
        Stack(data_dir, parts=["broker"], env=broken).__enter__()


@pytest.mark.slow
def test_up_and_down_of_everything(data_dir: Path) -> None:
    port = free_ports(1)[0]
    options = ("--api-port", str(port), "--workers", "1")
    try:
        first = command("up", data_dir, *options)
        assert first.returncode == 0, first.stderr
        assert f"CSV_PROCESSOR_API=http://127.0.0.1:{port}" in first.stdout.splitlines()
        assert "S3_SECRET_KEY" not in first.stdout
        ready = f"http://127.0.0.1:{port}/health/ready"
        assert httpx.get(ready).status_code == 200
        worker = read_endpoints(data_dir)["WORKER_0_URL"]
        parts = httpx.get(f"{worker}/health/ready").raise_for_status().json()["parts"]
        assert sorted(parts) == ["clickhouse", "kafka", "store", "work"]
        second = command("up", data_dir, *options)
        assert second.returncode == 0
        assert "already up" in second.stdout
        state = read_state(data_dir)
        assert state is not None
        state.runner.send(signal.SIGKILL)
        third = command("up", data_dir, *options)
        assert third.returncode == 0, third.stderr
        assert httpx.get(ready).status_code == 200
    finally:
        assert command("down", data_dir).returncode == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(ready)


@pytest.mark.slow
def test_a_broker_that_died_is_prepared_before_the_workers_restart(data_dir: Path) -> None:
    with Stack(data_dir, workers=1) as stack:
        api, worker = stack.pid("api"), stack.pid("worker-0")
        starts = stack.starts("worker-0")
        stack.kill("broker")
        stack.wait_restarted("worker-0", starts)
        assert stack.pid("worker-0") != worker
        assert stack.pid("api") == api
        log = (data_dir / "logs" / "runner.log").read_text()
        order = [log.rindex(what) for what in ("broker started", "created topics", "worker-0 star")]
        assert order == sorted(order)


def test_a_stack_of_tests_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from embedded.stack import Stack\n"
        "with Stack(Path(sys.argv[1]), parts=('broker',)) as stack:\n"
        "    print(stack.runner_pid, stack.pid('broker'), flush=True)\n"
        "    time.sleep(600)\n"
    )
    owner = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
    try:
        assert owner.stdout is not None
        pids = [int(pid) for pid in owner.stdout.readline().split()]
        assert all(psutil.pid_exists(pid) for pid in pids)
    finally:
        owner.kill()
        owner.wait()
    wait_until(lambda: not any(psutil.pid_exists(pid) for pid in pids), "both have ended")
