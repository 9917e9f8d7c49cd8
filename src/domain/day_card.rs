//! The daily card: what one officer sees of their own day.

use super::ids::OfficerId;
use super::score::{Score, Spread};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// One officer's ratings of one day, as far as they have been released.
///
/// It belongs to the officer alone. No rank, no colleague, no grade can be read from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCard {
    /// Whose day it is.
    pub officer: OfficerId,
    /// The day of the releases, in the office's zone.
    pub day: Date,
    /// The sum of that day's releases; empty while there is none.
    pub spread: Spread,
    /// When the last of them was made, ms since 1970.
    pub released_at_ms: Option<i64>,
}

impl DayCard {
    /// A day without a release yet.
    #[must_use]
    pub fn empty(officer: OfficerId, day: Date) -> Self {
        Self { officer, day, spread: Spread::default(), released_at_ms: None }
    }

    /// The score, or `None` while fewer than five ratings would be seen through it.
    #[must_use]
    pub fn score(&self) -> Option<Score> {
        let enough = super::release::may_release(usize::try_from(self.spread.count()).unwrap_or(0));
        if enough { self.spread.score() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_hidden_below_five_ratings() {
        let mut card = DayCard::empty(OfficerId::try_from(1).unwrap(), "2026-11-24".parse().unwrap());
        card.spread = Spread([0, 0, 0, 0, 4]);
        assert_eq!(card.score(), None);
        card.spread = Spread([0, 0, 0, 1, 4]);
        assert_eq!(card.score().unwrap().count, 5);
    }
}
