"""Rami's scatter beside photons followed one by one through a slab of water.

The photons know Klein and Nishina, xraylib's cross sections and form factors, and nothing of Rami's kernels. Rami's model
has no air gap: it was tied to a measurement with one gap, so it must lie between a C-arm's gap of some 30 cm and a detector
that touches the patient, and grow with thickness like the photons do.
"""

import math
import pathlib
import re

import numpy as np
import pytest
import xraylib

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "crates/xray/src/chain/scatter.rs"
SID, SOD, DETECTOR, KEV, PHOTONS = 1000.0, 600.0, 307.2, 55.0, 300_000
WATER = {1: 0.111898, 8: 0.888102}
ENERGY = np.arange(8.0, 61.0)


def per_mm(cross_section):
    return np.array([sum(share * cross_section(z, e) for z, share in WATER.items()) for e in ENERGY]) / 10


PHOTO, COMPTON, RAYLEIGH = map(per_mm, (xraylib.CS_Photo, xraylib.CS_Compt, xraylib.CS_Rayl))
TRANSFER = np.linspace(0, 8, 4001)
FORM = np.array([2 * xraylib.FF_Rayl(1, q) ** 2 + xraylib.FF_Rayl(8, q) ** 2 for q in TRANSFER])
COHERENT = np.concatenate([[0], np.cumsum((FORM[1:] + FORM[:-1]) / 2 * np.diff(TRANSFER**2))])


def drawn(n, propose):
    """n cosines; `propose(where)` gives cosines and which of them are accepted."""
    cosines, todo = np.empty(n), np.arange(n)
    while len(todo):
        cosine, taken = propose(todo)
        cosines[todo[taken]] = cosine[taken]
        todo = todo[~taken]
    return cosines


def scattered_to_primary(mm, air_gap_mm, seed=1):
    """In energy, over the middle 10 x 10 cm of the detector, behind 36 x 60 cm of water."""
    rng = np.random.default_rng(seed)

    def incoherent(energy):
        def propose(todo):
            cosine = rng.uniform(-1, 1, len(todo))
            r = 1 / (1 + energy[todo] / 511 * (1 - cosine))
            return cosine, rng.uniform(0, 2, len(todo)) < r * r * (r + 1 / r - 1 + cosine**2)

        return drawn(len(energy), propose)

    def coherent(energy):
        most = energy / 12.398

        def propose(todo):
            q = np.interp(rng.uniform(0, 1, len(todo)) * np.interp(most[todo], TRANSFER, COHERENT), COHERENT, TRANSFER)
            cosine = 1 - 2 * (q / most[todo]) ** 2
            return cosine, rng.uniform(0, 1, len(todo)) < (1 + cosine**2) / 2

        return drawn(len(energy), propose)

    far = SID - air_gap_mm
    near = far - mm
    pixel = rng.uniform(-DETECTOR / 2, DETECTOR / 2, (PHOTONS, 2))
    way = np.column_stack([pixel, np.full(PHOTONS, SID)])
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    at, energy, weight = way * (near / way[:, [2]]), np.full(PHOTONS, KEV), np.ones(PHOTONS)
    total = np.interp(KEV, ENERGY, PHOTO + COMPTON + RAYLEIGH)
    middle = (np.abs(pixel) < 50).all(1)
    primary = (np.exp(-total * mm / way[:, 2]) * KEV)[middle].sum()
    scattered, first = 0.0, True
    while len(at):
        total = np.interp(energy, ENERGY, PHOTO + COMPTON + RAYLEIGH)
        there = at + way * rng.exponential(1 / total)[:, None]
        inside = (there[:, 2] > near) & (there[:, 2] < far) & (np.abs(there[:, :2]) < (180, 300)).all(1)
        if not first:
            out = ~inside & (way[:, 2] > 0)
            hit = at[out] + way[out] * ((SID - at[out, 2]) / way[out, 2])[:, None]
            seen = (np.abs(hit[:, :2]) < 50).all(1)
            scattered += (energy[out] * weight[out])[seen].sum()
        first = False
        at, way, energy, weight = there[inside], way[inside], energy[inside], weight[inside]
        photo, compton, rayleigh = (np.interp(energy, ENERGY, of) for of in (PHOTO, COMPTON, RAYLEIGH))
        weight = weight * (compton + rayleigh) / (photo + compton + rayleigh)
        bound = rng.uniform(0, 1, len(energy)) < rayleigh / (compton + rayleigh)
        cosine = np.empty(len(energy))
        cosine[bound], cosine[~bound] = coherent(energy[bound]), incoherent(energy[~bound])
        sine, turn = np.sqrt(np.maximum(0, 1 - cosine**2)), rng.uniform(0, 2 * np.pi, len(energy))
        aside = np.cross(np.where(np.abs(way[:, [2]]) < 0.9, [[0.0, 0, 1]], [[1.0, 0, 0]]), way)
        aside /= np.linalg.norm(aside, axis=1, keepdims=True)
        across = np.cross(way, aside) * np.sin(turn)[:, None] + aside * np.cos(turn)[:, None]
        way = way * cosine[:, None] + across * sine[:, None]
        energy = np.where(bound, energy, energy / (1 + energy / 511 * (1 - cosine)))
        kept = (weight > 0.02) & (energy > 9)
        at, way, energy, weight = at[kept], way[kept], energy[kept], weight[kept]
    return scattered / primary


def rami(mm):
    """The middle of an evenly lit detector, from the figures in the source."""
    text = SOURCE.read_text()
    figure = lambda pattern: [float(v) for v in re.search(pattern, text).groups()]
    (ratio,), (exponent,), (reference,) = map(figure, (r" ratio: ([\d.]+),", r" exponent: ([\d.]+),", r"_MM: f32 = ([\d.]+);"))
    a, wide_a, b, wide_b = figure(r"kernel: \[\(([\d.]+), ([\d.]+)\), \(([\d.]+), ([\d.]+)\)\]")
    lit = lambda width: math.erf(DETECTOR / 2 / width / math.sqrt(2)) ** 2
    return ratio * (mm / reference) ** exponent * (a * lit(wide_a) + b * lit(wide_b))


@pytest.mark.parametrize("mm", [150, 220, 300])
def test_scatter_lies_between_a_c_arms_air_gap_and_none(mm):
    apart, touching = scattered_to_primary(mm, SID - SOD - mm / 2), scattered_to_primary(mm, 50.0)
    print(f"{mm} mm: C-arm {apart:.2f}, Rami {rami(mm):.2f}, detector 50 mm behind {touching:.2f}")
    assert apart < rami(mm) < 0.7 * touching
    assert rami(mm) < 1.9 * apart


def test_scatter_grows_with_thickness_as_photons_have_it():
    gap = SID - SOD - 130.0
    grown = scattered_to_primary(300, gap) / scattered_to_primary(150, gap)
    assert rami(300) / rami(150) == pytest.approx(grown, rel=0.3)
