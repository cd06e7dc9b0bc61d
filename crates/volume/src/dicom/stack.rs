//! Slices in order along their normal, and whether they make an even stack.

use super::DicomError;
use super::error::slices_are;
use super::frame::Frame;
use crate::warning::counted;
use crate::{Affine, ReadWarning, ReadWarningKind, Vector};

/// Slices closer than this are in one place, mm: no CT has slices as thin.
const SAME_PLACE_MM: f64 = 0.01;
/// A gap of more than this many usual ones is a missing slice.
const GAP: f64 = 1.5;
/// If more of the gaps than this share are wide, the scan has zones of different spacing instead of missing slices.
const ZONES: f64 = 0.25;
/// Slices this share of the spacing away from an even stack are taken as even: positions are rounded in headers.
const EVEN: f64 = 0.05;
/// Slices further than this beside the line of the stack do not belong to it, mm.
const SIDEWAYS_MM: f64 = 1.0;

/// An ordered stack.
#[derive(Debug)]
pub(super) struct Stack {
    /// In order along the normal, one for each place.
    pub(super) frames: Vec<Frame>,
    /// Further slices in the place of `frames[n]`: `(n, slice)`.
    pub(super) doubles: Vec<(usize, Frame)>,
    /// Where each slice lies in steps of the even stack, when it is not even already.
    pub(super) uneven: Option<Vec<f64>>,
    /// Slices of the even stack.
    pub(super) slices: usize,
    /// From voxel indices of the even stack to LPS.
    pub(super) affine: Affine,
    pub(super) warnings: Vec<ReadWarning>,
}

/// Sorts and checks.
pub(super) fn arrange(mut frames: Vec<Frame>, allow_gap: bool) -> Result<Stack, DicomError> {
    same_kind(&frames)?;
    let too_few = |frames: &[Frame]| DicomError::TooFew {
        path: frames.first().map(|f| f.path.clone()).unwrap_or_default(),
        slices: frames.len(),
    };
    let Some(normal) = frames.first().map(Frame::normal) else { return Err(too_few(&frames)) };
    let place = |frame: &Frame| normal.dot(&frame.position.coords);
    frames.sort_by(|a, b| {
        place(a).total_cmp(&place(b)).then_with(|| (&a.path, a.number).cmp(&(&b.path, b.number)))
    });
    let mut kept: Vec<Frame> = Vec::with_capacity(frames.len());
    let mut doubles = Vec::new();
    for frame in frames {
        match kept.last() {
            Some(last) if place(&frame) - place(last) < SAME_PLACE_MM => {
                doubles.push((kept.len() - 1, frame))
            }
            _ => kept.push(frame),
        }
    }
    if kept.len() < 2 {
        return Err(too_few(&kept));
    }
    let mut warnings = Vec::new();
    let places: Vec<f64> = kept.iter().map(place).collect();
    let (slices, uneven) = spacing(&kept, &places, allow_gap, &mut warnings)?;
    let affine = affine(&kept, &places, slices)?;
    Ok(Stack { frames: kept, doubles, uneven, slices, affine, warnings })
}

/// Slices of one stack share orientation, spacing and size.
fn same_kind(frames: &[Frame]) -> Result<(), DicomError> {
    let Some(first) = frames.first() else { return Ok(()) };
    for frame in frames {
        let apart = |a: f64, b: f64| (a - b).abs() > 1e-4 * a.abs().max(b.abs());
        let what = if (frame.along_row - first.along_row).norm() > 1e-3
            || (frame.along_column - first.along_column).norm() > 1e-3
        {
            "orientation"
        } else if (frame.format.rows, frame.format.columns) != (first.format.rows, first.format.columns) {
            "number of rows and columns"
        } else if apart(frame.row_spacing, first.row_spacing)
            || apart(frame.column_spacing, first.column_spacing)
        {
            "pixel spacing"
        } else {
            continue;
        };
        return Err(DicomError::Mixed { path: frame.path.clone(), other: first.path.clone(), what });
    }
    Ok(())
}

/// How many slices the even stack has, and where the slices lie in it if they are not even.
fn spacing(
    frames: &[Frame],
    places: &[f64],
    allow_gap: bool,
    warnings: &mut Vec<ReadWarning>,
) -> Result<(usize, Option<Vec<f64>>), DicomError> {
    let gaps: Vec<f64> = places.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let mut sorted = gaps.clone();
    sorted.sort_by(f64::total_cmp);
    let usual = sorted[sorted.len() / 2];
    let wide: Vec<usize> = (0..gaps.len()).filter(|&n| gaps[n] > GAP * usual).collect();
    let length = places[places.len() - 1] - places[0];
    let zones = wide.len() as f64 > ZONES * gaps.len() as f64;
    if let Some(&n) = wide.first()
        && !zones
    {
        let missing: usize = wide.iter().map(|&n| (gaps[n] / usual).round() as usize - 1).sum();
        if !allow_gap {
            return Err(DicomError::Gap {
                path: frames[n].path.clone(),
                other: frames[n + 1].path.clone(),
                missing: (gaps[n] / usual).round() as usize - 1,
                gap_mm: gaps[n],
                spacing_mm: usual,
            });
        }
        warnings.push(ReadWarning::new(
            ReadWarningKind::MissingSlices,
            format!(
                "{} missing in {} and filled in between the neighbours, the first after {}",
                slices_are(missing),
                counted(wide.len(), "place"),
                frames[n].path.display()
            ),
        ));
    }
    let even = length / (places.len() - 1) as f64;
    let off = |step: f64| {
        (0..places.len()).map(|n| (places[n] - places[0] - n as f64 * step).abs()).fold(0.0, f64::max)
    };
    if off(even) <= EVEN * even {
        return Ok((places.len(), None));
    }
    let slices = (length / usual).round() as usize + 1;
    let step = length / (slices - 1) as f64;
    if wide.is_empty() || zones {
        warnings.push(ReadWarning::new(
            ReadWarningKind::UnevenSpacing,
            format!(
                "the slices are {:.2} to {:.2} mm apart; the volume was resampled to one every {step:.2} mm",
                sorted[0],
                sorted[sorted.len() - 1]
            ),
        ));
    }
    Ok((slices, Some(places.iter().map(|t| (t - places[0]) / step).collect())))
}

/// Rows, columns, and the step from one slice of the even stack to the next; the stack must be straight.
fn affine(frames: &[Frame], places: &[f64], slices: usize) -> Result<Affine, DicomError> {
    let (first, last) = (&frames[0], &frames[frames.len() - 1]);
    let whole = last.position - first.position;
    let length = places[places.len() - 1] - places[0];
    for (frame, place) in frames.iter().zip(places) {
        let on_line = first.position + whole * ((place - places[0]) / length);
        let shift_mm = (frame.position - on_line).norm();
        if shift_mm > SIDEWAYS_MM {
            return Err(DicomError::Shifted { path: frame.path.clone(), shift_mm });
        }
    }
    let columns: [Vector; 3] = [
        first.along_row * first.column_spacing,
        first.along_column * first.row_spacing,
        whole / (slices - 1) as f64,
    ];
    let mut affine = Affine::identity();
    for (axis, column) in columns.iter().enumerate() {
        affine.fixed_view_mut::<3, 1>(0, axis).copy_from(column);
    }
    affine.fixed_view_mut::<3, 1>(0, 3).copy_from(&first.position.coords);
    Ok(affine)
}
