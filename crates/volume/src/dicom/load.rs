//! Slices decoded in parallel, straight into their place in the volume.

use super::error::slices_are;
use super::frame::Frame;
use super::series::Series;
use super::stack::{self, Stack};
use super::{DicomError, SeriesFile, SeriesOptions, pixels};
use crate::upright::{self, Interpolate};
use crate::{AIR_HU, Grid, ReadWarning, ReadWarningKind, Volume};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

pub(super) fn load(
    series: Series,
    mut warnings: Vec<ReadWarning>,
    options: &SeriesOptions<'_>,
) -> Result<SeriesFile, DicomError> {
    let Series { frames, files, mut summary, .. } = series;
    let mut stack = stack::arrange(frames, options.allow_gap)?;
    warnings.append(&mut stack.warnings);
    let path = stack.frames[0].path.clone();
    let grid_error = |source| DicomError::Grid { path: path.clone(), source };
    let format = stack.frames[0].format;
    let dims = [format.columns, format.rows, stack.slices];
    let grid = Grid::new(dims, stack.affine).map_err(grid_error)?;
    let size = format.rows * format.columns;

    let voxels = size * stack.frames.len();
    let mut data: Vec<i16> = Vec::new();
    data.try_reserve_exact(voxels).map_err(|_| DicomError::Memory { path: path.clone(), voxels })?;
    data.resize(voxels, AIR_HU);
    decode(&files, &stack.frames, &mut data, size, options)?;
    drop_doubles(&files, &stack, &data, size, &mut warnings)?;
    if let Some(places) = &stack.uneven {
        data = evened(&data, places, stack.slices, size);
    }
    let mut ct = Volume::from_grid_and_data(grid, data).canonical();
    if let Some((straight, skew)) = upright::straightened(&ct, Interpolate::Linear, AIR_HU) {
        warnings.push(ReadWarning::new(
            ReadWarningKind::Tilt,
            format!("the gantry was tilted {skew:.1}°; the volume was resampled to square axes"),
        ));
        ct = straight;
    }
    if summary.patient_position.is_empty() {
        warnings.push(ReadWarning::new(
            ReadWarningKind::PatientPosition,
            "the files do not say how the patient lay (0018,5100); say it with --posture",
        ));
    }
    summary.slices = stack.frames.len();
    Ok(SeriesFile { ct, summary, files: names(&files, &stack.frames), warnings })
}

fn names(files: &[super::input::DicomFile], frames: &[Frame]) -> Vec<PathBuf> {
    let mut seen = vec![false; files.len()];
    frames
        .iter()
        .filter(|frame| !std::mem::replace(&mut seen[frame.file], true))
        .map(|frame| frame.path.clone())
        .collect()
}

/// Each file is opened once, files and the frames of a file in parallel; the first error by slice wins.
fn decode(
    files: &[super::input::DicomFile],
    frames: &[Frame],
    data: &mut [i16],
    size: usize,
    options: &SeriesOptions<'_>,
) -> Result<(), DicomError> {
    let total = frames.len();
    let done = AtomicUsize::new(0);
    let mut by_file: BTreeMap<usize, Vec<(&Frame, &mut [i16])>> = BTreeMap::new();
    for (frame, slice) in frames.iter().zip(data.chunks_mut(size)) {
        by_file.entry(frame.file).or_default().push((frame, slice));
    }
    let results: Vec<Result<(), DicomError>> = by_file
        .into_par_iter()
        .map(|(file, slices)| {
            let object = files[file].whole()?;
            let each: Vec<Result<(), DicomError>> = slices
                .into_par_iter()
                .map(|(frame, slice)| {
                    pixels::hounsfield(&object, frame, slice)?;
                    if let Some(progress) = options.progress {
                        progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
                    }
                    Ok(())
                })
                .collect();
            each.into_iter().collect()
        })
        .collect();
    results.into_iter().collect()
}

/// Doubles with the same pixels are said and left out; others are refused.
fn drop_doubles(
    files: &[super::input::DicomFile],
    stack: &Stack,
    data: &[i16],
    size: usize,
    warnings: &mut Vec<ReadWarning>,
) -> Result<(), DicomError> {
    let mut slice = vec![0i16; size];
    for (n, double) in &stack.doubles {
        pixels::hounsfield(&files[double.file].whole()?, double, &mut slice)?;
        if slice != data[n * size..(n + 1) * size] {
            let kept = &stack.frames[*n];
            return Err(DicomError::Duplicate {
                path: double.path.clone(),
                other: kept.path.clone(),
                at_mm: kept.normal().dot(&kept.position.coords),
            });
        }
    }
    if let Some((_, first)) = stack.doubles.first() {
        warnings.push(ReadWarning::new(
            ReadWarningKind::DuplicateSlices,
            format!(
                "{} there twice with the same pixels and left out once, the first {}{}",
                slices_are(stack.doubles.len()),
                first.path.display(),
                if first.sop_uid.is_empty() { String::new() } else { format!(" ({})", first.sop_uid) }
            ),
        ));
    }
    Ok(())
}

/// Even slices by linear interpolation between the two nearest; `places[n]` is where slice `n` lies, in even steps.
fn evened(data: &[i16], places: &[f64], slices: usize, size: usize) -> Vec<i16> {
    let mut even = vec![AIR_HU; slices * size];
    even.par_chunks_mut(size).enumerate().for_each(|(k, out)| {
        let above = places.partition_point(|&p| p < k as f64).clamp(1, places.len() - 1);
        let (a, b) = (places[above - 1], places[above]);
        let weight = ((k as f64 - a) / (b - a)).clamp(0.0, 1.0);
        let low = &data[(above - 1) * size..above * size];
        let high = &data[above * size..(above + 1) * size];
        for (value, (&l, &h)) in out.iter_mut().zip(low.iter().zip(high)) {
            let (l, h) = (f64::from(l), f64::from(h));
            *value = (l + weight * (h - l)).round() as i16;
        }
    });
    even
}
