//! Walks the elements of a DICOM file and checks every length against the bytes that are left.
//!
//! The parser reserves what an element claims; a damaged or hostile header claims gigabytes. This walk reads element
//! headers only (PS3.5, 7.1 and 7.5), skips values, and also refuses transfer syntaxes that are not read.

use super::DicomError;
use super::start::{HEAD, Start};
use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry, VirtualVr};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::StandardDataDictionary;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

const PIXEL_DATA: (u16, u16) = (0x7fe0, 0x0010);
const ITEM: u16 = 0xfffe;
const UNDEFINED: u32 = u32::MAX;
/// Sequences in sequences; real files have a handful.
const DEEPEST: usize = 32;
/// A header has no business with values this long.
const LONGEST_HEADER_VALUE: u64 = 64 << 20;

pub(super) const EXPLICIT: &str = "1.2.840.10008.1.2.1";
pub(super) const IMPLICIT: &str = "1.2.840.10008.1.2";
/// Encapsulated syntaxes that are read: JPEG lossless (two), JPEG-LS (two), JPEG 2000 (two), RLE.
const ENCAPSULATED: [&str; 7] = [
    "1.2.840.10008.1.2.4.57",
    "1.2.840.10008.1.2.4.70",
    "1.2.840.10008.1.2.4.80",
    "1.2.840.10008.1.2.4.81",
    "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.4.91",
    "1.2.840.10008.1.2.5",
];

/// Value representations with a length of two bytes in explicit files (PS3.5, table 7.1-2). All others have four, and so
/// have those that are not known (PS3.5, 6.2): the parser takes them that way, and the walk must not part from it.
pub(super) const SHORT: [&[u8; 2]; 21] = [
    b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FL", b"FD", b"IS", b"LO", b"LT", b"PN", b"SH", b"SL",
    b"SS", b"ST", b"TM", b"UI", b"UL", b"US",
];

/// What is wrong with the structure of a file.
pub(super) enum Problem {
    Damaged(String),
    Truncated { needed: u64, found: u64 },
    TransferSyntax(String),
}

impl Problem {
    pub(super) fn at(self, path: &Path) -> DicomError {
        let path = path.to_owned();
        match self {
            Self::Damaged(why) => DicomError::Damaged { path, why },
            Self::Truncated { needed, found } => DicomError::Truncated { path, needed, found },
            Self::TransferSyntax(uid) => DicomError::TransferSyntax { path, uid },
        }
    }
}

impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Self {
        Self::Damaged(error.to_string())
    }
}

struct Walk<'a, R> {
    from: &'a mut R,
    at: u64,
    end: u64,
    explicit: bool,
}

/// Checks from the start of the file to its pixels, and with `header_only` false through them. Says how the file begins
/// and how many of its bytes were checked: a parser must see no more.
pub(super) fn check<R: Read + Seek>(from: &mut R, header_only: bool) -> Result<(Start, u64), Problem> {
    let end = from.seek(SeekFrom::End(0))?;
    from.seek(SeekFrom::Start(0))?;
    let mut head = Vec::with_capacity(HEAD);
    from.take(HEAD as u64).read_to_end(&mut head)?;
    let Some(start) = Start::of(&head) else {
        return Err(Problem::Damaged("it does not begin as a DICOM file does".to_owned()));
    };
    from.seek(SeekFrom::Start(start.before()))?;
    let mut walk = Walk { from, at: start.before(), end, explicit: true };
    if let Start::DataSet { explicit } = start {
        walk.explicit = explicit;
    } else {
        let syntax = walk.meta()?;
        if syntax == IMPLICIT {
            walk.explicit = false;
        } else if syntax != EXPLICIT && !ENCAPSULATED.contains(&syntax.as_str()) {
            return Err(Problem::TransferSyntax(syntax));
        }
    }
    walk.data_set(header_only)?;
    Ok((start, walk.at))
}

struct Element {
    tag: (u16, u16),
    vr: [u8; 2],
    length: u32,
}

impl<R: Read + Seek> Walk<'_, R> {
    fn take(&mut self, buffer: &mut [u8]) -> Result<(), Problem> {
        self.from.read_exact(buffer).map_err(|_| {
            Problem::Damaged(format!("it ends in the middle of its header, after {} bytes", self.end))
        })?;
        self.at += buffer.len() as u64;
        Ok(())
    }

    fn skip(&mut self, length: u64, what: (u16, u16)) -> Result<(), Problem> {
        if length > self.end - self.at {
            if what == PIXEL_DATA {
                return Err(Problem::Truncated { needed: length, found: self.end - self.at });
            }
            return Err(Problem::Damaged(format!(
                "element ({:04x},{:04x}) claims {length} bytes where {} are left",
                what.0,
                what.1,
                self.end - self.at
            )));
        }
        if what != PIXEL_DATA && length > LONGEST_HEADER_VALUE {
            return Err(Problem::Damaged(format!(
                "element ({:04x},{:04x}) has {length} bytes, far more than a CT's header needs",
                what.0, what.1
            )));
        }
        // Lengths fit: they were compared with a file's size.
        self.from.seek_relative(length as i64)?;
        self.at += length;
        Ok(())
    }

    /// The next element's tag, value representation and length.
    fn element(&mut self) -> Result<Element, Problem> {
        let mut head = [0u8; 8];
        self.take(&mut head)?;
        let tag = (u16::from_le_bytes([head[0], head[1]]), u16::from_le_bytes([head[2], head[3]]));
        let vr = [head[4], head[5]];
        if tag.0 == ITEM || !self.explicit {
            let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
            return Ok(Element { tag, vr: *b"  ", length });
        }
        let length = if !SHORT.contains(&&vr) {
            let mut length = [0u8; 4];
            self.take(&mut length)?;
            u32::from_le_bytes(length)
        } else {
            u16::from_le_bytes([head[6], head[7]]).into()
        };
        Ok(Element { tag, vr, length })
    }

    /// The group 0002 elements, always explicit; returns the transfer syntax.
    fn meta(&mut self) -> Result<String, Problem> {
        let mut syntax = String::new();
        while self.at < self.end {
            let element = self.element()?;
            if element.tag.0 != 2 {
                let back = if element.length_field_is_long() { 12 } else { 8 };
                self.from.seek_relative(-back)?;
                self.at -= back as u64;
                break;
            }
            if element.tag == (2, 0x10) && element.length <= 64 {
                let mut text = vec![0u8; element.length as usize];
                self.take(&mut text)?;
                syntax = String::from_utf8_lossy(&text).trim_end_matches(['\0', ' ']).to_owned();
            } else {
                self.skip(element.length.into(), element.tag)?;
            }
        }
        if syntax.is_empty() {
            return Err(Problem::Damaged("it does not say its transfer syntax".to_owned()));
        }
        Ok(syntax)
    }

    /// Elements of the data set; sequences and items are entered, so that what is in them is checked too.
    fn data_set(&mut self, header_only: bool) -> Result<(), Problem> {
        // What to go back to at the end of each sequence or item of undefined length.
        let mut outer: Vec<bool> = Vec::new();
        while self.at < self.end {
            let element = self.element()?;
            if element.tag == PIXEL_DATA && outer.is_empty() {
                return if header_only { Ok(()) } else { self.pixels(&element) };
            }
            match element.tag {
                (ITEM, 0xe00d | 0xe0dd) => self.explicit = outer.pop().unwrap_or(self.explicit),
                // A sequence or an item of known length: what is in it follows.
                (ITEM, 0xe000) if element.length != UNDEFINED => self.fits(&element)?,
                _ if element.length == UNDEFINED => {
                    outer.push(self.explicit);
                    // PS3.5, 6.2.2: an unknown sequence is implicit inside.
                    self.explicit &= element.vr != *b"UN";
                }
                _ if self.is_sequence(&element) => self.fits(&element)?,
                _ => self.skip(element.length.into(), element.tag)?,
            }
            if outer.len() > DEEPEST {
                return Err(Problem::Damaged(format!("sequences are nested more than {DEEPEST} deep")));
            }
        }
        Ok(())
    }

    /// Implicit files do not say what is a sequence; the dictionary does.
    fn is_sequence(&self, element: &Element) -> bool {
        if self.explicit {
            return element.vr == *b"SQ";
        }
        StandardDataDictionary
            .by_tag(Tag(element.tag.0, element.tag.1))
            .is_some_and(|entry| entry.vr() == VirtualVr::Exact(VR::SQ))
    }

    fn fits(&self, element: &Element) -> Result<(), Problem> {
        if u64::from(element.length) > self.end - self.at {
            return Err(Problem::Damaged(format!(
                "element ({:04x},{:04x}) claims {} bytes where {} are left",
                element.tag.0,
                element.tag.1,
                element.length,
                self.end - self.at
            )));
        }
        Ok(())
    }

    fn pixels(&mut self, element: &Element) -> Result<(), Problem> {
        if element.length != UNDEFINED {
            return self.skip(element.length.into(), PIXEL_DATA);
        }
        // Fragments up to the sequence delimiter; a file may end without it.
        while self.at < self.end {
            let item = self.element()?;
            match item.tag {
                (ITEM, 0xe000) => self.skip(item.length.into(), PIXEL_DATA)?,
                (ITEM, 0xe0dd) => return Ok(()),
                (group, number) => {
                    return Err(Problem::Damaged(format!(
                        "element ({group:04x},{number:04x}) among the fragments of its pixels"
                    )));
                }
            }
        }
        Ok(())
    }
}

impl Element {
    fn length_field_is_long(&self) -> bool {
        !SHORT.contains(&&self.vr)
    }
}
