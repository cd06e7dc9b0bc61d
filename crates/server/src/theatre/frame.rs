//! A picture as it goes over the wire: a header of 48 bytes, little-endian, then a grey level a pixel, row by row.
//!
//! ```text
//! 0  "RFR1"            4  u32 number         8  u16 rows         10 u16 columns
//! 12 u8 kind           13 u8 × 3 nothing     16 f32 primary °    20 f32 secondary °
//! 24 f64 clock s       32 u32 last action    36 f32 drawn in ms  40 f32 mm a pixel at the isocentre   44 nothing
//! ```

use rami_procedure::theatre::Picture;

/// Length of the header.
const HEADER: usize = 48;

/// A picture ready to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    /// Header and pixels.
    pub(crate) bytes: bytes::Bytes,
}

impl Frame {
    /// Packs a picture. `action` is the number of the client's last action that it shows.
    pub(crate) fn of(picture: &Picture, action: u32, drawn_ms: f32) -> Self {
        let grey = &picture.grey;
        let kind = match picture.kind {
            "shot" => 0u8,
            "live" => 1,
            "contrast" => 2,
            _ => 3,
        };
        let pose = picture.view.pose();
        let mut bytes = Vec::with_capacity(HEADER + grey.data().len());
        bytes.extend(b"RFR1");
        bytes.extend((picture.number as u32).to_le_bytes());
        bytes.extend((grey.rows() as u16).to_le_bytes());
        bytes.extend((grey.columns() as u16).to_le_bytes());
        bytes.extend([kind, 0, 0, 0]);
        bytes.extend((pose.primary_angle as f32).to_le_bytes());
        bytes.extend((pose.secondary_angle as f32).to_le_bytes());
        bytes.extend(picture.at_s.to_le_bytes());
        bytes.extend(action.to_le_bytes());
        bytes.extend(drawn_ms.to_le_bytes());
        bytes.extend((picture.view.pixel_at_isocentre_mm() as f32).to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend_from_slice(grey.data());
        Self { bytes: bytes.into() }
    }
}
