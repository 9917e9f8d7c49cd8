//! Flags on ratings, and what people decided about them.

use crate::domain::honesty::FlagKind;
use crate::domain::ids::{CounterId, EventId};
use jiff::civil::Date;

/// One reason to look at one rating.
#[derive(Clone, Debug, PartialEq)]
pub struct FlagRow {
    /// The rating.
    pub event: EventId,
    /// The kind of reason.
    pub kind: FlagKind,
    /// Where it was given.
    pub counter: CounterId,
    /// The civil day on which it was given.
    pub day: Date,
    /// When the flag was raised, ms since 1970.
    pub raised_at_ms: i64,
    /// How improbable all of it is, in powers of ten.
    pub score: f64,
    /// The numbers of the sentence.
    pub numbers: Vec<u64>,
    /// What a person decided.
    pub decision: Option<Decision>,
}

/// What a person decided about a flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether it is abuse.
    pub abuse: bool,
    /// Who decided.
    pub by: String,
    /// When, ms since 1970.
    pub at_ms: i64,
}

/// A decision about the flags of one kind on these ratings, as an event of the server itself.
#[derive(Clone, Debug)]
pub struct NewDecision {
    /// The event's id.
    pub id: EventId,
    /// Its bytes.
    pub body: String,
    /// The kind of reason.
    pub kind: FlagKind,
    /// The ratings.
    pub ratings: Vec<EventId>,
    /// What was decided.
    pub decision: Decision,
}
