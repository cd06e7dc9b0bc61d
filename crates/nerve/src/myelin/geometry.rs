//! Sizes of a myelinated fibre from its outer diameter D (µm).
//!
//! Two fits, both to the sizes tabulated for the model and to histology:
//!
//! | | large (Musselman et al. 2021, PLoS Comput Biol 17:e1009285) | small (Peña et al. 2024, PLoS Comput Biol 20:e1011833) |
//! |---|---|---|
//! | node to node | −8.215 D² + 272.4 D − 780.2; below 5.643 µm 81.08 D + 37.84 | −3.22 D² + 148 D − 128 |
//! | axon d | 0.02361 D² + 0.3673 D + 0.7122 | 0.553 D − 0.024 |
//! | node and MYSA | 0.01093 D² + 0.1008 D + 1.099 | 0.321 d + 0.37 |
//! | FLUT length | −0.1652 D² + 6.354 D − 0.2862 | −0.171 D² + 6.48 D − 0.935 |
//! | lamellae | −0.4749 D² + 16.85 D − 0.7648 | whole part of 17.4 d − 1.74 |
//!
//! The coefficients were read in an implementation of these papers; the papers themselves were not reopened.

use crate::error::{NerveError, in_range};
use std::f64::consts::PI;

/// Which fit of sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// 5.7 to 16 µm: A fibres.
    Large,
    /// 1.011 to 5.7 µm: A-δ and B fibres.
    Small,
}

/// Electrical properties of a compartment: µS and nF.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Compartment {
    /// Length, µm.
    pub length_um: f64,
    /// Membrane capacitance, nF.
    pub capacitance_nf: f64,
    /// Membrane leak, µS (of a node: unused, its channels say).
    pub leak_us: f64,
    /// Capacitance of the myelin, nF.
    pub myelin_nf: f64,
    /// Conductance of the myelin, µS.
    pub myelin_us: f64,
    /// Axial resistance of half the compartment in the axon, MΩ.
    pub half_axon_mohm: f64,
    /// Axial resistance of half the compartment in the periaxonal space, MΩ.
    pub half_space_mohm: f64,
}

/// Sizes of one internode and its node.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Geometry {
    /// Outer diameter of the fibre, µm.
    pub fibre_um: f64,
    /// Which fit.
    pub family: Family,
    /// Distance from node to node, µm.
    pub internode_um: f64,
    /// Diameter of the axon, µm.
    pub axon_um: f64,
    /// Diameter of node and MYSA, µm.
    pub node_um: f64,
    /// Length of a FLUT, µm.
    pub flut_um: f64,
    /// Number of lamellae.
    pub lamellae: f64,
}

impl Geometry {
    /// Length of a node, µm.
    pub const NODE_LENGTH_UM: f64 = 1.0;
    const MYSA_LENGTH_UM: f64 = 3.0;
    const RESISTIVITY_OHM_CM: f64 = 70.0;
    const MEMBRANE_UF_CM2: f64 = 2.0;
    const LAMELLA_UF_CM2: f64 = 0.1;
    const LAMELLA_MS_CM2: f64 = 1.0;

    /// Sizes for a diameter: the small fit up to 5.7 µm, the large one above.
    ///
    /// # Errors
    /// [`NerveError::OutOfRange`] outside 1.1–16 µm.
    pub fn for_diameter(fibre_um: f64) -> Result<Self, NerveError> {
        in_range("diameter of a myelinated fibre", fibre_um, 1.1, 16.0, "um")?;
        Ok(Self::of(fibre_um, if fibre_um <= 5.7 { Family::Small } else { Family::Large }))
    }

    fn of(d: f64, family: Family) -> Self {
        match family {
            Family::Large => Self {
                fibre_um: d,
                family,
                internode_um: if d >= 5.643 { -8.215 * d * d + 272.4 * d - 780.2 } else { 81.08 * d + 37.84 },
                axon_um: 0.02361 * d * d + 0.3673 * d + 0.7122,
                node_um: 0.01093 * d * d + 0.1008 * d + 1.099,
                flut_um: -0.1652 * d * d + 6.354 * d - 0.2862,
                lamellae: -0.4749 * d * d + 16.85 * d - 0.7648,
            },
            Family::Small => {
                let axon_um = 0.553 * d - 0.024;
                Self {
                    fibre_um: d,
                    family,
                    internode_um: -3.22 * d * d + 148.0 * d - 128.0,
                    axon_um,
                    node_um: 0.321 * axon_um + 0.37,
                    flut_um: -0.171 * d * d + 6.48 * d - 0.935,
                    lamellae: (17.4 * axon_um - 1.74).trunc(),
                }
            }
        }
    }

    /// The node.
    #[must_use]
    pub fn node(&self) -> Compartment {
        Compartment {
            leak_us: 0.0,
            myelin_nf: 0.0,
            myelin_us: 0.0,
            ..self.compartment(Self::NODE_LENGTH_UM, self.node_um, 0.002, 0.0)
        }
    }

    /// Membrane of a node, cm².
    #[must_use]
    pub fn node_area_cm2(&self) -> f64 {
        PI * self.node_um * Self::NODE_LENGTH_UM * 1e-8
    }

    /// The ten compartments between two nodes.
    #[must_use]
    pub fn internode(&self) -> [Compartment; 10] {
        let mysa = self.compartment(Self::MYSA_LENGTH_UM, self.node_um, 0.002, 1.0);
        let flut = self.compartment(self.flut_um, self.axon_um, 0.004, 0.1);
        let rest = self.internode_um - Self::NODE_LENGTH_UM - 2.0 * Self::MYSA_LENGTH_UM - 2.0 * self.flut_um;
        let stin = self.compartment(rest / 6.0, self.axon_um, 0.004, 0.1);
        [mysa, flut, stin, stin, stin, stin, stin, stin, flut, mysa]
    }

    fn compartment(&self, length_um: f64, axon_um: f64, space_um: f64, leak_ms_cm2: f64) -> Compartment {
        let area = |diameter_um: f64| PI * diameter_um * length_um * 1e-8;
        let myelin = area(self.fibre_um) / (2.0 * self.lamellae);
        let half_cm = length_um * 0.5e-4;
        let radius = axon_um * 0.5;
        let space_cm2 = PI * ((radius + space_um).powi(2) - radius * radius) * 1e-8;
        Compartment {
            length_um,
            capacitance_nf: Self::MEMBRANE_UF_CM2 * area(axon_um) * 1e3,
            leak_us: leak_ms_cm2 * area(axon_um) * 1e3,
            myelin_nf: Self::LAMELLA_UF_CM2 * myelin * 1e3,
            myelin_us: Self::LAMELLA_MS_CM2 * myelin * 1e3,
            half_axon_mohm: Self::RESISTIVITY_OHM_CM * half_cm / (PI * radius * radius * 1e-8) * 1e-6,
            half_space_mohm: Self::RESISTIVITY_OHM_CM * half_cm / space_cm2 * 1e-6,
        }
    }

    /// Middles of all compartments of a fibre of so many nodes, mm from the start of the first node: node, ten
    /// compartments, node, …
    #[must_use]
    pub fn positions_mm(&self, nodes: usize) -> Vec<f64> {
        let lengths = self.internode().map(|compartment| compartment.length_um);
        let mut positions = Vec::with_capacity(nodes * 11 - 10);
        for node in 0..nodes {
            let mut at = node as f64 * self.internode_um;
            positions.push((at + Self::NODE_LENGTH_UM / 2.0) * 1e-3);
            if node + 1 == nodes {
                break;
            }
            at += Self::NODE_LENGTH_UM;
            for length in lengths {
                positions.push((at + length / 2.0) * 1e-3);
                at += length;
            }
        }
        positions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_and_two_micrometre_fibres_have_the_internodes_of_the_tabulated_runs() {
        let large = Geometry::for_diameter(10.0).unwrap();
        let small = Geometry::for_diameter(2.0).unwrap();
        assert!((large.internode_um - 1122.3).abs() < 0.1 && large.family == Family::Large);
        assert!((small.internode_um - 155.12).abs() < 0.01 && small.family == Family::Small);
        assert!(Geometry::for_diameter(0.0).is_err() && Geometry::for_diameter(17.0).is_err());
    }

    #[test]
    fn compartments_fill_the_internode() {
        for d in [1.5, 2.0, 5.0, 8.0, 10.0, 16.0] {
            let geometry = Geometry::for_diameter(d).unwrap();
            let sum: f64 = geometry.internode().iter().map(|c| c.length_um).sum();
            assert!((sum + Geometry::NODE_LENGTH_UM - geometry.internode_um).abs() < 1e-9, "{d}");
            let positions = geometry.positions_mm(3);
            assert_eq!(positions.len(), 23);
            assert!(positions.windows(2).all(|pair| pair[0] < pair[1]));
            assert!((positions[22] - positions[0] - 2e-3 * geometry.internode_um).abs() < 1e-12);
        }
    }
}
