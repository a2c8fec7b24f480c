"""Clients that common generators make of the API's description: without a warning, and they work."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from embedded.stack import Stack
from scripts.reference.http_api import description
from tests.harness.programs import GENERATORS

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "examples" / "openapi-python-client.yaml"
NODE_MODULES = ROOT / "ui" / "node_modules"

PYTHON_PROGRAM = """
import io, sys, time
from csv_processor_api import Client
from csv_processor_api.api.files import list_invalid_rows, list_sensors, show_file, upload_file
from csv_processor_api.api.profiles import put_profile, show_profile
from csv_processor_api.api.webhooks import create_webhook
from csv_processor_api.models import (
    InvalidCode, ListSensorsSort, NewWebhook, Problem, ProblemCode, ProfileContent, UploadFileFilesBody,
)
from csv_processor_api.types import File

client = Client(base_url=sys.argv[1])
name = "generated.csv"
csv = b"sensor_id,timestamp,value\\nt-1,2026-03-01T00:00:00Z,1.5\\nt-1,2026-03-01T00:01:00Z,x\\n"
sent = upload_file.sync(client=client, body=UploadFileFilesBody(file=File(io.BytesIO(csv), name)), force="true")
document = sent
while document.status == "waiting":
    time.sleep(0.1)
    document = show_file.sync(sent.file_id, client=client)
assert document.status == "partial", document
assert document.aggregations.per_sensor_count["t-1"] == 1
(row,) = list_invalid_rows.sync(sent.file_id, client=client).items
assert row.code is InvalidCode.VALUE_FORMAT
(sensor,) = list_sensors.sync(sent.file_id, client=client, sort=ListSensorsSort.ROW_COUNT).items
assert sensor.mean_value == 1.5
problem = show_file.sync("no-such-file", client=client)
assert isinstance(problem, Problem) and problem.code is ProblemCode.UNKNOWN_FILE
content = ProfileContent.from_dict({"title": "Generated", "options": {"delimiter": ";"}})
saved = put_profile.sync("generated", client=client, body=content)
assert show_profile.sync("generated", client=client).title == "Generated" == saved.title
refused = create_webhook.sync(client=client, body=NewWebhook(url="https://10.0.0.1/"))
assert refused.code is ProblemCode.INVALID_WEBHOOK
print(sent.file_id)
"""

TYPESCRIPT_PROGRAM = """
import type { components, operations } from "./api";

type Json<Id extends keyof operations, Status extends number> = operations[Id]["responses"] extends
  Record<Status, { content: { "application/json": infer Body } }> ? Body : never;

const api = process.argv[2]!;
const name = process.argv[3]!;

async function main(): Promise<void> {
  const query: operations["list_files"]["parameters"]["query"] = { sort: "-upload_time", q: name };
  const search = new URLSearchParams(query as Record<string, string>).toString();
  const page = (await (await fetch(`${api}/api/v1/files?${search}`)).json()) as Json<"list_files", 200>;
  const file = page.items[0]!;
  const status: "waiting" | "processed" | "partial" | "failed" = file.status;
  const rows = (await (
    await fetch(`${api}/api/v1/files/${file.file_id}/invalid-rows`)
  ).json()) as Json<"list_invalid_rows", 200>;
  const code: components["schemas"]["InvalidCode"] = rows.items[0]!.code;
  const answer = await fetch(`${api}/api/v1/files/none`);
  const problem = (await answer.json()) as components["schemas"]["Problem"];
  if (status !== "partial" || code !== "value_format" || problem.code !== "unknown_file") {
    throw new Error(JSON.stringify({ status, code, problem }));
  }
}
main().catch((error: unknown) => { console.error(error); process.exit(1); });
"""


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The description as a file."""
    path = tmp_path_factory.mktemp("openapi") / "openapi.json"
    path.write_text(json.dumps(description()))
    return path


@pytest.fixture
def partial_file(stack: Stack) -> str:
    """The id of a file with an invalid row."""
    import httpx

    body = b"sensor_id,timestamp,value\nt-1,2026-03-01T00:00:00Z,1\nt-1,2026-03-01T00:01:00Z,x\n"
    with httpx.Client(base_url=stack.endpoints["CSV_PROCESSOR_API"]) as client:
        answer = client.post(
            "/api/v1/files", params={"filename": "types.csv", "force": "true"}, content=body
        )
        file_id: str = answer.json()["file_id"]
        with client.stream("GET", f"/api/v1/files/{file_id}/events") as events:
            for _ in events.iter_lines():
                pass
    return file_id


@pytest.mark.slow
@pytest.mark.needs("openapi-python-client")
def test_a_python_client_is_generated_without_a_warning_and_works(
    document: Path, stack: Stack, tmp_path: Path
) -> None:
    env = {
        **os.environ,
        "PYTHONPATH": str(GENERATORS),
        "PATH": f"{GENERATORS / 'bin'}{os.pathsep}{os.environ['PATH']}",
    }
    made = tmp_path / "client"
    done = subprocess.run(
        [sys.executable, "-m", "openapi_python_client", "generate", "--path", document,
         "--output-path", made, "--config", CONFIG, "--fail-on-warning"],
        env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "arning" not in done.stdout + done.stderr
    used = subprocess.run(
        [sys.executable, "-c", PYTHON_PROGRAM, stack.endpoints["CSV_PROCESSOR_API"]],
        env={**env, "PYTHONPATH": f"{made}{os.pathsep}{GENERATORS}"},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert used.returncode == 0, used.stderr


@pytest.mark.slow
@pytest.mark.needs("openapi-typescript")
def test_types_for_typescript_are_generated_without_a_warning_and_fit(
    document: Path, stack: Stack, tmp_path: Path, partial_file: str
) -> None:
    programs = NODE_MODULES / ".bin"
    done = subprocess.run(
        [programs / "openapi-typescript", document, "-o", tmp_path / "api.ts"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    assert not any(word in output.lower() for word in ("warn", "error", "✘", "⚠")), output
    (tmp_path / "program.ts").write_text(TYPESCRIPT_PROGRAM)
    (tmp_path / "package.json").write_text('{"type": "commonjs"}')
    checked = subprocess.run(
        [programs / "tsc", "--strict", "--noUncheckedIndexedAccess", "--target", "es2022",
         "--module", "commonjs", "--moduleResolution", "bundler", "--skipLibCheck",
         "--lib", "es2022,dom,dom.iterable", "--types", "node",
         "--typeRoots", NODE_MODULES / "@types", tmp_path / "program.ts"],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout
    used = subprocess.run(
        ["node", tmp_path / "program.js", stack.endpoints["CSV_PROCESSOR_API"], partial_file],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert used.returncode == 0, used.stderr
