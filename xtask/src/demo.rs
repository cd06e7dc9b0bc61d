//! `cargo xtask demo`: the main job, and where its report is.

use crate::shell::{self, build_rami, command, root, shared_data};
use anyhow::{Result, bail};

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let Some(data) = shared_data() else {
        bail!(
            "the demo runs on ../shared/data/totalsegmentator-example, which is not here; give a CT of your own: \
             cargo run --release -- plan CT --labels LABELS --out DIR"
        );
    };
    let case = data.join("totalsegmentator-example");
    let rami = build_rami("ci")?;
    let out = arguments.first().map_or_else(|| root().join("out/demo"), |folder| folder.into());
    shell::run(
        command(rami, &["plan"])
            .arg(case.join("ct.nii.gz"))
            .arg("--labels")
            .arg(case.join("labels.nii.gz"))
            .args(["--side", "left", "--level", "auto", "--out"])
            .arg(&out),
    )?;
    println!("report: {}", out.join("report.html").display());
    Ok(())
}
