//! A tip in a blood vessel: the fluid is gone within seconds.
//!
//! ```text
//! artery: v(t) = v̄ (1 + a sin 2πft)      vein: v(t) = v̄      Q = π r² v
//! downstream (Q + q) / π r²  while q ≤ Q;  what is more than Q parts evenly:  upstream (q − Q) / 2 π r²
//! mass per length at the distance s downstream:  q(t − τ) c / v,   τ the time of travel
//! ```
//!
//! Plug flow in a vessel of one radius. A great vessel runs along the axis of the body: down an artery, up a vein. A small
//! one runs along its own course, in the blood's direction: an artery outwards from the aorta, a vein towards the cava,
//! through whose mouth the column goes on up the cava. What was poured is followed for as long as it is in the box; as drug
//! it is an intravenous bolus, all of it at once. It says what contrast looks like, not what it does: no mixing, no
//! branches, no blood pressure; the even parting of what a small vessel cannot carry is assumed.

use crate::Tissue;
use rami_volume::Point;
use std::f64::consts::{PI, TAU};

/// Radius of the great vein that small ones flow into, mm.
const CAVA_RADIUS_MM: f64 = 9.0;
/// Nothing is followed further than this, mm.
const FURTHEST_MM: f64 = 400.0;

/// A stretch of blood carrying what was poured within a short time.
#[derive(Debug, Clone, PartialEq)]
struct Parcel {
    /// Its upstream end, downstream of the tip, mm: negative for what went against the blood.
    at_mm: f64,
    /// How long a stretch it fills, mm.
    length_mm: f64,
    /// mg of each solute.
    mg: Vec<f64>,
}

/// What is in the blood near a tip, and what has gone.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stream {
    pub(crate) vessel: Tissue,
    pub(crate) radius_mm: f64,
    /// The middle of a small vessel, in the blood's direction; empty for a great one.
    course: Vec<Point>,
    /// Along the course to the tip and from there on, mm.
    behind_mm: f64,
    ahead_mm: f64,
    parcels: Vec<Parcel>,
    /// mg of each solute that was poured into the vessel, ever.
    pub(crate) poured: Vec<f64>,
}

impl Stream {
    pub(crate) fn new(vessel: Tissue, radius_mm: f64, course: &[Point], tip: &Point, solutes: usize) -> Self {
        let course = if course.len() < 2 { Vec::new() } else { course.to_vec() };
        let (behind_mm, ahead_mm) = split(&course, tip);
        Self {
            vessel,
            radius_mm,
            course,
            behind_mm,
            ahead_mm,
            parcels: Vec::new(),
            poured: vec![0.0; solutes],
        }
    }

    /// Whether it is a small vessel with a course of its own.
    fn is_small(&self) -> bool {
        !self.course.is_empty()
    }

    /// Speed of the blood where nothing is poured, mm/s, at a time in s.
    pub(crate) fn speed(&self, time_s: f64) -> f64 {
        let value = rami_evidence::value;
        if self.vessel == Tissue::Artery {
            let pulse = value("spread.blood.pulse_rate") / 60.0;
            let mean =
                if self.is_small() { "spread.blood.small_artery_speed" } else { "spread.blood.artery_speed" };
            value(mean) * (1.0 + value("spread.blood.pulsatility") * (TAU * pulse * time_s).sin())
        } else if self.is_small() {
            value("spread.blood.small_vein_speed")
        } else {
            value("spread.blood.vein_speed")
        }
    }

    /// Goes on for `dt` s from `time_s`, with `q` mm³/s of fluid that holds `mg_s` of each solute a second poured in.
    pub(crate) fn step(&mut self, time_s: f64, dt: f64, q: f64, mg_s: &[f64]) {
        // Parcels of a tenth of a second: a pulse has several.
        let steps = (dt / 0.1).ceil().clamp(1.0, 600.0) as usize;
        let tau = dt / steps as f64;
        let area = PI * self.radius_mm.powi(2);
        let great = rami_evidence::value("spread.blood.vein_speed");
        for n in 0..steps {
            let own = self.speed(time_s + (n as f64 + 0.5) * tau);
            // A great vessel carries whatever a needle pours.
            let over = if self.is_small() { (q - own * area).max(0.0) } else { 0.0 };
            let down = own + (q - 0.5 * over) / area;
            let up = if over > 0.0 { -0.5 * over / area } else { own };
            for parcel in &mut self.parcels {
                let beyond = self.ahead_mm.is_finite() && parcel.at_mm >= self.ahead_mm;
                let speed = if beyond {
                    great
                } else if parcel.at_mm < 0.0 {
                    up
                } else {
                    down
                };
                parcel.at_mm += speed * tau;
                if !beyond && parcel.at_mm >= self.ahead_mm {
                    // Through the mouth it is drawn out to the speed of the cava.
                    parcel.length_mm *= (great / down).max(1.0);
                }
            }
            if mg_s.iter().any(|m| *m > 0.0) {
                self.poured.iter_mut().zip(mg_s).for_each(|(sum, m)| *sum += m * tau);
                let back = if q > 0.0 { 0.5 * over / q } else { 0.0 };
                for (share, speed) in [(1.0 - back, down), (back, up)] {
                    if share > 0.0 {
                        let mg = mg_s.iter().map(|m| m * tau * share).collect();
                        let length_mm = (speed.abs() * tau).max(0.1);
                        let at_mm = if speed < 0.0 { -length_mm } else { 0.0 };
                        self.parcels.push(Parcel { at_mm, length_mm, mg });
                    }
                }
            }
            let furthest =
                if self.is_small() && self.vessel == Tissue::Artery { self.ahead_mm } else { FURTHEST_MM };
            let behind = self.behind_mm;
            self.parcels.retain(|p| p.at_mm < furthest && p.at_mm + p.length_mm > -behind);
        }
    }

    /// mg per mm of vessel of a solute at a distance downstream.
    pub(crate) fn per_mm(&self, solute: usize, downstream_mm: f64) -> f64 {
        self.parcels
            .iter()
            .filter(|p| downstream_mm >= p.at_mm && downstream_mm < p.at_mm + p.length_mm)
            .map(|p| p.mg[solute] / p.length_mm)
            .sum()
    }

    /// Which way a great vessel goes along z (LPS): up a vein, down an artery.
    pub(crate) fn direction(&self) -> f64 {
        if self.vessel == Tissue::Artery { -1.0 } else { 1.0 }
    }

    /// Places of a small vessel every `step_mm` of its length, with mg of a solute in the stretch round each.
    pub(crate) fn along(&self, solute: usize, step_mm: f64) -> Vec<(Point, f64)> {
        let mut out = Vec::new();
        let mut from = -self.behind_mm;
        for pair in self.course.windows(2) {
            let length = (pair[1] - pair[0]).norm();
            let pieces = (length / step_mm).ceil().max(1.0);
            for n in 0..pieces as usize {
                let part = (n as f64 + 0.5) / pieces;
                let mg = self.per_mm(solute, from + part * length) * length / pieces;
                if mg > 0.0 {
                    out.push((pair[0] + (pair[1] - pair[0]) * part, mg));
                }
            }
            from += length;
        }
        out
    }

    /// Where the column goes on along the axis of the body: from which point, how far downstream that is, and the radius
    /// there. From the tip in a great vessel, from its mouth for a small vein; nowhere for a small artery.
    pub(crate) fn axial(&self, tip: &Point) -> Option<(Point, f64, f64)> {
        match self.course.last() {
            None => Some((*tip, 0.0, self.radius_mm)),
            Some(_) if self.vessel == Tissue::Artery => None,
            Some(mouth) => Some((*mouth, self.ahead_mm, CAVA_RADIUS_MM)),
        }
    }
}

/// Length of a course before and after the place nearest to a point; endless without a course.
fn split(course: &[Point], tip: &Point) -> (f64, f64) {
    if course.is_empty() {
        return (f64::INFINITY, f64::INFINITY);
    }
    let (mut before, mut best) = (0.0, (f64::INFINITY, 0.0));
    for pair in course.windows(2) {
        let way = pair[1] - pair[0];
        let length = way.norm();
        let part = ((tip - pair[0]).dot(&way) / way.norm_squared().max(1e-12)).clamp(0.0, 1.0);
        let off = (pair[0] + way * part - tip).norm();
        if off < best.0 {
            best = (off, before + part * length);
        }
        before += length;
    }
    (best.1, before - best.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_in_a_vessel_is_gone_within_seconds_and_none_of_it_is_lost() {
        let mut stream = Stream::new(Tissue::Vein, 8.0, &[], &Point::origin(), 1);
        stream.step(0.0, 5.0, 200.0, &[60.0]);
        assert!((stream.poured[0] - 300.0).abs() < 1e-9);
        assert!(stream.per_mm(0, 5.0) > 0.0);
        stream.step(5.0, 10.0, 0.0, &[0.0]);
        assert_eq!(stream.per_mm(0, 5.0), 0.0);
    }

    #[test]
    fn blood_in_an_artery_comes_in_pulses() {
        let stream = Stream::new(Tissue::Artery, 8.0, &[], &Point::origin(), 1);
        let speeds: Vec<f64> = (0..20).map(|n| stream.speed(f64::from(n) * 0.05)).collect();
        let (low, high) = speeds.iter().fold((f64::MAX, 0.0f64), |(l, h), v| (l.min(*v), h.max(*v)));
        assert!(high > 2.0 * low, "{low} {high}");
    }

    /// A bow of 60 mm, from the front round the side to the back.
    fn bow() -> Vec<Point> {
        (0..=60)
            .map(|n| f64::from(n) / 60.0 * PI / 2.0)
            .map(|a| Point::new(38.2 * a.sin(), -38.2 * a.cos(), 0.0))
            .collect()
    }

    /// Mean angle of what a small vessel holds from the front, in degrees, and how much that is.
    fn where_it_is(stream: &Stream) -> (f64, f64) {
        let places = stream.along(0, 1.0);
        let mg: f64 = places.iter().map(|(_, mg)| mg).sum();
        let angle = |p: &Point| p.x.atan2(-p.y).to_degrees();
        (places.iter().map(|(p, m)| angle(p) * m / mg).sum(), mg)
    }

    #[test]
    fn a_small_artery_carries_outwards_along_its_course_and_a_small_vein_to_the_cava() {
        let out = bow();
        let home: Vec<Point> = out.iter().rev().copied().collect();
        let tip = out[30];
        for (vessel, course, outwards) in [(Tissue::Artery, &out, 1.0), (Tissue::Vein, &home, -1.0)] {
            let mut stream = Stream::new(vessel, 1.2, course, &tip, 1);
            stream.step(0.0, 0.2, 50.0, &[15.0]);
            let (first, mg) = where_it_is(&stream);
            assert!((first - 45.0) * outwards > 0.0, "{vessel:?}: {first}");
            assert!((mg - 3.0).abs() < 0.2, "{vessel:?}: {mg} of 3 mg");
            stream.step(0.2, 0.2, 0.0, &[0.0]);
            let (then, _) = where_it_is(&stream);
            assert!((then - first) * outwards > 5.0, "{vessel:?}: {first}, then {then}");
            // All stays on the bow, in its plane: nothing goes along the axis of the body.
            assert!(
                stream.along(0, 1.0).iter().all(|(p, _)| p.z == 0.0 && (p.coords.norm() - 38.2).abs() < 0.1)
            );
            stream.step(0.4, 3.0, 0.0, &[0.0]);
            assert!(stream.along(0, 1.0).is_empty());
            assert_eq!(stream.axial(&tip).is_some(), vessel == Tissue::Vein);
            assert!((stream.poured[0] - 3.0).abs() < 1e-9);
        }
    }

    #[test]
    fn more_than_a_small_vein_carries_goes_against_the_blood_too_and_comes_back() {
        let home: Vec<Point> = bow().into_iter().rev().collect();
        let mut stream = Stream::new(Tissue::Vein, 1.2, &home, &home[30], 1);
        stream.step(0.0, 0.5, 500.0, &[150.0]);
        let back = |it: &Stream| it.parcels.iter().filter(|p| p.at_mm < 0.0).map(|p| p.mg[0]).sum::<f64>();
        let carried = PI * 1.44 * stream.speed(0.0);
        let expected = 75.0 * 0.5 * (500.0 - carried) / 500.0;
        assert!((back(&stream) / expected - 1.0).abs() < 0.05, "{} {expected}", back(&stream));
        stream.step(0.5, 3.0, 0.0, &[0.0]);
        assert_eq!(back(&stream), 0.0);
    }
}
