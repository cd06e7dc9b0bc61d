//! Stepping a myelinated fibre, several side by side.
//!
//! The schemes are those of the unmyelinated cable: staggered Crank–Nicolson (second order, damped where a stimulus
//! jumps) or backward Euler. A step forwards through all internodes, solves the nodes' tridiagonal system, and
//! substitutes back; see [`super::internode`].

use super::geometry::Geometry;
use super::internode::{INNER, Internode};
use crate::NerveError;
use crate::action::Action;
use crate::cable::{check_step, tridiagonal};
use crate::conduct::Scheme;
use crate::error::in_range;
use crate::membrane::{Constants, GATES, Membrane, MrgNode, RateTable};

/// A myelinated fibre: its sizes, the number of its nodes and its temperature.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Myelinated {
    /// Sizes.
    pub geometry: Geometry,
    /// Number of nodes; both ends are nodes.
    pub nodes: usize,
    /// Channels of the nodes.
    pub membrane: MrgNode,
}

impl Myelinated {
    /// A fibre of this outer diameter with so many nodes, at `celsius`.
    ///
    /// # Errors
    /// [`NerveError::OutOfRange`] for a diameter outside 1.1–16 µm or a number of nodes outside 3–100 000.
    pub fn new(diameter_um: f64, nodes: usize, celsius: f64) -> Result<Self, NerveError> {
        in_range("number of nodes", nodes as f64, 3.0, 1e5, "nodes")?;
        in_range("temperature", celsius, 0.0, 45.0, "°C")?;
        let geometry = Geometry::for_diameter(diameter_um)?;
        Ok(Self { geometry, nodes, membrane: MrgNode::new(celsius) })
    }

    /// Number of compartments, nodes among them.
    #[must_use]
    pub fn compartments(&self) -> usize {
        self.nodes * (INNER + 1) - INNER
    }

    /// Position of a node, mm from the start of the fibre.
    #[must_use]
    pub fn node_mm(&self, node: usize) -> f64 {
        (node as f64 * self.geometry.internode_um + Geometry::NODE_LENGTH_UM / 2.0) * 1e-3
    }
}

/// Length and number of the steps that find the resting state.
const SETTLING_STEP_MS: f64 = 5.0;
const SETTLING_STEPS: usize = 40;

/// `L` equal fibres followed side by side, each with its own action.
#[derive(Debug, Clone)]
pub struct MyelinatedStepper<const L: usize = 1> {
    fibre: Myelinated,
    constants: Constants,
    table: RateTable,
    internode: Internode,
    scheme: Scheme,
    dt_ms: f64,
    steps: u64,
    actions: Vec<Action>,
    state: State<L>,
    work: Work<L>,
}

#[derive(Debug, Clone)]
struct State<const L: usize> {
    /// Membrane voltage of the nodes, mV.
    node: Vec<[f64; L]>,
    gates: Vec<[[f64; GATES]; L]>,
    /// U of each inner compartment, one row a compartment, one column an internode.
    u: [Vec<[f64; L]>; INNER],
    w: [Vec<[f64; L]>; INNER],
}

impl State<1> {
    /// The same state for each of `L` fibres.
    fn in_every_lane<const L: usize>(&self) -> State<L> {
        let spread = |column: &Vec<[f64; 1]>| column.iter().map(|&[v]| [v; L]).collect();
        State {
            node: spread(&self.node),
            gates: self.gates.iter().map(|&[gates]| [gates; L]).collect(),
            u: self.u.each_ref().map(spread),
            w: self.w.each_ref().map(spread),
        }
    }
}

#[derive(Debug, Clone)]
struct Work<const L: usize> {
    /// Share of sodium conductance times the node's membrane, cm² × 1e3 (so that mS/cm² become µS).
    sodium: Vec<[f64; L]>,
    node_drive: Vec<[f64; L]>,
    u_drive: [Vec<[f64; L]>; INNER],
    w_drive: [Vec<[f64; L]>; INNER],
    diagonal: Vec<[f64; L]>,
    right: Vec<[f64; L]>,
    u: [Vec<[f64; L]>; INNER],
    w: [Vec<[f64; L]>; INNER],
}

impl<const L: usize> MyelinatedStepper<L> {
    /// Fibres at rest, one a lane.
    ///
    /// # Errors
    /// Profiles that do not fit, or a step too coarse for the nodes.
    pub fn new(
        fibre: Myelinated,
        actions: [Action; L],
        dt_ms: f64,
        scheme: Scheme,
    ) -> Result<Self, NerveError> {
        const { assert!(L > 0, "a stepper needs at least one lane") };
        check_step(&fibre.membrane, dt_ms)?;
        for action in &actions {
            action.check(fibre.nodes, fibre.compartments())?;
        }
        Ok(Self::unchecked(fibre, actions, dt_ms, scheme))
    }

    /// The same, whatever the step and for profiles that fit.
    pub(super) fn unchecked(fibre: Myelinated, actions: [Action; L], dt_ms: f64, scheme: Scheme) -> Self {
        let state = if actions.iter().all(|action| action.sodium == actions[0].sodium) {
            MyelinatedStepper::settled(fibre, [&actions[0]]).in_every_lane()
        } else {
            Self::settled(fibre, actions.each_ref())
        };
        Self { state, ..Self::at_rest(fibre, actions, dt_ms, scheme) }
    }

    /// The model's nodes are not quite in balance at −80 mV: long implicit steps find where each fibre rests.
    fn settled(fibre: Myelinated, actions: [&Action; L]) -> State<L> {
        let alone = actions.map(|action| Action { sodium: action.sodium.clone(), ..Action::default() });
        let mut resting = Self::at_rest(fibre, alone, SETTLING_STEP_MS, Scheme::BackwardEuler);
        (0..SETTLING_STEPS).for_each(|_| resting.step());
        resting.state
    }

    fn at_rest(fibre: Myelinated, actions: [Action; L], dt_ms: f64, scheme: Scheme) -> Self {
        let constants = fibre.membrane.constants();
        let per_step = if scheme == Scheme::CrankNicolson { 2.0 / dt_ms } else { 1.0 / dt_ms };
        let internode = Internode::new(&fibre.geometry, per_step, constants.rest_mv);
        let (nodes, between) = (fibre.nodes, fibre.nodes - 1);
        let area = fibre.geometry.node_area_cm2() * 1e3;
        let outside = |l: usize, node: usize, inner: usize| actions[l].outside_at(node * (INNER + 1) + inner);
        let lanes = |value: &dyn Fn(usize) -> f64| std::array::from_fn::<f64, L, _>(value);
        // What the outside potential drives into compartment `inner` of internode `j` along axon (k = 0) or space (1).
        let inner_drive = |k: usize, c: usize| -> Vec<[f64; L]> {
            let before = if c == 0 { internode.to_node[k] } else { internode.next[c - 1][k] };
            let after = internode.next[c][k];
            (0..between)
                .map(|j| {
                    lanes(&|l| {
                        let at = |inner: usize| outside(l, j, inner);
                        before * (at(c) - at(c + 1)) + after * (at(c + 2) - at(c + 1))
                    })
                })
                .collect()
        };
        let node_drive = (0..nodes)
            .map(|node| {
                lanes(&|l| {
                    let here = outside(l, node, 0);
                    let before = if node > 0 { outside(l, node - 1, INNER) - here } else { 0.0 };
                    let after = if node < between { outside(l, node, 1) - here } else { 0.0 };
                    internode.to_node[0] * (before + after)
                })
            })
            .collect();
        let rows = |value: f64| std::array::from_fn(|_| vec![[value; L]; between]);
        let work = Work {
            sodium: (0..nodes).map(|node| lanes(&|l| actions[l].sodium_at(node) * area)).collect(),
            node_drive,
            u_drive: std::array::from_fn(|c| inner_drive(0, c)),
            w_drive: std::array::from_fn(|c| inner_drive(1, c)),
            diagonal: vec![[0.0; L]; nodes],
            right: vec![[0.0; L]; nodes],
            u: rows(0.0),
            w: rows(0.0),
        };
        let state = State {
            node: vec![[constants.rest_mv; L]; nodes],
            gates: vec![[fibre.membrane.gates_at_rest(); L]; nodes],
            u: rows(constants.rest_mv),
            w: rows(0.0),
        };
        let table = RateTable::new(&fibre.membrane, dt_ms);
        Self {
            fibre,
            constants,
            table,
            internode,
            scheme,
            dt_ms,
            steps: 0,
            actions: actions.into(),
            state,
            work,
        }
    }

    /// Time reached, ms.
    #[must_use]
    pub fn time_ms(&self) -> f64 {
        self.steps as f64 * self.dt_ms
    }

    /// Membrane voltage of the nodes, mV, one row a node, one column a fibre.
    #[must_use]
    pub fn nodes_mv(&self) -> &[[f64; L]] {
        &self.state.node
    }

    /// One step of every fibre.
    pub fn step(&mut self) {
        let (from, to) = (self.time_ms(), (self.steps + 1) as f64 * self.dt_ms);
        let level: [f64; L] = std::array::from_fn(|l| self.actions[l].field_level(from, to));
        let clamp: [(usize, f64); L] = std::array::from_fn(|l| {
            self.actions[l]
                .clamp
                .as_ref()
                .map_or((0, 0.0), |clamp| (clamp.site, clamp.current_na * clamp.waveform.mean(from, to)))
        });
        let jump = self.actions.iter().any(|action| action.jumps_in(from, to));
        for (gates, node) in self.state.gates.iter_mut().zip(&self.state.node) {
            for l in 0..L {
                self.table.step(node[l], &mut gates[l]);
            }
        }
        match self.scheme {
            Scheme::BackwardEuler => self.solve::<false>(&level, &clamp),
            Scheme::CrankNicolson if jump => {
                self.solve::<false>(&level, &clamp);
                self.solve::<false>(&level, &clamp);
            }
            Scheme::CrankNicolson => self.solve::<true>(&level, &clamp),
        }
        self.steps += 1;
    }

    /// Solves a step and takes its end into the state: the solution itself, or (`MIDDLE`) what lies as far beyond the
    /// solution as that beyond the start.
    fn solve<const MIDDLE: bool>(&mut self, level: &[f64; L], clamp: &[(usize, f64); L]) {
        dispatch_forward(&self.internode, level, &self.state, &mut self.work);
        self.solve_nodes(level, clamp);
        dispatch_back::<L, MIDDLE>(&self.internode, &self.work, &mut self.state);
    }

    /// The nodes' tridiagonal system, internodes condensed into it; leaves U of the nodes in `work.right`.
    fn solve_nodes(&mut self, level: &[f64; L], clamp: &[(usize, f64); L]) {
        let (constants, internode, work) = (&self.constants, &self.internode, &mut self.work);
        let area = self.fibre.geometry.node_area_cm2() * 1e3;
        let per_step = if self.scheme == Scheme::CrankNicolson { 2.0 / self.dt_ms } else { 1.0 / self.dt_ms };
        let inertia = per_step * constants.capacitance_uf_cm2 * area;
        let (leak, to_node) = (constants.leak_ms_cm2 * area, internode.to_node[0]);
        let one_side = to_node * (1.0 - internode.left[0][0]);
        let coupling = to_node * internode.right[0][0];
        let last = self.fibre.nodes - 1;
        for node in 0..=last {
            let sides = if node == 0 || node == last { 1.0 } else { 2.0 };
            for l in 0..L {
                let (na, k) = self.fibre.membrane.conductances(&self.state.gates[node][l]);
                let (na, k) = (na * work.sodium[node][l], k * area);
                let before = if node > 0 { work.u[INNER - 1][node - 1][l] } else { 0.0 };
                let after = if node < last { work.u[0][node][l] } else { 0.0 };
                work.diagonal[node][l] = (inertia + leak + na + k + sides * one_side) / coupling;
                work.right[node][l] = (inertia * self.state.node[node][l]
                    + na * constants.sodium_mv
                    + k * constants.potassium_mv
                    + leak * constants.leak_mv
                    + level[l] * work.node_drive[node][l]
                    + to_node * (before + after))
                    / coupling;
            }
        }
        for (l, &(node, current)) in clamp.iter().enumerate() {
            work.right[node][l] += current / coupling;
        }
        tridiagonal::solve(&mut work.diagonal, &mut work.right);
    }
}

/// Loads and solves every internode between nodes held at 0.
#[inline(always)]
fn forward<const L: usize>(internode: &Internode, level: &[f64; L], state: &State<L>, work: &mut Work<L>) {
    // Most steps come after the pulse: they need not fetch what the outside would drive.
    if level.iter().all(|&level| level == 0.0) {
        load_and_eliminate::<L, false>(internode, level, state, work);
    } else {
        load_and_eliminate::<L, true>(internode, level, state, work);
    }
}

#[inline(always)]
fn load_and_eliminate<const L: usize, const DRIVEN: bool>(
    internode: &Internode,
    level: &[f64; L],
    state: &State<L>,
    work: &mut Work<L>,
) {
    let between = state.u[0].len();
    for c in 0..INNER {
        let (membrane, myelin, leak) = (internode.membrane[c], internode.myelin[c], internode.leak_na[c]);
        let [uu, uw, ww] = internode.pivot[c];
        let (done_u, rest_u) = work.u.split_at_mut(c);
        let (done_w, rest_w) = work.w.split_at_mut(c);
        let (out_u, out_w) = (&mut rest_u[0][..between], &mut rest_w[0][..between]);
        let (old_u, old_w) = (&state.u[c][..between], &state.w[c][..between]);
        let (drive_u, drive_w) = (&work.u_drive[c][..between], &work.w_drive[c][..between]);
        let load = |j: usize, l: usize| {
            let held = membrane * (old_u[j][l] - old_w[j][l]) + leak;
            if DRIVEN {
                (held + level[l] * drive_u[j][l], level[l] * drive_w[j][l] - held + myelin * old_w[j][l])
            } else {
                (held, myelin * old_w[j][l] - held)
            }
        };
        if c == 0 {
            for j in 0..between {
                for l in 0..L {
                    let (u, w) = load(j, l);
                    out_u[j][l] = uu * u + uw * w;
                    out_w[j][l] = uw * u + ww * w;
                }
            }
        } else {
            let [next_u, next_w] = internode.next[c - 1];
            let (before_u, before_w) = (&done_u[c - 1][..between], &done_w[c - 1][..between]);
            for j in 0..between {
                for l in 0..L {
                    let (u, w) = load(j, l);
                    let (u, w) = (u + next_u * before_u[j][l], w + next_w * before_w[j][l]);
                    out_u[j][l] = uu * u + uw * w;
                    out_w[j][l] = uw * u + ww * w;
                }
            }
        }
    }
    substitute(internode, work, between);
}

#[inline(always)]
fn substitute<const L: usize>(internode: &Internode, work: &mut Work<L>, between: usize) {
    for c in (0..INNER - 1).rev() {
        let [uu, uw, ww] = internode.pivot[c];
        let [next_u, next_w] = internode.next[c];
        let (low_u, high_u) = work.u.split_at_mut(c + 1);
        let (low_w, high_w) = work.w.split_at_mut(c + 1);
        let (u, w) = (&mut low_u[c][..between], &mut low_w[c][..between]);
        let (after_u, after_w) = (&high_u[0][..between], &high_w[0][..between]);
        for j in 0..between {
            for l in 0..L {
                let (pull_u, pull_w) = (next_u * after_u[j][l], next_w * after_w[j][l]);
                u[j][l] += uu * pull_u + uw * pull_w;
                w[j][l] += uw * pull_u + ww * pull_w;
            }
        }
    }
}

/// Adds what the solved nodes do to each internode, and takes all of it into the state.
#[inline(always)]
fn back<const L: usize, const MIDDLE: bool>(internode: &Internode, work: &Work<L>, state: &mut State<L>) {
    let between = work.right.len() - 1;
    let (left, right) = (&work.right[..between], &work.right[1..=between]);
    let take = |old: &mut f64, solved: f64| *old = if MIDDLE { 2.0 * solved - *old } else { solved };
    for (old, solved) in state.node.iter_mut().zip(&work.right) {
        for l in 0..L {
            take(&mut old[l], solved[l]);
        }
    }
    for c in 0..INNER {
        let ([left_u, left_w], [right_u, right_w]) = (internode.left[c], internode.right[c]);
        let (u, w) = (&work.u[c][..between], &work.w[c][..between]);
        let (old_u, old_w) = (&mut state.u[c][..between], &mut state.w[c][..between]);
        for j in 0..between {
            for l in 0..L {
                take(&mut old_u[j][l], u[j][l] + (left_u * left[j][l] + right_u * right[j][l]));
                take(&mut old_w[j][l], w[j][l] + (left_w * left[j][l] + right_w * right[j][l]));
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod wide {
    //! The same bodies compiled for 256-bit registers. No fused operations: the bits are those of the plain path.
    use super::*;

    #[target_feature(enable = "avx2")]
    pub(super) fn forward<const L: usize>(
        i: &Internode,
        level: &[f64; L],
        state: &State<L>,
        work: &mut Work<L>,
    ) {
        super::forward(i, level, state, work);
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn back<const L: usize, const MIDDLE: bool>(
        i: &Internode,
        work: &Work<L>,
        state: &mut State<L>,
    ) {
        super::back::<L, MIDDLE>(i, work, state);
    }
}

#[allow(unsafe_code)] // calls the copy compiled for wide registers, after asking the processor
fn dispatch_forward<const L: usize>(i: &Internode, level: &[f64; L], state: &State<L>, work: &mut Work<L>) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has just said that it has AVX2, the only feature the function is compiled with.
        unsafe { wide::forward(i, level, state, work) };
        return;
    }
    forward(i, level, state, work);
}

#[allow(unsafe_code)] // calls the copy compiled for wide registers, after asking the processor
fn dispatch_back<const L: usize, const MIDDLE: bool>(i: &Internode, work: &Work<L>, state: &mut State<L>) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has just said that it has AVX2, the only feature the function is compiled with.
        unsafe { wide::back::<L, MIDDLE>(i, work, state) };
        return;
    }
    back::<L, MIDDLE>(i, work, state);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::potential::Waveform;

    #[test]
    fn the_wide_and_the_plain_sweep_give_the_same_bits() {
        let fibre = Myelinated::new(10.0, 9, 37.0).unwrap();
        let actions = [1.0, 3.0].map(|current| Action::clamp(0, current, Waveform::pulse(0.05, 0.1)));
        let mut stepper = MyelinatedStepper::new(fibre, actions, 0.005, Scheme::CrankNicolson).unwrap();
        (0..60).for_each(|_| stepper.step());
        let mut plain = stepper.clone();
        for level in [0.0, 1.0] {
            dispatch_forward(&stepper.internode, &[level; 2], &stepper.state, &mut stepper.work);
            forward(&plain.internode, &[level; 2], &plain.state, &mut plain.work);
            dispatch_back::<2, true>(&stepper.internode, &stepper.work, &mut stepper.state);
            back::<2, true>(&plain.internode, &plain.work, &mut plain.state);
            assert_eq!(stepper.state.u, plain.state.u);
            assert_eq!(stepper.state.w, plain.state.w);
        }
    }

    #[test]
    fn a_fibre_in_a_uniform_potential_stays_at_rest() {
        // Only differences of the outside potential act, so any drift is the model's own settling at rest.
        let fibre = Myelinated::new(10.0, 9, 37.0).unwrap();
        let uniform = Action::field(vec![250.0; fibre.compartments()], Waveform::pulse(0.0, 1e3));
        let mut stepper =
            MyelinatedStepper::new(fibre, [uniform, Action::default()], 0.005, Scheme::CrankNicolson)
                .unwrap();
        (0..400).for_each(|_| stepper.step());
        for node in stepper.nodes_mv() {
            assert!((node[0] - node[1]).abs() < 1e-9 && (node[1] + 80.0).abs() < 1.0, "{node:?}");
        }
    }
}
