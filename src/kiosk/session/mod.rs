//! What happens at the counter, as a pure state machine: an event comes in, effects go out.
//!
//! It knows no window, no file and no clock. Whoever drives it carries out the effects and reports
//! back with further events; the screen to draw is [`Session::screen`].

mod event;
mod machine;
mod officer;
mod pace;
mod pin;
mod resident;
#[cfg(test)]
mod tests;
mod why;

pub use event::{Draft, Effect, Event};
pub use machine::{Rules, Session, Timeouts};
pub use pace::{Honesty, Prompt};
pub use pin::PIN_DIGITS;

use crate::domain::day_card::DayCard;
use crate::domain::event::ReasonCode;
use crate::domain::ids::OfficerId;
use crate::domain::ledger::ReceiptCode;
use crate::domain::stars::Stars;
use jiff::civil::Date;

/// The present, as far as the session needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds by the boot clock.
    pub boot_ms: i64,
    /// The civil day in the office's zone.
    pub day: Date,
}

/// What the resident or officer sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Screen {
    /// The officer's card and five stars.
    Start,
    /// The officer's card; the stars open when a visitor is called.
    Closed,
    /// The officer's card, and a request to wait: several ratings came very fast.
    Wait {
        /// How long, counted from when this screen appeared.
        stay_ms: i64,
    },
    /// A star was touched, or a rating taken back; its row is being committed.
    Storing,
    /// The rating is safe.
    ThankYou {
        /// What the resident can ask with later whether it was counted.
        receipt: ReceiptCode,
        /// Whether it can still be taken back.
        undo: bool,
    },
    /// The record could not be stored, so the resident and staff must know; it is tried again
    /// while this screen stays.
    NotStored,
    /// The rating is safe; what may be added to it.
    Why {
        /// What was given.
        stars: Stars,
        /// What the resident can ask with later whether it was counted.
        receipt: ReceiptCode,
        /// The reasons touched so far, in that order.
        chosen: Vec<ReasonCode>,
    },
    /// The QR code of this visit; `None` until the visit is stored and signed.
    RateLater {
        /// The address inside the code.
        link: Option<String>,
    },
    /// Officers choose who they are.
    Officers,
    /// The PIN of one officer.
    Pin(PinScreen),
    /// What an officer who gave their PIN can do.
    Menu {
        /// Who.
        officer: OfficerId,
    },
    /// An officer's own day.
    Day {
        /// Who.
        officer: OfficerId,
        /// `Loading` until the card is there.
        card: DayView,
    },
}

/// The state of the PIN pad. The digits themselves stay in the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinScreen {
    /// Whose PIN.
    pub officer: OfficerId,
    /// How many digits have been touched.
    pub entered: usize,
    /// What to say above the pad.
    pub notice: PinNotice,
}

/// What to say above the PIN pad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinNotice {
    /// Nothing special: enter the PIN.
    Enter,
    /// The digits are being checked.
    Checking,
    /// They were wrong.
    Wrong,
    /// Too many were wrong; try again later.
    Locked,
}

/// What is known of an officer's day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DayView {
    /// Being looked up.
    Loading,
    /// The newest card the server released to this kiosk; `None` if there was never one.
    Loaded(Option<DayCard>),
}
