//! The projector for live pictures: plane by plane onto a plane through the isocentre.
//!
//! In voxel indices a cone beam is still a cone beam, so everything happens there. Let a be the index axis along which
//! the principal ray advances most, s its coordinate, S the source and b the plane s = b through the isocentre. A ray
//! that meets plane b at (U, V) meets slice s at
//!
//!   u = S_u + (U − S_u) m,   v = S_v + (V − S_v) m,   m = (s − S_s) / (b − S_s):
//!
//! the same scaling and shift for all rays of the slice, along rows and columns apart. So each slice is resampled
//! bilinearly, rows first, onto a regular grid of (U, V) at about the resolution of the CT and added there; rays are
//! not walked at all. The sum over slices times the length of ray between two slices is Joseph's estimate of the line
//! integral (Joseph PM, IEEE TMI 1982;1:192; factorisation after Lacroute P, Levoy M, SIGGRAPH 1994). The (U, V) image
//! is then read at the detector pixels with a cubic spline, which passes through its samples.
//!
//! Voxels are 16-bit fixed point and sums 32-bit integers: additions commute exactly, so threads, bands and SIMD
//! width cannot change a bit of the (U, V) image. Limits: position along rows is rounded to 1/128 voxel; a ray is
//! sampled once a slice, which at 45° to the slices is every 1.4 voxels. When the source or the detector stands in the
//! volume, or the cone is too wide for one axis, the trilinear reference answers instead, slowly.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod plan;
mod portable;
mod stack;
mod warp;

use super::{Paths, Projector, TrilinearProjector, refuse_source_in_patient};
use crate::{GeometryError, View};
use plan::Plan;
use rami_volume::Ct;
use rayon::prelude::*;
use stack::{Sheets, Stack};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// Line integrals of a CT in real time. Keeps a packed copy of the CT for each axis it has looked along (2 bytes a
/// voxel that is not air), made when first needed.
#[derive(Debug)]
pub struct FastProjector<'a> {
    ct: Held<'a>,
    stacks: [OnceLock<Stack>; 3],
    lanes: Lanes,
}

/// A CT that somebody else owns, or one that is owned together.
#[derive(Debug)]
enum Held<'a> {
    Borrowed(&'a Ct),
    Shared(Arc<Ct>),
}

impl std::ops::Deref for Held<'_> {
    type Target = Ct;

    fn deref(&self) -> &Ct {
        match self {
            Self::Borrowed(ct) => ct,
            Self::Shared(ct) => ct,
        }
    }
}

/// Which instructions add the slices. All give the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lanes {
    /// 512-bit integer vectors of x86 (AVX-512 F and BW).
    Avx512,
    /// 256-bit integer vectors of x86.
    Avx2,
    /// What the compiler makes of plain loops.
    Portable,
}

impl Lanes {
    /// The fastest this machine has, as measured (`BENCHMARKS.md`): 256-bit vectors before 512-bit ones, which have less
    /// arithmetic to win than they lose in moving rows. Those remain to be asked for.
    #[must_use]
    pub fn detect() -> Self {
        if Self::Avx2.available() { Self::Avx2 } else { Self::Portable }
    }

    /// Whether this machine has them.
    #[must_use]
    pub fn available(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                std::arch::is_x86_feature_detected!("avx512f")
                    && std::arch::is_x86_feature_detected!("avx512bw")
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => std::arch::is_x86_feature_detected!("avx2"),
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx512 | Self::Avx2 => false,
            Self::Portable => true,
        }
    }
}

impl<'a> FastProjector<'a> {
    /// A projector of this CT.
    #[must_use]
    pub fn new(ct: &'a Ct) -> Self {
        Self::with_lanes(ct, Lanes::detect())
    }

    /// A projector with chosen instructions; those that the machine lacks become portable ones.
    #[must_use]
    pub fn with_lanes(ct: &'a Ct, lanes: Lanes) -> Self {
        Self::hold(Held::Borrowed(ct), lanes)
    }

    fn hold(ct: Held<'a>, lanes: Lanes) -> Self {
        let lanes = if lanes.available() { lanes } else { Lanes::Portable };
        Self { ct, stacks: [const { OnceLock::new() }; 3], lanes }
    }

    /// Packs the CT for every axis that C-arm poses with little cranial or caudal tilt look along, so that the first
    /// picture comes as fast as the others.
    pub fn prepare(&self) {
        for axis in [0, 1] {
            self.stack(axis);
        }
    }

    /// The CT.
    #[must_use]
    pub fn ct(&self) -> &Ct {
        &self.ct
    }

    fn stack(&self, axis: usize) -> &Stack {
        self.stacks[axis].get_or_init(|| Stack::pack(&self.ct, axis))
    }
}

impl FastProjector<'static> {
    /// A projector that owns its CT together with others.
    #[must_use]
    pub fn shared(ct: Arc<Ct>) -> Self {
        Self::hold(Held::Shared(ct), Lanes::detect())
    }
}

impl Projector for FastProjector<'_> {
    fn project_rows(&self, view: &View, rows: Range<usize>) -> Result<Paths, GeometryError> {
        refuse_source_in_patient(&self.ct, view)?;
        let Some(plan) = Plan::new(&self.ct, view, rows.clone()) else {
            return TrilinearProjector::new(&self.ct).project_rows(view, rows);
        };
        let stack = self.stack(plan.axis);
        let wide = Wide::of(&plan, self.lanes);
        let total = accumulate(&plan, &stack.total, self.lanes, &wide);
        let bone = accumulate(&plan, &stack.bone, self.lanes, &wide);
        let plane = warp::Plane::new(&plan, &total, &bone, [stack.total.unit, stack.bone.unit]);
        Ok(warp::read(&plan, &plane, view, rows))
    }
}

/// Rows of the plane that are summed together: their sums and one slice's rows stay in the nearest cache.
const BAND: usize = 16;

/// The groups of every slice as the widest vectors take them; nothing where these are not used or do not fit.
#[derive(Debug)]
struct Wide {
    #[cfg(target_arch = "x86_64")]
    slices: Vec<Option<Vec<avx512::Sixteen>>>,
}

impl Wide {
    #[cfg(target_arch = "x86_64")]
    fn of(plan: &Plan, lanes: Lanes) -> Self {
        let all = if lanes == Lanes::Avx512 { plan.slices.as_slice() } else { &[] };
        Self {
            slices: all.par_iter().with_min_len(16).map(|slice| avx512::sixteens(&slice.groups)).collect(),
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn of(_: &Plan, _: Lanes) -> Self {
        Self {}
    }

    #[cfg(target_arch = "x86_64")]
    fn slice(&self, s: usize) -> Option<&[avx512::Sixteen]> {
        self.slices.get(s)?.as_deref()
    }
}

/// Sums all slices onto the plane.
fn accumulate(plan: &Plan, sheets: &Sheets, lanes: Lanes, wide: &Wide) -> Vec<i32> {
    #[cfg(not(target_arch = "x86_64"))]
    let _ = wide;
    let mut sums = vec![0i32; plan.columns * plan.rows];
    sums.par_chunks_mut(plan.columns * BAND).enumerate().for_each(|(band, sums)| {
        let mut line = vec![0i16; sheets.pitch];
        for (s, slice) in plan.slices.iter().enumerate() {
            for (j, sums) in sums.chunks_exact_mut(plan.columns).enumerate() {
                let v = slice.v_first + (band * BAND + j) as f32 * slice.v_step;
                let below = v.floor();
                let Some((a, b, low, high)) = sheets.row_pair(s, below as isize) else { continue };
                // Groups of eight samples that can see anything between the outermost values of the two rows.
                let first = ((low as f32 - 1.0 - slice.u_first) / slice.u_step).floor().max(0.0) as usize / 8;
                let last = ((high as f32 - slice.u_first) / slice.u_step).ceil().max(0.0) as usize / 8 + 1;
                let groups = first..last.min(plan.columns / 8);
                if groups.is_empty() {
                    continue;
                }
                let weight = ((v - below) * 32768.0).min(32767.0) as i16;
                #[cfg(target_arch = "x86_64")]
                if let Some(table) = wide.slice(s) {
                    let sixteens = groups.start / 2..groups.end.div_ceil(2);
                    avx512::add_row(a, b, weight, &mut line, table, sixteens, sums);
                    continue;
                }
                match lanes {
                    // A machine with 512-bit vectors has 256-bit ones.
                    #[cfg(target_arch = "x86_64")]
                    Lanes::Avx2 | Lanes::Avx512 => {
                        avx2::add_row(a, b, weight, &mut line, &slice.groups, groups, sums)
                    }
                    _ => portable::add_row(a, b, weight, &mut line, &slice.groups, groups, sums),
                }
            }
        }
    });
    sums
}
