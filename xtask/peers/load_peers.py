"""Loading the 99-slice series: Rami beside SimpleITK and pydicom, one table from one run.

Usage: RAMI_BIN=target/release/rami python xtask/peers/load_peers.py
Each reads the folder into one int16 volume in Hounsfield units; the best of several runs, files in the page cache.
Rami's own time is that of the divan benchmark `dicom_series` (the whole program also packs and writes the file).
"""

import os
import pathlib
import subprocess
import tempfile
import time

import numpy as np
import pydicom
import SimpleITK as sitk

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT.parent / "shared/data/acrin-flt-breast-001"
RUNS = 5


def with_simpleitk():
    names = sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(FOLDER))
    return sitk.GetArrayFromImage(sitk.ReadImage(names))


def with_pydicom():
    files = [pydicom.dcmread(path) for path in FOLDER.glob("*.dcm")]
    files.sort(key=lambda file: float(file.ImagePositionPatient[2]))
    slices = [f.pixel_array * float(f.RescaleSlope) + float(f.RescaleIntercept) for f in files]
    return np.stack(slices).astype(np.int16)


def with_rami():
    program = os.environ.get("RAMI_BIN", str(ROOT / "target/release/rami"))
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "ct.nii"
        subprocess.run([program, "import", FOLDER, "--out", out], check=True, capture_output=True)


def best(work):
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def main():
    if not FOLDER.is_dir():
        print(f"skipped: {FOLDER} is not here")
        return
    print("| reader | s | what |")
    print("| --- | --- | --- |")
    print(f"| rami import (program) | {best(with_rami):.3f} | read, hash, write .nii |")
    print(f"| SimpleITK {sitk.Version.VersionString()} | {best(with_simpleitk):.3f} | read |")
    print(f"| pydicom {pydicom.__version__} | {best(with_pydicom):.3f} | read |")


if __name__ == "__main__":
    main()
