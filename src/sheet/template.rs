//! An empty table to type paper forms into: the columns of the official form, and in a workbook lists to choose from.

use super::{Column, SheetError};
use crate::domain::language::Language;
use crate::domain::skm::{AgeBand, Education, Hours, Occupation, Sex, SkmElement};
use rust_xlsxwriter::{DataValidation, DataValidationRule, Format, Workbook, Worksheet, XlsxError};

/// As far down as lists are offered.
const LAST_ROW: u32 = 5_000;
const FIRST_ANSWER: u16 = 7;

/// The columns in the order of the official form.
fn columns() -> impl Iterator<Item = Column> {
    Column::FORM.into_iter().chain(SkmElement::ALL.map(Column::Element))
}

/// As a CSV file: with semicolons, as spreadsheets here write them, and the mark by which they know UTF-8.
#[must_use]
pub fn csv_template() -> String {
    let names: Vec<_> = columns().map(Column::name).collect();
    format!("\u{feff}{}\r\n", names.join(";"))
}

/// As a workbook.
///
/// # Errors
/// When it cannot be made.
pub fn workbook_template() -> Result<Vec<u8>, SheetError> {
    make().map_err(|error| SheetError::BadWorkbook(error.to_string()))
}

fn make() -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let bold = Format::new().set_bold();
    let sheet = book.add_worksheet().set_name("jawaban")?;
    for (index, column) in (0..).zip(columns()) {
        sheet.write_with_format(0, index, column.name(), &bold)?;
        sheet.set_column_width(index, 14)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    sheet.set_column_format(0, &Format::new().set_num_format("dd/mm/yyyy"))?;
    offer(sheet)?;
    explain(book.add_worksheet().set_name("petunjuk")?, &bold)?;
    book.save_to_buffer()
}

/// Lists to choose from.
fn offer(sheet: &mut Worksheet) -> Result<(), XlsxError> {
    let lists: [(Column, Vec<&str>); 4] = [
        (Column::Hours, Hours::ALL.iter().map(|value| value.code()).collect()),
        (Column::Sex, Sex::ALL.iter().map(|value| value.code()).collect()),
        (Column::Education, Education::ALL.iter().map(|value| value.code()).collect()),
        (Column::Occupation, Occupation::ALL.iter().map(|value| value.code()).collect()),
    ];
    for (index, column) in (0..).zip(columns()) {
        if let Some((_, values)) = lists.iter().find(|(listed, _)| *listed == column) {
            let choice = DataValidation::new().allow_list_strings(values)?;
            sheet.add_data_validation(1, index, LAST_ROW, index, &choice)?;
        }
    }
    let last = FIRST_ANSWER + 8;
    let answers = DataValidation::new().allow_whole_number(DataValidationRule::Between(1, 4));
    let age = DataValidation::new().allow_whole_number(DataValidationRule::Between(0, i32::from(AgeBand::OLDEST)));
    sheet.add_data_validation(1, FIRST_ANSWER, LAST_ROW, last, &answers)?;
    sheet.add_data_validation(1, 3, LAST_ROW, 3, &age)?;
    Ok(())
}

/// What the numbers of each answer mean.
fn explain(sheet: &mut Worksheet, bold: &Format) -> Result<(), XlsxError> {
    for (index, head) in (0..).zip(["unsur", "pertanyaan", "1", "2", "3", "4"]) {
        sheet.write_with_format(0, index, head, bold)?;
    }
    sheet.set_column_width(1, 60)?;
    for (row, element) in (1..).zip(SkmElement::ALL) {
        let words = element.words(Language::Id);
        let texts = [element.code(), words.question].into_iter().chain(words.options);
        for (index, text) in (0..).zip(texts) {
            sheet.write(row, index, text)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::{Known, SeparatedRows, Workbook as Opened, forms};

    #[test]
    fn a_template_is_a_table_without_forms() {
        let known = Known { services: &[], today: "2026-11-25".parse().unwrap() };
        let of_text = forms(&mut SeparatedRows::new(csv_template().as_bytes()), &known).unwrap();
        let bytes = workbook_template().unwrap();
        let mut book = Opened::open(&bytes).unwrap();
        let of_book = forms(&mut book.rows().unwrap(), &known).unwrap();
        assert_eq!((of_text.forms.len(), of_text.unknown_columns.len()), (0, 0));
        assert_eq!(of_text, of_book);
    }

    #[test]
    fn the_answers_begin_where_the_lists_say() {
        assert_eq!(columns().position(|column| matches!(column, Column::Element(_))), Some(usize::from(FIRST_ANSWER)));
        assert_eq!(columns().position(|column| column == Column::Age), Some(3));
    }
}
