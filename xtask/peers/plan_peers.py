"""A straightforward planner in NumPy and SciPy, the peer of `cargo bench -p rami-plan`, and the whole of `rami plan`.

Usage: RAMI_BIN=target/release/rami python xtask/peers/plan_peers.py

The peer decides straight paths on the labelled CT beside the repository by marching them through a distance field of
everything forbidden (SciPy's transform, a sample every millimetre by trilinear interpolation, all directions of a
target in one call), and scores those that are free by marching each through the field of every structure. Then the
program plans the same CT as it is and resampled to 0.75 x 0.75 x 1.5 mm: wall time and peak memory of its process.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nibabel
import numpy as np
from scipy.ndimage import affine_transform, distance_transform_edt, map_coordinates

ROOT = Path(__file__).resolve().parents[2]
PEAK = Path(__file__).with_name("peak.py")
CASE = ROOT.parent / "shared/data/totalsegmentator-example"
# Labels a needle may cross: muscles of the back and hip, psoas, nothing.
ALLOWED = [0, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89]
L3 = 29
FINE_MM = (0.75, 0.75, 1.5)


def march():
    image = nibabel.load(CASE / "labels.nii.gz")
    labels = np.asarray(image.dataobj).astype(np.int32)
    spacing = np.asarray(image.header.get_zooms()[:3], float)
    started = time.perf_counter()
    structures = [s for s in np.unique(labels) if s != 0]
    fields = {s: distance_transform_edt(labels != s, sampling=spacing).astype(np.float32) for s in structures}
    print(f"{len(fields)} distance fields: {time.perf_counter() - started:.2f} s")
    forbidden = np.min([field for s, field in fields.items() if s not in ALLOWED], axis=0)

    # Voxel axes are taken as right, anterior, superior, as in the shared case.
    body = np.argwhere(labels == L3).mean(axis=0)
    angles = [
        (np.radians(o), np.radians(t)) for o in np.arange(8, 56.1, 1.5) for t in np.arange(-22.5, 22.6, 1.5)
    ]
    directions = np.array([[-np.sin(o) * np.cos(t), -np.cos(o) * np.cos(t), np.sin(t)] for o, t in angles])
    steps = np.arange(0.0, 150.0, 1.0)
    offsets = np.random.default_rng(1).uniform([-26, 5, -10], [-18, 18, 10], (40, 3))

    def along(field, points):
        """Least distance along each path."""
        values = map_coordinates(field, points.reshape(3, -1), order=1, mode="nearest")
        return values.reshape(points.shape[1:]).min(axis=1)

    decided, free = 0, []
    started = time.perf_counter()
    for offset in offsets:
        points = body[:, None, None] + (
            (offset[:, None, None] + directions.T[:, :, None] * steps) / spacing[:, None, None]
        )
        free.append(points[:, along(forbidden, points) > 1.0])
        decided += len(angles)
    seconds = time.perf_counter() - started
    paths = np.concatenate(free, axis=1)
    print(f"NumPy and SciPy: {decided / seconds:,.0f} paths decided a second ({paths.shape[1]} of {decided} free)")
    some = paths[:, :400]
    started = time.perf_counter()
    for field in fields.values():
        along(field, some)
    seconds = time.perf_counter() - started
    print(f"NumPy and SciPy: {some.shape[1] / seconds:,.0f} free paths scored a second against {len(fields)} structures")


def resampled(image, order, folder, name):
    """The image at the fine spacing, as a file."""
    zooms = np.asarray(image.header.get_zooms()[:3], float)
    scale = np.asarray(FINE_MM) / zooms
    shape = np.round(np.asarray(image.shape) / scale).astype(int)
    data = affine_transform(np.asarray(image.dataobj), scale, output_shape=tuple(shape), order=order, mode="nearest")
    affine = image.affine @ np.diag([*scale, 1.0])
    path = Path(folder) / name
    nibabel.save(nibabel.Nifti1Image(data.astype(np.int16), affine), path)
    return path


def plan(program, what, ct, labels, folder):
    times, memory = [], 0
    for run in range(3):
        out = Path(folder) / f"{what}-{run}".replace(" ", "-")
        command = [sys.executable, "-S", PEAK, program, "plan", ct, "--labels", labels, "--out", out]
        said = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
        taken = json.loads(said.stdout.splitlines()[-1])
        times.append(taken["wall_s"])
        memory = max(memory, taken["mib"])
        if taken["code"] not in (0, 1):
            sys.exit(f"rami plan failed on {what}")
    shown = ", ".join(f"{seconds:.2f}" for seconds in sorted(times))
    print(f"rami plan, {what}: {shown} s; {taken['cpu_s']:.1f} s of CPU; {memory:.0f} MiB at most")


def main():
    if not CASE.is_dir():
        print(f"skipped: {CASE} is not there")
        return
    march()
    program = os.environ.get("RAMI_BIN", str(ROOT / "target/release/rami"))
    with tempfile.TemporaryDirectory() as folder:
        plan(program, "3 mm", CASE / "ct.nii.gz", CASE / "labels.nii.gz", folder)
        ct = resampled(nibabel.load(CASE / "ct.nii.gz"), 1, folder, "ct.nii")
        labels = resampled(nibabel.load(CASE / "labels.nii.gz"), 0, folder, "labels.nii")
        plan(program, "0.75 x 0.75 x 1.5 mm", ct, labels, folder)


if __name__ == "__main__":
    main()
