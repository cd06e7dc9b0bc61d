"""Pressure in a heterogeneous box of contrast 1e4: Rami beside scipy and pyamg, same cells, same tolerance, same run.

The field is built from integers and exactly rounded arithmetic, as in crates/field/benches/solve.rs. Sizes: 50 x 50 x 60
cells of 4 mm, 100 x 100 x 120 of 2 mm. Prints seconds, medians of three: hierarchy and solve to a relative residual of 1e-8.
Needs numpy, scipy, pyamg and cargo.
"""
import pathlib
import statistics
import subprocess
import time

import numpy as np
import pyamg
import scipy.sparse as sparse
import scipy.sparse.linalg as linalg

ROOT = pathlib.Path(__file__).resolve().parents[2]


def mobility(shape, h):
    """Fat, with a vertebral body, psoas and its fascia, each cell's value scattered by a hash of its number."""
    i, j, _ = np.meshgrid(*(np.arange(n) for n in shape), indexing="ij")
    x, y = (2 * i + 1) * h // 2, (2 * j + 1) * h // 2
    base = np.ones(shape)
    base[(x - 100) ** 2 + (y - 70) ** 2 < 484] = 1e-4
    base[(abs(x - 145) < 20) & (abs(y - 70) < 25)] = 1e-2
    base[(abs(x - 124) < 4) & (abs(y - 70) < 25)] = 1e-4
    z = np.arange(base.size, dtype=np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return base.ravel() * (0.25 + 1.5 * ((z >> np.uint64(11)).astype(float) * 2.0**-53))


def system(shape, h):
    """Symmetric matrix, scaled to unit diagonal, and its right side."""
    value, n = mobility(shape, h), int(np.prod(shape))
    cell = np.arange(n).reshape(shape)
    diagonal, rows, columns, entries = np.zeros(n), [], [], []
    for axis in range(3):
        a = np.take(cell, range(shape[axis] - 1), axis).ravel()
        b = np.take(cell, range(1, shape[axis]), axis).ravel()
        t = 2 * value[a] * value[b] / (value[a] + value[b])
        rows += [a, b]
        columns += [b, a]
        entries += [-t, -t]
        diagonal += np.bincount(a, t, n) + np.bincount(b, t, n)
        for side in (0, shape[axis] - 1):
            edge = np.take(cell, side, axis).ravel()
            diagonal[edge] += 2 * value[edge]
    everything = np.arange(n)
    matrix = sparse.coo_matrix(
        (np.concatenate([*entries, diagonal]),
         (np.concatenate([*rows, everything]), np.concatenate([*columns, everything]))), (n, n)).tocsr()
    right = np.zeros(n)
    right[cell[116 // h, 92 // h, shape[2] // 2]] = 1.0
    scale = sparse.diags(1 / np.sqrt(diagonal))
    return (scale @ matrix @ scale).tocsr(), scale @ right


def median_seconds(work):
    times = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def amg(matrix, right):
    make = pyamg.ruge_stuben_solver if len(right) < 400_000 else pyamg.smoothed_aggregation_solver
    make(matrix).solve(right, tol=1e-8, accel="cg")


print(f"{'cells':>9} {'scipy Jacobi-CG':>16} {'pyamg CG':>10}   seconds, this machine, this run")
for shape, h in (((50, 50, 60), 4), ((100, 100, 120), 2)):
    matrix, right = system(shape, h)
    jacobi = median_seconds(lambda: linalg.cg(matrix, right, rtol=1e-8, maxiter=20_000))
    multigrid = median_seconds(lambda: amg(matrix, right))
    print(f"{len(right):9} {jacobi:16.2f} {multigrid:10.2f}", flush=True)
subprocess.run(["cargo", "bench", "--package", "rami-field"], cwd=ROOT, check=True)
