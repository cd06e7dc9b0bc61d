"""Digital patients in other people's software."""

import json
import shutil
import subprocess

import nibabel
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk


@pytest.fixture(scope="module")
def case(rami, tmp_path_factory):
    folder = tmp_path_factory.mktemp("phantom") / "case"
    rami("phantom", "--seed", 2, "--spacing", "2,2,3", "--dicom", "--out", folder)
    return folder


def test_nibabel_and_simpleitk_read_the_same_ct(case):
    ours = nibabel.load(case / "ct.nii.gz")
    theirs = sitk.ReadImage(str(case / "ct.nii.gz"))
    a = np.asanyarray(ours.dataobj)
    b = sitk.GetArrayFromImage(theirs).transpose(2, 1, 0)
    assert np.array_equal(a, b)
    assert np.allclose(ours.header.get_zooms(), (2, 2, 3))
    assert a.min() >= -1024 and a.max() <= 3071
    # Air outside, soft tissue in the middle, bone somewhere: Hounsfield units.
    assert a[0, 0, 0] < -900 and np.percentile(a, 99.5) > 150
    assert ours.header.get_xyzt_units()[0] == "mm"


def test_labels_lie_where_the_truth_says(case):
    labels = nibabel.load(case / "labels.nii.gz")
    data = np.asanyarray(labels.dataobj)
    truth = json.loads((case / "truth.json").read_text())
    assert labels.header.extensions, "names belong in the header extension"
    assert "vertebrae_L3" in bytes(labels.header.extensions[0].content).decode()
    inverse = np.linalg.inv(labels.affine)
    for name, vertebra in truth["vertebrae"].items():
        x, y, z = vertebra["centroid_mm"]
        # LPS to the RAS of the file.
        i, j, k = np.rint((inverse @ [-x, -y, z, 1])[:3]).astype(int)
        if name != "T11":
            assert data[i, j, k] == vertebra["label"], name


def test_the_series_is_the_ct(case):
    names = sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(case / "series"))
    image = sitk.ReadImage(names)
    ct = sitk.DICOMOrient(sitk.ReadImage(str(case / "ct.nii.gz")), "LPS")
    assert np.array_equal(sitk.GetArrayFromImage(image), sitk.GetArrayFromImage(ct))
    assert np.allclose(image.GetOrigin(), ct.GetOrigin(), atol=1e-3)
    assert np.allclose(image.GetSpacing(), ct.GetSpacing(), atol=1e-4)


def test_pydicom_reads_every_slice(case):
    files = sorted((case / "series").iterdir())
    slices = [pydicom.dcmread(file) for file in files]
    assert len({s.SOPInstanceUID for s in slices}) == len(slices) > 80
    assert len({s.SeriesInstanceUID for s in slices}) == 1
    assert {s.PatientPosition for s in slices} == {"HFP"}
    assert {s.Modality for s in slices} == {"CT"}
    assert all(s.pixel_array.shape == (s.Rows, s.Columns) for s in slices)


def test_dciodvfy_finds_no_error(case):
    if shutil.which("dciodvfy") is None:
        print("dciodvfy is not installed (Debian package dicom3tools): the series is not validated")
        pytest.skip("dciodvfy is missing")
    files = sorted((case / "series").iterdir())
    for file in files[:: max(1, len(files) // 6)]:
        said = subprocess.run(["dciodvfy", str(file)], capture_output=True, text=True, check=False)
        errors = [line for line in (said.stdout + said.stderr).splitlines() if line.startswith("Error")]
        assert not errors, f"{file.name}: {errors}"


def test_a_population_reads_in_pyarrow(rami, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "population.parquet"
    rami("phantom", "--population", 300, "--seed", 3, "--out", path)
    table = parquet.read_table(path)
    assert table.num_rows == 300
    bmi = table["bmi"].to_numpy()
    weight, height = table["weight_kg"].to_numpy(), table["height_cm"].to_numpy()
    assert np.allclose(bmi, weight / (height / 100) ** 2)
    assert set(table["sex"].to_pylist()) == {"female", "male"}
