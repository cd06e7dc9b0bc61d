//! One small model with three switches.
//!
//! ```text
//! chain input     v = 1 − φ_a b − φ_c b              b: share of chain fibres blocked; v = 1 before
//!                 φ_a: afferents that run in the chain;  φ_c: coupling of sympathetic efferents to nociceptors
//! A transmission  u = v with A, else 1                relief follows the block and ends with it
//! B central gain  τ_g dg/dt = 1 − g + β max(v − v₀, 0)  less input lets the gain decay: relief outlasts the block
//! C expectation   d = κ x(t), x decays with τ_x;        descending inhibition after any injection
//!                 prior μ: drops to 1 − ε at the injection, then learns the input with τ_μ
//! percept         P/P₀ = (1 − ω) (1 − d) (g/g₀) u + ω μ
//! allodynia       ∝ (1 − d) (g/g₀) (1 − φ_c b with A)
//! summation       ∝ (1 − d) (g/g₀)                     a central read-out
//! ```
//!
//! Time in hours. B alone lets the chain drive the gain without being felt itself; C alone is the same for saline and
//! anaesthetic. Prior art: Britton & Skevington 1989 (gain), Anchisi & Zanon 2015 (Bayesian placebo), Onysk 2024
//! (learning). Limits: one scalar of pain; no bistable gain; no wind-up by new injury; function is a lagged image of pain.

/// Which mechanisms are switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mechanisms {
    /// A: input through the chain is felt.
    pub transmission: bool,
    /// B: input through the chain keeps up a central gain.
    pub central_gain: bool,
    /// C: any injection is expected to help.
    pub expectation: bool,
}

impl Mechanisms {
    /// Every combination with something switched on, single ones first.
    pub const ALL: [(&'static str, Self); 7] = [
        ("A", Self::new(true, false, false)),
        ("B", Self::new(false, true, false)),
        ("C", Self::new(false, false, true)),
        ("A+B", Self::new(true, true, false)),
        ("A+C", Self::new(true, false, true)),
        ("B+C", Self::new(false, true, true)),
        ("A+B+C", Self::new(true, true, true)),
    ];

    const fn new(transmission: bool, central_gain: bool, expectation: bool) -> Self {
        Self { transmission, central_gain, expectation }
    }
}

/// One person's parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameters {
    /// φ_a, share of the input that runs in the chain.
    pub chain_afferents: f64,
    /// φ_c, share of the input that sympathetic activity keeps up.
    pub coupling: f64,
    /// β, how much the gain grows with input.
    pub gain: f64,
    /// v₀, input below which the gain does not grow.
    pub gain_threshold: f64,
    /// τ_g in hours.
    pub gain_time: f64,
    /// κ, largest descending inhibition.
    pub inhibition: f64,
    /// τ_x in hours.
    pub inhibition_time: f64,
    /// ε, relief expected of the injection.
    pub expected_relief: f64,
    /// ω, weight of the prior in the percept.
    pub prior_weight: f64,
    /// τ_μ in hours.
    pub learning_time: f64,
}

/// What is done to the person, as functions of time in hours.
pub trait Treatment {
    /// Share of chain fibres blocked.
    fn blocked(&self, t_h: f64) -> f64;
    /// Whether an injection is given in the step that begins at `t_h`.
    fn injected(&self, t_h: f64, step_h: f64) -> bool;
    /// Whether naloxone takes the descending inhibition away.
    fn naloxone(&self) -> bool {
        false
    }
}

/// Pain, allodynia and temporal summation relative to before, at each step.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Percept {
    /// Hours between points.
    pub step_h: f64,
    /// Pain, 1 before.
    pub pain: Vec<f64>,
    /// Brush allodynia, 1 before.
    pub allodynia: Vec<f64>,
    /// Temporal summation of pinprick, 1 before.
    pub summation: Vec<f64>,
}

impl Parameters {
    /// Follows one person for `hours`.
    #[must_use]
    pub fn follow(&self, on: Mechanisms, treatment: &impl Treatment, hours: f64, step_h: f64) -> Percept {
        let steps = (hours / step_h).round() as usize;
        let drive = |v: f64| 1.0 + self.gain * (v - self.gain_threshold).max(0.0);
        let rest = drive(1.0);
        let follow = |time: f64| 1.0 - (-step_h / time).exp();
        let (follow_gain, fade, learn) =
            (follow(self.gain_time), (-step_h / self.inhibition_time).exp(), follow(self.learning_time));
        let (mut gain, mut expectation, mut prior) = (rest, 0.0, 1.0);
        let mut out = Percept { step_h, ..Percept::default() };
        for step in 0..=steps {
            let t_h = step as f64 * step_h;
            let blocked = treatment.blocked(t_h);
            let chain = 1.0 - (self.chain_afferents + self.coupling) * blocked;
            let (felt, coupled) =
                if on.transmission { (chain, 1.0 - self.coupling * blocked) } else { (1.0, 1.0) };
            let relative_gain = if on.central_gain { gain / rest } else { 1.0 };
            let inhibition = match on.expectation && !treatment.naloxone() {
                true => self.inhibition * expectation,
                false => 0.0,
            };
            let weight = if on.expectation { self.prior_weight } else { 0.0 };
            let input = (1.0 - inhibition) * relative_gain * felt;
            out.pain.push((1.0 - weight) * input + weight * prior);
            out.allodynia.push((1.0 - inhibition) * relative_gain * coupled);
            out.summation.push((1.0 - inhibition) * relative_gain);
            gain += (drive(chain) - gain) * follow_gain;
            expectation *= fade;
            prior += (input - prior) * learn;
            if treatment.injected(t_h, step_h) {
                expectation = 1.0;
                prior = prior.min(1.0 - self.expected_relief);
            }
        }
        out
    }
}

impl Percept {
    /// Relief at `t_h` as a share of the pain before.
    #[must_use]
    pub fn relief(&self, t_h: f64) -> f64 {
        1.0 - self.pain[self.index(t_h)]
    }

    /// Index of the point at `t_h`.
    #[must_use]
    pub fn index(&self, t_h: f64) -> usize {
        ((t_h / self.step_h).round() as usize).min(self.pain.len() - 1)
    }

    /// Hours from the start until relief last exceeds `share`; 0 if it never does.
    #[must_use]
    pub fn duration_h(&self, share: f64) -> f64 {
        self.pain.iter().rposition(|p| 1.0 - p > share).map_or(0.0, |i| i as f64 * self.step_h)
    }
}
