//! Tables of answers that offices fill in and other programs write.
//!
//! Nothing is guessed: what is not understood is named by row and column, as a spreadsheet shows them, and then
//! nothing of the table is used.

mod error;
mod forms;
mod header;
mod pool;
mod row;
mod separated;
mod template;
mod workbook;

pub use error::{Place, SheetError, Wrong, WrongCells};
pub use forms::{Forms, Known, MOST_FORMS, forms};
pub use header::{Column, Header};
pub use pool::{Pooled, pool};
pub use row::Row;
pub use separated::SeparatedRows;
pub use template::{csv_template, workbook_template};
pub use workbook::{Workbook, WorkbookRows};

/// Rows from wherever they come.
pub trait Rows {
    /// Reads the next row into `row`; false after the last one.
    ///
    /// # Errors
    /// When what comes next is no row.
    fn next(&mut self, row: &mut Row) -> Result<bool, SheetError>;
}
