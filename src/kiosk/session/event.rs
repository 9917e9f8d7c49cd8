//! What the session can be told, and what it can ask for.

use crate::domain::day_card::DayCard;
use crate::domain::event::{ContestReason, Health, ReasonCode, Signals};
use crate::domain::ids::{EventId, OfficerId, ServiceId, VisitSerial};
use crate::domain::language::Language;
use crate::domain::score::Spread;
use crate::domain::skm::{SkmAnswer, SkmElement};
use crate::domain::stars::Stars;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A resident touched a star.
    StarTouched(Stars),
    /// A resident asked for the QR code of this visit.
    RateLaterTouched,
    /// Somebody asked for the screen before.
    BackTouched,
    /// A resident chose a language.
    LanguageTouched(Language),
    /// Somebody touched the staff corner.
    StaffTouched,
    /// Another officer than the one on duty wants to sign on.
    OtherOfficerTouched,
    /// An officer chose their portrait.
    OfficerTouched(OfficerId),
    /// A digit of the PIN pad.
    DigitTouched(u8),
    /// The pad's erase key.
    EraseTouched,
    /// The officer asked for their own day.
    DayTouched,
    /// The officer signed off.
    SignOffTouched,
    /// The next visitor was called, by a queue system or a line of the button box.
    VisitCalled,
    /// The officer on duty opens the rating for the next visitor.
    NextVisitorTouched,
    /// A resident touched a reason: chosen, or no longer.
    ReasonTouched(ReasonCode),
    /// A resident has no more to add.
    DoneTouched,
    /// A resident takes the rating back that they were just thanked for.
    UndoTouched,
    /// The officer on duty has left, said by a trusted line rather than behind a PIN.
    OffDuty,
    /// The record asked for is committed; a visit got or kept this number.
    Stored {
        /// Its place in the chain, for whoever drives the session.
        seq: u64,
        /// Its id.
        id: EventId,
        /// The visit of the record, if it has one.
        visit: Option<VisitSerial>,
    },
    /// The record asked for could not be committed.
    StoreFailed {
        /// Why, for whoever drives the session.
        reason: String,
    },
    /// The signed address of the visit's QR code.
    TicketReady {
        /// Address, all upper case.
        link: String,
    },
    /// The PIN was compared.
    PinChecked {
        /// Whether it is the officer's.
        correct: bool,
    },
    /// The newest card this kiosk has for the officer.
    DayLoaded(Option<DayCard>),
    /// Time has passed.
    Tick,
}

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
}
