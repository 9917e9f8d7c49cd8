//! The first row: which column holds what, in any order and any case.

use super::{Place, Row, SheetError, Wrong, WrongCells};
use crate::domain::skm::{Answers, SkmAnswer, SkmElement};

/// What a column holds. The names are those of the official form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// Answers to one element, by its code.
    Element(SkmElement),
    /// The service that was used.
    Service,
    /// The day of the survey.
    Day,
    /// The half of the day.
    Hours,
    /// L or P.
    Sex,
    /// In years.
    Age,
    /// The highest school.
    Education,
    /// The kind of work.
    Occupation,
}

impl Column {
    /// The columns of the official form's header, in its order.
    pub const FORM: [Column; 7] =
        [Column::Day, Column::Hours, Column::Sex, Column::Age, Column::Education, Column::Occupation, Column::Service];

    /// Its name in a template.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Column::Element(element) => element.code(),
            Column::Service => "layanan",
            Column::Day => "tanggal",
            Column::Hours => "jam survei",
            Column::Sex => "jenis kelamin",
            Column::Age => "usia",
            Column::Education => "pendidikan",
            Column::Occupation => "pekerjaan",
        }
    }

    fn of(name: &str) -> Option<Column> {
        let known = Column::FORM.into_iter().chain(SkmElement::ALL.map(Column::Element));
        let name = name.to_lowercase();
        let service = (name == "service").then_some(Column::Service);
        service.or_else(|| known.into_iter().find(|column| column.name() == name))
    }
}

/// The columns of a table.
#[derive(Clone, Debug)]
pub struct Header {
    names: Vec<String>,
    columns: Vec<Option<Column>>,
}

impl Header {
    /// Understands a header.
    ///
    /// # Errors
    /// When it names a column twice, or no element at all.
    pub fn read(row: &Row) -> Result<Self, SheetError> {
        let names: Vec<String> = (0..row.width()).map(|index| row.cell(index).trim().to_owned()).collect();
        if names.iter().all(String::is_empty) {
            return Err(SheetError::Empty);
        }
        let columns: Vec<_> = names.iter().map(|name| Column::of(name)).collect();
        for (index, (name, column)) in names.iter().zip(&columns).enumerate() {
            if column.is_some() && columns.iter().take(index).any(|before| before == column) {
                return Err(SheetError::Twice(name.clone()));
            }
        }
        if !columns.iter().flatten().any(|column| matches!(column, Column::Element(_))) {
            return Err(SheetError::NoElements);
        }
        Ok(Self { names, columns })
    }

    /// Where a column is.
    #[must_use]
    pub fn index(&self, column: Column) -> Option<usize> {
        self.columns.iter().position(|known| *known == Some(column))
    }

    /// What a row answers. Wrong cells are noted.
    pub fn answers(&self, row: &Row, wrong: &mut WrongCells) -> Answers {
        let mut answers = Answers::default();
        for (index, element) in self.elements() {
            let cell = row.cell(index).trim();
            match SkmAnswer::ALL.into_iter().zip(["1", "2", "3", "4"]).find(|(_, digit)| *digit == cell) {
                Some((answer, _)) => answers.set(element, answer),
                None if cell.is_empty() => {}
                None => wrong.add(Wrong::new(
                    self.place(row, index),
                    cell,
                    "is no answer of the survey: write 1 to 4, or nothing where it was not answered",
                )),
            }
        }
        self.stray(row).into_iter().for_each(|stray| wrong.add(stray));
        answers
    }

    /// Where the answers are.
    fn elements(&self) -> impl Iterator<Item = (usize, SkmElement)> {
        self.columns.iter().enumerate().filter_map(|(index, column)| match column {
            Some(Column::Element(element)) => Some((index, *element)),
            _ => None,
        })
    }

    /// The names that say nothing here.
    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        let named = self.names.iter().zip(&self.columns);
        named.filter(|(name, column)| column.is_none() && !name.is_empty()).map(|(name, _)| name.as_str())
    }

    /// A cell's place, for whom it has to be mended by. A column without a name is called by its letters.
    #[must_use]
    pub fn place(&self, row: &Row, index: usize) -> Place {
        let name = self.names.get(index).filter(|name| !name.is_empty());
        Place { row: row.number(), column: name.cloned().unwrap_or_else(|| letters(index)) }
    }

    /// A value in a column that the header does not name: a separator too many, or a shifted row.
    #[must_use]
    pub fn stray(&self, row: &Row) -> Option<Wrong> {
        let is_unnamed = |index: &usize| self.names.get(*index).is_none_or(String::is_empty);
        let mut strays = (0..row.width()).filter(is_unnamed).filter(|index| !row.cell(*index).trim().is_empty());
        let index = strays.next()?;
        let mend = "stands in a column without a name: name it in the first row, or take it away";
        Some(Wrong::new(self.place(row, index), row.cell(index), mend))
    }
}

/// A column as a spreadsheet calls it: A, B, …, Z, AA.
fn letters(index: usize) -> String {
    let (before, last) = (index / 26, index % 26);
    let mut name = if before == 0 { String::new() } else { letters(before - 1) };
    name.extend(u8::try_from(last).ok().map(|last| char::from(b'A' + last)));
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[&str]) -> Row {
        let mut row = Row::default();
        row.begin(1);
        for cell in cells {
            row.write(cell);
            row.end_cell();
        }
        row
    }

    #[test]
    fn columns_are_known_by_name_in_any_order_and_case() {
        let header = Header::read(&row(&["Sarana", " WAKTU ", "catatan", "", "Service", "Jenis Kelamin"])).unwrap();
        let elements: Vec<_> = header.elements().collect();
        assert_eq!(elements, [(0, SkmElement::Facilities), (1, SkmElement::CompletionTime)]);
        assert_eq!((header.index(Column::Service), header.index(Column::Sex)), (Some(4), Some(5)));
        assert_eq!(header.unknown().collect::<Vec<_>>(), ["catatan"]);
        assert_eq!(header.index(Column::Day), None);
    }

    #[test]
    fn numbers_name_no_element_since_portals_disagree_about_them() {
        assert!(matches!(Header::read(&row(&["1", "2", "u8", "u9"])), Err(SheetError::NoElements)));
    }

    #[test]
    fn a_name_that_is_there_twice_is_refused() {
        assert!(matches!(Header::read(&row(&["waktu", "Waktu"])), Err(SheetError::Twice(name)) if name == "Waktu"));
        assert!(matches!(Header::read(&row(&["waktu", "layanan", "service"])), Err(SheetError::Twice(_))));
        assert!(Header::read(&row(&["waktu", "x", "x"])).is_ok(), "nobody reads those");
    }

    #[test]
    fn a_value_beyond_the_header_is_not_passed_over() {
        let header = Header::read(&row(&["waktu", ""])).unwrap();
        assert!(header.stray(&row(&["4", " ", ""])).is_none());
        assert!(header.stray(&row(&["4", "3"])).unwrap().to_string().starts_with("row 1, column B: `3`"));
        assert!(header.stray(&row(&["4", "", "3"])).unwrap().to_string().starts_with("row 1, column C: `3`"));
    }

    #[test]
    fn letters_are_those_of_spreadsheets() {
        assert_eq!([0, 25, 26, 51, 52, 701, 702].map(letters), ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
    }
}
