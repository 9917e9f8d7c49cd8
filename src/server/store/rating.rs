//! Ratings as they arrive and as they lie in the store.

use crate::domain::clock::TimeQuality;
use crate::domain::ids::{EventId, OfficerId, ServiceId, VisitId};
use crate::domain::stars::{Channel, Stars};
use jiff::civil::Date;

/// What a rating itself says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RatingFacts {
    /// The visit.
    pub visit: VisitId,
    /// What was given.
    pub stars: Stars,
    /// Where it was given.
    pub channel: Channel,
    /// Who served, if anybody was signed on.
    pub officer: Option<OfficerId>,
    /// The service, if known.
    pub service: Option<ServiceId>,
}

/// A time known as well as this, in both directions, is not computed again when more becomes known: it
/// is better than any use of it needs.
pub const WELL_PLACED_MS: i64 = 1_000;

/// When a rating was given, as far as that is known by now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RatingTime {
    /// By the server's clock, ms since 1970.
    pub occurred_at_ms: i64,
    /// How far off that may be, in both directions.
    pub bound_ms: i64,
    /// What that rests on.
    pub quality: TimeQuality,
    /// The civil day in the office's zone.
    pub day: Date,
}

/// A rating as it lies in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RatingRow {
    /// Its event.
    pub id: EventId,
    /// What it says.
    pub facts: RatingFacts,
    /// When it was given.
    pub time: RatingTime,
    /// When it arrived, ms since 1970.
    pub received_at_ms: i64,
    /// Whether the resident took it back.
    pub undone: bool,
    /// Whether it was sent by another device than the one it happened at.
    pub forked: bool,
    /// Whether it is the one that counts for its visit.
    pub counted: bool,
}

/// A rating given on the page behind the QR code: an event the server makes itself.
#[derive(Clone, Debug)]
pub struct LateEvent {
    /// Its id.
    pub id: EventId,
    /// Its bytes.
    pub body: String,
    /// What it says.
    pub facts: RatingFacts,
    /// When, by the server's clock, ms since 1970.
    pub at_ms: i64,
}

/// What became of a rating given on the page behind the QR code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LateRating {
    /// It counts.
    Counted,
    /// This visit has a rating already; nothing was stored.
    AlreadyRated,
}

/// Counted ratings of one civil day, officer, service and channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DailyKey {
    /// The civil day in the office's zone.
    pub day: Date,
    /// Who served, if anybody was signed on.
    pub officer: Option<OfficerId>,
    /// The service, if known.
    pub service: Option<ServiceId>,
    /// Where they were given.
    pub channel: Channel,
}

/// A roll-up as it lies in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DailyRow {
    /// Of what.
    pub key: DailyKey,
    /// How many ratings.
    pub n: i64,
    /// The sum of their stars.
    pub sum: i64,
    /// How many gave one, two, three, four and five stars.
    pub stars: [i64; 5],
}
