"""A straightforward planner in NumPy and SciPy: the peer of `cargo bench -p rami-plan`.

Usage: python plan_peers.py [LABELS.nii.gz]   (otherwise the labelled CT beside the repository)

Decides straight paths by marching them through a distance field of everything forbidden: the distance transform of
SciPy, one sample a millimetre by trilinear interpolation, all directions of a target in one call. Prints paths a
second. Needs numpy, scipy and nibabel.
"""

import sys
import time
from pathlib import Path

import nibabel
import numpy as np
from scipy.ndimage import distance_transform_edt, map_coordinates

# Labels a needle may cross: muscles of the back and hip, psoas, nothing.
ALLOWED = [0, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89]
L3 = 29


LABELS = Path(__file__).parents[3] / "shared/data/totalsegmentator-example/labels.nii.gz"


def main():
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else LABELS
    if not path.is_file():
        print(f"skipped: {path} is not there")
        return
    image = nibabel.load(path)
    labels = np.asarray(image.dataobj).astype(np.int32)
    spacing = np.asarray(image.header.get_zooms()[:3], float)
    forbidden = ~np.isin(labels, ALLOWED)
    started = time.perf_counter()
    field = distance_transform_edt(~forbidden, sampling=spacing).astype(np.float32)
    print(f"one distance field: {time.perf_counter() - started:.2f} s")

    # Voxel axes are taken as right, anterior, superior, as in the shared case.
    body = np.argwhere(labels == L3).mean(axis=0)
    angles = [
        (np.radians(o), np.radians(t)) for o in np.arange(8, 56.1, 1.5) for t in np.arange(-22.5, 22.6, 1.5)
    ]
    directions = np.array([[-np.sin(o) * np.cos(t), -np.cos(o) * np.cos(t), np.sin(t)] for o, t in angles])
    steps = np.arange(0.0, 150.0, 1.0)
    offsets = np.random.default_rng(1).uniform([-26, 5, -10], [-18, 18, 10], (40, 3))
    decided = free = 0
    started = time.perf_counter()
    for offset in offsets:
        points = body[:, None, None] + (
            (offset[:, None, None] + directions.T[:, :, None] * steps) / spacing[:, None, None]
        )
        clearance = map_coordinates(field, points.reshape(3, -1), order=1, mode="nearest")
        free += int((clearance.reshape(len(angles), -1).min(axis=1) > 1.0).sum())
        decided += len(angles)
    seconds = time.perf_counter() - started
    print(f"{decided} paths decided in {seconds:.2f} s: {decided / seconds:.0f} a second, {free} free")


if __name__ == "__main__":
    main()
