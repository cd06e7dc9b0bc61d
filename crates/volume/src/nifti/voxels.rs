//! Voxels decoded as they stream in, a block at a time, so that no second copy of the file is held.

use super::NiftiError;
use super::header::Header;
use super::stream::Source;
use crate::AIR_HU;
use nifti::NiftiType;

/// Voxels decoded at a time.
const BLOCK: usize = 1 << 16;

/// What Hounsfield units could not hold.
pub(super) struct Odd {
    pub(super) not_numbers: usize,
    pub(super) too_large: usize,
    /// Smallest and largest value after clamping.
    pub(super) range: [i32; 2],
}

/// All voxels as whole Hounsfield units of at least -1024.
pub(super) fn hounsfield(source: &mut Source, header: &Header) -> Result<(Vec<i16>, Odd), NiftiError> {
    let mut odd = Odd { not_numbers: 0, too_large: 0, range: [i32::MAX, i32::MIN] };
    let mut data = reserve::<i16>(header)?;
    let plain = header.kind == NiftiType::Int16 && !header.is_scaled();
    each_block(source, header, |bytes, decode| {
        if plain {
            data.extend(decode.int16(bytes).map(|v| v.max(AIR_HU)));
        } else {
            decode.values(bytes, |stored| {
                let hu = header.slope * stored + header.intercept;
                if hu.is_nan() {
                    odd.not_numbers += 1;
                    data.push(AIR_HU);
                } else {
                    odd.too_large += usize::from(hu > f64::from(i16::MAX));
                    data.push(hu.round().clamp(f64::from(AIR_HU), f64::from(i16::MAX)) as i16);
                }
                Ok(())
            })?;
        }
        Ok(())
    })?;
    for &value in &data {
        odd.range = [odd.range[0].min(value.into()), odd.range[1].max(value.into())];
    }
    Ok((data, odd))
}

/// All voxels as they are, and how many were no finite numbers.
pub(super) fn quantity(source: &mut Source, header: &Header) -> Result<(Vec<f32>, usize), NiftiError> {
    let mut data = reserve::<f32>(header)?;
    let mut odd = 0;
    each_block(source, header, |bytes, decode| {
        decode.values(bytes, |stored| {
            let value = (header.slope * stored + header.intercept) as f32;
            odd += usize::from(!value.is_finite());
            data.push(if value.is_finite() { value } else { 0.0 });
            Ok(())
        })
    })?;
    Ok((data, odd))
}

/// All voxels as label numbers.
pub(super) fn labels(source: &mut Source, header: &Header) -> Result<Vec<u16>, NiftiError> {
    let mut data = reserve::<u16>(header)?;
    each_block(source, header, |bytes, decode| {
        decode.values(bytes, |stored| {
            let value = header.slope * stored + header.intercept;
            let label = value.round();
            // Floats that were resampled carefully are whole to a thousandth; anything else was interpolated.
            if !(label >= 0.0 && label <= f64::from(u16::MAX)) || (value - label).abs() > 1e-3 {
                let voxel = header.grid.voxel(data.len());
                return Err(NiftiError::NotALabel { path: header.path.clone(), voxel, value });
            }
            data.push(label as u16);
            Ok(())
        })
    })?;
    Ok(data)
}

fn reserve<T>(header: &Header) -> Result<Vec<T>, NiftiError> {
    let voxels = header.grid.len();
    let mut data = Vec::new();
    data.try_reserve_exact(voxels).map_err(|_| NiftiError::Memory { path: header.path.clone(), voxels })?;
    Ok(data)
}

fn each_block(
    source: &mut Source,
    header: &Header,
    mut take: impl FnMut(&[u8], Decode) -> Result<(), NiftiError>,
) -> Result<(), NiftiError> {
    let size = header.kind.size_of();
    let decode = Decode { kind: header.kind, little_endian: header.little_endian };
    let needed = (header.grid.len() * size) as u64;
    let mut buffer = vec![0u8; BLOCK * size];
    let mut done = 0u64;
    while done < needed {
        let bytes = ((needed - done) as usize).min(buffer.len());
        source.fill(&mut buffer[..bytes], needed, done)?;
        take(&buffer[..bytes], decode)?;
        done += bytes as u64;
    }
    Ok(())
}

/// How stored bytes become numbers.
#[derive(Clone, Copy)]
struct Decode {
    kind: NiftiType,
    little_endian: bool,
}

impl Decode {
    fn int16(self, bytes: &[u8]) -> impl Iterator<Item = i16> + '_ {
        bytes
            .as_chunks::<2>()
            .0
            .iter()
            .map(move |&b| if self.little_endian { i16::from_le_bytes(b) } else { i16::from_be_bytes(b) })
    }

    fn values(
        self,
        bytes: &[u8],
        mut take: impl FnMut(f64) -> Result<(), NiftiError>,
    ) -> Result<(), NiftiError> {
        macro_rules! each {
            ($type:ty, $size:literal) => {
                for &b in bytes.as_chunks::<$size>().0 {
                    take(if self.little_endian {
                        <$type>::from_le_bytes(b)
                    } else {
                        <$type>::from_be_bytes(b)
                    } as f64)?;
                }
            };
        }
        match self.kind {
            NiftiType::Uint8 => each!(u8, 1),
            NiftiType::Int8 => each!(i8, 1),
            NiftiType::Uint16 => each!(u16, 2),
            NiftiType::Int16 => each!(i16, 2),
            NiftiType::Uint32 => each!(u32, 4),
            NiftiType::Int32 => each!(i32, 4),
            NiftiType::Uint64 => each!(u64, 8),
            NiftiType::Int64 => each!(i64, 8),
            NiftiType::Float32 => each!(f32, 4),
            NiftiType::Float64 => each!(f64, 8),
            // The header lets no other type through.
            _ => {}
        }
        Ok(())
    }
}
