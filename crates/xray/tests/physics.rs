//! Exposure and dose on digital patients from thin to very heavy.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // helpers of tests; the dose table is printed

use rami_anatomy::Posture;
use rami_anatomy::patient::{Known, Patient, Scanner, Sex, TrunkSource, population};
use rami_random::Stream;
use rami_volume::Ct;
use rami_xray::chain::{Exposure, Fluoroscope, Settings};
use rami_xray::dose::{Coefficients, Frame, Ledger, PulseRate};
use rami_xray::{CArmPose, Detector, FastProjector, Projector, View};

/// A woman of 165 cm with this body mass index, in voxels of 5 mm.
fn person(bmi: f64) -> Ct {
    let known = Known {
        sex: Some(Sex::Female),
        height_cm: Some(165.0),
        weight_kg: Some(bmi * 1.65f64.powi(2)),
        age_y: Some(50.0),
    };
    let traits = population::draw(1, 0, known, TrunkSource::Cadaver).unwrap();
    let patient = Patient::grow(&traits, None, Posture::Prone);
    let grid = patient.grid([5.0; 3]).unwrap();
    patient.scan(&grid, &Scanner::default(), false).unwrap().ct
}

/// Mean signal of the middle of an AP frame, keV a pixel, and the exposure.
fn expose(ct: &Ct, settings: Settings) -> (f64, Exposure) {
    let view = View::new(CArmPose::prone_ap(ct.grid().centre()), Detector::square(128, 2.4)).unwrap();
    let mut arm = Fluoroscope::new(Settings { noise: false, ..settings }, Stream::new(1));
    let anatomy = arm.position(view, &FastProjector::new(ct).project(&view).unwrap());
    let middle: f64 = (43..85)
        .flat_map(|row| (43..85).map(move |column| (row, column)))
        .map(|(row, column)| f64::from(anatomy.signal().get(row, column).unwrap()))
        .sum();
    (middle / (42.0 * 42.0), *anatomy.exposure())
}

#[test]
fn automatic_exposure_keeps_the_signal_from_body_mass_index_18_to_42() {
    let shots: Vec<(f64, Exposure)> =
        [18.0, 22.0, 27.0, 34.0, 42.0].map(|bmi| expose(&person(bmi), Settings::fluoroscopy())).to_vec();
    let mean = shots.iter().map(|s| s.0).sum::<f64>() / shots.len() as f64;
    for (signal, exposure) in &shots {
        assert!(exposure.reached, "{exposure:?}");
        // The exposure is set by the mean primary of the middle third and the scatter in its middle, the signal is
        // measured with scatter everywhere: a few per cent.
        assert!((signal / mean - 1.0).abs() < 0.08, "{signal} keV of {mean} at {exposure:?}");
    }
    let (thin, heavy) = (shots[0].1, shots[4].1);
    assert!(shots.windows(2).all(|w| w[1].1.kvp >= w[0].1.kvp), "voltage follows thickness");
    assert!(heavy.kvp > thin.kvp && heavy.dap_gy_cm2 > 3.0 * thin.dap_gy_cm2, "{thin:?}, {heavy:?}");
}

#[test]
fn half_a_minute_of_fluoroscopy_costs_what_is_published() {
    // Evidence A23: 34 s, 1.18 ± 1.08 Gy cm², at most 6.82, over mixed procedures of the spine; the field there is not
    // told. Eight pulses a second, a field of 15 cm on the detector.
    let settings = Settings { collimator_mm: Some([150.0, 150.0]), ..Settings::fluoroscopy() };
    let (_, exposure) = expose(&person(26.0), settings);
    let mut ledger = Ledger::default();
    let pose = CArmPose::prone_ap(rami_volume::Point::origin());
    for _ in 0..34 * 8 {
        let frame = Frame::Fluoroscopy(PulseRate::USUAL);
        ledger.add(&pose, &exposure, frame, false, &Coefficients::published());
    }
    assert!((ledger.fluoroscopy_s - 34.0).abs() < 1e-6);
    assert!((0.1..2.26).contains(&ledger.dap_gy_cm2), "{ledger:?}: within a standard deviation of the mean");
    let e = ledger.effective_dose_msv / ledger.dap_gy_cm2;
    assert!((e - 0.2).abs() < 1e-9, "a fifth of a millisievert for each Gy cm² from behind");
}

#[test]
fn doses_of_an_experienced_and_an_ordinary_operator_stand_beside_what_is_published() {
    let settings = Settings { collimator_mm: Some([150.0, 150.0]), ..Settings::fluoroscopy() };
    let published = rami_evidence::value;
    let coefficients = Coefficients::published();
    println!(
        "| body mass index | screening s | dose-area product, Gy cm² | effective dose, mSv | operator's eye, µSv |"
    );
    println!("| --- | --- | --- | --- | --- |");
    for bmi in [18.0, 26.0, 34.0, 42.0] {
        let (_, exposure) = expose(&person(bmi), settings);
        let ledger = |seconds: f64| {
            let mut ledger = Ledger::default();
            let pose = CArmPose::prone_ap(rami_volume::Point::origin());
            for _ in 0..(seconds * 8.0).round() as usize {
                ledger.add(&pose, &exposure, Frame::Fluoroscopy(PulseRate::USUAL), false, &coefficients);
            }
            ledger
        };
        // A24: an experienced operator; A23: mixed practice, and its longest.
        for seconds in
            [published("technique.screening_time.experienced"), published("technique.screening_time"), 218.0]
        {
            let all = ledger(seconds);
            println!(
                "| {bmi} | {seconds} | {:.2} | {:.3} | {:.2} |",
                all.dap_gy_cm2, all.effective_dose_msv, all.staff_eye_usv
            );
            // The longest screening of A23 on a heavy person comes to its largest dose-area product, not beyond; people
            // of 42 are not described there.
            assert!(
                bmi > 40.0 || all.dap_gy_cm2 < published("technique.dose_area_product.maximum"),
                "{all:?}"
            );
            let staff = all.dap_gy_cm2 * published("xray.staff_eye_dose_per_dap");
            assert!((all.staff_eye_usv / staff - 1.0).abs() < 1e-9);
        }
        // A25: guidance by CT costs 1.51 to 3.53 mSv, with every saving 0.22: half a minute of fluoroscopy costs less
        // than the first, a few seconds less than the last.
        assert!(ledger(34.0).effective_dose_interval()[2] < 1.51);
        assert!(ledger(7.7).effective_dose_msv < published("technique.effective_dose_ct.reduced"));
    }
}
