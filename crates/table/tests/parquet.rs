//! What is written reads back, bit for bit, and what is no table is refused in words.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // tests

use rami_table::{Column, Table, TableError, read_parquet, write_parquet};

fn table(rows: usize) -> Table {
    let mut table = Table::default();
    let numbers = (0..rows).map(|i| (i as f64).sqrt() - 3.0).collect();
    table.push("size_mm", Column::Numbers(numbers)).unwrap();
    table.push("seed", Column::Counts((0..rows).map(|i| u64::MAX - i as u64).collect())).unwrap();
    let names = (0..rows).map(|i| if i % 3 == 0 { "männlich" } else { "female" }.to_owned()).collect();
    table.push("sex", Column::Texts(names)).unwrap();
    table
}

#[test]
fn a_table_reads_back_exactly() {
    let folder = tempfile::tempdir().unwrap();
    // More rows than one batch of the reader, one, and none.
    for rows in [20_000, 1, 0] {
        let path = folder.path().join("table.parquet");
        let table = table(rows);
        write_parquet(&path, &table).unwrap();
        assert_eq!(read_parquet(&path).unwrap(), table, "{rows} rows");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "temporary files are left");
}

#[test]
fn columns_must_agree_and_be_named_plainly() {
    let mut table = table(3);
    assert!(matches!(table.push("late", Column::Numbers(vec![1.0])), Err(TableError::Length { .. })));
    for name in ["a b", "", "1st", "sex", "x;y"] {
        assert!(
            matches!(table.push(name, Column::Numbers(vec![0.0; 3])), Err(TableError::Name(_))),
            "{name}"
        );
    }
}

#[test]
fn what_is_no_parquet_file_is_refused_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("population.parquet");
    assert!(read_parquet(&path).unwrap_err().to_string().contains("population.parquet"));
    std::fs::write(&path, b"PAR1 nothing PAR1").unwrap();
    assert!(read_parquet(&path).unwrap_err().to_string().contains("population.parquet"));
    write_parquet(&path, &table(500)).unwrap();
    let whole = std::fs::read(&path).unwrap();
    for cut in [10, whole.len() / 2, whole.len() - 9] {
        std::fs::write(&path, &whole[..cut]).unwrap();
        assert!(read_parquet(&path).is_err(), "cut to {cut} bytes");
    }
}
