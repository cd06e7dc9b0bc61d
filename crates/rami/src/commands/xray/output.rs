//! Writing pictures and numbers, to a temporary name first.

use super::Scene;
use crate::exit::Failure;
use anyhow::{Context, anyhow};
use rami_xray::{FastProjector, Image, Projector, WATER_PER_MM, npy, picture};
use std::io::{BufWriter, Write};
use std::path::Path;
use tempfile::NamedTempFile;

/// Rows that are projected and written at a time: memory stays bounded for a detector of any size.
const STRIP: usize = 256;
/// Most pixels of a picture that is held in memory whole.
const MOST_PIXELS: usize = 4096 * 4096;

/// Line integrals, or millimetres, as .npy.
pub(super) fn line_integrals(
    scene: &Scene,
    projector: &FastProjector<'_>,
    path: &Path,
    millimetres: bool,
) -> Result<(), Failure> {
    let detector = scene.view.detector();
    write(path, |out| {
        npy::write_header(out, detector.rows, detector.columns)?;
        for start in (0..detector.rows).step_by(STRIP) {
            let paths = projector.project_rows(&scene.view, start..(start + STRIP).min(detector.rows))?;
            let scale = if millimetres { 1.0 } else { WATER_PER_MM };
            let values: Vec<f32> = paths.total.data().iter().map(|mm| (mm * scale).max(0.0)).collect();
            npy::write_values(out, &values)?;
        }
        Ok(())
    })
}

/// A grey picture, or black and white of one structure.
pub(super) fn picture(
    scene: &Scene,
    projector: &FastProjector<'_>,
    path: &Path,
    mask: bool,
) -> Result<(), Failure> {
    let detector = scene.view.detector();
    if detector.rows * detector.columns > MOST_PIXELS {
        return Err(anyhow!(
            "a picture of {} x {} pixels is larger than 4096 x 4096; use --line-integrals, which is written in strips, or a smaller --detector",
            detector.rows,
            detector.columns
        )
        .into());
    }
    if path.extension().is_none_or(|e| !e.eq_ignore_ascii_case("png")) {
        return Err(anyhow!("--out {}: pictures are written as .png", path.display()).into());
    }
    let mut paths = projector.project(&scene.view)?.line_integrals();
    if let Some(needle) = &scene.needle {
        let mut steel = Image::filled(detector.rows, detector.columns, 0.0);
        needle.add_to(&scene.view, 4, &mut steel);
        // Steel attenuates some 30 times as much as water where the beam is hardest hit.
        paths.data_mut().iter_mut().zip(steel.data()).for_each(|(sum, mm)| *sum += 30.0 * WATER_PER_MM * mm);
    }
    let grey = if mask {
        paths.map(|mm| if mm > 0.5 * WATER_PER_MM { 255 } else { 0 })
    } else {
        let mut grey = picture::grey(&paths, picture::Polarity::DenseDark);
        picture::annotate(&mut grey, &scene.view);
        grey
    };
    write(path, |out| Ok(out.write_all(&picture::png(&grey)?)?))
}

fn write(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<&NamedTempFile>) -> anyhow::Result<()>,
) -> Result<(), Failure> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = NamedTempFile::new_in(folder).with_context(|| format!("cannot write {}", path.display()))?;
    let mut out = BufWriter::new(&file);
    fill(&mut out)?;
    out.flush().with_context(|| format!("cannot write {}", path.display()))?;
    drop(out);
    file.persist(path).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(())
}
