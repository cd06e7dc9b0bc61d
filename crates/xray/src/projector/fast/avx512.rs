//! Adding one slice's row with 512-bit vectors: sixteen samples are brought to their places by one permutation of 32
//! voxels, multiplied and added by one instruction.
#![allow(unsafe_code)] // measured faster than 256-bit vectors; tested equal to the portable twin bit for bit

use super::plan::Group;
use std::arch::x86_64::{
    __m512i, _mm512_add_epi16, _mm512_add_epi32, _mm512_load_si512, _mm512_loadu_si512, _mm512_madd_epi16,
    _mm512_mulhrs_epi16, _mm512_permutexvar_epi16, _mm512_set1_epi16, _mm512_storeu_si512, _mm512_sub_epi16,
};
use std::ops::Range;

/// Sixteen neighbouring samples of a row.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Sixteen {
    /// Places of the two voxels of each sample among the 32 from `first`.
    places: [u16; 32],
    /// Weights of the two voxels, as in a group.
    weights: [u32; 16],
    /// First voxel, counted in a padded row.
    first: u16,
}

/// Pairs of groups as sixteens; nothing when samples lie too far apart for 32 voxels to hold them.
pub(super) fn sixteens(groups: &[Group]) -> Option<Vec<Sixteen>> {
    groups
        .chunks_exact(2)
        .map(|pair| {
            let first = pair[0].first[0];
            let mut sixteen = Sixteen { places: [0; 32], weights: [0; 16], first };
            for sample in 0..16 {
                let (group, k) = (&pair[sample / 8], sample % 8);
                let place = group.first[k / 4] - first + (group.shuffle[k] & 0xFF) as u16 / 2;
                if place > 30 {
                    return None;
                }
                sixteen.places[2 * sample] = place;
                sixteen.places[2 * sample + 1] = place + 1;
                sixteen.weights[sample] = group.weights[k];
            }
            Some(sixteen)
        })
        .collect()
}

/// As the portable function of this name; `sixteens` counts pairs of groups.
pub(super) fn add_row(
    a: &[i16],
    b: &[i16],
    weight: i16,
    line: &mut [i16],
    table: &[Sixteen],
    sixteens: Range<usize>,
    sums: &mut [i32],
) {
    let from = usize::from(table[sixteens.start].first) / 32 * 32;
    let to = (usize::from(table[sixteens.end - 1].first) + 32).next_multiple_of(32).min(line.len());
    let (a, b, target) = (&a[from..to], &b[from..to], &mut line[from..to]);
    debug_assert!(target.len() % 32 == 0);
    let table = &table[sixteens.clone()];
    let sums = &mut sums[sixteens.start * 16..sixteens.end * 16];
    // SAFETY: only called for `Lanes::Avx512`, which `FastProjector` gives out after detecting AVX-512 F and BW.
    unsafe {
        blend(a, b, weight, target);
        gather(line, table, sums);
    }
}

#[target_feature(enable = "avx512f,avx512bw")]
unsafe fn blend(a: &[i16], b: &[i16], weight: i16, target: &mut [i16]) {
    let w = _mm512_set1_epi16(weight);
    for ((a, b), out) in a.chunks_exact(32).zip(b.chunks_exact(32)).zip(target.chunks_exact_mut(32)) {
        // SAFETY: each chunk is 32 values of 2 bytes, 64 bytes that unaligned loads and stores may touch.
        unsafe {
            let a = _mm512_loadu_si512(a.as_ptr().cast::<__m512i>());
            let b = _mm512_loadu_si512(b.as_ptr().cast::<__m512i>());
            let blended = _mm512_add_epi16(a, _mm512_mulhrs_epi16(_mm512_sub_epi16(b, a), w));
            _mm512_storeu_si512(out.as_mut_ptr().cast::<__m512i>(), blended);
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw")]
unsafe fn gather(line: &[i16], table: &[Sixteen], sums: &mut [i32]) {
    for (sixteen, sums) in table.iter().zip(sums.chunks_exact_mut(16)) {
        let first = usize::from(sixteen.first);
        debug_assert!(first + 32 <= line.len());
        // SAFETY: `first` is at most PAD + width + 8 by construction of the groups, and a line holds at least
        // width + 2 · PAD values with PAD at least 40, so 32 values from there are in it; a sixteen is aligned to 64
        // bytes and starts with two fields of 64 bytes; `sums` is sixteen values of 4 bytes.
        unsafe {
            let voxels = _mm512_loadu_si512(line.as_ptr().add(first).cast::<__m512i>());
            let places = _mm512_load_si512(sixteen.places.as_ptr().cast::<__m512i>());
            let weights = _mm512_load_si512(sixteen.weights.as_ptr().cast::<__m512i>());
            let samples = _mm512_madd_epi16(_mm512_permutexvar_epi16(places, voxels), weights);
            let at = sums.as_mut_ptr().cast::<__m512i>();
            _mm512_storeu_si512(at, _mm512_add_epi32(_mm512_loadu_si512(at), samples));
        }
    }
}
