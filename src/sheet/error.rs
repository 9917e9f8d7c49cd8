//! Why a table cannot be used, with the mend.

use crate::domain::skm::SkmElement;
use std::fmt;
use std::io;

/// Wrong cells that are named one by one; of the others only the number is told.
const NAMED: usize = 20;
/// Of a wrong cell, as many characters are repeated.
const SHOWN: usize = 30;

/// Why a table cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// The source failed.
    #[error("it cannot be read: {0}: check its name and rights")]
    Unreadable(#[from] io::Error),
    /// Nothing in it.
    #[error("it is empty: its first row has to name the columns")]
    Empty,
    /// Two bytes a character, as some programs write "Unicode text".
    #[error("it is written in UTF-16: save it as \"CSV UTF-8\"")]
    Utf16,
    /// Another encoding, such as Latin-1 or Windows-1252.
    #[error("row {row} is not written in UTF-8: save it as \"CSV UTF-8\"")]
    NotUtf8 {
        /// Where it was noticed.
        row: u64,
    },
    /// A workbook where text was expected.
    #[error("it is a workbook, no CSV file: save it as \"CSV UTF-8\"")]
    Workbook,
    /// A workbook that cannot be read.
    #[error("the workbook cannot be read ({0}): save it as XLSX without a password, or as \"CSV UTF-8\"")]
    BadWorkbook(String),
    /// A file larger than any of forms.
    #[error("it is larger than {most_mib} MiB: is it the right file?")]
    TooLarge {
        /// How large it may be.
        most_mib: u64,
    },
    /// More forms than the server takes at once.
    #[error("row {row}: more than {most} forms: split the file")]
    TooManyForms {
        /// Where it was noticed.
        row: u64,
        /// How many there may be.
        most: usize,
    },
    /// The line ends of old Macintosh programs.
    #[error("row {row} ends with a carriage return alone: save it as \"CSV UTF-8\"")]
    OldLineEnds {
        /// Where it was noticed.
        row: u64,
    },
    /// A quoted cell that never ends.
    #[error("row {row}: a cell begins with a quotation mark that is never closed: close it or take it away")]
    OpenQuote {
        /// Where it begins.
        row: u64,
    },
    /// Something after a quoted cell.
    #[error("row {row}: after a closing quotation mark comes more text: write a quotation mark inside a cell twice")]
    AfterQuote {
        /// Where.
        row: u64,
    },
    /// More in one row than a survey has.
    #[error("row {row} is longer than a row of a survey can be: is it the right file?")]
    TooLong {
        /// Where.
        row: u64,
    },
    /// The header names no element at all.
    #[error("no column of the survey is in its first row: name them {}", codes())]
    NoElements,
    /// The header lacks columns that are needed.
    #[error("its first row lacks {}: take the template (`suara-loket admin skm template --to FILE`)", .0.join(", "))]
    Missing(Vec<&'static str>),
    /// The header names a column twice.
    #[error("two columns are named {0}: take one away, or give it another name")]
    Twice(String),
    /// More services than an office can have.
    #[error("row {row}, column {column}: more than {most} services: is it the right column?")]
    TooManyServices {
        /// Where it was noticed.
        row: u64,
        /// The column's name.
        column: String,
        /// How many there may be.
        most: usize,
    },
    /// Cells that cannot be.
    #[error(transparent)]
    Wrong(#[from] WrongCells),
}

fn codes() -> String {
    SkmElement::ALL.map(SkmElement::code).join(", ")
}

/// A cell as a spreadsheet shows it: the row counted from 1, and the name of the column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The row.
    pub row: u64,
    /// The column's name in the header.
    pub column: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}, column {}", self.row, self.column)
    }
}

/// A cell that cannot be, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: `{shown}` {mend}")]
pub struct Wrong {
    place: Place,
    shown: String,
    mend: String,
}

impl Wrong {
    /// A wrong cell; `mend` ends the sentence that its content begins.
    #[must_use]
    pub fn new(place: Place, content: &str, mend: impl Into<String>) -> Self {
        let mut shown: String = content.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        if let Some((cut, _)) = shown.char_indices().nth(SHOWN) {
            shown.truncate(cut);
            shown.push('…');
        }
        Self { place, shown, mend: mend.into() }
    }
}

/// All wrong cells of a table; the first ones one by one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WrongCells {
    first: Vec<Wrong>,
    more: u64,
}

impl WrongCells {
    /// Notes one more.
    pub fn add(&mut self, wrong: Wrong) {
        if self.first.len() < NAMED {
            self.first.push(wrong);
        } else {
            self.more += 1;
        }
    }

    /// Those that are named.
    #[must_use]
    pub fn first(&self) -> &[Wrong] {
        &self.first
    }

    /// How many there are beside.
    #[must_use]
    pub fn more(&self) -> u64 {
        self.more
    }

    /// Nothing, or all of them as the reason why the table cannot be used.
    pub(super) fn none(self) -> Result<(), SheetError> {
        if self.first.is_empty() { Ok(()) } else { Err(self.into()) }
    }
}

/// In one line: the first one, and how many there are beside.
impl fmt::Display for WrongCells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((first, others)) = self.first.split_first() else { return Ok(()) };
        write!(f, "{first}")?;
        match others.len() as u64 + self.more {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

impl std::error::Error for WrongCells {}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(row: u64) -> Wrong {
        Wrong::new(Place { row, column: "waktu".to_owned() }, "9", "is no answer")
    }

    #[test]
    fn many_wrong_cells_are_one_line_and_none_is_forgotten() {
        let mut cells = WrongCells::default();
        assert!(cells.clone().none().is_ok());
        cells.add(wrong(2));
        assert_eq!(cells.to_string(), "row 2, column waktu: `9` is no answer");
        (3..=25).for_each(|row| cells.add(wrong(row)));
        assert_eq!(cells.to_string(), "row 2, column waktu: `9` is no answer; and 23 more");
        assert_eq!((cells.first().len(), cells.more()), (20, 4));
    }

    #[test]
    fn a_long_or_broken_cell_does_not_break_the_line() {
        let long = Wrong::new(Place { row: 2, column: "usia".to_owned() }, &"é\n".repeat(40), "is no age");
        assert!(long.to_string().ends_with("… ` is no age") || long.to_string().ends_with("…` is no age"));
        assert!(!long.to_string().contains('\n'));
    }
}
