"""Conduction: Rami against NEURON 9 and Arbor 0.12, one thread, same fibre, dx and dt, same run; prints one table.

Case: 1 um, 20 mm, 1000 compartments, 0.2 nA for 1 ms into the first; Hodgkin-Huxley at 18.5 C, Sundt at 37 C.
Run by `cargo xtask bench nerve`; or by hand with RAMI_EXAMPLE, the example `nerve_speed`, what `nerve_peers.txt` lists, and a
C compiler for NEURON's mechanism. Times are processor time, the least of several runs.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
HERE = pathlib.Path(__file__).resolve().parent
STEPS_MS = (0.025, 0.005)


def rami():
    """{(model, case): ns or m/s} from Rami's own measurement."""
    out = subprocess.run(
        [os.environ["RAMI_EXAMPLE"]], check=True, capture_output=True, text=True, cwd=HERE.parent.parent).stdout
    return {tuple(line.split()[:2]): float(line.split()[2]) for line in out.splitlines()}


def crossing(t, v):
    """First upward crossing of -20 mV, ms."""
    i = next(k for k in range(1, len(v)) if v[k - 1] < -20 <= v[k])
    return t[i - 1] + (-20 - v[i - 1]) / (v[i] - v[i - 1]) * (t[i] - t[i - 1])


def neuron_mechanism():
    """Compiles the Sundt mechanism and loads it."""
    from neuron import h
    folder = pathlib.Path(tempfile.mkdtemp(prefix="rami-nerve-"))
    shutil.copy(HERE / "sundt_axon.mod", folder)
    env = dict(os.environ, PATH=str(pathlib.Path(sys.executable).parent) + os.pathsep + os.environ["PATH"])
    subprocess.run(["nrnivmodl"], cwd=folder, env=env, check=True, capture_output=True)
    library = next(folder.rglob("libnrnmech.so"))
    h.nrn_load_dll(str(library))


def neuron_run(model):
    """[(velocity, ns per compartment-step)] for each step."""
    from neuron import h
    h.load_file("stdrun.hoc")
    section = h.Section(name="fibre_" + model)
    section.nseg, section.L, section.diam, section.cm = 1000, 20000, 1.0, 1.0
    if model == "hh":
        h.celsius, rest, section.Ra = 18.5, -65, 35.4
        section.insert("hh")
        section.ena, section.ek = 50, -77
    else:
        h.celsius, rest, section.Ra = 37, -60, 100
        section.insert("sundtaxon")
        h.finitialize(rest)
        mechanism = section(0.5).sundtaxon
        # The leak's reversal balances the other currents at rest.
        balance = rest + (mechanism.gna * mechanism.m**3 * mechanism.h * (rest - 50)
                          + mechanism.gk * mechanism.n**3 * mechanism.l * (rest + 90)) / mechanism.gl
        for segment in section:
            segment.sundtaxon.el = balance
    clamp = h.IClamp(section(0.0005))
    clamp.delay, clamp.dur, clamp.amp = 1, 1, 0.2
    times = h.Vector().record(h._ref_t)
    near, far = (h.Vector().record(section(x)._ref_v) for x in (0.2505, 0.7505))
    rows = []
    for dt in STEPS_MS:
        h.dt, h.steps_per_ms, cpu = dt, 1 / dt, []
        for _ in range(3):
            h.finitialize(rest)
            start = time.process_time()
            h.continuerun(50)
            cpu.append(time.process_time() - start)
        t = list(times)
        rows.append((10 / (crossing(t, list(far)) - crossing(t, list(near))), min(cpu) * 1e9 / (50 / dt) / 1000))
    return rows


def arbor_run():
    """[(velocity, ns per compartment-step)] for each step, Hodgkin-Huxley."""
    import arbor as A
    from arbor import units as U

    class Fibre(A.recipe):
        def __init__(self):
            A.recipe.__init__(self)
            tree = A.segment_tree()
            tree.append(A.mnpos, A.mpoint(0, 0, 0, 0.5), A.mpoint(20000, 0, 0, 0.5), tag=1)
            places = A.label_dict({"all": "(all)", "start": "(location 0 0.0005)"})
            decor = A.decor().set_property(Vm=-65 * U.mV, tempK=(273.15 + 18.5) * U.Kelvin,
                                           cm=0.01 * U.F / U.m2, rL=35.4 * U.Ohm * U.cm)
            decor.set_ion("na", rev_pot=50 * U.mV)
            decor.set_ion("k", rev_pot=-77 * U.mV)
            decor.paint('"all"', A.density("hh"))
            decor.place('"start"', A.i_clamp(1 * U.ms, 1 * U.ms, 0.2 * U.nA))
            self.cell = A.cable_cell(tree, decor, places, A.cv_policy_fixed_per_branch(1000))
            self.defaults = A.neuron_cable_properties()

        def num_cells(self):
            return 1

        def cell_kind(self, _):
            return A.cell_kind.cable

        def cell_description(self, _):
            return self.cell

        def global_properties(self, _):
            return self.defaults

        def probes(self, _):
            return [A.cable_probe_membrane_voltage(f"(location 0 {x})", str(x)) for x in (0.2505, 0.7505)]

    rows = []
    for dt in STEPS_MS:
        cpu = []
        for _ in range(5):
            simulation = A.simulation(Fibre(), A.context(threads=1))
            handles = [simulation.sample((0, str(x)), A.regular_schedule(0.005 * U.ms)) for x in (0.2505, 0.7505)]
            start = time.process_time()
            simulation.run(tfinal=50 * U.ms, dt=dt * U.ms)
            cpu.append(time.process_time() - start)
        near, far = (crossing(*simulation.samples(handle)[0][0].T.tolist()) for handle in handles)
        rows.append((10 / (far - near), min(cpu) * 1e9 / (50 / dt) / 1000))
    return rows


def main():
    ours = rami()
    neuron_mechanism()
    peers = {("NEURON 9", "hh"): neuron_run("hh"), ("NEURON 9", "sundt"): neuron_run("sundt"),
             ("Arbor 0.12", "hh"): arbor_run()}
    print("| model | dt us | program | velocity m/s | ns per compartment-step | times Rami |")
    print("|---|---|---|---|---|---|")
    for model in ("hh", "sundt"):
        for k, dt in enumerate(STEPS_MS):
            own = ours[model, f"one_{dt:g}"]
            print(f"| {model} | {dt * 1e3:g} | Rami | {ours[model, f'velocity_{dt:g}']:.5f} | {own:.1f} | 1 |")
            for (program, case), rows in peers.items():
                if case == model:
                    print(f"| {model} | {dt * 1e3:g} | {program} | {rows[k][0]:.5f} | {rows[k][1]:.1f} | {rows[k][1] / own:.1f} |")
        print(f"| {model} | 25 | Rami, 64 fibres | – | {ours[model, 'bundle']:.1f} | |")
    print(f"| mrg 10 um | 5 | Rami | – | {ours['mrg', 'one']:.1f} | |")
    for fibre in "abc":
        print(f"| threshold of a {fibre.upper()} fibre | | Rami | | {ours['threshold', fibre] / 1e6:.0f} ms in all | |")


if __name__ == "__main__":
    main()
