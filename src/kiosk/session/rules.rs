//! What an office decides about its counters, as far as the session needs it.

use super::pace::Honesty;
use crate::domain::comfort::Comfort;

/// After how long a screen goes on by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// The thank-you.
    pub thank_you_ms: i64,
    /// The message that nothing could be stored.
    pub not_stored_ms: i64,
    /// The QR code.
    pub rate_later_ms: i64,
    /// Each question after the rating, since the last touch.
    pub why_ms: i64,
    /// Every other screen, since the last touch.
    pub idle_ms: i64,
    /// The start outside opening hours, since the last touch; then it is dark.
    pub sleep_ms: i64,
}

/// What residents may add once their rating is safe. The same for every star.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asks {
    /// Reasons for the stars.
    pub why: bool,
    /// What the visit was about, where no queue system said it.
    pub service: bool,
    /// One question of the official survey.
    pub question: bool,
}

/// What the office has to say while nobody touches the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attract {
    /// How many announcements there are.
    pub announcements: u32,
    /// How long the start rests before the first.
    pub after_ms: i64,
    /// How long each stays.
    pub turn_ms: i64,
}

/// What an office decides about its counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// When screens go on.
    pub timeouts: Timeouts,
    /// What keeps ratings honest.
    pub honesty: Honesty,
    /// What may be added to a rating.
    pub asks: Asks,
    /// Whether the thank-you carries the visit's QR code.
    pub thanks_with_code: bool,
    /// Whether the code can be printed.
    pub prints: bool,
    /// After one officer takes over from another, ratings belong to the counter for so long, or until
    /// the next visitor is called: they may be about either.
    pub hand_over_ms: i64,
    /// What is said while nobody touches the screen.
    pub attract: Attract,
    /// How the screen is before a resident changes it.
    pub comfort: Comfort,
}
