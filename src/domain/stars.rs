//! Stars: the one answer every resident can give, and the channel it came by.

use serde::{Deserialize, Serialize};

/// One to five stars for one visit. Never an SKM answer, and never converted to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Stars(u8);

impl Stars {
    /// All values, fewest first.
    pub const ALL: [Stars; 5] = [Stars(1), Stars(2), Stars(3), Stars(4), Stars(5)];

    /// The number of stars, 1 to 5.
    #[must_use]
    pub fn get(self) -> u8 {
        self.0
    }

    /// The place in a spread of five: 0 for one star, 4 for five.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0) - 1
    }
}

/// A number of stars outside 1 to 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} stars cannot be given: choose 1 to 5")]
pub struct NotStars(pub u8);

impl TryFrom<u8> for Stars {
    type Error = NotStars;

    fn try_from(value: u8) -> Result<Self, NotStars> {
        if (1..=5).contains(&value) { Ok(Self(value)) } else { Err(NotStars(value)) }
    }
}

impl From<Stars> for u8 {
    fn from(stars: Stars) -> u8 {
        stars.0
    }
}

/// Where a rating was given. Channels are stored, and never merged without showing both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A touch at the counter.
    Kiosk,
    /// The page behind the QR code of the visit.
    Qr,
}

impl Channel {
    /// The stored name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Channel::Kiosk => "kiosk",
            Channel::Qr => "qr",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_to_five_are_stars() {
        for n in 0..=u8::MAX {
            assert_eq!(Stars::try_from(n).is_ok(), (1..=5).contains(&n), "{n}");
        }
    }
}
