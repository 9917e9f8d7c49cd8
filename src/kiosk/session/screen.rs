//! What the resident, the officer or the technician sees.

use super::duty::Explanation;
use crate::domain::day_card::DayCard;
use crate::domain::event::{ContestReason, ReasonCode};
use crate::domain::ids::OfficerId;
use crate::domain::ledger::ReceiptCode;
use crate::domain::skm::SkmElement;
use crate::domain::stars::Stars;
use crate::kiosk::facts::Facts;

/// One screen, with what is on it.
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
    /// The officer is away for a moment; nobody is asked to rate.
    Paused,
    /// The office is closed and the screen dark; a touch wakes it.
    Asleep,
    /// A star was touched, or a rating taken back; its row is being committed.
    Storing,
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
    /// The rating is safe; what the visit was about may be added.
    Service {
        /// As on the thank-you.
        receipt: ReceiptCode,
    },
    /// The rating is safe; one question of the official survey may be answered.
    Question {
        /// As on the thank-you.
        receipt: ReceiptCode,
        /// What is asked.
        element: SkmElement,
    },
    /// The rating is safe.
    ThankYou {
        /// What the resident can ask with later whether it was counted.
        receipt: ReceiptCode,
        /// The address behind the visit's QR code, once it is signed.
        link: Option<String>,
        /// Whether it can still be taken back.
        undo: bool,
    },
    /// The QR code of this visit; `None` until the visit is stored and signed.
    RateLater {
        /// The address inside the code.
        link: Option<String>,
    },
    /// How somebody likes the screen.
    Comfort,
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
    /// An officer reads how ratings are handled.
    Explain {
        /// Who.
        officer: OfficerId,
        /// What is explained.
        about: Explanation,
    },
    /// An officer says that ratings are not theirs.
    Contest(ContestScreen),
    /// A technician is asked for the code to a challenge.
    Unlock(UnlockScreen),
    /// What a technician reads about this kiosk.
    Technician {
        /// `None` while they are gathered.
        facts: Option<Box<Facts>>,
    },
    /// Every touch leaves a mark.
    TouchTest,
    /// Colours that show a broken display.
    DisplayTest {
        /// Which of them.
        pattern: u8,
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

/// The state of the pad for a technician's code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnlockScreen {
    /// What the operator is told; `None` until it is drawn.
    pub challenge: Option<String>,
    /// How many digits have been touched.
    pub entered: usize,
    /// What to say above the pad.
    pub notice: PinNotice,
}

/// What to say above the pad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinNotice {
    /// Nothing special: enter the digits.
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

/// What an officer has chosen to say about ratings that are not theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContestScreen {
    /// Who.
    pub officer: OfficerId,
    /// Of how many minutes until now.
    pub span_minutes: Option<u32>,
    /// Why they are not theirs.
    pub reason: Option<ContestReason>,
    /// Whether it is on its way to whoever reviews it.
    pub sent: bool,
}
