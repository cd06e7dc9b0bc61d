//! How a DICOM file begins: as PS3.10 says, or with parts of its head left out, as older archives and toolkits write it.

use super::guard::{EXPLICIT, IMPLICIT, SHORT};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Bytes that say how a file begins.
pub(super) const HEAD: usize = 132;
const MAGIC: &[u8; 4] = b"DICM";
/// The first value of a data set is a group length, a character set or a kind of image, never longer than this.
const LONGEST_FIRST_VALUE: u32 = 1024;

/// What stands before the data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// 128 bytes of anything, `DICM` and the file meta information: PS3.10, 7.1.
    Preamble,
    /// `DICM` and the meta information.
    Magic,
    /// The meta information alone.
    Meta,
    /// Nothing. The first element shows whether value representations are written; all of it is little endian.
    DataSet {
        /// Whether they are.
        explicit: bool,
    },
}

impl Start {
    /// From the first [`HEAD`] bytes, or all there are; nothing if this is no DICOM.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        if head.get(128..132) == Some(MAGIC) {
            return Some(Self::Preamble);
        }
        if head.starts_with(MAGIC) {
            return Some(Self::Magic);
        }
        let first = head.first_chunk::<8>()?;
        match *first {
            [2, 0, 0 | 1, 0, b'U', b'L', 4, 0] | [2, 0, 0 | 1, 0, b'O', b'B', 0, 0] => Some(Self::Meta),
            [8, 0, _, 0, a, b, ..] if SHORT.contains(&&[a, b]) => Some(Self::DataSet { explicit: true }),
            [8, 0, _, 0, a, b, c, d] if u32::from_le_bytes([a, b, c, d]) <= LONGEST_FIRST_VALUE => {
                Some(Self::DataSet { explicit: false })
            }
            _ => None,
        }
    }

    /// Bytes of the file before its first element.
    pub(super) fn before(self) -> u64 {
        match self {
            Self::Preamble => 132,
            Self::Magic => 4,
            Self::Meta | Self::DataSet { .. } => 0,
        }
    }

    /// What a parser that wants `DICM` and meta information is given before the file's own elements.
    pub(super) fn stand_in(self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        if let Self::DataSet { explicit } = self {
            let mut uid = if explicit { EXPLICIT } else { IMPLICIT }.as_bytes().to_vec();
            uid.resize(uid.len().next_multiple_of(2), 0);
            let length = uid.len() as u16;
            bytes.extend([2, 0, 0, 0, b'U', b'L', 4, 0]);
            bytes.extend((u32::from(length) + 8).to_le_bytes());
            bytes.extend([2, 0, 0x10, 0, b'U', b'I']);
            bytes.extend(length.to_le_bytes());
            bytes.extend(uid);
        }
        bytes
    }
}

/// Whether a file begins as a DICOM file does, with or without its preamble and meta information.
#[must_use]
pub fn begins_as_dicom(path: &Path) -> bool {
    let mut head = Vec::with_capacity(HEAD);
    File::open(path).is_ok_and(|file| file.take(HEAD as u64).read_to_end(&mut head).is_ok())
        && Start::of(&head).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_dicom_is_left_alone() {
        let texts: [&[u8]; 7] = [
            b"",
            b"DIC",
            b"{\"json\": 1}",
            b"\x89PNG\r\n\x1a\n",
            b"\x5c\x01\x00\x00 NIfTI",
            b"\x08\x00\x05\x00\xff\xff\xff\xff",
            b"\x02\x00\x00\x00text",
        ];
        for text in texts {
            assert_eq!(Start::of(text), None, "{text:?}");
        }
    }
}
