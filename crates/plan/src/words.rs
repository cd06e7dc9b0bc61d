//! Names of structures as one says them.

/// A structure's name as one would say it: `kidney_left` is "left kidney", `iliac_vena_right` "right iliac vein",
/// `autochthon_left` "left erector spinae", `intervertebral_disc_L4_L5` "disc L4/L5".
#[must_use]
pub fn in_words(name: &str) -> String {
    for side in ["left", "right"] {
        if let Some(stem) = name.strip_suffix(&format!("_{side}")) {
            return format!("{side} {}", said(stem));
        }
        if let Some(number) = name.strip_prefix(&format!("rib_{side}_")) {
            return format!("{side} rib {number}");
        }
    }
    if let Some(levels) = name.strip_prefix("intervertebral_disc_") {
        return format!("disc {}", levels.replace('_', "/"));
    }
    said(name)
}

/// What TotalSegmentator calls otherwise than clinicians do, and what is not labelled; the rest as it is.
fn said(stem: &str) -> String {
    match stem {
        "autochthon" => "erector spinae".to_owned(),
        "iliopsoas" => "psoas".to_owned(),
        "iliac_vena" => "iliac vein".to_owned(),
        "hip" => "hip bone".to_owned(),
        "unlabelled_fat" => "fat".to_owned(),
        "unlabelled_soft_tissue" => "soft tissue without a label".to_owned(),
        "unlabelled_air" => "air or gas".to_owned(),
        "unlabelled_dense" => "dense tissue without a label".to_owned(),
        "outside_ct" => "outside the CT".to_owned(),
        _ => stem.replace("vertebrae_", "vertebra ").replace('_', " "),
    }
}

#[cfg(test)]
mod tests {
    use super::in_words;

    #[test]
    fn names_are_those_of_a_clinic() {
        for (name, words) in [
            ("kidney_left", "left kidney"),
            ("iliac_vena_right", "right iliac vein"),
            ("autochthon_left", "left erector spinae"),
            ("iliopsoas_right", "right psoas"),
            ("hip_left", "left hip bone"),
            ("rib_right_12", "right rib 12"),
            ("vertebrae_L4", "vertebra L4"),
            ("intervertebral_disc_L4_L5", "disc L4/L5"),
            ("intervertebral_disc_T12_L1", "disc T12/L1"),
            ("nerve_root_L3_left", "left nerve root L3"),
            ("lumbar_segmental_vessels_L4_right", "right lumbar segmental vessels L4"),
            ("inferior_vena_cava", "inferior vena cava"),
            ("unlabelled_fat", "fat"),
            ("skin", "skin"),
        ] {
            assert_eq!(in_words(name), words);
        }
    }
}
