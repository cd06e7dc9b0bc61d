//! Files of `rami inject`: each is written under a temporary name and renamed.

use crate::exit::Failure;
use crate::files;
use anyhow::{Context, anyhow};
use rami_bedside::inject::document::BlockDocument;
use rami_bedside::inject::film::Frame;
use rami_volume::Volume;
use rami_volume::nifti::{WriteOptions, write_series};
use rami_xray::{Image, View, picture};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The folder that everything goes into.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn make(path: &Path) -> Result<Self, Failure> {
        let folder = path.join("xray");
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self(path.to_owned()))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        files::write(&self.0.join(name), bytes)
    }
}

/// The document with its notice on the first line.
pub(super) fn json(document: &BlockDocument) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(document)?;
    let rest = text.strip_prefix("{\n  ").ok_or_else(|| anyhow!("block.json does not begin as an object"))?;
    Ok(format!("{{ {rest}\n"))
}

/// mg of drug per ml of tissue over time, in the order of the document's `injection`, and once more at its end.
pub(super) fn fields(folder: &Folder, fields: &[Volume<f32>]) -> Result<(), Failure> {
    if !fields.is_empty() {
        write_series(&folder.path().join("spread.nii.gz"), fields, 1.0, &WriteOptions::default())?;
    }
    Ok(())
}

/// Live and subtracted pictures of one view.
pub(super) fn frame(
    folder: &Folder,
    view: &View,
    frame: &Frame,
    number: usize,
    step: usize,
    delivered_ml: f64,
    notice: &str,
) -> Result<(), Failure> {
    let name = if view.pose().primary_angle.abs() > 135.0 { "ap" } else { "lateral" };
    for (kind, image) in [("live", &frame.live), ("dsa", &frame.subtracted)] {
        let mut image: Image<u8> = image.clone();
        picture::annotate(&mut image, view);
        let words = format!("SYRINGE {} {delivered_ml:.2} ML {}", step + 1, kind.to_uppercase());
        picture::write_text(&mut image, 24, 8, 2, &words);
        if notice.starts_with("OVER") {
            picture::write_text(&mut image, 4, 40, 2, "OVER THE MAXIMUM DOSE");
        }
        folder.write(&format!("xray/{name}_{kind}_{number:03}.png"), &picture::png(&image)?)?;
    }
    Ok(())
}

pub(super) fn summary(
    out: &mut impl Write,
    document: &BlockDocument,
    folder: Option<&Folder>,
) -> std::io::Result<()> {
    writeln!(out, "{}", document.notice)?;
    writeln!(out, "{}", document.credibility)?;
    for tip in &document.tips {
        writeln!(out, "tip {:?} mm in {} ({:?})", tip.at_mm, tip.structure, tip.tissue)?;
    }
    writeln!(
        out,
        "chance of a block at some level L2–L4, {} side: {:.0} % of {} draws (seed {})",
        document.side,
        100.0 * document.p_block,
        document.samples,
        document.seed
    )?;
    let extent = document.longitudinal_extent_mm;
    writeln!(
        out,
        "extent along the spine {:.0} mm ({:.0}–{:.0}); levels {}",
        extent.median,
        extent.q05,
        extent.q95,
        document.levels_reached.join(" ")
    )?;
    for (level, entry) in document.chain.get(document.side) {
        let share =
            |class: &str| entry.blocked_fraction_by_class.get(class).map_or(0.0, |d| 100.0 * d.median);
        let after = document.drug_starts_min.unwrap_or(0.0);
        let onset = entry.onset_min.map_or_else(
            || "never".into(),
            |d| format!("from {:.1} min ({:.1} after the first drug)", d.median, d.median - after),
        );
        writeln!(
            out,
            "{level}: B {:.0} %, C {:.0} %, {onset}, for {}{:.0} min",
            share("B"),
            share("C"),
            if entry.still_blocked_share >= 0.5 { "at least " } else { "" },
            entry.duration_min.median
        )?;
    }
    writeln!(
        out,
        "a root's A fibres half blocked in {:.0} %, genitofemoral in {:.0} % of draws; {:.1} mg into vessels",
        100.0 * document.unwanted.p_root,
        100.0 * document.unwanted.p_genitofemoral,
        document.unwanted.intravascular_mg.median
    )?;
    if let Some(last) = document.injection.last() {
        writeln!(
            out,
            "delivered {:.2} ml; at the end {:.0} kPa at the tip, {:.0} kPa at the syringe",
            last.delivered_ml, last.tip_kpa, last.syringe_kpa
        )?;
    }
    writeln!(out, "mass balance {:.1e}", document.mass_balance.relative_error)?;
    if let Some(folder) = folder {
        writeln!(out, "{}", folder.path().display())?;
    }
    Ok(())
}
