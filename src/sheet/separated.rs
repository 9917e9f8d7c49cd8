//! CSV files as spreadsheets write them: UTF-8, with commas, semicolons or tabs.
//!
//! A reader of its own, since rows have to be counted as a spreadsheet counts them, blank lines and lines inside
//! cells included, and a quotation mark that is never closed must not swallow the rest of a survey unseen.

use super::{Row, Rows, SheetError};
use std::io::{BufRead, Read};

/// More than any row of a survey has.
const MOST_ROW_BYTES: usize = 1 << 20;
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// The rows of a CSV file, header included.
#[derive(Debug)]
pub struct SeparatedRows<R> {
    source: R,
    separator: u8,
    line: Vec<u8>,
    /// The row that is being read.
    row: u64,
}

impl<R: BufRead> SeparatedRows<R> {
    /// Reads from here; nothing is read yet.
    pub fn new(source: R) -> Self {
        Self { source, separator: b',', line: Vec::new(), row: 0 }
    }

    /// Reads the next line, without its end; false after the last one.
    fn read_line(&mut self, taken_bytes: usize) -> Result<bool, SheetError> {
        self.line.clear();
        let most = MOST_ROW_BYTES.saturating_sub(taken_bytes);
        let read = self.source.by_ref().take(most as u64 + 1).read_until(b'\n', &mut self.line)?;
        if read > most {
            return Err(SheetError::TooLong { row: self.row });
        }
        if self.line.pop_if(|byte| *byte == b'\n').is_some() {
            self.line.pop_if(|byte| *byte == b'\r');
        }
        Ok(read > 0)
    }

    /// Looks at the first line: how it is written, and what separates its cells.
    fn begin(&mut self) -> Result<(), SheetError> {
        if self.line.starts_with(b"PK\x03\x04") {
            return Err(SheetError::Workbook);
        }
        if self.line.starts_with(b"\xff\xfe") || self.line.starts_with(b"\xfe\xff") || self.line.contains(&0) {
            return Err(SheetError::Utf16);
        }
        if self.line.starts_with("\u{feff}".as_bytes()) {
            self.line.drain(..3);
        }
        self.separator = separator_of(&self.line);
        Ok(())
    }
}

impl<R: BufRead> Rows for SeparatedRows<R> {
    fn next(&mut self, row: &mut Row) -> Result<bool, SheetError> {
        self.row += 1;
        row.begin(self.row);
        let (mut taken_bytes, mut is_open) = (0, false);
        while self.read_line(taken_bytes)? {
            if self.row == 1 && taken_bytes == 0 {
                self.begin()?;
            }
            let Ok(line) = std::str::from_utf8(&self.line) else { return Err(SheetError::NotUtf8 { row: self.row }) };
            is_open = split(line, char::from(self.separator), is_open, row)?;
            if !is_open {
                return Ok(true);
            }
            taken_bytes += self.line.len() + 1;
        }
        if is_open { Err(SheetError::OpenQuote { row: self.row }) } else { Ok(false) }
    }
}

/// What separates the cells of a header: what is there most often, outside quotation marks.
fn separator_of(header: &[u8]) -> u8 {
    let mut counts = [0_usize; SEPARATORS.len()];
    let mut quoted = false;
    for byte in header {
        quoted ^= *byte == b'"';
        for (count, separator) in counts.iter_mut().zip(SEPARATORS) {
            *count += usize::from(!quoted && *byte == separator);
        }
    }
    let most = SEPARATORS.into_iter().zip(counts).rev().max_by_key(|(_, count)| *count);
    most.map_or(b',', |(separator, _)| separator)
}

/// What comes after a cell, or a part of it.
enum After<'a> {
    /// Another cell.
    Cell(&'a str),
    /// Nothing: the row is complete.
    Nothing,
    /// The next line: the cell goes on there.
    Line,
}

/// Splits a line into cells. Returns whether its last one is quoted and goes on in the next line; `is_open` says
/// so of the line before.
fn split(line: &str, separator: char, mut is_open: bool, row: &mut Row) -> Result<bool, SheetError> {
    if is_open {
        row.write("\n");
    }
    let mut rest = line;
    loop {
        let inside = if is_open { Some(rest) } else { rest.strip_prefix('"') };
        let after = match inside {
            Some(inside) => quoted(inside, separator, row)?,
            None => plain(rest, separator, row)?,
        };
        is_open = false;
        match after {
            After::Cell(next) => rest = next,
            After::Nothing => return Ok(false),
            After::Line => return Ok(true),
        }
    }
}

fn plain<'a>(rest: &'a str, separator: char, row: &mut Row) -> Result<After<'a>, SheetError> {
    let end = rest.find([separator, '\r']);
    let (cell, after) = end.map_or((rest, After::Nothing), |at| (&rest[..at], After::Cell(&rest[at + 1..])));
    if end.is_some_and(|at| rest[at..].starts_with('\r')) {
        return Err(SheetError::OldLineEnds { row: row.number() });
    }
    row.write(cell);
    row.end_cell();
    Ok(after)
}

/// A cell after its opening quotation mark; two of them stand for one.
fn quoted<'a>(rest: &'a str, separator: char, row: &mut Row) -> Result<After<'a>, SheetError> {
    let mut rest = rest;
    while let Some((text, after)) = rest.split_once('"') {
        row.write(text);
        if let Some(more) = after.strip_prefix('"') {
            row.write("\"");
            rest = more;
            continue;
        }
        row.end_cell();
        return match after.strip_prefix(separator) {
            Some(next) => Ok(After::Cell(next)),
            None if after.is_empty() => Ok(After::Nothing),
            None => Err(SheetError::AfterQuote { row: row.number() }),
        };
    }
    row.write(rest);
    Ok(After::Line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<(u64, Vec<String>)>, SheetError> {
        let (mut rows, mut row, mut found) = (SeparatedRows::new(bytes), Row::default(), Vec::new());
        while rows.next(&mut row)? {
            found.push((row.number(), (0..row.width()).map(|index| row.cell(index).to_owned()).collect()));
        }
        Ok(found)
    }

    fn cells(bytes: &[u8]) -> Vec<Vec<String>> {
        read(bytes).unwrap().into_iter().map(|(_, cells)| cells).collect()
    }

    #[test]
    fn every_separator_and_line_end_says_the_same() {
        let expected = [["a", "b", ""], ["1", "", "x,y;z"]].map(|row| row.map(str::to_owned).to_vec());
        for separator in [",", ";", "\t"] {
            for end in ["\n", "\r\n"] {
                for (begin, last) in [("", ""), ("\u{feff}", end)] {
                    let rows = [["a", "b", ""].join(separator), ["1", "", "\"x,y;z\""].join(separator)];
                    let text = format!("{begin}{}{last}", rows.join(end));
                    assert_eq!(cells(text.as_bytes()), expected, "{text:?}");
                }
            }
        }
    }

    #[test]
    fn a_quoted_header_does_not_choose_the_separator() {
        assert_eq!(cells(b"\"a,b,c,d\";e\n1;2\n"), [["a,b,c,d", "e"], ["1", "2"]]);
    }

    #[test]
    fn quotation_marks_inside_a_cell_are_written_twice() {
        assert_eq!(cells(b"a,b\n\"he said \"\"no\"\"\",5\" wide\n"), [["a", "b"], ["he said \"no\"", "5\" wide"]]);
        assert_eq!(cells(b"\"\"\n"), [[""]]);
    }

    #[test]
    fn rows_are_counted_as_a_spreadsheet_counts_them() {
        let found = read(b"a,b\r\n\r\n\"two\r\nlines\",1\r\n,2\r\n").unwrap();
        let numbers: Vec<_> = found.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [1, 2, 3, 4]);
        assert_eq!(
            (&found[1].1[..], &found[2].1[..], &found[3].1[..]),
            (
                &[String::new()][..],
                &["two\nlines".to_owned(), "1".to_owned()][..],
                &[String::new(), "2".to_owned()][..]
            )
        );
    }

    #[test]
    fn a_mark_that_is_never_closed_swallows_nothing_unseen() {
        let said = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
        assert!(said(b"a,b\n1,\"2\n3,4\n").starts_with("row 2: a cell begins with a quotation mark"));
        assert!(said(b"a,b\n1,\"2\"x\n").starts_with("row 2: after a closing"));
        let mut long = b"a\n\"".to_vec();
        long.extend(b"1\n".repeat(MOST_ROW_BYTES));
        assert!(said(&long).starts_with("row 2 is longer"));
    }

    #[test]
    fn other_encodings_are_refused_with_the_mend() {
        let utf16: Vec<u8> = "a,b\n1,2".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let with_mark = [&b"\xff\xfe"[..], &utf16].concat();
        for bytes in [&utf16[..], &with_mark, b"\xfe\xff\0a"] {
            assert!(matches!(read(bytes), Err(SheetError::Utf16)), "{bytes:?}");
        }
        let latin = read(b"a,b\n1,2\n1,caf\xe9\n").unwrap_err().to_string();
        assert!(latin.starts_with("row 3 is not written in UTF-8") && latin.contains("CSV UTF-8"), "{latin}");
        assert!(matches!(read(b"PK\x03\x04\x14\0"), Err(SheetError::Workbook)));
        assert!(matches!(read(b"a,b\r1,2\r"), Err(SheetError::OldLineEnds { row: 1 })));
    }

    #[test]
    fn nothing_has_no_rows() {
        assert_eq!(read(b"").unwrap(), []);
    }
}
