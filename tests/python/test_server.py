"""The API against its own description, asked what nobody would ask (schemathesis)."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from conftest import ROOT

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# Each accepted question there grows a patient or opens a room: minutes of work for a guess. They are asked what is wrong only.
COSTLY = ["grow", "begin_session"]


def ask(base, token, path, body=None):
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(base + path, data, headers)) as answer:
        return json.load(answer)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A running server: its base address and its token."""
    program = os.environ.get("RAMI_BIN", str(ROOT / "target/ci/rami"))
    folder = tmp_path_factory.mktemp("serve")
    process = subprocess.Popen([program, "serve", "--data", folder], stdout=subprocess.PIPE, text=True)
    url = process.stdout.readline().strip()
    base, token = url.split("/#token=")
    # The patient is grown in the background; without one most of what is asked would only be told to wait.
    for _ in range(600):
        if ask(base, token, "/api/cases")[0]["state"]["state"] == "ready":
            break
        time.sleep(0.2)
    yield base, token
    process.kill()
    process.wait()


def operations(description):
    return [(path, method, one) for path, ways in description["paths"].items() for method, one in ways.items()]


def fuzz(base, token, folder, description, *more):
    """Runs schemathesis on a description; answers with how many operations were tested."""
    file = folder / "openapi.json"
    file.write_text(json.dumps(description))
    result = subprocess.run(
        [
            Path(sys.executable).with_name("st"), "run", file, "--url", base,
            "--header", f"Authorization: Bearer {token}", "--checks", CHECKS,
            "--seed", "1", "--request-timeout", "120", "--no-color", *more,
        ],
        cwd=folder, capture_output=True, text=True,
    )
    assert result.returncode == 0, result.stdout[-6000:]
    return int(re.search(r"Tested:\s+(\d+)", result.stdout)[1])


def test_the_api_keeps_to_its_description_and_never_fails_by_itself(server, tmp_path):
    base, token = server
    description = ask(base, token, "/api/openapi.json")
    session = ask(base, token, "/api/sessions", {"case": "built-in", "side": "left", "level": "L3"})["id"]
    # Names that exist, and one that does not: guessed names would only ever be told that there is no such thing.
    for path, _, one in operations(description):
        known = {"/api/sessions/": session, "/api/cases/": "built-in"}
        names = [name for start, name in known.items() if path.startswith(start)]
        for parameter in one.get("parameters", []):
            if parameter["name"] == "id" and names:
                parameter["schema"] = {"type": "string", "enum": [*names, "nobody"]}
    every = {one["operationId"] for _, _, one in operations(description)}
    assert len(every) == len(operations(description)) >= 30 and set(COSTLY) < every
    excluded = [word for name in COSTLY for word in ("--exclude-operation-id", name)]
    phases = ["--phases", "examples,coverage,fuzzing", "--max-examples", "20"]
    assert fuzz(base, token, tmp_path, description, *phases, *excluded) == len(every) - len(COSTLY)
    included = [word for name in COSTLY for word in ("--include-operation-id", name)]
    wrong = ["--mode", "negative", "--phases", "fuzzing", "--max-examples", "20"]
    assert fuzz(base, token, tmp_path, description, *wrong, *included) == len(COSTLY)
    with urllib.request.urlopen(f"{base}/") as page:
        assert page.status == 200
    # The block that was asked about goes on as it was.
    assert ask(base, token, f"/api/sessions/{session}/debrief")["schema"] == "rami.debrief/1"
