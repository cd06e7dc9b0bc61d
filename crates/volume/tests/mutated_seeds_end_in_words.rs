//! A short fuzzing run that needs no nightly compiler: the committed corpora, changed a few thousand times by a seeded
//! generator as a fuzzer would change them, go through both readers. None may panic, hang, or reserve what a damaged
//! header claims. `cargo +nightly fuzz run nifti` and `dicom` in `crates/volume/fuzz` look further.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a failed unwrap is a failed test

mod common;

use common::dicom::{Slice, files};
use rami_volume::dicom::{self, DicomInput, SeriesOptions};
use rami_volume::nifti;
use std::io::Write;
use std::path::{Path, PathBuf};

const MUTATIONS_A_READER: u64 = 3000;
/// No seed is longer than a few kilobytes, so nothing near this is needed. Threads reserve some of it for their stacks
/// and heaps.
const MOST_RESERVED_KB: u64 = 400 << 10;

/// SplitMix64 (Steele, Lea & Flood, OOPSLA 2014).
struct Generator(u64);

impl Generator {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
}

/// Numbers that headers are damaged with.
const CLAIMS: [u32; 10] =
    [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x0001_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

fn mutate(bytes: &mut Vec<u8>, other: &[u8], random: &mut Generator) {
    for _ in 0..=random.below(4) {
        if bytes.is_empty() {
            return;
        }
        // Headers more often than voxels.
        let reach = if random.below(3) == 0 { bytes.len() } else { bytes.len().min(600) };
        let at = random.below(reach);
        match random.below(8) {
            0 => bytes[at] = random.next() as u8,
            1 => bytes[at] ^= 1 << random.below(8),
            2 | 3 => {
                let claim = CLAIMS[random.below(CLAIMS.len())];
                let width = [1, 2, 4][random.below(3)].min(bytes.len() - at);
                let raw = if random.below(2) == 0 { claim.to_le_bytes() } else { claim.to_be_bytes() };
                bytes[at..at + width].copy_from_slice(&raw[..width]);
            }
            4 => {
                let end = (at + 1 + random.below(40)).min(bytes.len());
                bytes.drain(at..end);
            }
            5 => {
                let end = (at + 1 + random.below(40)).min(bytes.len());
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
            6 => {
                let from = random.below(other.len());
                let some = &other[from..(from + 1 + random.below(60)).min(other.len())];
                let end = (at + some.len()).min(bytes.len());
                bytes.splice(at..end, some.iter().copied());
            }
            _ => bytes.truncate(random.below(bytes.len())),
        }
    }
}

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read(file).unwrap()).collect()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(bytes).unwrap();
    gz.finish().unwrap()
}

/// Most address space this process has ever had, where the system says it.
fn reserved_kb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find(|l| l.starts_with("VmPeak"))?.split_whitespace().nth(1)?.parse().ok()
}

/// Reads changed seeds; the share that were still read as something.
fn run(seeds: &[Vec<u8>], seed: u64, read: impl Fn(Vec<u8>) -> bool) -> (u64, Option<u64>) {
    let mut random = Generator(seed);
    // Threads and tables that are made once are not what is measured.
    seeds.iter().for_each(|bytes| {
        read(bytes.clone());
    });
    let before = reserved_kb();
    let mut accepted = 0;
    for _ in 0..MUTATIONS_A_READER {
        let mut bytes = seeds[random.below(seeds.len())].clone();
        let other = &seeds[random.below(seeds.len())];
        mutate(&mut bytes, other, &mut random);
        accepted += u64::from(read(bytes));
    }
    (accepted, before.zip(reserved_kb()).map(|(before, after)| after - before))
}

#[test]
fn both_readers_survive_thousands_of_damaged_files_and_reserve_no_more_than_those_hold() {
    let mut nifti_seeds = seeds("nifti");
    nifti_seeds.extend(nifti_seeds.clone().iter().map(|bytes| packed(bytes)));
    let read_nifti = |bytes: Vec<u8>| {
        // The packed stream itself is damaged half of the time, and what is in it the other half.
        let labels = nifti::read_labels_bytes(Path::new("seed.nii"), bytes.clone()).is_ok();
        let inside = nifti::read_ct_bytes(Path::new("seed.nii.gz"), packed(&bytes)).is_ok();
        nifti::read_ct_bytes(Path::new("seed.nii"), bytes).is_ok() || labels || inside
    };
    // A damaged file by itself twice, and among whole slices, where decoding and stacking are reached.
    let stack = files(&[0.0, 2.0, 4.0].map(Slice::at));
    let read_dicom = |bytes: Vec<u8>| {
        let file = |name: &str, bytes: Vec<u8>| (PathBuf::from(name), bytes);
        let twice = DicomInput::Bytes(vec![file("a", bytes.clone()), file("b", bytes.clone())]);
        let alone = dicom::read(&twice, &SeriesOptions::default()).is_ok();
        let mut among = stack.clone();
        among[1].1 = bytes;
        dicom::read(&DicomInput::Bytes(among), &SeriesOptions::default()).is_ok() || alone
    };
    let mut dicom_seeds = seeds("dicom");
    for implicit in [false, true] {
        let whole = files(&[Slice { implicit, ..Slice::at(2.0) }]).remove(0).1;
        // As they are, and without preamble, without `DICM`, and from the data set on.
        let meta = u32::from_le_bytes(whole[140..144].try_into().unwrap()) as usize;
        dicom_seeds.extend([0, 128, 132, 144 + meta].map(|cut| whole[cut..].to_vec()));
    }
    for (name, (accepted, grown)) in
        [("nifti", run(&nifti_seeds, 1, read_nifti)), ("dicom", run(&dicom_seeds, 2, read_dicom))]
    {
        println!(
            "{name}: {accepted} of {MUTATIONS_A_READER} changed files were still read; reserved {grown:?} kB more"
        );
        assert!(accepted < MUTATIONS_A_READER, "{name}: damage must be noticed");
        if let Some(grown) = grown {
            assert!(grown < MOST_RESERVED_KB, "{name}: {grown} kB were reserved for files of a few kB");
        }
    }
}
