"""How fast feet warm once their sympathetic supply is gone, in JOS-3 and in Rami, and what a simulated hour costs.

JOS-3 (MIT) is run for a resting adult until steady; then its feet's arteriovenous anastomoses are held open and the
constriction of thigh, leg and foot skin is taken out, on both sides, by wrapping two of its functions. Rami starts from
the same foot temperature with every fibre failing at once. Writes validation/warming/jos3.csv and prints the times.

Environment: RAMI_BIN, the program. Run by `cargo xtask bench body`.
"""

import csv
import json
import os
import subprocess
import time
import warnings
from pathlib import Path

import numpy as np

warnings.filterwarnings("ignore")
import jos3
from jos3 import construction, thermoregulation

ROOMS = (20, 22, 24, 26)
MINUTES = 90
PEOPLE = 10_000
FOOT_OPEN_L_H = 2.16
CONSTRICTION = {"thigh": 0.0213, "leg": 0.0213, "foot": 0.1489}
OUT = Path(__file__).resolve().parents[2] / "validation" / "warming" / "jos3.csv"


class Denervation:
    """Takes the feet's sympathetic supply out of JOS-3 while `on`."""

    def __init__(self):
        self.on = False
        self.skin, self.ava = thermoregulation.skin_bloodflow, thermoregulation.ava_bloodflow
        thermoregulation.skin_bloodflow, thermoregulation.ava_bloodflow = self.skin_flow, self.ava_flow

    def ava_flow(self, core, skin, *args, **kwargs):
        hand, foot = self.ava(core, skin, *args, **kwargs)
        if self.on:
            foot = FOOT_OPEN_L_H * construction.bfb_rate(*args, **kwargs)
        return hand, foot

    def skin_flow(self, core, skin, *args, **kwargs):
        flow = self.skin(core, skin, *args, **kwargs)
        if not self.on:
            return flow
        warm, cold = thermoregulation.error_signals(core, skin)
        command = max(-10.8 * core[0] - 10.8 * (warm - cold), 0.0)
        share = np.zeros(len(flow))
        share[-6:] = [CONSTRICTION[part] for part in ("thigh", "leg", "foot")] * 2
        return flow * (1.0 + share * command)


def peer(room, denervation):
    denervation.on = False
    body = jos3.JOS3(height=1.7, weight=70, age=40, sex="male", ex_output="all")
    body.To, body.RH, body.Va, body.PAR, body.Icl = room, 45, 0.1, 1.0, 0.3
    body.simulate(120, dtime=60)
    denervation.on = True
    start = time.perf_counter()
    body.simulate(MINUTES, dtime=60)
    seconds = time.perf_counter() - start
    return np.array(body.dict_results()["TskLFoot"])[120:], seconds


def rami(room, toe, people):
    command = [os.environ.get("RAMI_BIN", "rami"), "respond", "--blocked-fraction", "1", "--at-once", "--json"]
    command += ["--room", str(room), "--baseline-toe", f"{toe:.3f}", "--minutes", str(MINUTES), "--population", str(people)]
    start = time.perf_counter()
    document = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return document, time.perf_counter() - start


def main():
    denervation = Denervation()
    rows, peer_seconds = [], []
    for room in ROOMS:
        foot, seconds = peer(room, denervation)
        peer_seconds.append(seconds)
        # One person: the quantiles are that person.
        document, _ = rami(room, foot[0], 1)
        toe = [band["median"] for band in document["sites"]["toe"]["left"]]
        rows += [(room, t, round(float(foot[t]), 3), round(toe[t], 3)) for t in range(0, MINUTES + 1, 5)]
        print(f"room {room}: foot {foot[0]:.1f} -> JOS-3 {foot[-1]:.1f}, Rami {document['t_max_c']:.1f} °C")
    OUT.parent.mkdir(parents=True, exist_ok=True)
    with OUT.open("w", newline="") as file:
        csv.writer(file).writerows([("room_c", "t_min", "jos3_foot_c", "rami_toe_c"), *rows])
    _, seconds = rami(22, 26.9, PEOPLE)
    each = seconds / PEOPLE
    print(f"{MINUTES} simulated minutes: JOS-3 {np.median(peer_seconds) * 1e3:.0f} ms a person, one thread")
    print(f"  Rami {each * 1e3:.3f} ms a person ({PEOPLE} people, 5 s steps, all threads, start-up and output included)")
    print(f"  ratio {np.median(peer_seconds) / each:.0f}")


if __name__ == "__main__":
    main()
