//! Ratings that may not come from residents: found, explained, never dropped.
//!
//! One counter's day is compared with that counter's own past. A single sign is no reason: an office
//! full of content residents gives fives in a row, a family taps three times in a minute. So signs are
//! counted in points (powers of ten of improbability), and only several together that reach a limit
//! raise flags. Each flag says its reason in one sentence with its numbers, and a person decides.

mod detect;
mod figures;
mod limits;
#[cfg(test)]
mod offices;
mod sentence;
mod statistics;
#[cfg(test)]
mod tests;
mod usual;

pub use detect::detect;
pub use figures::{Released, both_figures, leave_out};
pub use limits::Limits;
pub use sentence::Sentence;

use super::clock::{Placed, TimeQuality};
use super::event::{ContestReason, Signals};
use super::ids::{EventId, OfficerId, VisitId};
use super::stars::{Channel, Stars};
use std::ops::Range;

/// One rating as the detector sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its event.
    pub event: EventId,
    /// The visit it answers.
    pub visit: VisitId,
    /// When it was given, and how well that is known.
    pub at: Placed,
    /// What was given.
    pub stars: Stars,
    /// Where it was given.
    pub channel: Channel,
    /// Who served, if anybody was signed on.
    pub officer: Option<OfficerId>,
    /// How the touch came about; nothing of it for a rating from a phone.
    pub signals: Signals,
}

impl Seen {
    /// The moment, where it is known well enough to be compared with a time of day.
    fn exact_ms(&self) -> Option<i64> {
        (self.at.quality == TimeQuality::Exact).then_some(self.at.at_ms)
    }
}

/// One officer's time at the counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shift {
    /// Who.
    pub officer: OfficerId,
    /// Signed on, ms since 1970.
    pub from_ms: i64,
    /// Signed off, if that is known.
    pub to_ms: Option<i64>,
}

/// What is looked at: one day of one counter, and what was usual there before.
#[derive(Clone, Debug)]
pub struct Evidence<'a> {
    /// The ratings of the day, of both channels, in any order.
    pub day: &'a [Seen],
    /// Those of the weeks before; best without those that were confirmed as abuse.
    pub past: &'a [Seen],
    /// The shifts of the day and of the weeks before.
    pub shifts: &'a [Shift],
    /// When the office was open from the day before to the day after, ms since 1970; `None` where its hours
    /// are not known.
    pub open_ms: Option<&'a [Range<i64>]>,
}

/// The kinds of reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FlagKind {
    /// More ratings in a short time than this counter ever has.
    Burst,
    /// One after the other as by a clock.
    Regularity,
    /// The same star again and again.
    Sameness,
    /// Many right after the one before, or before anybody could have read the screen.
    Quick,
    /// While the office was closed.
    OffHours,
    /// Without a visit, at a counter that opens visits.
    NoVisit,
    /// Heaped in the first or last minutes of a shift.
    ShiftEdge,
    /// Several answers to one visit.
    ManyPerVisit,
    /// The officer whom they name says that they are not theirs. Nothing improbable: a person has to ask.
    Contested(ContestReason),
}

impl FlagKind {
    /// The kind with this stored name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The stored name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            FlagKind::Burst => "burst",
            FlagKind::Regularity => "regularity",
            FlagKind::Sameness => "sameness",
            FlagKind::Quick => "quick",
            FlagKind::OffHours => "off_hours",
            FlagKind::NoVisit => "no_visit",
            FlagKind::ShiftEdge => "shift_edge",
            FlagKind::ManyPerVisit => "many_per_visit",
            FlagKind::Contested(ContestReason::Absent) => "contested_absent",
            FlagKind::Contested(ContestReason::SomebodyElse) => "contested_somebody_else",
            FlagKind::Contested(ContestReason::WrongVisitor) => "contested_wrong_visitor",
            FlagKind::Contested(ContestReason::Other) => "contested_other",
        }
    }
}

/// One reason to look at one rating.
#[derive(Clone, Debug, PartialEq)]
pub struct Flag {
    /// The rating.
    pub event: EventId,
    /// The kind of reason.
    pub kind: FlagKind,
    /// How improbable all of it is, in powers of ten: 6 is one in a million. For sorting, not for judging.
    pub score: f64,
    /// The reason.
    pub sentence: Sentence,
}
