//! Forces on a 22G needle are assumed; what was measured with other needles must lie in the ranges they are given.
#![allow(clippy::unwrap_used)] // helpers of tests: a failure should stop the test

use rami_evidence::{figure, value};

#[test]
fn what_was_measured_lies_in_the_range_that_is_assumed_once_scaled_to_22g() {
    // Force in proportion to thickness, as the model has it.
    let by = |thickness: &str| value("needle.outer_22g") / value(&format!("needle.outer_{thickness}"));
    for (measured, scale, assumed) in [
        ("skin_suture_puncture", 1.0, "puncture_skin"),
        ("pork_peak", 1.0, "cutting_firm"),
        ("abdominal_wall_veress", by("veress"), "puncture_fascia"),
        ("liver_capsule_18g", by("18g"), "puncture_wall"),
        ("liver_cutting_18g", by("18g"), "cutting_soft"),
        ("liver_friction_18g", by("18g"), "friction_soft"),
    ] {
        let (measured, assumed) =
            (figure(&format!("needle.{measured}")), figure(&format!("needle.{assumed}")));
        assert_eq!(measured.unit, assumed.unit, "{}", assumed.key);
        let range = assumed.interval.unwrap();
        // All that was measured, not its middle alone.
        let ends = measured.interval.map_or([measured.value.unwrap(); 2], |i| [i.low, i.high]);
        for newton in ends.map(|end| end * scale) {
            assert!(
                (range.low..=range.high).contains(&newton),
                "{}: {newton} for {} in {range:?}",
                measured.key,
                assumed.key
            );
        }
    }
}
