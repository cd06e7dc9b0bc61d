//! Files that were read, and their SHA-256.

use crate::CaseError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// What a file was read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceRole {
    /// The CT, or a slice of it.
    Ct,
    /// The labels, or one mask of them.
    Labels,
    /// What the numbers of the labels mean.
    LabelMapping,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// What it was read for.
    pub role: SourceRole,
    /// Its name without the folder, which may name a person.
    pub file: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

impl Source {
    /// Reads a file through to know its SHA-256.
    ///
    /// # Errors
    /// [`CaseError::Io`] when it cannot be read.
    pub fn of(role: SourceRole, path: &Path) -> Result<Self, CaseError> {
        let io = |source| CaseError::Io { path: path.to_owned(), source };
        let mut file = File::open(path).map_err(io)?;
        let mut hash = Sha256::new();
        let mut block = vec![0u8; 1 << 18];
        loop {
            let n = file.read(&mut block).map_err(io)?;
            if n == 0 {
                break;
            }
            hash.update(&block[..n]);
        }
        let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Self { role, file, sha256 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_published_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("abc.txt");
        std::fs::write(&path, "abc").unwrap();
        // FIPS 180-2, appendix B.1.
        let wanted = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let source = Source::of(SourceRole::Ct, &path).unwrap();
        assert_eq!((source.sha256.as_str(), source.file.as_str()), (wanted, "abc.txt"));
    }
}
