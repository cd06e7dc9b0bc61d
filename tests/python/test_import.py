"""`rami import` beside independent readers, voxel for voxel and millimetre for millimetre."""

import json
import shutil
import subprocess

import nibabel
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless

AIR_HU = -1024


def read_series(folder):
    """The series by SimpleITK (GDCM): array [k, j, i] in HU, and geometry in LPS."""
    names = sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder))
    image = sitk.ReadImage(names)
    return np.maximum(sitk.GetArrayFromImage(image), AIR_HU), image


def assert_same_place(ours, theirs):
    """Corner by corner, to what single precision in a NIfTI header keeps."""
    assert ours.GetSize() == theirs.GetSize()
    size = np.array(theirs.GetSize()) - 1
    for corner in np.ndindex(2, 2, 2):
        index = [int(v) for v in np.array(corner) * size]
        a = np.array(ours.TransformIndexToPhysicalPoint(index))
        b = np.array(theirs.TransformIndexToPhysicalPoint(index))
        assert np.abs(a - b).max() < 1e-3


def test_a_real_series_equals_simpleitk_voxel_for_voxel(rami, shared_data, tmp_path):
    folder = shared_data / "acrin-flt-breast-001"
    out = tmp_path / "ct.nii.gz"
    answer = json.loads(rami("import", folder, "--out", out, "--json").stdout)
    wanted, image = read_series(folder)
    ours = sitk.ReadImage(str(out))
    assert np.array_equal(sitk.GetArrayFromImage(ours), wanted)
    assert_same_place(ours, image)
    assert answer["schema"] == "rami.import/1"
    assert answer["size_voxels"] == [512, 512, 99]
    assert len(answer["inputs"]) == 99


def test_a_nifti_is_canonical_and_equal(rami, shared_data, tmp_path):
    source = shared_data / "totalsegmentator-example/ct.nii.gz"
    out = tmp_path / "ct.nii.gz"
    rami("import", source, "--out", out)
    ours = sitk.ReadImage(str(out))
    theirs = sitk.DICOMOrient(sitk.ReadImage(str(source)), "LPS")
    wanted = np.maximum(sitk.GetArrayFromImage(theirs), AIR_HU)
    assert np.array_equal(sitk.GetArrayFromImage(ours), wanted)
    assert_same_place(ours, theirs)


def encoded(source, target, syntax):
    """Every eighth slice of a series, saved in another transfer syntax."""
    target.mkdir()
    files = [pydicom.dcmread(path) for path in source.glob("*.dcm")]
    files.sort(key=lambda f: float(f.ImagePositionPatient[2]))
    for n, file in enumerate(files[::8]):
        if syntax is not None:
            file.compress(syntax)
        file.save_as(target / f"{97 - n}.dcm")


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless, JPEG2000Lossless], ids=lambda uid: uid.name)
def test_a_compressed_series_equals_the_plain_one(rami, shared_data, tmp_path, syntax):
    source = shared_data / "acrin-flt-breast-001"
    encoded(source, tmp_path / "plain", None)
    encoded(source, tmp_path / "packed", syntax)
    volumes = []
    for kind in ["plain", "packed"]:
        rami("import", tmp_path / kind, "--out", tmp_path / f"{kind}.nii.gz")
        volumes.append(sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / f"{kind}.nii.gz"))))
    assert volumes[0].shape == (13, 512, 512)
    assert np.array_equal(*volumes)


@pytest.mark.skipif(shutil.which("dcmcjpeg") is None, reason="dcmcjpeg (Debian: dcmtk) is not installed")
def test_jpeg_lossless_equals_the_plain_series(rami, shared_data, tmp_path):
    encoded(shared_data / "acrin-flt-breast-001", tmp_path / "plain", None)
    (tmp_path / "packed").mkdir()
    for path in (tmp_path / "plain").glob("*.dcm"):
        # Process 14, first-order prediction: 1.2.840.10008.1.2.4.70.
        subprocess.run(["dcmcjpeg", "+e1", "+tl", path, tmp_path / "packed" / path.name], check=True)
    volumes = []
    for kind in ["plain", "packed"]:
        rami("import", tmp_path / kind, "--out", tmp_path / f"{kind}.nii.gz")
        volumes.append(sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / f"{kind}.nii.gz"))))
    assert np.array_equal(*volumes)


def as_one_file(files, path):
    """Slices as the frames of one Enhanced CT file."""
    # Frames in a shuffled order: their positions decide, not their numbers.
    order = np.random.default_rng(1).permutation(len(files))
    enhanced = pydicom.Dataset()
    enhanced.file_meta = pydicom.dataset.FileMetaDataset()
    enhanced.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    enhanced.file_meta.MediaStorageSOPClassUID = enhanced.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2.1"
    enhanced.file_meta.MediaStorageSOPInstanceUID = enhanced.SOPInstanceUID = pydicom.uid.generate_uid()
    enhanced.SeriesInstanceUID = pydicom.uid.generate_uid()
    enhanced.Modality, enhanced.PatientPosition = "CT", "HFS"
    for name in ["Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"]:
        setattr(enhanced, name, getattr(files[0], name))
    enhanced.SamplesPerPixel, enhanced.PhotometricInterpretation = 1, "MONOCHROME2"
    enhanced.NumberOfFrames = len(files)

    def group(**values):
        item = pydicom.Dataset()
        for name, value in values.items():
            setattr(item, name, value)
        return pydicom.Sequence([item])

    shared = pydicom.Dataset()
    shared.PixelMeasuresSequence = group(PixelSpacing=files[0].PixelSpacing)
    shared.PlaneOrientationSequence = group(ImageOrientationPatient=files[0].ImageOrientationPatient)
    shared.PixelValueTransformationSequence = group(
        RescaleSlope=files[0].RescaleSlope, RescaleIntercept=files[0].RescaleIntercept, RescaleType="HU"
    )
    enhanced.SharedFunctionalGroupsSequence = pydicom.Sequence([shared])
    frames = []
    for n in order:
        frame = pydicom.Dataset()
        frame.PlanePositionSequence = group(ImagePositionPatient=files[n].ImagePositionPatient)
        frames.append(frame)
    enhanced.PerFrameFunctionalGroupsSequence = pydicom.Sequence(frames)
    enhanced.PixelData = b"".join(files[n].PixelData for n in order)
    enhanced.save_as(path, enforce_file_format=True)


def test_an_enhanced_file_equals_its_slices(rami, shared_data, tmp_path):
    source = shared_data / "acrin-flt-breast-001"
    encoded(source, tmp_path / "plain", None)
    files = [pydicom.dcmread(path) for path in (tmp_path / "plain").glob("*.dcm")]
    files.sort(key=lambda f: float(f.ImagePositionPatient[2]))
    path = tmp_path / "enhanced.dcm"
    as_one_file(files, path)
    rami("import", path, "--out", tmp_path / "enhanced.nii.gz")
    rami("import", tmp_path / "plain", "--out", tmp_path / "plain.nii.gz")
    ours = sitk.ReadImage(str(tmp_path / "enhanced.nii.gz"))
    plain = sitk.ReadImage(str(tmp_path / "plain.nii.gz"))
    assert np.array_equal(sitk.GetArrayFromImage(ours), sitk.GetArrayFromImage(plain))
    assert_same_place(ours, plain)


def test_a_missing_slice_is_refused_by_name_and_allowed_on_request(rami, shared_data, tmp_path):
    encoded(shared_data / "acrin-flt-breast-001", tmp_path / "series", None)
    (tmp_path / "series" / "90.dcm").unlink()
    refused = rami("import", tmp_path / "series", "--out", tmp_path / "CASE", check=False)
    assert refused.returncode == 2
    assert ".dcm" in refused.stderr and "--allow-gap" in refused.stderr
    assert not (tmp_path / "CASE").exists()
    allowed = rami("import", tmp_path / "series", "--out", tmp_path / "CASE", "--allow-gap")
    assert "1 slice is missing" in allowed.stderr
    assert "missing" in (tmp_path / "CASE/case.toml").read_text()


def test_a_case_folder_says_posture_and_sources(rami, shared_data, tmp_path):
    example = shared_data / "totalsegmentator-example"
    case = tmp_path / "CASE"
    rami("import", example / "ct.nii.gz", "--labels", example / "labels.nii.gz", "--posture", "supine",
         "--out", case)
    assert sorted(path.name for path in case.iterdir()) == ["case.toml", "ct.nii.gz", "labels.nii.gz"]
    text = (case / "case.toml").read_text()
    assert 'posture = "supine"' in text and text.count("sha256") == 2
    again = json.loads(rami("import", case, "--out", tmp_path / "AGAIN", "--json").stdout)
    assert again["posture"] == "supine"
    assert "vertebrae_L3" in again["labels"]["structures"]
    shutil.rmtree(case)


@pytest.mark.parametrize("kind", ["int16", "float64", "flipped", "packed"])
def test_memory_stays_under_two_and_a_half_volumes_of_a_nifti(peak_mib, tmp_path, kind):
    shape = (320, 320, 240)
    values = np.random.default_rng(1).integers(-1000, 1500, shape, dtype=np.int16)
    affine = np.diag([-1.0, -1.0, 1.5, 1.0])
    if kind == "flipped":
        affine = np.array([[0, 0, 1.5, 0], [-1.0, 0, 0, 0], [0, 1.0, 0, 0], [0, 0, 0, 1.0]])
    image = nibabel.Nifti1Image(values.astype(np.float64) if kind == "float64" else values, affine)
    source = tmp_path / ("ct.nii.gz" if kind == "packed" else "ct.nii")
    nibabel.save(image, source)
    volume = values.nbytes / 2**20
    taken = peak_mib("import", source, "--out", tmp_path / "out.nii.gz")
    assert volume < taken < 2.5 * volume, f"{taken:.0f} MiB for a volume of {volume:.0f}"


@pytest.mark.parametrize("kind", ["slices", "one file"])
def test_memory_stays_under_two_and_a_half_volumes_of_a_dicom_series(peak_mib, shared_data, tmp_path, kind):
    source = shared_data / "acrin-flt-breast-001"
    if kind == "one file":
        as_one_file([pydicom.dcmread(path) for path in source.glob("*.dcm")], tmp_path / "enhanced.dcm")
        source = tmp_path / "enhanced.dcm"
    volume = 512 * 512 * 99 * 2 / 2**20
    taken = peak_mib("import", source, "--out", tmp_path / "out.nii.gz")
    assert volume < taken < 2.5 * volume, f"{taken:.0f} MiB for a volume of {volume:.0f}"
