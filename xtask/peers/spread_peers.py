"""Pressure on one heterogeneous field: SciPy's, PyAMG's and FiPy's conjugate gradients beside Rami's, cold, to 1e-8.

Run by `cargo xtask bench spread`; or by hand with RAMI_EXAMPLE, the example `darcy`, and [small|large].

The field is made of whole numbers and exactly rounded arithmetic, so both sides solve the same matrix: base mobility 1
(fat), 1e-4 (a vertebral body), 1e-2 (psoas), 1e-4 (its fascia), times 0.25 + 1.5 u with u from splitmix64 of the cell's
number; harmonic faces, p = 0 half a cell outside, one unit source between vertebra and fascia. FiPy joins at the small
size, with SciPy's solver and a Jacobi preconditioner (without one it stalls). Besides the clock the processors' time is
printed, which other work on the machine disturbs less.
"""

import os
import subprocess
import sys
import time

import numpy as np
import pyamg
import scipy.sparse as sparse
from scipy.sparse.linalg import cg

SIZES = {"small": ((50, 50, 60), 4), "large": ((100, 100, 120), 2)}


def hashed(count):
    n = np.arange(count, dtype=np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        n = (n ^ (n >> np.uint64(shift))) * np.uint64(factor)
    n ^= n >> np.uint64(31)
    return (n >> np.uint64(11)).astype(float) * 2.0**-53


def mobility(shape, h):
    i, j = np.ogrid[: shape[0], : shape[1]]
    x, y = (2 * i + 1) * h // 2, (2 * j + 1) * h // 2
    plane = np.ones(shape[:2])
    plane[(x - 100) ** 2 + (y - 70) ** 2 < 484] = 1e-4
    plane[(abs(x - 145) < 20) & (abs(y - 70) < 25)] = 1e-2
    plane[(abs(x - 124) < 4) & (abs(y - 70) < 25)] = 1e-4
    base = np.repeat(plane[:, :, None], shape[2], axis=2)
    return base * (0.25 + 1.5 * hashed(base.size)).reshape(shape)


def system(shape, h):
    m = mobility(shape, h)
    number = np.arange(m.size).reshape(shape)
    diagonal = np.zeros(shape)
    parts = []
    for axis in range(3):
        low = [slice(None)] * 3
        high = [slice(None)] * 3
        low[axis], high[axis] = slice(None, -1), slice(1, None)
        low, high = tuple(low), tuple(high)
        face = 2 * m[low] * m[high] / (m[low] + m[high])
        diagonal[low] += face
        diagonal[high] += face
        parts.append((number[low].ravel(), number[high].ravel(), face.ravel()))
        for end in (0, -1):
            edge = [slice(None)] * 3
            edge[axis] = end
            diagonal[tuple(edge)] += 2 * m[tuple(edge)]
    a = np.concatenate([p[0] for p in parts])
    b = np.concatenate([p[1] for p in parts])
    t = np.concatenate([p[2] for p in parts])
    upper = sparse.coo_matrix((-t, (a, b)), (m.size, m.size))
    matrix = (upper + upper.T + sparse.diags(diagonal.ravel())).tocsr()
    source = number[116 // h, 92 // h, shape[2] // 2]
    right = np.zeros(m.size)
    right[source] = 1.0
    return matrix, right, source


def fipy_solve(shape, h):
    """Seconds, and u at the source, of the same field in FiPy."""
    os.environ["FIPY_SOLVERS"] = "scipy"
    from fipy import CellVariable, DiffusionTerm, Grid3D
    from fipy.solvers.scipy import JacobiPreconditioner, LinearCGSolver

    def fastest_first(values):
        return values.transpose(2, 1, 0).ravel()

    mesh = Grid3D(nx=shape[0], ny=shape[1], nz=shape[2], dx=1.0, dy=1.0, dz=1.0)
    coefficient = CellVariable(mesh=mesh, value=fastest_first(mobility(shape, h)))
    right = np.zeros(shape)
    at = (116 // h, 92 // h, shape[2] // 2)
    right[at] = 1.0
    u = CellVariable(mesh=mesh)
    u.constrain(0.0, mesh.exteriorFaces)
    started = time.perf_counter()
    equation = DiffusionTerm(coeff=coefficient.harmonicFaceValue) + CellVariable(mesh=mesh, value=fastest_first(right))
    solver = LinearCGSolver(tolerance=1e-8, iterations=5000, precon=JacobiPreconditioner())
    equation.solve(var=u, solver=solver)
    seconds = time.perf_counter() - started
    return seconds, u.value.reshape(shape[::-1]).transpose(2, 1, 0)[at]


def main(name):
    print("load before:", " ".join(f"{load:.1f}" for load in os.getloadavg()))
    shape, h = SIZES[name]
    matrix, right, source = system(shape, h)
    scale = 1 / np.sqrt(matrix.diagonal())
    scaled = (sparse.diags(scale) @ matrix @ sparse.diags(scale)).tocsr()
    print(f"{name}: {len(right)} cells, {matrix.nnz} entries")
    started = time.perf_counter()
    u, _ = cg(scaled, right * scale, rtol=1e-8, maxiter=20000)
    jacobi = time.perf_counter() - started
    print(f"scipy Jacobi-CG: {jacobi:.2f} s, u at the source {u[source] * scale[source]:.9f}", flush=True)
    fastest = jacobi
    for method in (pyamg.smoothed_aggregation_solver, pyamg.ruge_stuben_solver):
        started = time.perf_counter()
        hierarchy = method(scaled)
        prepared = time.perf_counter() - started
        started = time.perf_counter()
        u = hierarchy.solve(right * scale, tol=1e-8, accel="cg")
        solved = time.perf_counter() - started
        print(
            f"pyamg {method.__name__}: {prepared:.2f} + {solved:.2f} s, "
            f"u at the source {u[source] * scale[source]:.9f}",
            flush=True,
        )
        fastest = min(fastest, prepared + solved)
    if name == "small":
        seconds, at_source = fipy_solve(shape, h)
        print(f"FiPy: {seconds:.2f} s, u at the source {at_source:.9f}", flush=True)
        fastest = min(fastest, seconds)
    command = [os.environ["RAMI_EXAMPLE"], *(str(n) for n in (*shape, h))]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    print(out)
    numbers = [float(part.split()[1]) for part in out.split(", ") if part.startswith(("prepared", "solved"))]
    print(f"fastest peer over Rami: {fastest / sum(numbers):.1f}")


for name in [a for a in sys.argv[1:] if a in SIZES] or SIZES:
    main(name)
subprocess.run([os.environ["RAMI_EXAMPLE"], "growth"], check=True)
