//! NumPy's array file, version 1.0: for images compared with other programs.
//!
//! Layout: the bytes `\x93NUMPY`, version 1 0, a little-endian length, a Python dictionary padded with spaces so that
//! data start at a multiple of 64, then float32 little-endian in C order, shape (rows, columns).

use crate::Image;
use std::io::{self, Write};

/// Writes the header for an array of float32 of this shape.
///
/// # Errors
/// Those of the writer.
pub fn write_header(out: &mut impl Write, rows: usize, columns: usize) -> io::Result<()> {
    let dictionary = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    let unpadded = 10 + dictionary.len() + 1;
    let padding = unpadded.next_multiple_of(64) - unpadded;
    let length = (dictionary.len() + padding + 1) as u16;
    out.write_all(b"\x93NUMPY\x01\x00")?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(dictionary.as_bytes())?;
    out.write_all(&vec![b' '; padding])?;
    out.write_all(b"\n")
}

/// Writes rows of values after the header.
///
/// # Errors
/// Those of the writer.
pub fn write_values(out: &mut impl Write, values: &[f32]) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(values.len() * 4);
    values.iter().for_each(|v| bytes.extend_from_slice(&v.to_le_bytes()));
    out.write_all(&bytes)
}

/// Writes a whole image.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl Write, image: &Image<f32>) -> io::Result<()> {
    write_header(out, image.rows(), image.columns())?;
    write_values(out, image.data())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_what_numpy_reads_and_the_data_start_at_a_multiple_of_64() {
        let mut file = Vec::new();
        write(&mut file, &Image::new(2, 3, vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.5]).unwrap()).unwrap();
        assert_eq!(&file[..8], b"\x93NUMPY\x01\x00");
        let length = usize::from(u16::from_le_bytes([file[8], file[9]]));
        assert_eq!((10 + length) % 64, 0);
        let header = std::str::from_utf8(&file[10..10 + length]).unwrap();
        assert!(header.starts_with("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"));
        assert!(header.ends_with('\n'));
        assert_eq!(file.len(), 10 + length + 24);
        assert_eq!(&file[file.len() - 4..], 6.5f32.to_le_bytes());
    }
}
