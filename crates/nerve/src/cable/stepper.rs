//! The production stepper: staggered Crank–Nicolson, several fibres side by side. Second order in time and space.
//!
//! Voltages live at t, t + dt, …; gates half a step later, so each sees the other at the middle of its own step:
//!
//! ```text
//! x(t + dt/2) = x(t − dt/2) e + x_∞ (1 − e)          e = exp(−dt/τ(V(t)))               (tabulated, RateTable)
//! (2c/dt + g_Na + g_K + g_L) Ṽ − L Ṽ = 2c/dt V + Σ g E + drive(t + dt/2)                 backward Euler over dt/2
//! V(t + dt) = 2 Ṽ − V(t)                                                                 = Crank–Nicolson over dt
//! ```
//!
//! The step in which a stimulus jumps is taken as two backward-Euler halves with the same matrix (Rannacher 1984):
//! Crank–Nicolson would carry the jump on as a ripple between neighbours; the order stays 2.
//!
//! `L` fibres run in lanes with one layout `[compartment][lane]`; they share membrane, number of compartments and
//! dt. No operation mixes lanes and no fused multiply–add is used, so a fibre's result has the same bits alone, in any
//! lane, with or without wide vector registers.

use super::geometry::{Fibre, check_step};
use super::tridiagonal;
use crate::NerveError;
use crate::membrane::{Constants, GATES, Membrane, RateTable};

/// `L` fibres followed side by side.
#[derive(Debug, Clone)]
pub struct Stepper<'a, M, const L: usize = 1> {
    membrane: &'a M,
    table: RateTable,
    constants: Constants,
    dt_ms: f64,
    steps: u64,
    compartments: usize,
    fibres: Vec<Fibre>,
    state: State<L>,
    diagonal: Vec<[f64; L]>,
    right: Vec<[f64; L]>,
}

/// What changes in time, and the constants of each lane in the layout of the sweep.
#[derive(Debug, Clone)]
struct State<const L: usize> {
    voltage: Vec<[f64; L]>,
    gates: Vec<[[f64; GATES]; L]>,
    /// Share of sodium conductance, divided by the coupling.
    sodium: Vec<[f64; L]>,
    /// Outside drive at waveform 1, divided by the coupling.
    drive: Vec<[f64; L]>,
    /// 1 / coupling.
    per_coupling: [f64; L],
}

impl<'a, M: Membrane, const L: usize> Stepper<'a, M, L> {
    /// Fibres at rest, one a lane.
    ///
    /// # Errors
    /// Fibres with different numbers of compartments, profiles that do not fit, or a step too coarse for the membrane.
    pub fn new(membrane: &'a M, fibres: [Fibre; L], dt_ms: f64) -> Result<Self, NerveError> {
        const { assert!(L > 0, "a stepper needs at least one lane") };
        check_step(membrane, dt_ms)?;
        let n = fibres[0].cable.compartments();
        for fibre in &fibres {
            fibre.check()?;
            if fibre.cable.compartments() != n {
                return Err(NerveError::UnequalCompartments { first: n, other: fibre.cable.compartments() });
            }
        }
        let constants = membrane.constants();
        let per_coupling =
            fibres.each_ref().map(|fibre| 1.0 / fibre.cable.coupling_ms_cm2(constants.axoplasm_ohm_cm));
        let drives = fibres.each_ref().map(|fibre| fibre.outside_drive(membrane));
        let share = |l: usize, j: usize| fibres[l].action.sodium_at(j);
        let lanes = |value: &dyn Fn(usize, usize) -> f64| -> Vec<[f64; L]> {
            (0..n).map(|j| std::array::from_fn(|l| value(l, j) * per_coupling[l])).collect()
        };
        let state = State {
            voltage: vec![[constants.rest_mv; L]; n],
            gates: vec![[membrane.gates_at_rest(); L]; n],
            sodium: lanes(&share),
            drive: lanes(&|l, j| drives[l][j]),
            per_coupling,
        };
        Ok(Self {
            membrane,
            table: RateTable::new(membrane, dt_ms),
            constants,
            dt_ms,
            steps: 0,
            compartments: n,
            fibres: fibres.into(),
            state,
            diagonal: vec![[0.0; L]; n],
            right: vec![[0.0; L]; n],
        })
    }

    /// Time reached, ms.
    #[must_use]
    pub fn time_ms(&self) -> f64 {
        self.steps as f64 * self.dt_ms
    }

    /// Voltage across the membrane, mV, one row a compartment, one column a fibre.
    #[must_use]
    pub fn voltage_mv(&self) -> &[[f64; L]] {
        &self.state.voltage
    }

    /// The largest voltage anywhere in each fibre, mV.
    #[must_use]
    pub fn highest_mv(&self) -> [f64; L] {
        let mut highest = [f64::NEG_INFINITY; L];
        for row in &self.state.voltage {
            for l in 0..L {
                highest[l] = highest[l].max(row[l]);
            }
        }
        highest
    }

    /// One step of every fibre.
    pub fn step(&mut self) {
        let (from, to) = (self.time_ms(), (self.steps + 1) as f64 * self.dt_ms);
        let level = std::array::from_fn(|l| self.fibres[l].action.field_level(from, to));
        let jump = self.fibres.iter().any(|fibre| fibre.action.jumps_in(from, to));
        advance(
            self.membrane,
            &self.table,
            &self.constants,
            2.0 * self.constants.capacitance_uf_cm2 / self.dt_ms,
            &level,
            &mut self.state,
            &mut self.diagonal,
            &mut self.right,
        );
        for (l, fibre) in self.fibres.iter().enumerate() {
            if let Some((compartment, density)) = fibre.clamp_density(from, to) {
                self.right[compartment][l] += density * self.state.per_coupling[l];
            }
        }
        if jump {
            self.finish_damped()
        } else {
            self.finish()
        }
        self.steps += 1;
    }

    /// Solves for the middle of the step and carries on to its end.
    fn finish(&mut self) {
        dispatch_solve(&mut self.diagonal, &mut self.right);
        for (voltage, middle) in self.state.voltage.iter_mut().zip(&self.right) {
            for l in 0..L {
                voltage[l] = 2.0 * middle[l] - voltage[l];
            }
        }
    }

    /// Two halves of backward Euler: the second has the same matrix and starts from the first's result.
    fn finish_damped(&mut self) {
        let inertia = 2.0 * self.constants.capacitance_uf_cm2 / self.dt_ms;
        let (matrix, first) = (self.diagonal.clone(), self.right.clone());
        dispatch_solve(&mut self.diagonal, &mut self.right);
        self.diagonal.copy_from_slice(&matrix);
        for j in 0..self.compartments {
            for l in 0..L {
                let moved = self.right[j][l] - self.state.voltage[j][l];
                self.right[j][l] = first[j][l] + inertia * self.state.per_coupling[l] * moved;
            }
        }
        dispatch_solve(&mut self.diagonal, &mut self.right);
        self.state.voltage.copy_from_slice(&self.right);
    }
}

/// Moves the gates and writes diagonal and right-hand side of the half step, all divided by the coupling.
#[inline(always)]
fn assemble<M: Membrane, const L: usize>(
    membrane: &M,
    table: &RateTable,
    constants: &Constants,
    inertia: f64,
    level: &[f64; L],
    state: &mut State<L>,
    diagonal: &mut [[f64; L]],
    right: &mut [[f64; L]],
) {
    let fixed = inertia + constants.leak_ms_cm2;
    let leak = constants.leak_ms_cm2 * constants.leak_mv;
    let per = state.per_coupling;
    let rows = state.voltage.iter().zip(&mut state.gates).zip(state.sodium.iter().zip(&state.drive));
    for (((voltage, gates), (sodium, drive)), (d, r)) in rows.zip(diagonal.iter_mut().zip(right.iter_mut())) {
        for l in 0..L {
            table.step(voltage[l], &mut gates[l]);
        }
        for l in 0..L {
            let (na, k) = membrane.conductances(&gates[l]);
            let (na, k) = (na * sodium[l], k * per[l]);
            d[l] = (fixed * per[l] + na) + (k + 2.0);
            r[l] = ((inertia * voltage[l] + leak) * per[l] + na * constants.sodium_mv)
                + (k * constants.potassium_mv + level[l] * drive[l]);
        }
    }
    // A sealed end has one neighbour.
    if let Some(first) = diagonal.first_mut() {
        first.iter_mut().for_each(|d| *d -= 1.0);
    }
    if let Some(last) = diagonal.last_mut() {
        last.iter_mut().for_each(|d| *d -= 1.0);
    }
}

#[cfg(target_arch = "x86_64")]
mod wide {
    //! The same bodies compiled for 256-bit registers. No fused operations: the bits are those of the plain path.
    use super::*;

    #[target_feature(enable = "avx2")]
    pub(super) fn assemble<M: Membrane, const L: usize>(
        membrane: &M,
        table: &RateTable,
        constants: &Constants,
        inertia: f64,
        level: &[f64; L],
        state: &mut State<L>,
        diagonal: &mut [[f64; L]],
        right: &mut [[f64; L]],
    ) {
        super::assemble(membrane, table, constants, inertia, level, state, diagonal, right);
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn solve<const L: usize>(diagonal: &mut [[f64; L]], right: &mut [[f64; L]]) {
        tridiagonal::solve(diagonal, right);
    }
}

#[allow(unsafe_code)] // calls the copy compiled for wide registers, after asking the processor
fn advance<M: Membrane, const L: usize>(
    membrane: &M,
    table: &RateTable,
    constants: &Constants,
    inertia: f64,
    level: &[f64; L],
    state: &mut State<L>,
    diagonal: &mut [[f64; L]],
    right: &mut [[f64; L]],
) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has just said that it has AVX2, the only feature the function is compiled with.
        unsafe { wide::assemble(membrane, table, constants, inertia, level, state, diagonal, right) };
        return;
    }
    assemble(membrane, table, constants, inertia, level, state, diagonal, right);
}

#[allow(unsafe_code)] // calls the copy compiled for wide registers, after asking the processor
fn dispatch_solve<const L: usize>(diagonal: &mut [[f64; L]], right: &mut [[f64; L]]) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has just said that it has AVX2, the only feature the function is compiled with.
        unsafe { wide::solve(diagonal, right) };
        return;
    }
    tridiagonal::solve(diagonal, right);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cable::Cable;
    use crate::membrane::Sundt;
    use crate::potential::Waveform;

    fn fibre(diameter_um: f64, share: f64) -> Fibre {
        Fibre::new(Cable::new(diameter_um, 4.0, 101).unwrap())
            .with_sodium(|x| if x > 2.0 { share } else { 1.0 })
            .with_clamp(0, 0.2, Waveform::pulse(0.2, 1.0))
    }

    #[test]
    fn a_fibre_has_the_same_bits_alone_and_in_any_lane() {
        let membrane = Sundt::new(37.0);
        let fibres = [fibre(0.7, 1.0), fibre(1.0, 0.5), fibre(1.3, 0.0), fibre(1.0, 1.0)];
        let mut together = Stepper::new(&membrane, fibres.clone(), 0.01).unwrap();
        (0..400).for_each(|_| together.step());
        for (l, one) in fibres.into_iter().enumerate() {
            let mut alone = Stepper::<_, 1>::new(&membrane, [one], 0.01).unwrap();
            (0..400).for_each(|_| alone.step());
            let same = alone
                .voltage_mv()
                .iter()
                .zip(together.voltage_mv())
                .all(|(a, t)| a[0].to_bits() == t[l].to_bits());
            assert!(same, "lane {l}");
        }
    }

    #[test]
    fn the_wide_and_the_plain_sweep_give_the_same_bits() {
        let membrane = Sundt::new(37.0);
        let mut stepper = Stepper::new(&membrane, [fibre(1.0, 1.0), fibre(0.8, 0.3)], 0.01).unwrap();
        (0..150).for_each(|_| stepper.step());
        let mut plain = stepper.clone();
        let run = |s: &mut Stepper<'_, Sundt, 2>, wide: bool| {
            let (c, t) = (s.constants, s.table.clone());
            let inertia = 2.0 * c.capacitance_uf_cm2 / s.dt_ms;
            if wide {
                advance(s.membrane, &t, &c, inertia, &[0.0; 2], &mut s.state, &mut s.diagonal, &mut s.right);
                dispatch_solve(&mut s.diagonal, &mut s.right);
            } else {
                assemble(s.membrane, &t, &c, inertia, &[0.0; 2], &mut s.state, &mut s.diagonal, &mut s.right);
                tridiagonal::solve(&mut s.diagonal, &mut s.right);
            }
        };
        run(&mut stepper, true);
        run(&mut plain, false);
        assert_eq!(stepper.right, plain.right);
        assert_eq!(stepper.state.gates, plain.state.gates);
    }

    #[test]
    fn fibres_that_do_not_fit_together_are_refused() {
        let membrane = Sundt::new(37.0);
        let other = Fibre::new(Cable::new(1.0, 4.0, 100).unwrap());
        let error = Stepper::new(&membrane, [fibre(1.0, 1.0), other], 0.01).unwrap_err();
        assert_eq!(error, NerveError::UnequalCompartments { first: 101, other: 100 });
        let coarse = Stepper::<_, 1>::new(&membrane, [fibre(1.0, 1.0)], 1.0).unwrap_err().to_string();
        assert!(coarse.contains("too coarse") && coarse.contains("0.2000 ms or less"), "{coarse}");
        let mut short = fibre(1.0, 1.0);
        short.action.sodium = Some(vec![1.0; 7]);
        assert!(matches!(
            Stepper::<_, 1>::new(&membrane, [short], 0.01),
            Err(NerveError::ProfileLength { got: 7, want: 101, .. })
        ));
    }
}
