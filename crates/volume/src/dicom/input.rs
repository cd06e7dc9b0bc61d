//! Where DICOM files come from: a folder, a file, or bytes in memory.

use super::DicomError;
use super::guard;
use super::start::{HEAD, Start};
use dicom_dictionary_std::tags;
use dicom_object::{DefaultDicomObject, OpenFileOptions};
use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Folders within folders that are looked into.
const DEEPEST: usize = 8;

/// Where DICOM files come from.
#[derive(Debug, Clone)]
pub enum DicomInput {
    /// Every file in a folder and the folders in it, or one file.
    Path(PathBuf),
    /// Files without a file system; the names stand for them in errors.
    Bytes(Vec<(PathBuf, Vec<u8>)>),
}

impl DicomInput {
    /// What to call it.
    pub(super) fn name(&self) -> PathBuf {
        match self {
            Self::Path(path) => path.clone(),
            Self::Bytes(files) => files.first().map(|(name, _)| name.clone()).unwrap_or_default(),
        }
    }

    /// Every file, by name, so that nothing depends on the order of a folder.
    pub(super) fn files(&self) -> Result<Vec<DicomFile>, DicomError> {
        match self {
            Self::Path(path) if path.is_dir() => {
                let mut found = Vec::new();
                walk(path, 0, &mut found)?;
                found.sort();
                Ok(found.into_iter().map(|path| DicomFile { path, bytes: None }).collect())
            }
            Self::Path(path) => Ok(vec![DicomFile { path: path.clone(), bytes: None }]),
            Self::Bytes(files) => Ok(files
                .iter()
                .map(|(path, bytes)| DicomFile { path: path.clone(), bytes: Some(bytes.clone()) })
                .collect()),
        }
    }
}

fn walk(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), DicomError> {
    let io = |source| DicomError::Io { path: folder.to_owned(), source };
    for entry in std::fs::read_dir(folder).map_err(io)? {
        let entry = entry.map_err(io)?;
        let kind = entry.file_type().map_err(io)?;
        // Links to folders are not followed: they may lead in circles.
        if kind.is_dir() && depth < DEEPEST {
            walk(&entry.path(), depth + 1, found)?;
        } else if kind.is_file() || (kind.is_symlink() && entry.path().is_file()) {
            found.push(entry.path());
        }
    }
    Ok(())
}

/// One file that may be DICOM.
#[derive(Debug, Clone)]
pub(super) struct DicomFile {
    pub(super) path: PathBuf,
    bytes: Option<Vec<u8>>,
}

impl DicomFile {
    /// Whether the file begins as DICOM files do.
    pub(super) fn is_dicom(&self) -> Result<bool, DicomError> {
        let mut head = Vec::with_capacity(HEAD);
        match &self.bytes {
            Some(bytes) => Ok(Start::of(&bytes[..bytes.len().min(HEAD)]).is_some()),
            None => {
                let io = |source| DicomError::Io { path: self.path.clone(), source };
                File::open(&self.path).map_err(io)?.take(HEAD as u64).read_to_end(&mut head).map_err(io)?;
                Ok(Start::of(&head).is_some())
            }
        }
    }

    pub(super) fn size(&self) -> u64 {
        match &self.bytes {
            Some(bytes) => bytes.len() as u64,
            None => std::fs::metadata(&self.path).map_or(0, |m| m.len()),
        }
    }

    /// Everything before the pixels.
    pub(super) fn header(&self) -> Result<DefaultDicomObject, DicomError> {
        self.open(true)
    }

    /// Header and pixels.
    pub(super) fn whole(&self) -> Result<DefaultDicomObject, DicomError> {
        self.open(false)
    }

    fn open(&self, header_only: bool) -> Result<DefaultDicomObject, DicomError> {
        match &self.bytes {
            Some(bytes) => self.parse(Cursor::new(bytes.as_slice()), header_only),
            None => {
                let io = |source| DicomError::Io { path: self.path.clone(), source };
                let file = File::open(&self.path).map_err(io)?;
                self.parse(BufReader::with_capacity(1 << 16, file), header_only)
            }
        }
    }

    fn parse(&self, mut from: impl Read + Seek, header_only: bool) -> Result<DefaultDicomObject, DicomError> {
        let damaged = |why: String| DicomError::Damaged { path: self.path.clone(), why };
        // No length is believed before it is checked against the bytes that are there.
        let (start, checked) =
            guard::check(&mut from, header_only).map_err(|problem| problem.at(&self.path))?;
        from.seek(SeekFrom::Start(start.before())).map_err(|e| damaged(e.to_string()))?;
        // What comes behind the pixels was not checked, so it is not read.
        let from = Cursor::new(start.stand_in()).chain(from.take(checked - start.before()));
        let mut options = OpenFileOptions::new().read_preamble(dicom_object::file::ReadPreamble::Never);
        if header_only {
            options = options.read_until(tags::PIXEL_DATA);
        }
        options.from_reader(from).map_err(|error| {
            let mut why = error.to_string();
            let mut cause = std::error::Error::source(&error);
            while let Some(inner) = cause {
                why += &format!(": {inner}");
                cause = inner.source();
            }
            damaged(why)
        })
    }
}
