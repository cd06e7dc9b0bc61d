//! Tables of named columns, written to and read from Parquet files.
//!
//! Every column is required (no missing values); numbers are doubles, counts unsigned 64-bit integers, texts UTF-8.
//! Files are uncompressed with dictionary encoding, so that any reader of the format opens them. A file is written to a
//! temporary name beside its own and renamed.

use parquet::basic::Type as Physical;
use parquet::column::reader::{ColumnReader, get_typed_column_reader};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One column's values.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Doubles.
    Numbers(Vec<f64>),
    /// Whole numbers.
    Counts(Vec<u64>),
    /// Texts.
    Texts(Vec<String>),
}

impl Column {
    fn len(&self) -> usize {
        match self {
            Self::Numbers(v) => v.len(),
            Self::Counts(v) => v.len(),
            Self::Texts(v) => v.len(),
        }
    }
}

/// Why a table cannot be made, written or read.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// A column's length is not that of the others.
    #[error("column {column} has {found} values where the others have {wanted}")]
    Length {
        /// Its name.
        column: String,
        /// Its length.
        found: usize,
        /// The others'.
        wanted: usize,
    },
    /// A name that a Parquet schema cannot carry.
    #[error(
        "{0:?} cannot name a column: letters, digits and underscores, not a digit first, and no name twice"
    )]
    Name(String),
    /// A column of a kind that is not read.
    #[error("{path}: column {column} is neither doubles, unsigned integers nor texts")]
    Kind {
        /// Which file.
        path: PathBuf,
        /// Which column.
        column: String,
    },
    /// A column that is not flat or has missing values.
    #[error("{path}: column {column} is nested or has missing values; only plain required columns are read")]
    Missing {
        /// Which file.
        path: PathBuf,
        /// Which column.
        column: String,
    },
    /// The file cannot be opened, written or renamed.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is no Parquet file, or damaged.
    #[error("{path}: {source}")]
    Parquet {
        /// Which file.
        path: PathBuf,
        /// What the reader says.
        source: ParquetError,
    },
}

/// Named columns of one length.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    columns: Vec<(String, Column)>,
}

impl Table {
    /// Adds a column.
    ///
    /// # Errors
    /// [`TableError::Length`] and [`TableError::Name`].
    pub fn push(&mut self, name: &str, column: Column) -> Result<(), TableError> {
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && name.chars().next().is_some_and(|c| !c.is_ascii_digit());
        if !plain || self.column(name).is_some() {
            return Err(TableError::Name(name.to_owned()));
        }
        if !self.columns.is_empty() && column.len() != self.rows() {
            let (found, wanted) = (column.len(), self.rows());
            return Err(TableError::Length { column: name.to_owned(), found, wanted });
        }
        self.columns.push((name.to_owned(), column));
        Ok(())
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |(_, column)| column.len())
    }

    /// The column of this name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|(known, _)| known == name).map(|(_, column)| column)
    }

    /// All columns in order.
    #[must_use]
    pub fn columns(&self) -> &[(String, Column)] {
        &self.columns
    }
}

/// Writes a table as one Parquet file.
///
/// # Errors
/// [`TableError::File`] and [`TableError::Parquet`].
pub fn write_parquet(path: &Path, table: &Table) -> Result<(), TableError> {
    let on_file = |source| TableError::File { path: path.to_owned(), source };
    let wrong = |source| TableError::Parquet { path: path.to_owned(), source };
    let mut message = "message table {".to_owned();
    for (name, column) in &table.columns {
        let _ = match column {
            Column::Numbers(_) => write!(message, " REQUIRED DOUBLE {name};"),
            Column::Counts(_) => write!(message, " REQUIRED INT64 {name} (INTEGER(64,false));"),
            Column::Texts(_) => write!(message, " REQUIRED BYTE_ARRAY {name} (STRING);"),
        };
    }
    message.push_str(" }");
    let schema = Arc::new(parse_message_type(&message).map_err(wrong)?);
    let properties = Arc::new(WriterProperties::builder().set_created_by("rami".to_owned()).build());
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Those of any new file, not those of a secret: the process's umask takes away what it always does.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder).map_err(on_file)?;
    let mut writer = SerializedFileWriter::new(file.as_file_mut(), schema, properties).map_err(wrong)?;
    let mut group = writer.next_row_group().map_err(wrong)?;
    for (_, column) in &table.columns {
        let Some(mut to) = group.next_column().map_err(wrong)? else { break };
        match column {
            Column::Numbers(values) => to.typed::<DoubleType>().write_batch(values, None, None),
            Column::Counts(values) => {
                // The bits of an unsigned integer in the signed physical type, as the format has it.
                let values: Vec<i64> = values.iter().map(|&v| v as i64).collect();
                to.typed::<Int64Type>().write_batch(&values, None, None)
            }
            Column::Texts(values) => {
                let values: Vec<ByteArray> = values.iter().map(|v| v.as_bytes().to_vec().into()).collect();
                to.typed::<ByteArrayType>().write_batch(&values, None, None)
            }
        }
        .map_err(wrong)?;
        to.close().map_err(wrong)?;
    }
    group.close().map_err(wrong)?;
    writer.close().map_err(wrong)?;
    file.persist(path).map_err(|error| on_file(error.error))?;
    Ok(())
}

/// Reads a Parquet file of plain, required columns.
///
/// # Errors
/// [`TableError`]: no such file, not Parquet, columns of other kinds.
pub fn read_parquet(path: &Path) -> Result<Table, TableError> {
    let wrong = |source| TableError::Parquet { path: path.to_owned(), source };
    let file = File::open(path).map_err(|source| TableError::File { path: path.to_owned(), source })?;
    let reader = SerializedFileReader::new(file).map_err(wrong)?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let mut table = Table::default();
    for (n, description) in schema.columns().iter().enumerate() {
        let name = description.name().to_owned();
        if description.max_def_level() > 0 || description.max_rep_level() > 0 {
            return Err(TableError::Missing { path: path.to_owned(), column: name });
        }
        let mut column = match description.physical_type() {
            Physical::DOUBLE => Column::Numbers(Vec::new()),
            Physical::INT64 => Column::Counts(Vec::new()),
            Physical::BYTE_ARRAY => Column::Texts(Vec::new()),
            _ => return Err(TableError::Kind { path: path.to_owned(), column: name }),
        };
        for group in 0..reader.num_row_groups() {
            let group = reader.get_row_group(group).map_err(wrong)?;
            let pages = group.get_column_reader(n).map_err(wrong)?;
            match &mut column {
                Column::Numbers(to) => to.extend(read::<DoubleType>(pages).map_err(wrong)?),
                Column::Counts(to) => {
                    to.extend(read::<Int64Type>(pages).map_err(wrong)?.into_iter().map(|v| v as u64));
                }
                Column::Texts(to) => {
                    for text in read::<ByteArrayType>(pages).map_err(wrong)? {
                        to.push(text.as_utf8().map_err(wrong)?.to_owned());
                    }
                }
            }
        }
        table.push(&name, column)?;
    }
    Ok(table)
}

/// All values of one column of one row group.
fn read<T: DataType>(pages: ColumnReader) -> Result<Vec<T::T>, ParquetError> {
    // Rows at a time: what a header claims is not allocated before it is there.
    const ROWS: usize = 8192;
    let mut reader = get_typed_column_reader::<T>(pages);
    let mut values = Vec::new();
    loop {
        let (records, _, _) = reader.read_records(ROWS, None, None, &mut values)?;
        if records == 0 {
            return Ok(values);
        }
    }
}
