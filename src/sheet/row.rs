//! One row of a table, its memory used again for the next.

/// The cells of a row, one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    number: u64,
    text: String,
    ends: Vec<usize>,
}

impl Row {
    /// Begins a row anew; a spreadsheet counts from 1.
    pub fn begin(&mut self, number: u64) {
        self.number = number;
        self.text.clear();
        self.ends.clear();
    }

    /// Writes on in the cell that is open.
    pub fn write(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Closes a cell.
    pub fn end_cell(&mut self) {
        self.ends.push(self.text.len());
    }

    /// Its number, as a spreadsheet shows it.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// A cell as it is written; empty where the row is shorter.
    #[must_use]
    pub fn cell(&self, index: usize) -> &str {
        let begin = index.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.ends.get(index).and_then(|end| self.text.get(begin..*end)).unwrap_or_default()
    }

    /// How many cells it has.
    #[must_use]
    pub fn width(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_found_by_their_place_and_nothing_remains_of_the_row_before() {
        let mut row = Row::default();
        for cells in [&["a", "", "ccc"][..], &["", "b"]] {
            row.begin(7);
            for cell in cells {
                row.write(cell);
                row.end_cell();
            }
            let found: Vec<_> = (0..row.width()).map(|index| row.cell(index)).collect();
            assert_eq!(found, cells);
            assert_eq!(row.cell(cells.len()), "");
        }
        row.begin(8);
        assert!(row.is_blank() && row.width() == 0 && row.number() == 8);
    }
}
