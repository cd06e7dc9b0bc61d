"""The program under test and the real CTs beside the project."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def rami():
    """Runs the program: rami("plan", ...) returns the finished process with text output."""
    program = os.environ.get("RAMI_BIN", str(ROOT / "target/ci/rami"))

    def run(*arguments, check=True):
        return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=check)

    return run


@pytest.fixture(scope="session")
def peak_mib():
    """Runs the program and returns the most memory it had, MiB."""
    program = os.environ.get("RAMI_BIN", str(ROOT / "target/ci/rami"))

    def run(*arguments):
        launcher = [sys.executable, "-S", ROOT / "xtask/peers/peak.py", program]
        done = subprocess.run([*launcher, *map(str, arguments)], capture_output=True, text=True, check=True)
        taken = json.loads(done.stdout.splitlines()[-1])
        assert taken["code"] == 0, done.stderr
        return taken["mib"]

    return run


@pytest.fixture(scope="session")
def shared_data():
    """The folder with real CTs, or a skip that says so."""
    folder = ROOT.parent / "shared/data"
    if not folder.is_dir():
        pytest.skip(f"no real CTs at {folder}")
    return folder
