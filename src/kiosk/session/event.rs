//! What the session can be told.

use super::duty::Explanation;
use super::printing::SlipWords;
use crate::domain::comfort::ComfortKind;
use crate::domain::day_card::DayCard;
use crate::domain::event::{ContestReason, ReasonCode};
use crate::domain::ids::{EventId, OfficerId, ServiceId, VisitSerial};
use crate::domain::language::Language;
use crate::domain::skm::SkmAnswer;
use crate::domain::stars::Stars;
use crate::kiosk::facts::Facts;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    // --- residents
    /// A resident touched a star.
    StarTouched(Stars),
    /// A resident asked for the QR code of this visit.
    RateLaterTouched,
    /// A resident wants it on paper, with these words.
    PrintTouched(SlipWords),
    /// A resident touched a reason: chosen, or no longer.
    ReasonTouched(ReasonCode),
    /// A resident said what the visit was about.
    ServiceTouched(ServiceId),
    /// A resident answered the question of the survey.
    AnswerTouched(SkmAnswer),
    /// A resident has no more to add to what is asked.
    DoneTouched,
    /// A resident takes the rating back that they were just thanked for.
    UndoTouched,
    /// A resident chose a language.
    LanguageTouched(Language),
    /// Somebody wants the screen otherwise.
    ComfortOpened,
    /// This much of it.
    ComfortToggled(ComfortKind),
    /// Somebody asked for the screen before.
    BackTouched,
    /// Somebody touched the dark screen.
    WakeTouched,

    // --- officers
    /// Somebody touched the staff corner.
    StaffTouched,
    /// Another officer than the one on duty wants to sign on.
    OtherOfficerTouched,
    /// An officer chose their portrait.
    OfficerTouched(OfficerId),
    /// A digit of the pad.
    DigitTouched(u8),
    /// The pad's erase key.
    EraseTouched,
    /// The officer on duty opens the rating for the next visitor.
    NextVisitorTouched,
    /// The officer asked for their own day.
    DayTouched,
    /// The officer goes on a break.
    PauseTouched,
    /// The officer leaves the counter to the next one.
    HandOverTouched,
    /// The officer begins to practise, or ends it.
    PracticeTouched,
    /// The officer wants to know how ratings are handled.
    ExplainTouched(Explanation),
    /// The officer wants to say that ratings are not theirs.
    ContestTouched,
    /// Those of so many minutes until now.
    SpanTouched(u32),
    /// This is why.
    ContestReasonTouched(ContestReason),
    /// What was chosen shall be sent.
    SendContestTouched,
    /// The officer signed off.
    SignOffTouched,

    // --- the queue of visitors
    /// The next visitor was called, by a queue system or a line of the button box.
    VisitCalled {
        /// What the visit is about, if known.
        service: Option<ServiceId>,
    },
    /// A visitor has been served.
    VisitServed {
        /// What the visit was about, if known.
        service: Option<ServiceId>,
    },
    /// The officer on duty has left, said by a trusted line rather than behind a PIN.
    OffDuty,

    // --- technicians
    /// A touch of the corner that nobody is told about.
    CornerTouched,
    /// What the technician's code answers.
    ChallengeReady {
        /// Six digits.
        challenge: String,
    },
    /// The technician's code was compared.
    UnlockChecked {
        /// Whether it is the challenge's.
        correct: bool,
    },
    /// How this kiosk is.
    FactsLoaded(Box<Facts>),
    /// The technician wants the queue sent now.
    SendNowTouched,
    /// The technician tests the touch screen.
    TouchTestTouched,
    /// The technician tests the display, or wants the next pattern.
    DisplayTestTouched,

    // --- answers
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
    /// The signed address of a visit's QR code.
    TicketReady {
        /// The visit.
        visit: VisitSerial,
        /// Address, all upper case.
        link: String,
    },
    /// The printer took the slip of a visit, or did not.
    Printed {
        /// The visit.
        visit: VisitSerial,
        /// Whether it did.
        is_done: bool,
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
