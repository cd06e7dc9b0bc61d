"""Times the clinic's commands as a person starts them: the whole process, 25 times each, wall and processor time."""

import os
import pathlib
import resource
import statistics
import subprocess
import tempfile
import time

RAMI = os.environ["RAMI_BIN"]
CHART = pathlib.Path(__file__).resolve().parents[2] / "crates/clinic/charts/crps.toml"
TIMES = 25


def processor_ms() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (used.ru_utime + used.ru_stime)


def run(name: str, arguments: list[str], aim: str) -> None:
    walls, processors = [], []
    for _ in range(TIMES):
        before, start = processor_ms(), time.perf_counter()
        subprocess.run([RAMI, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        walls.append(1000 * (time.perf_counter() - start))
        processors.append(processor_ms() - before)
    print(
        f"| {name} | {statistics.median(walls):.1f} | {min(walls):.1f} | {statistics.median(processors):.1f} | {aim} |"
    )


with tempfile.TemporaryDirectory() as folder:
    page, paper = f"{folder}/decision.html", f"{folder}/decision.pdf"
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")
    print("| command | median wall ms | best wall ms | median processor ms | aimed at |")
    print("| --- | --- | --- | --- | --- |")
    run("rami --version", ["--version"], "")
    run("rami evidence KEY", ["evidence", "misplacement.intravascular"], "")
    run("rami assess CHART --json", ["assess", str(CHART), "--json"], "10")
    run("rami decide --out decision.html", ["decide", str(CHART), "--out", page], "100")
    run("rami decide --out decision.pdf", ["decide", str(CHART), "--out", paper], "3000")
