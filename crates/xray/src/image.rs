//! A picture as numbers.

/// Values in rows and columns, row 0 cranial, column fastest.
#[derive(Debug, Clone, PartialEq)]
pub struct Image<T> {
    rows: usize,
    columns: usize,
    data: Vec<T>,
}

impl<T: Copy> Image<T> {
    /// The same value everywhere.
    #[must_use]
    pub fn filled(rows: usize, columns: usize, value: T) -> Self {
        Self { rows, columns, data: vec![value; rows * columns] }
    }

    /// An image of these values, or nothing when there is not exactly one a pixel.
    #[must_use]
    pub fn new(rows: usize, columns: usize, data: Vec<T>) -> Option<Self> {
        (rows.checked_mul(columns) == Some(data.len())).then_some(Self { rows, columns, data })
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// All values, row after row.
    #[must_use]
    pub fn data(&self) -> &[T] {
        &self.data
    }

    /// All values, to change in place.
    pub fn data_mut(&mut self) -> &mut [T] {
        &mut self.data
    }

    /// The values alone.
    #[must_use]
    pub fn into_data(self) -> Vec<T> {
        self.data
    }

    /// One row.
    #[must_use]
    pub fn row(&self, row: usize) -> &[T] {
        &self.data[row * self.columns..(row + 1) * self.columns]
    }

    /// The value of a pixel, if it is in the image.
    #[must_use]
    pub fn get(&self, row: usize, column: usize) -> Option<T> {
        (row < self.rows && column < self.columns).then(|| self.data[row * self.columns + column])
    }

    /// A value for each pixel's value.
    #[must_use]
    pub fn map<U>(&self, f: impl FnMut(T) -> U) -> Image<U> {
        Image { rows: self.rows, columns: self.columns, data: self.data.iter().copied().map(f).collect() }
    }
}
