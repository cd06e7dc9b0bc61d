//! Writing pictures and numbers, to a temporary name first.

use super::Scene;
use crate::exit::Failure;
use crate::files;
use anyhow::anyhow;
use rami_random::Stream;
use rami_xray::chain::{Exposure, Fluoroscope, Overlay, subtract};
use rami_xray::dose::{Coefficients, Frame, Ledger};
use rami_xray::{Image, Paths, Projector, WATER_PER_MM, dicom, npy, picture};
use std::io::Write;
use std::path::Path;

/// Rows that are projected and written at a time: memory stays bounded for a detector of any size.
const STRIP: usize = 256;
/// Most pixels of a picture that is held in memory whole.
const MOST_PIXELS: usize = 4096 * 4096;

/// Pulses after which the picture is held.
const HELD_AFTER: usize = 5;
/// Range of ln of signal from black to white in a subtracted picture.
const SUBTRACTION_WINDOW: f32 = 0.6;

/// Line integrals, or millimetres, as .npy.
pub(super) fn line_integrals(
    scene: &Scene,
    projector: &dyn Projector,
    path: &Path,
    millimetres: bool,
) -> Result<(), Failure> {
    let detector = scene.view.detector();
    files::fill(path, |out| {
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
    projector: &dyn Projector,
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
    let is = |wanted: &str| path.extension().is_some_and(|e| e.eq_ignore_ascii_case(wanted));
    if !(is("png") || is("dcm")) {
        return Err(anyhow!("--out {}: pictures are written as .png or .dcm", path.display()).into());
    }
    let paths = projector.project(&scene.view)?;
    let (mut grey, exposure) = if mask {
        (paths.total.map(|mm| if mm > 0.0 { 255 } else { 0 }), None)
    } else {
        expose(scene, paths)
    };
    let bytes = if is("dcm") {
        dicom::angiogram(&scene.view, &grey, exposure.as_ref())?
    } else {
        picture::annotate(&mut grey, &scene.view);
        picture::png(&grey)?
    };
    files::fill(path, |out| Ok(out.write_all(&bytes)?))
}

/// One picture with everything on.
fn expose(scene: &Scene, mut paths: Paths) -> (Image<u8>, Option<Exposure>) {
    if let Some(table) = &scene.table {
        table.add_to(&scene.view, &mut paths);
    }
    let period_s = scene.pulses.period_s();
    let mut arm = Fluoroscope::new(scene.settings, Stream::new(scene.seed));
    let anatomy = arm.position(scene.view, &paths);
    let lit = anatomy.lit();
    let mut overlay = Overlay::new(&scene.view);
    scene.needles.iter().for_each(|needle| needle.overlay(&scene.view, &mut overlay));
    scene.markers.iter().for_each(|marker| marker.overlay(&scene.view, &mut overlay));
    scene.letter.iter().for_each(|letter| letter.overlay(&scene.view, &mut overlay));
    let hand = scene.hand.as_ref().is_some_and(|hand| hand.overlay(&scene.view, lit, &mut overlay));
    let mask = scene.dsa.then(|| arm.frame(&anatomy, &overlay, period_s));
    if let Some(contrast) = &scene.contrast {
        contrast.overlay(&scene.view, &mut overlay);
    }
    let mut shot = arm.frame(&anatomy, &overlay, period_s);
    let mut frames = 1;
    if scene.live {
        // The noise filter settles; the last image is held.
        while frames < HELD_AFTER {
            shot = arm.frame(&anatomy, &overlay, period_s);
            frames += 1;
        }
    }
    let mut ledger = Ledger::default();
    let coefficients = Coefficients::published();
    let kind = if scene.live { Frame::Fluoroscopy(scene.pulses) } else { Frame::SpotFilm };
    for _ in 0..frames + usize::from(mask.is_some()) {
        ledger.add(scene.view.pose(), &shot.exposure, kind, hand, &coefficients);
    }
    say(&shot.exposure, &ledger, scene.seed);
    if hand {
        eprintln!("warning: a hand is in the beam");
    }
    let subtracted = mask.and_then(|mask| subtract(&mask.signal, &shot.signal, SUBTRACTION_WINDOW));
    let grey = subtracted.unwrap_or_else(|| scene.display.show(&shot.signal, lit));
    (grey, Some(shot.exposure))
}

/// Exposure and dose, in words.
fn say(exposure: &Exposure, ledger: &Ledger, seed: u64) {
    let [low, effective, high] = ledger.effective_dose_interval();
    eprintln!(
        "{} kV, {:.2} mAs, reference air kerma {:.3} mGy, dose-area product {:.1} mGy cm², effective dose {:.4} mSv ({:.4} to {:.4}), operator's eye {:.3} uSv, seed {seed}",
        exposure.kvp,
        exposure.mas,
        ledger.reference_kerma_mgy,
        ledger.dap_gy_cm2 * 1000.0,
        effective,
        low,
        high,
        ledger.staff_eye_usv,
    );
    if !exposure.reached {
        eprintln!(
            "warning: the tube cannot give enough; the picture is noisier than automatic exposure wants"
        );
    }
}
