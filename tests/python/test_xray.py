"""`rami xray` beside an independent implementation of its conventions, and its files beside independent readers.

Nothing here shares code with the program: geometry is written out from what the conventions say, line integrals are
sums over fine steps along each ray.
"""

import math
import os
import pathlib
import shutil
import subprocess
import sys

import nibabel as nib
import numpy as np
import pydicom
import pytest

SID, SOD = 1000.0, 600.0


def volume(path):
    """A small volume that looks different from everywhere, on a turned grid of unequal steps. HU as [i, j, k]."""
    rng = np.random.default_rng(4)
    hu = np.full((22, 26, 18), -1000.0)
    index = np.moveaxis(np.indices(hu.shape), 0, -1)
    for _ in range(7):
        centre = rng.uniform(4, np.array(hu.shape) - 5)
        width = rng.uniform(1.8, 3.0)
        hu += rng.uniform(600, 1500) * np.exp(-((index - centre) ** 2).sum(-1) / (2 * width**2))
    hu = np.round(hu).astype(np.int16)
    a, b = math.radians(14), math.radians(-9)
    turn = np.array([[math.cos(a), -math.sin(a), 0], [math.sin(a), math.cos(a), 0], [0, 0, 1]])
    turn = turn @ np.array([[1, 0, 0], [0, math.cos(b), -math.sin(b)], [0, math.sin(b), math.cos(b)]])
    lps = np.eye(4)
    lps[:3, :3] = turn @ np.diag([4.0, 3.0, 5.0])
    lps[:3, 3] = [-30.0, -55.0, -20.0]
    ras = np.diag([-1, -1, 1, 1]) @ lps  # NIfTI on disk is RAS
    nib.save(nib.Nifti1Image(hu, ras), path)
    return hu, lps


def axes(primary, secondary):
    """d, right and up of the conventions."""
    p, s = math.radians(primary), math.radians(secondary)
    d = np.array([math.sin(p) * math.cos(s), -math.cos(p) * math.cos(s), math.sin(s)])
    up = np.array([0.0, 0.0, 1.0]) - d * d[2]
    up /= np.linalg.norm(up)
    return d, np.cross(-d, up), up


def pixel_centres(primary, secondary, isocentre, n, pixel):
    d, right, up = axes(primary, secondary)
    middle = isocentre + d * (SID - SOD)
    offset = (np.arange(n) - (n - 1) / 2) * pixel
    return isocentre - d * SOD, middle + offset[None, :, None] * right - offset[:, None, None] * up


def interpolated(mu, at):
    """Trilinear between voxel centres, nothing beyond the outermost neighbour."""
    padded = np.pad(mu, 1)
    at = np.clip(at + 1, 0, np.array(padded.shape) - 1.000001)
    low = at.astype(int)
    f = at - low
    total = 0.0
    for corner in np.ndindex(2, 2, 2):
        weight = np.prod(np.where(corner, f, 1 - f), axis=-1)
        total = total + weight * padded[tuple(np.moveaxis(low + corner, -1, 0))]
    return total


def line_integrals(hu, lps, primary, secondary, isocentre, n, pixel, steps=1200):
    mu = 0.02 * np.maximum(0, 1 + hu / 1000.0)
    source, pixels = pixel_centres(primary, secondary, isocentre, n, pixel)
    inverse = np.linalg.inv(lps)
    length = np.linalg.norm(pixels - source, axis=-1)
    total = np.zeros((n, n))
    # Only the stretch around the isocentre can hold any of the volume.
    near, far = 0.40, 0.80
    for t in near + (np.arange(steps) + 0.5) / steps * (far - near):
        point = source + (pixels - source) * t
        total += interpolated(mu, point @ inverse[:3, :3].T + inverse[:3, 3])
    return total * length * (far - near) / steps


@pytest.mark.parametrize("primary,secondary", [(180, 0), (155, 0), (-155, 12), (90, 0), (-90, -20), (0, 0), (30, 35)])
def test_line_integrals_follow_the_conventions(rami, tmp_path, primary, secondary):
    ct = tmp_path / "ct.nii.gz"
    hu, lps = volume(ct)
    isocentre = np.array([8.0, -11.0, 16.0])
    n, pixel = 48, 5.0
    out = tmp_path / "li.npy"
    rami("xray", ct, "--primary", primary, "--secondary", secondary, "--isocentre", ",".join(map(str, isocentre)),
         "--detector", n, "--pixel", pixel, "--line-integrals", out)
    got = np.load(out)
    assert got.dtype == np.float32 and got.shape == (n, n) and got.flags.c_contiguous
    wanted = line_integrals(hu, lps, primary, secondary, isocentre, n, pixel)
    rms = math.sqrt(np.mean((got - wanted) ** 2)) / wanted.mean()
    # The picture is sampled once a slice: coarse voxels of blobs two voxels wide leave 1 %. Any flip, any sign, half a
    # voxel of shift leave more than 10 % (checked next).
    assert rms < 0.02, rms
    for wrong in (got[::-1], got[:, ::-1], np.roll(got, 1, axis=0), np.roll(got, 1, axis=1)):
        assert math.sqrt(np.mean((wrong - wanted) ** 2)) / wanted.mean() > 0.08


def test_a_bead_at_the_patients_left_is_at_low_columns_from_behind(rami, tmp_path):
    ct = tmp_path / "ct.nii.gz"
    hu = np.full((60, 30, 30), -1000, np.int16)
    hu[50, 14:16, 22] = 3000  # LPS x = 82: left; z = 44: towards the head
    nib.save(nib.Nifti1Image(hu, np.diag([-2.0, -2.0, 2.0, 1.0]) + np.array([[0, 0, 0, 18.0], [0, 0, 0, 29.0], [0] * 4, [0] * 4])), ct)
    for primary, left_is_low in ((180, True), (0, False)):
        out = tmp_path / f"{primary}.npy"
        rami("xray", ct, "--primary", primary, "--isocentre", "0,0,30", "--line-integrals", out)
        row, column = np.unravel_index(np.argmax(np.load(out)), (512, 512))
        assert (column < 256) == left_is_low and row < 256


@pytest.fixture(scope="module")
def slab(tmp_path_factory):
    """A block of water with a rod of bone."""
    folder = tmp_path_factory.mktemp("slab")
    hu = np.full((60, 50, 60), -1000, np.int16)
    hu[5:55, 5:45] = 20
    hu[27:33, 20:30] = 700
    lps = np.diag([4.0, 4.0, 4.0, 1.0])
    lps[:3, 3] = [-118, -98, -118]
    path = folder / "ct.nii.gz"
    nib.save(nib.Nifti1Image(hu, np.diag([-1, -1, 1, 1]) @ lps), path)
    iodine = np.zeros((40, 40, 40), np.float32)
    iodine[12:28, 12:28, 8:32] = 180.0
    grid = np.diag([1.0, 1.0, 1.0, 1.0])
    grid[:3, 3] = [20, -20, -20]
    contrast = folder / "contrast.nii.gz"
    nib.save(nib.Nifti1Image(iodine, np.diag([-1, -1, 1, 1]) @ grid), contrast)
    shape = folder / "needle.txt"
    shape.write_text("# hub first\n60,100,0\n40,40,0\n10,0,8\n")
    return path, contrast, shape


def test_a_dicom_picture_is_valid_and_says_its_geometry(rami, slab, tmp_path):
    ct, contrast, shape = slab
    out = tmp_path / "shot.dcm"
    rami("xray", ct, "--primary", -153.5, "--secondary", 7.25, "--isocentre", "-3.5,2,10.125", "--sid", 1020, "--sod", 640,
         "--needle-shape", shape, "--contrast", contrast, "--out", out)
    file = pydicom.dcmread(out)
    assert file.SOPClassUID == "1.2.840.10008.5.1.4.1.1.12.1" and file.Modality == "XA"
    assert float(file.PositionerPrimaryAngle) == -153.5 and float(file.PositionerSecondaryAngle) == 7.25
    assert float(file.DistanceSourceToDetector) == 1020 and float(file.DistanceSourceToPatient) == 640
    assert [float(v) for v in file.ImagerPixelSpacing] == [0.6, 0.6]
    block = file.private_block(0x0031, "RAMI XRAY 1")
    assert list(block[0x01].value) == [-3.5, 2.0, 10.125]
    assert file.pixel_array.shape == (512, 512) and file.pixel_array.std() > 5
    if shutil.which("dciodvfy") is None:
        print("skipped: dciodvfy is not installed (Debian package dicom3tools)")
        pytest.skip("dciodvfy is not installed")
    said = subprocess.run(["dciodvfy", str(out)], capture_output=True, text=True, check=False)
    errors = [line for line in (said.stdout + said.stderr).splitlines() if line.startswith("Error")]
    assert "XAImage" in said.stdout + said.stderr and not errors, errors


def test_a_series_and_a_case_make_the_picture_of_their_ct(rami, shared_data, tmp_path):
    example = shared_data / "totalsegmentator-example"
    rami("import", example / "ct.nii.gz", "--labels", example / "labels.nii.gz", "--out", tmp_path / "case")
    plain, case = tmp_path / "plain.npy", tmp_path / "case.npy"
    small = ("--detector", 96, "--pixel", 3.2)
    rami("xray", example / "ct.nii.gz", "--labels", example / "labels.nii.gz", *small, "--line-integrals", plain)
    rami("xray", tmp_path / "case", *small, "--line-integrals", case)
    assert np.array_equal(np.load(plain), np.load(case))
    series = tmp_path / "series.npy"
    rami("xray", shared_data / "acrin-flt-breast-001", *small, "--line-integrals", series)
    # A person is 15 to 40 cm of water deep in the middle: 3 to 8.
    assert 3 < np.load(series)[40:56, 40:56].mean() < 8


@pytest.mark.parametrize("primary,secondary", [(180, 0), (155, 10), (90, 0)])
def test_a_mask_says_which_pixels_a_structure_covers_and_how_thick(rami, shared_data, tmp_path, primary, secondary):
    example = shared_data / "totalsegmentator-example"
    labels = nib.load(example / "labels.nii.gz")
    kidney = np.argwhere(np.asarray(labels.dataobj) == 3)
    ras = nib.affines.apply_affine(labels.affine, kidney)
    at = ras * [-1, -1, 1]
    isocentre, n, pixel = at.mean(axis=0), 256, 1.2
    out, picture = tmp_path / "mm.npy", tmp_path / "mask.png"
    rami("xray", example / "ct.nii.gz", "--labels", example / "labels.nii.gz", "--mask", "kidney_left",
         "--primary", primary, "--secondary", secondary, "--isocentre", ",".join(map(str, isocentre)),
         "--detector", n, "--pixel", pixel, "--line-integrals", out, "--out", picture)
    mm = np.load(out).astype(float)
    d, right, up = axes(primary, secondary)
    depth = SOD + (at - isocentre) @ d
    column = (n - 1) / 2 + SID / depth * ((at - isocentre) @ right) / pixel
    row = (n - 1) / 2 - SID / depth * ((at - isocentre) @ up) / pixel
    # A voxel is seen by as much detector as its volume, its depth and the slant of its ray make of it.
    offset = np.hypot(column - (n - 1) / 2, row - (n - 1) / 2) * pixel
    wanted = (27.0 * (SID / depth) ** 2 * np.hypot(1, offset / SID)).sum()
    assert mm.sum() * pixel**2 == pytest.approx(wanted, rel=0.003)
    # Where a voxel's middle is, something is seen; further from all of them than its corner reaches, nothing.
    covered = mm > 0
    assert covered[np.rint(row).astype(int), np.rint(column).astype(int)].all()
    reach = math.sqrt(27) / 2 * (SID / depth).max() / pixel
    for r, c in np.argwhere(covered):
        assert np.hypot(row - r, column - c).min() <= reach
    shown = read_png(picture) == 255
    inside = (slice(30, 215), slice(30, 226))  # letters and scale stand outside
    assert (shown[inside] == covered[inside]).all()
    if (primary, secondary) == (180, 0):
        rami("xray", example / "ct.nii.gz", "--labels", example / "labels.nii.gz", "--mask", "kidney_left",
             "--detector", 128, "--pixel", 2.4, "--line-integrals", out)
        assert np.nonzero(np.load(out).max(axis=0))[0].max() < 64, "the left kidney is left in the picture from behind"


def read_png(path):
    """Grey levels of an 8-bit PNG by SimpleITK."""
    import SimpleITK as sitk

    return sitk.GetArrayFromImage(sitk.ReadImage(str(path))).astype(float)


def test_needle_and_contrast_are_dark_and_subtraction_shows_contrast_alone(rami, slab, tmp_path):
    ct, contrast, shape = slab
    common = ("--isocentre", "0,0,0", "--no-noise")
    names = {"plain": (), "needle": ("--needle-shape", shape), "contrast": ("--contrast", contrast),
             "dsa": ("--needle-shape", shape, "--contrast", contrast, "--dsa")}
    pictures = {}
    for name, more in names.items():
        out = tmp_path / f"{name}.png"
        rami("xray", ct, *common, *more, "--out", out)
        pictures[name] = read_png(out)[60:450, 60:450]
    difference = pictures["needle"] - pictures["plain"]
    assert difference.min() < -40 and (difference < -20).mean() < 0.05, "a thin dark line"
    assert (pictures["contrast"] - pictures["plain"]).min() < -15
    dsa = pictures["dsa"]
    grey = np.median(dsa)
    # Only where there is iodine: the needle, in both frames, is gone.
    assert dsa.min() < grey - 60 and (np.abs(dsa - grey) > 10).mean() < 0.12


@pytest.mark.parametrize("arguments,reason", [
    (("--sod", 60), "inside the patient"),
    (("--sid", 500), "detector is not behind the patient"),
    (("--sod", -5), "needs 0 < sod < sid"),
    (("--detector", 0), "needs 1 to"),
    (("--pixel", "nan"), "not a finite number"),
    (("--primary", "nan"), "not a finite number"),
    (("--secondary", 95), "outside -90 to 90"),
    (("--pixel", -1), "positive size"),
    (("--detector", 20000), "larger than 4096 x 4096"),
    (("--detector", 99999), "needs 1 to"),
    (("--isocentre", "1,2"), "2 numbers where 3"),
    (("--isocentre", "L9"), "needs --labels"),
    (("--kvp", 200), "40 to 120"),
    (("--fluoroscopy", "--pulses", 3.9), "has 4 to 30"),
    (("--fluoroscopy", "--pulses", 31), "has 4 to 30"),
    (("--fluoroscopy", "--pulses", "nan"), "has 4 to 30"),
    (("--needle", "1,2,3,1,2,3"), "same point"),
    (("--mask", "liver"), "needs --labels"),
    (("--tunnel",), "give --needle"),
    (("--collimator", "0,5"), "wider than nothing"),
])
def test_what_cannot_be_is_refused_in_words(rami, slab, tmp_path, arguments, reason):
    out = tmp_path / "x.png"
    said = rami("xray", slab[0], *arguments, "--out", out, check=False)
    assert said.returncode == 2, said.stderr
    assert reason in said.stderr and not said.stdout and not out.exists()


def test_a_ct_is_not_taken_for_contrast_medium_and_a_shape_must_be_points(rami, slab, tmp_path):
    said = rami("xray", slab[0], "--contrast", slab[0], "--out", tmp_path / "x.png", check=False)
    assert said.returncode == 2 and "a CT is not contrast medium" in said.stderr
    bad = tmp_path / "bad.txt"
    bad.write_text("1,2,3\n1,2\n")
    said = rami("xray", slab[0], "--needle-shape", bad, "--out", tmp_path / "x.png", check=False)
    assert said.returncode == 2 and "bad.txt line 2" in said.stderr


def test_a_large_detector_is_written_in_strips_of_bounded_memory(rami, slab, tmp_path):
    """6000 x 6000 pixels: 144 MB on disk, of which less than that is held at a time."""
    program = os.environ.get("RAMI_BIN", str(pathlib.Path(__file__).resolve().parents[2] / "target/ci/rami"))
    out = tmp_path / "large.npy"
    # A child's peak counts what its parent held when it began: a small one starts it.
    starter = ("import os, subprocess, sys; child = subprocess.Popen(sys.argv[1:], stderr=subprocess.DEVNULL); "
               "_, status, usage = os.wait4(child.pid, 0); print(status, usage.ru_maxrss)")
    said = subprocess.run(
        [sys.executable, "-c", starter, program, "xray", str(slab[0]), "--detector", "6000", "--pixel", "0.05",
         "--line-integrals", str(out)], capture_output=True, text=True, check=True)
    status, peak_kb = (int(word) for word in said.stdout.split())
    assert status == 0
    assert np.load(out, mmap_mode="r").shape == (6000, 6000)
    assert peak_kb < 130_000, f"{peak_kb} kB"
