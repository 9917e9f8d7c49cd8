//! A technician at a kiosk that may have no network and no right time: a challenge, answered by a code.
//!
//! The kiosk shows six digits; whoever runs the server is told them over the telephone, and answers with
//! eight. Both sides make the code of the challenge with a key that only they have. A code says nothing
//! about any other challenge, and a challenge is good for one try.

use super::ids::DeviceId;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;
use std::str::FromStr;
use subtle::ConstantTimeEq;

/// How many digits a challenge has.
pub const CHALLENGE_DIGITS: usize = 6;
/// How many digits a code has.
pub const CODE_DIGITS: usize = 8;
/// After so many wrong codes nobody is listened to for a while.
pub const MOST_TRIES: u32 = 5;
/// For how long.
pub const LOCKED_MS: i64 = 60_000;

/// What is shown to the technician.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge(u32);

/// What the technician is told to enter.
#[derive(Clone, Copy, Debug)]
pub struct UnlockCode(u32);

/// A text that is no challenge.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no challenge: it is the {CHALLENGE_DIGITS} digits that the kiosk shows")]
pub struct NotAChallenge(String);

impl Challenge {
    /// A challenge from random bits. The remainder favours small numbers by less than one in ten
    /// thousand millions.
    #[must_use]
    pub fn from_random(bits: u64) -> Self {
        Self(u32::try_from(bits % 1_000_000).unwrap_or_default())
    }
}

impl FromStr for Challenge {
    type Err = NotAChallenge;

    /// As people write it, such as `123 456`.
    fn from_str(text: &str) -> Result<Self, NotAChallenge> {
        digits(text, CHALLENGE_DIGITS).map(Self).ok_or_else(|| NotAChallenge(text.to_owned()))
    }
}

impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

impl fmt::Display for UnlockCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08}", self.0)
    }
}

/// The number in a text of so many digits, spaces and hyphens between them left out.
fn digits(text: &str, count: usize) -> Option<u32> {
    let bare: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let fits = bare.len() == count && bare.bytes().all(|digit| digit.is_ascii_digit());
    fits.then(|| bare.parse().ok()).flatten()
}

/// What only a kiosk and its server know: see `protocol::technician`.
#[derive(Clone)]
pub struct TechnicianKey(pub [u8; 32]);

impl TechnicianKey {
    /// The code of a challenge of this kiosk.
    #[must_use]
    pub fn code(&self, device: DeviceId, epoch: u64, challenge: Challenge) -> UnlockCode {
        let tag = keyed_hash(self.0, format!("SUARA-UNLOCK-1\n{device}\n{epoch}\n{challenge}").as_bytes());
        let last = tag.last_chunk::<8>().copied().unwrap_or_default();
        UnlockCode(u32::try_from(u64::from_be_bytes(last) % 100_000_000).unwrap_or_default())
    }
}

impl fmt::Debug for TechnicianKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TechnicianKey(…)")
    }
}

/// HMAC-SHA-256.
#[must_use]
pub fn keyed_hash(key: [u8; 32], message: &[u8]) -> [u8; 32] {
    let mut block = [0; 64];
    block[..32].copy_from_slice(&key);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// The door: which challenge is shown, and how many wrong codes there were.
#[derive(Debug, Default)]
pub struct Door {
    shown: Option<Challenge>,
    wrong: u32,
    /// By the boot clock.
    locked_until_ms: Option<i64>,
}

impl Door {
    /// For how long nobody is listened to, counted from now.
    #[must_use]
    pub fn locked_for_ms(&self, now_ms: i64) -> Option<i64> {
        self.locked_until_ms.map(|until_ms| until_ms - now_ms).filter(|left_ms| *left_ms > 0)
    }

    /// Shows a new challenge; the one before is good for nothing any more. Wrong codes go on counting:
    /// asking anew buys no more tries.
    pub fn show(&mut self, challenge: Challenge, now_ms: i64) {
        self.end_lock(now_ms);
        self.shown = Some(challenge);
    }

    fn end_lock(&mut self, now_ms: i64) {
        if self.locked_until_ms.take_if(|until_ms| *until_ms <= now_ms).is_some() {
            self.wrong = 0;
        }
    }

    /// Whether `said` opens the door, where `right` gives the code of a challenge. Costs the
    /// challenge, whatever comes of it.
    pub fn open(&mut self, said: &str, now_ms: i64, right: impl FnOnce(Challenge) -> UnlockCode) -> bool {
        self.end_lock(now_ms);
        let Some(challenge) = self.shown.take().filter(|_| self.locked_for_ms(now_ms).is_none()) else { return false };
        let is_right = digits(said, CODE_DIGITS).is_some_and(|said| said.ct_eq(&right(challenge).0).into());
        if is_right {
            *self = Self::default();
            return true;
        }
        self.wrong += 1;
        if self.wrong >= MOST_TRIES {
            self.locked_until_ms = Some(now_ms + LOCKED_MS);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EPOCH: u64 = 42;

    fn device(number: u32) -> DeviceId {
        DeviceId::try_from(number).unwrap()
    }

    fn key() -> TechnicianKey {
        TechnicianKey([7; 32])
    }

    fn right(challenge: Challenge) -> UnlockCode {
        key().code(device(3), EPOCH, challenge)
    }

    fn challenge(text: &str) -> Challenge {
        text.parse().unwrap()
    }

    fn shows(text: &str) -> Door {
        let mut door = Door::default();
        door.show(challenge(text), 0);
        door
    }

    #[test]
    fn the_code_of_version_1_stays_the_same() {
        assert_eq!(right(challenge("123456")).to_string(), "28105784");
    }

    #[test]
    fn every_part_moves_the_code() {
        let code = right(challenge("123456")).to_string();
        for other in [
            key().code(device(4), EPOCH, challenge("123456")),
            key().code(device(3), EPOCH + 1, challenge("123456")),
            key().code(device(3), EPOCH, challenge("123457")),
            TechnicianKey([8; 32]).code(device(3), EPOCH, challenge("123456")),
        ] {
            assert_ne!(other.to_string(), code);
        }
    }

    #[test]
    fn a_challenge_is_six_digits_as_people_write_them() {
        assert_eq!(challenge("001 234").to_string(), "001234");
        assert_eq!(Challenge::from_random(u64::MAX).to_string().len(), CHALLENGE_DIGITS);
        for bad in ["", "12345", "1234567", "12345x", "+12345", "１２３４５６"] {
            assert!(bad.parse::<Challenge>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_challenge_is_good_for_one_try() {
        let mut door = shows("123456");
        let code = right(challenge("123456")).to_string();
        assert!(door.open(&format!("{} {}", &code[..4], &code[4..]), 1, right));
        assert!(!door.open(&code, 2, right), "a second time");
        door.show(challenge("123456"), 3);
        assert!(!door.open("00000000", 4, right));
        assert!(!door.open(&code, 5, right), "after a wrong one");
    }

    #[test]
    fn five_wrong_codes_lock_the_door_for_a_minute_whatever_is_asked_for() {
        let mut door = Door::default();
        for wrong in ["", "00000000", "not a code", "123456789", "０００００００００"] {
            door.show(challenge("123456"), 1_000);
            assert!(!door.open(wrong, 1_000, right), "{wrong}");
        }
        let code = right(challenge("654321")).to_string();
        for (now_ms, opens) in [(1_001, false), (60_999, false), (61_000, true)] {
            assert_eq!(door.locked_for_ms(now_ms).is_none(), opens);
            door.show(challenge("654321"), now_ms);
            assert_eq!(door.open(&code, now_ms, right), opens, "at {now_ms}");
        }
    }

    #[test]
    fn after_the_minute_there_are_five_new_tries() {
        let mut door = Door::default();
        let mut wrong = |now_ms| {
            door.show(challenge("123456"), now_ms);
            assert!(!door.open("00000000", now_ms, right));
            door.locked_for_ms(now_ms).is_some()
        };
        assert_eq!([0; 5].map(&mut wrong), [false, false, false, false, true]);
        assert_eq!([LOCKED_MS; 5].map(&mut wrong), [false, false, false, false, true]);
    }

    #[test]
    fn without_a_challenge_nothing_opens() {
        let mut door = Door::default();
        assert!(!door.open(&right(challenge("000000")).to_string(), 0, right));
    }
}
