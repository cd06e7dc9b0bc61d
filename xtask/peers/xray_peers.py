"""Rami's projector beside ITK-RTK on the same CT, pose and detector, in one run.

    python3 -m venv venv && venv/bin/pip install -r xtask/peers/xray_peers.txt
    RAMI_BIN=target/release/rami venv/bin/python xtask/peers/xray_peers.py [CT.nii.gz]

Prints seconds and the difference of the images. Geometry: RTK projects along a ray from source to detector given by
explicit source position, detector position and detector axes (ThreeDCircularProjectionGeometry.AddProjection with
vectors). ITK points are LPS, as Rami's. RTK's Joseph interpolates between voxel centres: compare it with Rami's fast and
trilinear projectors; a constant-voxel Siddon differs by some per cent on a noisy CT without either being wrong.
Rami's time here is the whole program (start, reading, packing, one frame); its time a frame is in `cargo bench`.
"""

import math
import os
import subprocess
import sys
import tempfile
import time

import itk
import numpy as np
from itk import RTK as rtk

SID, SOD, N, PIXEL = 1000.0, 600.0, 512, 0.6


def axes(primary, secondary):
    p, s = math.radians(primary), math.radians(secondary)
    d = np.array([math.sin(p) * math.cos(s), -math.cos(p) * math.cos(s), math.sin(s)])
    up = np.array([-math.sin(p) * math.sin(s), math.cos(p) * math.sin(s), math.cos(s)])
    return d, np.cross(-d, up), up


def rtk_image(ct, centre, primary):
    d, right, up = axes(primary, 0.0)
    mu = itk.image_from_array(0.02 * np.maximum(0, 1 + itk.array_from_image(ct).astype(np.float32) / 1000))
    mu.SetSpacing(ct.GetSpacing())
    mu.SetOrigin(ct.GetOrigin())
    mu.SetDirection(ct.GetDirection())
    geometry = rtk.ThreeDCircularProjectionGeometry.New()
    source, detector = centre - d * SOD, centre + d * (SID - SOD)
    # RTK's u runs along columns, v along rows: down, as ours.
    geometry.AddProjection(source.tolist(), detector.tolist(), right.tolist(), (-up).tolist())
    half = (N - 1) / 2 * PIXEL
    stack = rtk.ConstantImageSource[itk.Image[itk.F, 3]].New()
    stack.SetOrigin([-half, -half, 0])
    stack.SetSpacing([PIXEL, PIXEL, 1])
    stack.SetSize([N, N, 1])
    project = rtk.JosephForwardProjectionImageFilter[itk.Image[itk.F, 3], itk.Image[itk.F, 3]].New()
    project.SetInput(0, stack.GetOutput())
    project.SetInput(1, mu)
    project.SetGeometry(geometry)
    started = time.perf_counter()
    project.Update()
    return itk.array_from_image(project.GetOutput())[0], time.perf_counter() - started


def rami_image(path, centre, primary):
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "li.npy")
        point = ",".join(f"{c:.6f}" for c in centre)
        started = time.perf_counter()
        subprocess.run(
            [os.environ["RAMI_BIN"], "xray", path, "--primary", str(primary), "--isocentre", point, "--line-integrals", out],
            check=True, stderr=subprocess.DEVNULL)
        return np.load(out), time.perf_counter() - started


def main():
    default = os.path.join(os.path.dirname(__file__), "../../../shared/data/totalsegmentator-example/ct.nii.gz")
    path = sys.argv[1] if len(sys.argv) > 1 else default
    ct = itk.imread(path, itk.SS)
    size = np.array(ct.GetLargestPossibleRegion().GetSize())
    centre = np.array(ct.TransformContinuousIndexToPhysicalPoint(((size - 1) / 2).tolist()))
    print("| primary | RTK Joseph ms | rami program ms | RMS difference, % of mean |\n| --- | --- | --- | --- |")
    for primary in (180.0, 155.0, 90.0):
        a, t_rtk = rtk_image(ct, centre, primary)
        b, t_rami = rami_image(path, centre, primary)
        rms = math.sqrt(float(np.mean((a - b) ** 2))) / float(np.mean(a)) * 100
        print(f"| {primary:.0f} | {t_rtk * 1e3:.0f} | {t_rami * 1e3:.0f} | {rms:.3f} |", flush=True)


if __name__ == "__main__":
    main()
