//! What happens at the counter, as a pure state machine: an event comes in, effects go out.
//!
//! It knows no window, no file and no clock. Whoever drives it carries out the effects and reports
//! back with further events; the screen to draw is [`Session::screen`].

mod attract;
mod calls;
mod comfort;
mod contest;
mod duty;
mod effect;
mod event;
mod machine;
mod officer;
mod pace;
mod pin;
mod practice;
mod printing;
mod records;
mod resident;
mod rules;
mod screen;
mod technician;
#[cfg(test)]
mod tests;
mod why;

pub use contest::SPANS_MINUTES;
pub use duty::Explanation;
pub use effect::{Draft, Effect, Power};
pub use event::Event;
pub use machine::Session;
pub use pace::{Honesty, Prompt};
pub use pin::PIN_DIGITS;
pub use printing::{Printing, SlipWords};
pub use rules::{Asks, Attract, Rules, Timeouts};
pub use screen::{ContestScreen, DayView, PinNotice, PinScreen, Screen, UnlockScreen};
pub use technician::{DISPLAY_PATTERNS, UNLOCK_DIGITS};

use jiff::civil::Date;

/// The present, as far as the session needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds by the boot clock.
    pub boot_ms: i64,
    /// The civil day in the office's zone.
    pub day: Date,
    /// Whether the office is open, as far as its hours are known.
    pub is_open: bool,
}
