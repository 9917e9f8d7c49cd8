//! The session's state, and what is the same for residents and officers: events, time, moving home.

use super::event::{Draft, Effect, Event};
use super::pace::{Honesty, Pace, Prompt};
use super::pin::PinGuard;
use super::resident::{Pending, Thanked, Touches};
use super::{Now, Screen};
use crate::domain::ids::{OfficerId, VisitSerial};
use crate::domain::language::Language;
use jiff::civil::Date;

/// After how long a screen goes back to the start by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// The thank-you.
    pub thank_you_ms: i64,
    /// The message that nothing could be stored.
    pub not_stored_ms: i64,
    /// The QR code.
    pub rate_later_ms: i64,
    /// The question for reasons, since the last touch.
    pub why_ms: i64,
    /// Every other screen, since the last touch.
    pub idle_ms: i64,
}

/// What an office decides about its counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// When screens go home.
    pub timeouts: Timeouts,
    /// What keeps ratings honest.
    pub honesty: Honesty,
    /// Whether there are reasons to choose from.
    pub asks_why: bool,
}

/// One kiosk's session.
#[derive(Debug)]
pub struct Session {
    pub(super) rules: Rules,
    pub(super) home_language: Language,
    pub(super) language: Language,
    pub(super) screen: Screen,
    /// When the screen goes on by itself.
    pub(super) leave_ms: Option<i64>,
    pub(super) on_duty: Option<Duty>,
    /// The visit the stars are for, once it has a number.
    pub(super) visit: Option<VisitSerial>,
    /// Until when a call opens the stars for a visit without a number.
    pub(super) called_until_ms: Option<i64>,
    /// The record that the screen waits for.
    pub(super) pending: Option<Pending>,
    /// Answers still to come to records that no screen waits for any more.
    pub(super) unheard: u32,
    pub(super) thanked: Option<Thanked>,
    pub(super) touches: Touches,
    pub(super) pace: Pace,
    pub(super) digits: String,
    pub(super) pins: PinGuard,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Duty {
    pub(super) officer: OfficerId,
    pub(super) since: Date,
    /// By the boot clock; `None` after a restart.
    pub(super) since_ms: Option<i64>,
}

impl Session {
    /// A session on its start screen; `on_duty` as far as it survived a restart.
    #[must_use]
    pub fn new(rules: Rules, language: Language, on_duty: Option<(OfficerId, Date)>) -> Self {
        Self {
            rules,
            home_language: language,
            language,
            screen: if rules.honesty.prompt == Prompt::Always { Screen::Start } else { Screen::Closed },
            leave_ms: None,
            on_duty: on_duty.map(|(officer, since)| Duty { officer, since, since_ms: None }),
            visit: None,
            called_until_ms: None,
            pending: None,
            unheard: 0,
            thanked: None,
            touches: Touches::default(),
            pace: Pace::default(),
            digits: String::new(),
            pins: PinGuard::default(),
        }
    }

    /// The screen to draw.
    #[must_use]
    pub fn screen(&self) -> &Screen {
        &self.screen
    }

    /// The language to draw it in.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// The officer who serves, if anybody signed on.
    #[must_use]
    pub fn on_duty(&self) -> Option<OfficerId> {
        self.on_duty.map(|duty| duty.officer)
    }

    /// When the next [`Event::Tick`] is due, by the boot clock in ms.
    #[must_use]
    pub fn deadline_ms(&self) -> Option<i64> {
        let leave_ms = self.leave_ms.filter(|_| !self.is_held());
        [leave_ms, self.retry_ms(), self.called_until_ms].into_iter().flatten().min()
    }

    /// Takes one event and says what has to be done about it.
    pub fn handle(&mut self, event: Event, now: Now) -> Vec<Effect> {
        let mut effects = self.end_duty_of_another_day(now);
        self.end_call(now);
        effects.extend(self.react(event, now));
        effects
    }

    fn react(&mut self, event: Event, now: Now) -> Vec<Effect> {
        match event {
            Event::StarTouched(stars) => self.rate(stars, now),
            Event::RateLaterTouched => self.show_code(now),
            Event::ReasonTouched(code) => self.choose_reason(code, now),
            Event::DoneTouched => self.add_reasons(now),
            Event::UndoTouched => self.undo(),
            Event::VisitCalled => self.visit_called(now),
            Event::LanguageTouched(language) => self.speak(language, now),
            Event::BackTouched => self.back(now),
            Event::StaffTouched => self.staff(now),
            Event::OtherOfficerTouched => self.choose_officer(now),
            Event::OfficerTouched(officer) => self.ask_pin(officer, now),
            Event::DigitTouched(digit) => self.digit(digit, now),
            Event::EraseTouched => self.erase(now),
            Event::PinChecked { correct } => self.pin_checked(correct, now),
            Event::NextVisitorTouched => self.next_visitor(now),
            Event::DayTouched => self.open_day(now),
            Event::DayLoaded(card) => self.day_loaded(card),
            Event::SignOffTouched => self.sign_off(now),
            Event::OffDuty => self.off_duty(now),
            Event::Stored { id, visit, .. } => self.stored(id, visit, now),
            Event::StoreFailed { .. } => self.store_failed(now),
            Event::TicketReady { link } => self.ticket_ready(link),
            Event::Tick => self.tick(now),
        }
    }

    fn speak(&mut self, language: Language, now: Now) -> Vec<Effect> {
        self.language = language;
        if matches!(self.screen, Screen::Start | Screen::Closed) {
            self.touches.count();
            self.leave_ms = Some(now.boot_ms + self.rules.timeouts.idle_ms);
        }
        Vec::new()
    }

    fn back(&mut self, now: Now) -> Vec<Effect> {
        match self.screen {
            // The visit stays open: the resident may still touch a star for it.
            Screen::RateLater { .. } => {
                self.forget();
                self.show_start(now);
            }
            Screen::Day { officer, .. } => self.go(Screen::Menu { officer }, self.rules.timeouts.idle_ms, now),
            Screen::Storing | Screen::Start | Screen::Closed | Screen::Wait { .. } => {}
            // Not before the answer: a record that nobody waits for could still be stored.
            Screen::NotStored if self.is_held() => self.leave_ms = Some(now.boot_ms),
            Screen::Why { .. } => return self.add_reasons(now),
            Screen::ThankYou { .. } | Screen::NotStored | Screen::Officers | Screen::Pin(_) | Screen::Menu { .. } => {
                self.home(now);
            }
        }
        Vec::new()
    }

    fn tick(&mut self, now: Now) -> Vec<Effect> {
        let is_due = |at_ms: Option<i64>| at_ms.is_some_and(|at_ms| now.boot_ms >= at_ms);
        if is_due(self.leave_ms) && !self.is_held() {
            self.leave(now)
        } else if is_due(self.retry_ms()) {
            self.retry()
        } else {
            Vec::new()
        }
    }

    /// The screen's time is over.
    fn leave(&mut self, now: Now) -> Vec<Effect> {
        match self.screen {
            // Kept as far as it was given.
            Screen::Why { .. } => return self.add_reasons(now),
            Screen::Wait { .. } => self.show_start(now),
            Screen::ThankYou { receipt, undo: true } => self.go_on_thanking(receipt, now),
            _ => self.home(now),
        }
        Vec::new()
    }

    /// The start, for the next visitor.
    pub(super) fn home(&mut self, now: Now) {
        self.forget();
        self.language = self.home_language;
        self.visit = None;
        self.digits.clear();
        self.show_start(now);
    }

    /// The start as it is now: with stars, with a request to wait, or closed until a call.
    pub(super) fn show_start(&mut self, now: Now) {
        self.touches = Touches::from(now);
        if let Some(stay_ms) = self.pace.wait_ms(self.rules.honesty.min_gap_ms, now.boot_ms) {
            self.go(Screen::Wait { stay_ms }, stay_ms, now);
            return;
        }
        self.screen = if self.is_open() { Screen::Start } else { Screen::Closed };
        let is_somebodys = self.visit.is_some() || self.language != self.home_language;
        self.leave_ms = is_somebodys.then(|| now.boot_ms + self.rules.timeouts.idle_ms);
    }

    pub(super) fn go(&mut self, screen: Screen, stay_ms: i64, now: Now) {
        self.screen = screen;
        self.leave_ms = Some(now.boot_ms + stay_ms);
    }

    /// Asks for a record whose answer the screen waits for.
    pub(super) fn record(&mut self, draft: Draft) -> Vec<Effect> {
        self.pending = Some(Pending { draft: draft.clone(), retry_ms: None });
        vec![Effect::Record(draft)]
    }
}
