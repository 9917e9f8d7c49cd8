//! What the session can ask its surroundings to do.

use super::printing::SlipWords;
use crate::domain::event::{ContestReason, Health, ReasonCode, Signals};
use crate::domain::ids::{EventId, OfficerId, ServiceId, VisitSerial};
use crate::domain::score::Spread;
use crate::domain::skm::{SkmAnswer, SkmElement};
use crate::domain::stars::Stars;

/// Something the session asks its surroundings to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Commit a record, then answer `Stored` or `StoreFailed` if it is awaited. Answers come in the
    /// order of the records.
    Record(Draft),
    /// Sign the ticket of a visit, then answer `TicketReady`.
    MakeTicket {
        /// The visit.
        visit: VisitSerial,
        /// Who serves.
        officer: Option<OfficerId>,
        /// What it is about, if known.
        service: Option<ServiceId>,
    },
    /// Print the code of a visit, then answer `Printed`.
    Print {
        /// The visit.
        visit: VisitSerial,
        /// The address behind its code.
        link: String,
        /// What stands beside it.
        words: SlipWords,
    },
    /// Compare a PIN, then answer `PinChecked`.
    CheckPin {
        /// Whose.
        officer: OfficerId,
        /// The digits.
        pin: String,
    },
    /// Look up the newest card, then answer `DayLoaded`.
    LoadDay(OfficerId),
    /// Draw a challenge for a technician, then answer `ChallengeReady`.
    MakeChallenge,
    /// Compare a technician's code, then answer `UnlockChecked`.
    CheckUnlock {
        /// What it answers.
        challenge: String,
        /// The digits.
        code: String,
    },
    /// Gather how this kiosk is, then answer `FactsLoaded`.
    LoadFacts,
    /// Send the queue now.
    SendNow,
    /// Switch the display.
    Display(Power),
}

/// Whether the display gives light.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// It does.
    On,
    /// It does not.
    Off,
}

/// A record before it has its place in the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Draft {
    /// An officer signs on. No answer is awaited.
    DutyStarted(OfficerId),
    /// An officer signs off. No answer is awaited.
    DutyEnded(OfficerId),
    /// An officer goes on a break. No answer is awaited.
    DutyPaused(OfficerId),
    /// An officer is back. No answer is awaited.
    DutyResumed(OfficerId),
    /// A visit needs a number.
    VisitOpened {
        /// Who serves.
        officer: Option<OfficerId>,
        /// What it is about, if known.
        service: Option<ServiceId>,
    },
    /// A visitor was served. No answer is awaited.
    VisitServed {
        /// The visit, if it has a number.
        visit: Option<VisitSerial>,
        /// Who served.
        officer: Option<OfficerId>,
        /// What it was about, if known.
        service: Option<ServiceId>,
    },
    /// A visit is rated; without a number it gets one.
    Rated {
        /// The visit, if it is open already.
        visit: Option<VisitSerial>,
        /// What was given.
        stars: Stars,
        /// Who serves.
        officer: Option<OfficerId>,
        /// What it is about, if known.
        service: Option<ServiceId>,
        /// How the touch came about.
        signals: Signals,
    },
    /// A resident says why. No answer is awaited.
    Reasoned {
        /// The visit rated.
        visit: VisitSerial,
        /// The reasons, in the order of the touch.
        reasons: Vec<ReasonCode>,
    },
    /// A resident says what the visit was about. No answer is awaited.
    ServiceNamed {
        /// The visit rated.
        visit: VisitSerial,
        /// The service.
        service: ServiceId,
    },
    /// A resident was asked a question of the survey. No answer is awaited.
    Asked {
        /// The visit rated.
        visit: VisitSerial,
        /// The question.
        element: SkmElement,
        /// The answer, if there was one.
        answer: Option<SkmAnswer>,
    },
    /// A resident takes a rating back. Awaited, so that a new touch cannot overtake it.
    Undone {
        /// The visit rated.
        visit: VisitSerial,
        /// The rating.
        rating: EventId,
    },
    /// An officer has practised. Never counted. No answer is awaited.
    Practised {
        /// Who.
        officer: OfficerId,
        /// The stars touched.
        spread: Spread,
    },
    /// An officer says that the ratings of a time are not theirs. No answer is awaited.
    Contested {
        /// Who.
        officer: OfficerId,
        /// Of how many minutes until now.
        span_minutes: u32,
        /// Why.
        reason: ContestReason,
    },
    /// The kiosk tells how it is. No answer is awaited.
    Health(Health),
}

impl Draft {
    /// Whether the session waits for the commit.
    #[must_use]
    pub fn is_awaited(&self) -> bool {
        matches!(self, Draft::VisitOpened { .. } | Draft::Rated { .. } | Draft::Undone { .. })
    }

    /// Whether it comes from a resident, so that it is left out while an officer practises.
    pub(super) fn is_residents(&self) -> bool {
        match self {
            Draft::VisitOpened { .. }
            | Draft::Rated { .. }
            | Draft::Reasoned { .. }
            | Draft::ServiceNamed { .. }
            | Draft::Asked { .. }
            | Draft::Undone { .. } => true,
            Draft::DutyStarted(_)
            | Draft::DutyEnded(_)
            | Draft::DutyPaused(_)
            | Draft::DutyResumed(_)
            | Draft::VisitServed { .. }
            | Draft::Practised { .. }
            | Draft::Contested { .. }
            | Draft::Health(_) => false,
        }
    }
}
