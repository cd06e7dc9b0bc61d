//! Files the program writes: whole, or not there.

use crate::exit::Failure;
use anyhow::Context;
use std::io::{BufWriter, Write};
use std::path::Path;
use tempfile::NamedTempFile;

/// Writes a file by way of a temporary one.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    rami_volume::files::write(path, bytes).with_context(|| cannot(path))?;
    Ok(())
}

/// As [`write()`], filled piece by piece.
pub(crate) fn fill(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<&NamedTempFile>) -> anyhow::Result<()>,
) -> Result<(), Failure> {
    let file = rami_volume::files::beside(path).with_context(|| cannot(path))?;
    let mut out = BufWriter::new(&file);
    fill(&mut out)?;
    out.flush().with_context(|| cannot(path))?;
    drop(out);
    file.persist(path).with_context(|| cannot(path))?;
    Ok(())
}

fn cannot(path: &Path) -> String {
    format!("cannot write {}", path.display())
}
