"""Apache Kafka from its jars, in place of the embedded broker: one node, KRaft, a log on disk.

`python -m embedded.kafka` writes the node's configuration, formats its folder if that is new,
and becomes the broker (same process id), so that the runner kills and starts the real thing.
"""

from __future__ import annotations

import argparse
import base64
import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Final

from embedded.probe import free_ports, port_open
from embedded.process_spec import Part

# One node for tests beside everything else: a small heap, and nothing compiled twice.
_JAVA: Final = (
    "java",
    "-Xms256m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
)


def kafka_part(port: int, folder: Path, jars: Path) -> Part:
    """Apache Kafka on a port of the loopback interface, its log in `folder`.

    Args:
        jars: folder with the jars of `org.apache.kafka:kafka_2.13` and what they need.
    """
    return Part(
        name="broker",
        command=(
            *(sys.executable, "-m", "embedded.kafka", "--jars", str(jars)),
            *("--port", str(port), "--folder", str(folder)),
        ),
        probe=lambda: port_open(port),
        stop_seconds=15.0,
    )


def properties(port: int, controller_port: int, log_dir: Path) -> dict[str, str]:
    """The configuration of a single node that is broker and controller."""
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "log.dirs": str(log_dir),
        # Topics are made by `migrate` with the partitions and sizes they need.
        "auto.create.topics.enable": "false",
        "offsets.topic.num.partitions": "4",
        "offsets.topic.replication.factor": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",
        # A broker that was killed is let in again as soon as its old session has ended.
        "broker.session.timeout.ms": "3000",
        "broker.heartbeat.interval.ms": "500",
    }


def prepare(jars: Path, port: int, folder: Path) -> list[str]:
    """Write the configuration, format the folder if need be; the command that is the broker.

    Raises:
        subprocess.CalledProcessError: the folder cannot be formatted.
    """
    folder.mkdir(parents=True, exist_ok=True)
    log_dir = folder / "log"
    config = folder / "server.properties"
    settings = properties(port, free_ports(1)[0], log_dir)
    config.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    java = [*_JAVA, "-cp", f"{jars}/*"]
    # The formatting writes this file last.
    if not (log_dir / "meta.properties").exists():
        cluster = base64.urlsafe_b64encode(b"\0" + uuid.uuid4().bytes[1:]).decode().rstrip("=")
        subprocess.run(
            [*java, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(config)],
            check=True,
        )
    return [*java, "kafka.Kafka", str(config)]


def main() -> None:
    """Become the broker."""
    parser = argparse.ArgumentParser(prog="python -m embedded.kafka", description=__doc__)
    parser.add_argument("--jars", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    arguments = parser.parse_args()
    command = prepare(arguments.jars, arguments.port, arguments.folder)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
