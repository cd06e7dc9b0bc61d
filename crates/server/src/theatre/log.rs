//! The log of a block on disk: `rami.session/1`, a line at a time, synced before anyone is told of it.

use rami_procedure::session::{Header, Line};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// An open log.
pub(crate) struct Log {
    file: File,
}

impl Log {
    /// Begins a log; the header is on disk when this returns.
    pub(crate) fn begin(path: &Path, header: &Header) -> io::Result<Self> {
        let file = OpenOptions::new().create_new(true).append(true).open(path)?;
        let mut log = Self { file };
        log.put(serde_json::to_string(header)?)?;
        if let Some(folder) = path.parent() {
            // The name of the file, too, has to outlive a fall of power.
            File::open(folder)?.sync_all()?;
        }
        Ok(log)
    }

    /// Opens a log again. What a killed server left half written at its end is cut off.
    pub(crate) fn again(path: &Path) -> io::Result<(Self, String)> {
        let mut file = OpenOptions::new().read(true).write(true).open(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let whole = bytes.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
        if whole < bytes.len() {
            file.set_len(whole as u64)?;
            file.sync_all()?;
            bytes.truncate(whole);
        }
        file.seek(SeekFrom::End(0))?;
        let text =
            String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        Ok((Self { file }, text))
    }

    /// Adds a line; it is on disk when this returns.
    pub(crate) fn add(&mut self, line: &Line) -> io::Result<()> {
        self.put(serde_json::to_string(line)?)
    }

    fn put(&mut self, mut text: String) -> io::Result<()> {
        text.push('\n');
        let whole = self.file.metadata()?.len();
        let written = self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_data());
        if written.is_err() {
            // A part of a line would spoil the next one, and a line that nobody was told of would have its number used twice.
            self.file.set_len(whole)?;
            self.file.seek(SeekFrom::End(0))?;
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_written_last_line_is_cut_off_and_the_rest_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        std::fs::write(&path, "{\"schema\":1}\n{\"n\":1}\n{\"n\":2,\"act").unwrap();
        let (mut log, text) = Log::again(&path).unwrap();
        assert_eq!(text, "{\"schema\":1}\n{\"n\":1}\n");
        log.put("{\"n\":2}".to_owned()).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{\"schema\":1}\n{\"n\":1}\n{\"n\":2}\n");
    }
}
