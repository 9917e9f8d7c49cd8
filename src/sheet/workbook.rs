//! Workbooks (XLSX): the first sheet, row by row.

use super::{Row, Rows, SheetError};
use calamine::{Cell, DataRef, Reader, Xlsx, XlsxCellReader, XlsxError};
use std::io::Cursor;

/// No form is wider.
const MOST_COLUMNS: u32 = 1_000;

impl From<XlsxError> for SheetError {
    fn from(error: XlsxError) -> Self {
        SheetError::BadWorkbook(error.to_string())
    }
}

/// A workbook that was opened.
pub struct Workbook<'a>(Xlsx<Cursor<&'a [u8]>>);

impl<'a> Workbook<'a> {
    /// Whether these bytes are a workbook, or something else in the same wrapping.
    #[must_use]
    pub fn is_one(bytes: &[u8]) -> bool {
        bytes.starts_with(b"PK\x03\x04")
    }

    /// Opens it.
    ///
    /// # Errors
    /// When it is damaged, locked, or none.
    pub fn open(bytes: &'a [u8]) -> Result<Self, SheetError> {
        Ok(Self(Xlsx::new(Cursor::new(bytes))?))
    }

    /// The rows of its first sheet.
    ///
    /// # Errors
    /// When it has none.
    pub fn rows(&mut self) -> Result<WorkbookRows<'_, 'a>, SheetError> {
        let name = self.0.sheet_names().first().cloned().ok_or(SheetError::Empty)?;
        let mut cells = self.0.worksheet_cells_reader(&name)?;
        // After the last cell nothing may be asked for.
        let next = cells.next_cell()?;
        Ok(WorkbookRows { cells, next })
    }
}

/// The rows of a sheet that have cells.
pub struct WorkbookRows<'b, 'a> {
    cells: XlsxCellReader<'b, Cursor<&'a [u8]>>,
    /// The first cell of the next row, unless there is none.
    next: Option<Cell<DataRef<'b>>>,
}

impl Rows for WorkbookRows<'_, '_> {
    fn next(&mut self, row: &mut Row) -> Result<bool, SheetError> {
        let Some(first) = self.next.take() else { return Ok(false) };
        let (index, _) = first.get_position();
        row.begin(u64::from(index) + 1);
        let mut cell = first;
        loop {
            write(row, &cell)?;
            match self.cells.next_cell()? {
                Some(next) if next.get_position().0 == index => cell = next,
                next => {
                    self.next = next;
                    return Ok(true);
                }
            }
        }
    }
}

/// Writes a cell at its column; those that were left out before it are empty.
fn write(row: &mut Row, cell: &Cell<DataRef<'_>>) -> Result<(), SheetError> {
    let (_, column) = cell.get_position();
    if column >= MOST_COLUMNS {
        // Somebody's format reaches to the end of the row; a value there is none of the survey's.
        return match cell.get_value() {
            DataRef::Empty => Ok(()),
            _ => Err(SheetError::TooLong { row: row.number() }),
        };
    }
    while row.width() < column as usize {
        row.end_cell();
    }
    row.write(&text(cell.get_value()));
    row.end_cell();
    Ok(())
}

/// A cell as text: whole numbers without decimals, days year first.
fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(value) => value.to_string(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::DateTime(time) if time.is_datetime() => {
            let (year, month, day, ..) = time.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        DataRef::DateTime(time) => time.as_f64().to_string(),
        DataRef::Error(error) => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_xlsxwriter::{ExcelDateTime, Format, Workbook as NewWorkbook};

    fn rows(bytes: &[u8]) -> Result<Vec<(u64, Vec<String>)>, SheetError> {
        let mut book = Workbook::open(bytes)?;
        let (mut rows, mut row, mut found) = (book.rows()?, Row::default(), Vec::new());
        while rows.next(&mut row)? {
            found.push((row.number(), (0..row.width()).map(|index| row.cell(index).to_owned()).collect()));
        }
        Ok(found)
    }

    #[test]
    fn numbers_days_and_gaps_are_read_as_a_person_sees_them() {
        let mut book = NewWorkbook::new();
        let sheet = book.add_worksheet();
        sheet.write_string(0, 0, "tanggal").unwrap();
        sheet.write_string(0, 2, "waktu").unwrap();
        let day = ExcelDateTime::from_ymd(2026, 11, 24).unwrap();
        sheet.write_datetime_with_format(3, 0, &day, &Format::new().set_num_format("dd/mm/yyyy")).unwrap();
        sheet.write_number(3, 2, 4.0).unwrap();
        sheet.write_number(4, 2, 3.5).unwrap();
        let found = rows(&book.save_to_buffer().unwrap()).unwrap();
        let expected: [(u64, &[&str]); 3] =
            [(1, &["tanggal", "", "waktu"]), (4, &["2026-11-24", "", "4"]), (5, &["", "", "3.5"])];
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for ((number, cells), (expected, texts)) in found.iter().zip(expected) {
            assert_eq!(
                (*number, &cells[..]),
                (expected, &texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()[..])
            );
        }
    }

    #[test]
    fn a_broken_workbook_is_told_from_an_empty_one() {
        let mut book = NewWorkbook::new();
        book.add_worksheet();
        let sound = book.save_to_buffer().unwrap();
        assert_eq!(rows(&sound).unwrap(), []);
        let torn = &sound[..sound.len() / 2];
        assert!(Workbook::is_one(torn));
        assert!(matches!(rows(torn), Err(SheetError::BadWorkbook(_))));
    }
}
