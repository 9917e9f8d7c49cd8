//! What stands on a slip of paper, in the commands that receipt printers understand (ESC/POS, as Epson documents it).

use crate::kiosk::session::SlipWords;

/// A line of the narrowest paper in use, 58 mm, in characters of the printer's own font.
const LINE_CHARS: usize = 32;
/// Dots of one module of the code: 55 modules with their quiet zone stay within the 384 dots of narrow paper.
const MODULE_DOTS: u8 = 6;

const START: &[u8] = b"\x1b@";
const CENTRED: &[u8] = b"\x1ba\x01";
const BOLD: &[u8] = b"\x1bE\x01";
const PLAIN: &[u8] = b"\x1bE\x00";
const FEED_AND_CUT: &[u8] = b"\x1bd\x04\x1dVB\x00";

/// A slip with the code of a visit, to take home. Nothing on it tells who was here, or what was rated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slip {
    /// What is read on it.
    pub words: SlipWords,
    /// The address behind the code.
    pub link: String,
}

impl Slip {
    /// The bytes for the printer.
    #[must_use]
    pub fn escpos(&self) -> Vec<u8> {
        let mut bytes = [START, CENTRED, BOLD].concat();
        bytes.extend(lines(&self.words.office));
        bytes.extend(PLAIN);
        bytes.extend(lines(&self.words.counter));
        bytes.push(b'\n');
        bytes.extend(lines(&self.words.title));
        bytes.extend(code(self.link.as_bytes()));
        bytes.extend(lines(&self.words.hint));
        bytes.extend(FEED_AND_CUT);
        bytes
    }
}

/// Whole words in lines. Other letters than a printer surely has are a question mark.
fn lines(text: &str) -> Vec<u8> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last().map_or(0, String::len);
        if line > 0 && line + 1 + word.chars().count() > LINE_CHARS {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            let space = if line.is_empty() { "" } else { " " };
            line.push_str(space);
            line.extend(word.chars().map(|letter| if letter.is_ascii_graphic() { letter } else { '?' }));
        }
    }
    let mut bytes = lines.join("\n").into_bytes();
    bytes.push(b'\n');
    bytes
}

/// The code as the printer draws it itself: model 2, size, error correction M, content, print.
fn code(content: &[u8]) -> Vec<u8> {
    let stored = [b"1P0".as_slice(), content].concat();
    let commands: [&[u8]; 5] = [b"1A2\x00", &[b'1', b'C', MODULE_DOTS], b"1E1", &stored, b"1Q0"];
    commands.iter().flat_map(|command| two_dimensional(command)).collect()
}

fn two_dimensional(command: &[u8]) -> Vec<u8> {
    let length = u16::try_from(command.len()).unwrap_or(u16::MAX).to_le_bytes();
    [b"\x1d(k".as_slice(), &length, command].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_says_where_and_carries_its_code() {
        let words = SlipWords {
            office: "Dinas Kependudukan dan Pencatatan Sipil Kota Sawahlunto".to_owned(),
            counter: "Loket 1".to_owned(),
            title: "Bagaimana – pelayanan kami?".to_owned(),
            hint: "Pindai dengan HP.".to_owned(),
        };
        let slip = Slip { words, link: "HTTP://X/R/ABC".to_owned() };
        let expected =
            b"\x1b@\x1ba\x01\x1bE\x01Dinas Kependudukan dan\nPencatatan Sipil Kota Sawahlunto\n\x1bE\x00Loket 1\n\n\
            Bagaimana ? pelayanan kami?\n\
            \x1d(k\x04\x001A2\x00\x1d(k\x03\x001C\x06\x1d(k\x03\x001E1\x1d(k\x11\x001P0HTTP://X/R/ABC\x1d(k\x03\x001Q0\
            Pindai dengan HP.\n\x1bd\x04\x1dVB\x00";
        assert_eq!(String::from_utf8_lossy(&slip.escpos()), String::from_utf8_lossy(expected));
    }

    #[test]
    fn a_name_that_would_command_the_printer_is_only_read() {
        assert_eq!(lines("Loket \u{1b}@ 1"), b"Loket ?@ 1\n");
    }
}
