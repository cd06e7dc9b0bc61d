//! The bytes of a NIfTI file, compressed or not, and how many there can be.

use super::NiftiError;
use flate2::bufread::MultiGzDecoder;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// Deflate cannot pack more than this many bytes into one (RFC 1951: 258 bytes in 2 bits).
const MAX_DEFLATE_RATIO: u64 = 1032;

/// A NIfTI file being read from its beginning.
pub(super) struct Source {
    pub(super) path: PathBuf,
    reader: Box<dyn Read>,
    /// Most bytes that the file can hold when unpacked.
    pub(super) capacity: u64,
}

impl Source {
    pub(super) fn open(path: &Path) -> Result<Self, NiftiError> {
        let io = |source| NiftiError::Io { path: path.to_owned(), source };
        let file = File::open(path).map_err(io)?;
        let metadata = file.metadata().map_err(io)?;
        if metadata.is_dir() {
            return Err(NiftiError::NotNifti { path: path.to_owned(), why: "it is a folder".to_owned() });
        }
        let mut file = BufReader::with_capacity(1 << 18, file);
        // What the file is, not what it is called, decides whether it is unpacked.
        let packed = file.fill_buf().map_err(io)?.starts_with(&[0x1f, 0x8b]);
        let (reader, capacity): (Box<dyn Read>, u64) = if packed {
            (Box::new(MultiGzDecoder::new(file)), metadata.len().saturating_mul(MAX_DEFLATE_RATIO))
        } else {
            (Box::new(file), metadata.len())
        };
        Ok(Self { path: path.to_owned(), reader, capacity })
    }

    pub(super) fn from_bytes(name: &Path, bytes: Vec<u8>) -> Self {
        let capacity = bytes.len() as u64;
        let path = name.to_owned();
        if bytes.starts_with(&[0x1f, 0x8b]) {
            let reader = Box::new(MultiGzDecoder::new(std::io::Cursor::new(bytes)));
            Self { path, reader, capacity: capacity.saturating_mul(MAX_DEFLATE_RATIO) }
        } else {
            Self { path, reader: Box::new(std::io::Cursor::new(bytes)), capacity }
        }
    }

    /// Fills the buffer, or says how much was there.
    pub(super) fn fill(&mut self, buffer: &mut [u8], needed: u64, before: u64) -> Result<(), NiftiError> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.reader.read(&mut buffer[filled..]) {
                Ok(0) => {
                    let found = before + filled as u64;
                    return Err(NiftiError::Truncated { path: self.path.clone(), needed, found });
                }
                Ok(n) => filled += n,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed(error)),
            }
        }
        Ok(())
    }

    /// The unpacker reports damage as an input error; all else is the file system's.
    fn failed(&self, source: std::io::Error) -> NiftiError {
        use std::io::ErrorKind;
        match source.kind() {
            ErrorKind::InvalidInput | ErrorKind::InvalidData | ErrorKind::UnexpectedEof => {
                NiftiError::Packed { path: self.path.clone(), why: source.to_string() }
            }
            _ => NiftiError::Io { path: self.path.clone(), source },
        }
    }

    /// Reads and forgets bytes.
    pub(super) fn skip(&mut self, bytes: u64) -> Result<(), NiftiError> {
        let skipped = std::io::copy(&mut self.reader.by_ref().take(bytes), &mut std::io::sink())
            .map_err(|error| self.failed(error))?;
        if skipped < bytes {
            return Err(NiftiError::Truncated { path: self.path.clone(), needed: bytes, found: skipped });
        }
        Ok(())
    }
}
