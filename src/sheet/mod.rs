//! Tables of answers that offices fill in and other programs write.
//!
//! Nothing is guessed: what is not understood is named by row and column, as a spreadsheet shows them, and then
//! nothing of the table is used.

mod error;
mod header;
mod pool;
mod row;
mod separated;

pub use error::{Place, SheetError, Wrong, WrongCells};
pub use header::{Column, Header};
pub use pool::{Group, Pooled, pool};
pub use row::Row;
pub use separated::SeparatedRows;

/// Rows from wherever they come.
pub trait Rows {
    /// Reads the next row into `row`; false after the last one.
    ///
    /// # Errors
    /// When what comes next is no row.
    fn next(&mut self, row: &mut Row) -> Result<bool, SheetError>;
}
