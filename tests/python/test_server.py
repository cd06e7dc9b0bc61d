"""The API against its own description, asked what nobody would ask (schemathesis)."""

import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from conftest import ROOT


@pytest.fixture
def server(tmp_path):
    """A running server: its base address and its token."""
    program = os.environ.get("RAMI_BIN", str(ROOT / "target/ci/rami"))
    process = subprocess.Popen([program, "serve", "--data", tmp_path], stdout=subprocess.PIPE, text=True)
    url = process.stdout.readline().strip()
    base, token = url.split("/#token=")
    # The patient is grown in the background; without one most of what is asked would only be told to wait.
    for _ in range(600):
        request = urllib.request.Request(f"{base}/api/cases", headers={"Authorization": f"Bearer {token}"})
        if b'"state":"ready"' in urllib.request.urlopen(request).read().replace(b" ", b""):
            break
        time.sleep(0.2)
    yield base, token
    process.kill()
    process.wait()


def test_the_api_keeps_to_its_description_and_never_fails_by_itself(server, tmp_path):
    base, token = server
    checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
    result = subprocess.run(
        [
            Path(sys.executable).with_name("st"), "run", f"{base}/api/openapi.json",
            "--header", f"Authorization: Bearer {token}",
            # Each accepted question there grows a patient or opens a room: minutes of work for a guess.
            "--exclude-path", "/api/cases/patient", "--exclude-path", "/api/sessions",
            "--checks", checks, "--phases", "examples,coverage,fuzzing", "--max-examples", "20",
            "--seed", "1", "--request-timeout", "120", "--no-color",
        ],
        cwd=tmp_path, capture_output=True, text=True,
    )
    assert result.returncode == 0, result.stdout[-6000:]
    with urllib.request.urlopen(f"{base}/") as page:
        assert page.status == 200
