"""Fluoroscopy of the default patient and of a real CT beside the committed pictures, and the traits of fluoroscopy in them.

Pictures of the real CT are made from subject 001 of ACRIN-FLT-Breast (The Cancer Imaging Archive, CC BY 3.0,
doi:10.7937/k9/tcia.2017.ol20zmxg); slices there are 5 mm thick, so edges across them are soft. RAMI_BLESS=1 writes the
pictures anew.
"""

import os
import pathlib

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk

SNAPSHOTS = pathlib.Path(__file__).parent / "snapshots"
L3, CORD = 29, 79  # of the labels
COMMON = ("--detector", 320, "--pixel", 0.96, "--fluoroscopy")
# Middle of L3, and a needle from the left of the back to the front of its body: entry, target. LPS mm.
PEOPLE = {
    "patient": {"isocentre": (0, 14, 0), "entry": (92, 96, -4), "target": (24, -12, 0)},
    "real": {"isocentre": (-9, 51, -632), "entry": (71, 133, -636), "target": (12, 36, -632)},
}


def text(*points):
    return ",".join(str(v) for point in points for v in point)


def read(path):
    """Grey levels of an 8-bit PNG."""
    return sitk.GetArrayFromImage(sitk.ReadImage(str(path))).astype(float)


@pytest.fixture(scope="module", params=list(PEOPLE))
def person(request, rami, tmp_path_factory):
    """Name, case, contrast medium along the front of L3, and where things are."""
    name = request.param
    folder = tmp_path_factory.mktemp(name)
    case = folder / "case"
    if name == "patient":
        rami("phantom", "--seed", 1, "--spacing", 1.5, "--out", case)
    else:
        rami("import", request.getfixturevalue("shared_data") / "acrin-flt-breast-001", "--out", case)
    place = PEOPLE[name]
    image = nib.load(case / "ct.nii.gz")
    hu = np.asarray(image.dataobj)
    lps = np.diag([-1, -1, 1, 1]) @ image.affine
    points = np.moveaxis(np.indices(hu.shape), 0, -1) @ lps[:3, :3].T + lps[:3, 3]
    # 240 mg/ml in an ellipsoid with a soft rim, long from head to foot, where there is neither bone nor gas.
    reach = np.linalg.norm((points - (np.array(place["target"]) + (1, -2, 0))) / (7, 6, 24), axis=-1)
    iodine = 240 * np.clip(1.25 - reach, 0, 1) * ((hu > -300) & (hu < 110))
    nib.save(nib.Nifti1Image(iodine.astype(np.float32), image.affine), folder / "contrast.nii.gz")
    return name, case, folder / "contrast.nii.gz", place


def test_views_are_the_committed_ones_and_look_like_fluoroscopy(rami, person, tmp_path):
    name, case, contrast, place = person
    middle, needle = text(place["isocentre"]), text(place["entry"], place["target"])
    views = {
        "ap": ("--primary", 180, "--isocentre", middle),
        "oblique": ("--primary", -150, "--isocentre", middle),
        "lateral": ("--primary", 90, "--isocentre", middle),
        "tunnel": ("--tunnel", "--needle", needle),
        "needle": ("--primary", 180, "--isocentre", middle, "--needle", needle),
        "contrast": ("--primary", 90, "--isocentre", middle, "--needle", needle, "--contrast", contrast),
    }
    pictures = {}
    for view, arguments in views.items():
        kept = SNAPSHOTS / f"{name}-{view}.png"
        out = kept if os.environ.get("RAMI_BLESS") else tmp_path / kept.name
        rami("xray", case, *arguments, *COMMON, "--out", out)
        pictures[view] = read(out)
        off = np.abs(pictures[view] - read(kept))
        # The same seed gives the same noise; another vector unit at most one grey level, and the letters none.
        assert off.mean() < 1.0 and np.percentile(off, 99.9) <= 12, f"{kept.name}: {off.mean():.2f} levels on average"
    inside = (slice(30, 290), slice(20, 300))
    ap, steel = pictures["ap"], pictures["needle"]
    # A needle is black on grey, and thin.
    dark = (ap - steel)[inside] > 40
    assert 0.001 < dark.mean() < 0.03 and steel[inside][dark].mean() < 60 < ap[inside][dark].mean()
    # Down the needle it is a point in the middle.
    rows, columns = np.nonzero(pictures["tunnel"][150:170, 150:170] < 40)
    assert 1 <= len(rows) <= 12 and np.ptp(rows) <= 3 and np.ptp(columns) <= 3
    # Contrast medium is a dark cloud, taller than wide, where there was none.
    cloud = (pictures["lateral"] - pictures["contrast"])[inside] > 20
    rows, columns = np.nonzero(cloud)
    assert 200 < cloud.sum() and np.percentile(rows, 98) - np.percentile(rows, 2) > 30
    # Quantum mottle: neighbouring pixels differ by a few grey levels everywhere, more where less arrives.
    mottle = np.diff(ap[inside], axis=1)
    assert 1.0 < np.median(np.abs(mottle)) < 20
    # Polarity: bone is darker than the bowel gas beside it, and the naked beam behind the back is white.
    assert np.percentile(pictures["lateral"][60:280, 300:316], 50) > 230


def test_polarity_and_the_round_picture_of_an_intensifier(rami, person, tmp_path):
    name, case, _, place = person
    arguments = ("--primary", 180, "--isocentre", text(place["isocentre"]), *COMMON)
    pictures = {}
    for view, more in {"plain": (), "white": ("--white-bone",), "round": ("--intensifier",)}.items():
        rami("xray", case, *arguments, *more, "--out", tmp_path / f"{view}.png")
        pictures[view] = read(tmp_path / f"{view}.png")
    middle = (slice(80, 240), slice(80, 240))
    pair = np.corrcoef(pictures["plain"][middle].ravel(), pictures["white"][middle].ravel())[0, 1]
    assert pair < -0.95, "bone white is bone dark turned over"
    # Vignetting: the rim is darker than on a flat panel, the corners are black.
    rim, centre = (slice(150, 170), slice(15, 35)), (slice(150, 170), slice(150, 170))
    ratio = [(pictures["round"][place].mean() + 1) / (pictures["plain"][place].mean() + 1) for place in (rim, centre)]
    assert ratio[0] < 0.85 < 0.98 < ratio[1] + 0.01
    assert pictures["round"][40:60, 2:8].max() == 0


def test_pedicles_are_rings_from_behind_and_the_eye_of_the_dog_in_the_oblique_view(rami, person, tmp_path):
    """What an operator counts by. The medial rim of the eye lies over lamina, so it is not asked for."""
    name, case, _, place = person
    if name != "patient":
        pytest.skip("no labels come with the real CT")
    image = nib.load(case / "labels.nii.gz")
    labels = np.asarray(image.dataobj)
    lps = np.diag([-1, -1, 1, 1]) @ image.affine
    at = lambda mask: nib.affines.apply_affine(lps, np.argwhere(mask))
    vertebra, cord = at(labels == L3), at(labels == CORD)
    cord = cord[np.abs(cord[:, 2] - vertebra[:, 2].mean()) < 10]
    # The coronal plane just before the canal's middle cuts a pedicle on each side, apart from everything else.
    plane = vertebra[np.abs(vertebra[:, 1] - (cord[:, 1].mean() - 4)) < 0.8]
    isocentre = np.array(place["isocentre"], dtype=float)
    for primary, tests in {180: "LR", 150: "L", -150: "R"}.items():
        out = tmp_path / f"{primary}.png"
        rami("xray", case, "--primary", primary, "--isocentre", text(place["isocentre"]), "--detector", 512,
             "--pixel", 0.6, "--no-noise", "--edges", 0, "--out", out)
        grey = read(out)
        p = np.radians(primary)
        d, up = np.array([np.sin(p), -np.cos(p), 0]), np.array([0, 0, 1.0])
        right = np.cross(-d, up)
        for side in tests:
            pedicle = plane[plane[:, 0] > 0] if side == "L" else plane[plane[:, 0] < 0]
            scale = 1000 / (600 + (pedicle - isocentre) @ d) / 0.6
            column, row = 255.5 + scale * ((pedicle - isocentre) @ right), 255.5 - scale * (pedicle - isocentre)[:, 2]
            middle = [(np.ptp(v) / 2 + v.min(), np.ptp(v) / 2) for v in (column, row)]
            ring(grey, *middle, "udlr" if primary == 180 else "ud" + ("l" if side == "L" else "r"), (primary, side))


def ring(grey, across, along, ways, what):
    """Asserts a dark rim at these sides of an ellipse: (middle, half axis) along columns and rows."""
    (x, half_x), (y, half_y) = across, along
    inside = np.median(grey[int(y - half_y / 3) : int(y + half_y / 3) + 1, int(x - half_x / 3) : int(x + half_x / 3) + 1])
    for way in ways:
        share = np.linspace(0.6, 1.4, 17) * (1 if way in "dr" else -1)
        columns, rows = (x + 0 * share, y + share * half_y) if way in "ud" else (x + share * half_x, y + 0 * share)
        rim = grey[np.rint(rows).astype(int), np.rint(columns).astype(int)].min()
        assert rim < inside - 20, f"{what} {way}: {rim} at the rim, {inside} inside"
