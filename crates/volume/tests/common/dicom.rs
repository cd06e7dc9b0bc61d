//! DICOM slices made by hand, byte by byte, so that the reader is not tested with its own library's writer.

use std::path::PathBuf;

/// One CT slice.
#[derive(Clone)]
pub(crate) struct Slice {
    pub(crate) position: [f64; 3],
    pub(crate) orientation: [f64; 6],
    pub(crate) spacing: [f64; 2],
    pub(crate) rows: u16,
    pub(crate) columns: u16,
    pub(crate) pixels: Vec<i16>,
    pub(crate) modality: &'static str,
    pub(crate) series: &'static str,
    pub(crate) image_type: &'static str,
    pub(crate) patient_position: &'static str,
    pub(crate) intercept: f64,
    pub(crate) implicit: bool,
    pub(crate) transfer_syntax: Option<&'static str>,
}

impl Slice {
    /// Three rows of four columns at height `z`, with values that name the place.
    pub(crate) fn at(z: f64) -> Self {
        Self {
            position: [-10.0, 20.0, z],
            orientation: [1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
            spacing: [0.5, 0.75],
            rows: 3,
            columns: 4,
            pixels: (0..12).map(|n| n * 10 + (z * 2.0) as i16).collect(),
            modality: "CT",
            series: "1.2.3",
            image_type: "ORIGINAL\\PRIMARY\\AXIAL",
            patient_position: "FFP",
            intercept: -1000.0,
            implicit: false,
            transfer_syntax: None,
        }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let decimals =
            |values: &[f64]| values.iter().map(|v| format!("{v:.6}")).collect::<Vec<_>>().join("\\");
        let sop = format!("1.2.3.4.{}", (self.position[2] * 1000.0) as i64 + 1_000_000);
        let syntax = self.transfer_syntax.unwrap_or(if self.implicit {
            "1.2.840.10008.1.2"
        } else {
            "1.2.840.10008.1.2.1"
        });
        let mut meta = Vec::new();
        element(&mut meta, false, (2, 1), "OB", vec![0, 1]);
        element(&mut meta, false, (2, 2), "UI", uid("1.2.840.10008.5.1.4.1.1.2"));
        element(&mut meta, false, (2, 3), "UI", uid(&sop));
        element(&mut meta, false, (2, 0x10), "UI", uid(syntax));
        element(&mut meta, false, (2, 0x12), "UI", uid("1.2.3.9"));
        let mut out = vec![0u8; 128];
        out.extend_from_slice(b"DICM");
        element(&mut out, false, (2, 0), "UL", (meta.len() as u32).to_le_bytes().to_vec());
        out.extend(meta);
        let mut put = |tag, vr, value| element(&mut out, self.implicit, tag, vr, value);
        put((8, 8), "CS", text(self.image_type));
        put((8, 0x16), "UI", uid("1.2.840.10008.5.1.4.1.1.2"));
        put((8, 0x18), "UI", uid(&sop));
        put((8, 0x60), "CS", text(self.modality));
        put((0x18, 0x50), "DS", text("2.0"));
        put((0x18, 0x5100), "CS", text(self.patient_position));
        put((0x20, 0x0e), "UI", uid(self.series));
        put((0x20, 0x32), "DS", text(&decimals(&self.position)));
        put((0x20, 0x37), "DS", text(&decimals(&self.orientation)));
        let short = |v: u16| v.to_le_bytes().to_vec();
        put((0x28, 2), "US", short(1));
        put((0x28, 4), "CS", text("MONOCHROME2"));
        put((0x28, 0x10), "US", short(self.rows));
        put((0x28, 0x11), "US", short(self.columns));
        put((0x28, 0x30), "DS", text(&decimals(&self.spacing)));
        put((0x28, 0x100), "US", short(16));
        put((0x28, 0x101), "US", short(16));
        put((0x28, 0x102), "US", short(15));
        put((0x28, 0x103), "US", short(1));
        put((0x28, 0x1052), "DS", text(&format!("{}", self.intercept)));
        put((0x28, 0x1053), "DS", text("1"));
        let pixels = self.pixels.iter().flat_map(|p| p.to_le_bytes()).collect();
        put((0x7fe0, 0x10), "OW", pixels);
        out
    }
}

fn text(value: &str) -> Vec<u8> {
    let mut bytes = value.as_bytes().to_vec();
    if bytes.len() % 2 == 1 {
        bytes.push(b' ');
    }
    bytes
}

fn uid(value: &str) -> Vec<u8> {
    let mut bytes = value.as_bytes().to_vec();
    if bytes.len() % 2 == 1 {
        bytes.push(0);
    }
    bytes
}

fn element(out: &mut Vec<u8>, implicit: bool, tag: (u16, u16), vr: &str, value: Vec<u8>) {
    out.extend(tag.0.to_le_bytes());
    out.extend(tag.1.to_le_bytes());
    if implicit {
        out.extend((value.len() as u32).to_le_bytes());
    } else {
        out.extend(vr.as_bytes());
        if ["OB", "OW"].contains(&vr) {
            out.extend([0, 0]);
            out.extend((value.len() as u32).to_le_bytes());
        } else {
            out.extend((value.len() as u16).to_le_bytes());
        }
    }
    out.extend(value);
}

/// Files with names that say nothing about their order.
pub(crate) fn files(slices: &[Slice]) -> Vec<(PathBuf, Vec<u8>)> {
    slices
        .iter()
        .enumerate()
        .map(|(n, slice)| (PathBuf::from(format!("{:02}.dcm", (n * 7 + 3) % 100)), slice.bytes()))
        .collect()
}
