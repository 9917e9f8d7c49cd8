//! The receipt code: what a resident keeps to ask later whether their answer was counted.

use crate::domain::ids::EventId;
use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};

const CONTEXT: &[u8] = b"SUARA-RECEIPT-1";
const SYMBOLS: usize = 12;
const BITS: u32 = 60;

/// Twelve base32 characters of a hash of the event's id, shown as `XXXX-XXXX-XXXX`.
///
/// Nobody can go back from it to the id, nor to the time in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReceiptCode(u64);

/// A text or number that is no receipt code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a receipt code has twelve letters and digits, such as ABCD-EFGH-2345")]
pub struct NotReceipt;

impl ReceiptCode {
    /// The code of an event.
    #[must_use]
    pub fn of(event: EventId) -> Self {
        let hash = Sha256::new().chain_update(CONTEXT).chain_update(event.0.as_bytes()).finalize();
        let first = hash.iter().take(8).fold(0, |n, byte| n << 8 | u64::from(*byte));
        Self(first >> (u64::BITS - BITS))
    }

    /// The code as a number of 60 bits, to be stored; it fits a signed column.
    #[must_use]
    pub fn as_u64(self) -> u64 {
        self.0
    }

    /// The code of a stored number.
    ///
    /// # Errors
    /// When it has more than 60 bits.
    pub fn from_u64(number: u64) -> Result<Self, NotReceipt> {
        if number >> BITS == 0 { Ok(Self(number)) } else { Err(NotReceipt) }
    }
}

impl fmt::Display for ReceiptCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // 64 bits are 13 characters; the last holds only the four bits that are no part of the code.
        let text = BASE32_NOPAD.encode(&(self.0 << (u64::BITS - BITS)).to_be_bytes());
        let (a, rest) = text.split_at(4);
        let (b, rest) = rest.split_at(4);
        write!(f, "{a}-{b}-{}", &rest[..4])
    }
}

impl FromStr for ReceiptCode {
    type Err = NotReceipt;

    /// Reads a code as people type it: small letters, blanks, no or other dashes, 0 for O, 1 for I, 8 for B.
    fn from_str(text: &str) -> Result<Self, NotReceipt> {
        let mut symbols = String::with_capacity(SYMBOLS);
        for c in text.chars().filter(|c| !is_gap(*c)) {
            if symbols.len() >= SYMBOLS {
                return Err(NotReceipt);
            }
            symbols.push(match c.to_ascii_uppercase() {
                '0' => 'O',
                '1' => 'I',
                '8' => 'B',
                c @ ('A'..='Z' | '2'..='7') => c,
                _ => return Err(NotReceipt),
            });
        }
        // One more character makes whole bytes of it.
        let bytes = BASE32_NOPAD.decode((symbols + "A").as_bytes()).map_err(|_length| NotReceipt)?;
        let bytes: [u8; 8] = bytes.try_into().map_err(|_length| NotReceipt)?;
        Ok(Self(u64::from_be_bytes(bytes) >> (u64::BITS - BITS)))
    }
}

/// A blank, or one of the dashes that keyboards make.
fn is_gap(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '_' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    #[test]
    fn the_code_of_an_event_stays() {
        let event = EventId(Uuid::from_u128(0x0192_f000_0000_7000_8000_0000_0000_0001));
        assert_eq!(ReceiptCode::of(event).to_string(), "ZEAN-T36T-5VV5");
    }

    #[test]
    fn the_ends_of_the_range_are_written_in_twelve_characters() {
        assert_eq!(ReceiptCode(0).to_string(), "AAAA-AAAA-AAAA");
        assert_eq!(ReceiptCode(1).to_string(), "AAAA-AAAA-AAAB");
        assert_eq!(ReceiptCode((1 << 60) - 1).to_string(), "7777-7777-7777");
        assert_eq!(ReceiptCode::from_u64(1 << 60), Err(NotReceipt));
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code: ReceiptCode = "OIBO-ABCD-2345".parse().unwrap();
        for typed in [
            "oibo-abcd-2345",
            "OIBOABCD2345",
            " 0180 abcd 2345\n",
            "0I8O – abcd—2345",
            "o-i-b-o-a-b-c-d-2-3-4-5",
            "01 80_ABCD-2345",
        ] {
            assert_eq!(typed.parse(), Ok(code), "{typed}");
        }
        for wrong in ["", "OIBO-ABCD-234", "OIBO-ABCD-23456", "OIBO-ABCD-2349", "OIBO-ABCD-234=", "OIBO-ABCD-234é"] {
            assert_eq!(wrong.parse::<ReceiptCode>(), Err(NotReceipt), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn every_code_reads_back_from_text_and_number(id in any::<u128>()) {
            let code = ReceiptCode::of(EventId(Uuid::from_u128(id)));
            prop_assert_eq!(code.to_string().parse(), Ok(code));
            prop_assert_eq!(ReceiptCode::from_u64(code.as_u64()), Ok(code));
            prop_assert!(i64::try_from(code.as_u64()).is_ok());
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in ".{0,40}") {
            let _ = text.parse::<ReceiptCode>();
        }
    }
}
