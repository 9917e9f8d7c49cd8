//! The session's state, and what is the same for everybody: events, time, moving home.

use super::attract::Rest;
use super::duty::{Duty, HandOver};
use super::event::Event;
use super::pace::{Pace, Prompt};
use super::pin::{Guard, PinGuard};
use super::practice::Practice;
use super::printing::Printing;
use super::records::Pending;
use super::resident::{Thanked, Touches};
use super::rules::Rules;
use super::technician::Corner;
use super::{Effect, Now, Screen};
use crate::domain::comfort::Comfort;
use crate::domain::ids::{OfficerId, ServiceId, VisitSerial};
use crate::domain::language::Language;
use jiff::civil::Date;

/// One kiosk's session.
#[derive(Debug)]
pub struct Session {
    pub(super) rules: Rules,
    pub(super) home_language: Language,
    pub(super) language: Language,
    pub(super) comfort: Comfort,
    pub(super) screen: Screen,
    /// When the screen goes on by itself.
    pub(super) leave_ms: Option<i64>,
    pub(super) on_duty: Option<Duty>,
    /// Whose ratings they are while one officer takes over from another.
    pub(super) hand_over: HandOver,
    /// Who is on a break.
    pub(super) paused: Option<OfficerId>,
    /// The visit the stars are for, once it has a number.
    pub(super) visit: Option<VisitSerial>,
    /// What the visit is about, as the queue system says.
    pub(super) service: Option<ServiceId>,
    /// Until when a call opens the stars for a visit without a number.
    pub(super) called_until_ms: Option<i64>,
    /// The record that the screen waits for.
    pub(super) pending: Option<Pending>,
    /// Answers still to come to records that no screen waits for any more.
    pub(super) unheard: u32,
    pub(super) printing: Printing,
    pub(super) thanked: Option<Thanked>,
    pub(super) touches: Touches,
    pub(super) pace: Pace,
    /// How often each question of the survey was asked at this counter.
    pub(super) asked: [u32; 9],
    pub(super) practice: Option<Practice>,
    pub(super) rest: Rest,
    pub(super) digits: String,
    pub(super) pins: PinGuard,
    pub(super) corner: Corner,
    /// Wrong codes of technicians.
    pub(super) unlocks: Guard,
}

impl Session {
    /// A session on its start screen; `on_duty` as far as it survived a restart.
    #[must_use]
    pub fn new(rules: Rules, language: Language, on_duty: Option<(OfficerId, Date)>) -> Self {
        Self {
            rules,
            home_language: language,
            language,
            comfort: rules.comfort,
            screen: if rules.honesty.prompt == Prompt::Always { Screen::Start } else { Screen::Closed },
            leave_ms: None,
            on_duty: on_duty.map(|(officer, since)| Duty { officer, since, since_ms: None }),
            hand_over: HandOver::default(),
            paused: None,
            visit: None,
            service: None,
            called_until_ms: None,
            pending: None,
            unheard: 0,
            printing: Printing::No,
            thanked: None,
            touches: Touches::default(),
            pace: Pace::default(),
            asked: [0; 9],
            practice: None,
            rest: Rest::default(),
            digits: String::new(),
            pins: PinGuard::default(),
            corner: Corner::default(),
            unlocks: Guard::default(),
        }
    }

    /// The same, which knows how often each question of the survey was asked before.
    #[must_use]
    pub fn having_asked(mut self, asked: [u32; 9]) -> Self {
        self.asked = asked;
        self
    }

    /// Other rules from now on. Only a counter that waits for its next visitor shows them at once; what somebody
    /// is in the middle of ends as it began.
    pub fn set_rules(&mut self, rules: Rules, home_language: Language, now: Now) {
        if !self.is_dressed_for_somebody() {
            self.comfort = rules.comfort;
        }
        let is_at_home = self.language == self.home_language;
        (self.rules, self.home_language) = (rules, home_language);
        if matches!(self.screen, Screen::Start | Screen::Closed) && self.leave_ms.is_none() {
            if is_at_home {
                self.language = home_language;
            }
            if (self.screen == Screen::Start) != self.is_open() {
                self.show_start(now);
            }
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

    /// The officer who is signed on, if anybody is.
    #[must_use]
    pub fn on_duty(&self) -> Option<OfficerId> {
        self.on_duty.map(|duty| duty.officer)
    }

    /// When the next [`Event::Tick`] is due, by the boot clock in ms.
    #[must_use]
    pub fn deadline_ms(&self) -> Option<i64> {
        let leave_ms = self.leave_ms.filter(|_| !self.is_held());
        let others =
            [self.retry_ms(), self.called_until_ms, self.hand_over.ends_ms(), self.practice_ends_ms(), self.turn_ms()];
        leave_ms.into_iter().chain(others.into_iter().flatten()).min()
    }

    /// Takes one event and says what has to be done about it.
    pub fn handle(&mut self, event: Event, now: Now) -> Vec<Effect> {
        let mut effects = self.end_duty_of_another_day(now);
        self.end_call(now);
        self.hand_over.tick(now);
        if event != Event::Tick {
            self.touched(now);
        }
        let asked_for = self.react(event, now);
        effects.extend(self.rehearse(asked_for, now));
        self.settle_down(now);
        effects
    }

    fn react(&mut self, event: Event, now: Now) -> Vec<Effect> {
        match event {
            Event::StarTouched(stars) => self.rate(stars, now),
            Event::RateLaterTouched => self.show_code(now),
            Event::ReasonTouched(code) => self.choose_reason(code, now),
            Event::ServiceTouched(service) => self.name_service(service, now),
            Event::AnswerTouched(answer) => self.answer_question(Some(answer), now),
            Event::DoneTouched => self.go_on(now),
            Event::UndoTouched => self.undo(),
            Event::LanguageTouched(language) => self.speak(language, now),
            Event::ComfortOpened => self.open_comfort(now),
            Event::ComfortToggled(kind) => self.toggle(kind, now),
            Event::BackTouched => self.back(now),
            Event::WakeTouched => self.wake(now),
            Event::Stored { id, visit, .. } => self.stored(id, visit, now),
            Event::StoreFailed { .. } => self.store_failed(now),
            Event::PrintTouched(words) => self.print(words, now),
            Event::Printed { visit, is_done } => self.printed(visit, is_done),
            Event::TicketReady { visit, link } => self.ticket_ready(visit, &link),
            Event::VisitCalled { service } => self.visit_called(service, now),
            Event::VisitServed { service } => self.visit_served(service, now),
            Event::Tick => self.tick(now),
            staff => self.react_to_staff(staff, now),
        }
    }

    fn react_to_staff(&mut self, event: Event, now: Now) -> Vec<Effect> {
        match event {
            Event::StaffTouched => self.staff(now),
            Event::OtherOfficerTouched => self.choose_officer(now),
            Event::OfficerTouched(officer) => self.ask_pin(officer, now),
            Event::DigitTouched(digit) => self.digit(digit, now),
            Event::EraseTouched => self.erase(now),
            Event::PinChecked { correct } => self.pin_checked(correct, now),
            Event::NextVisitorTouched => self.next_visitor(now),
            Event::DayTouched => self.open_day(now),
            Event::DayLoaded(card) => self.day_loaded(card),
            Event::PauseTouched => self.pause(now),
            Event::HandOverTouched => self.hand_over(now),
            Event::PracticeTouched => self.practise(now),
            Event::ExplainTouched(about) => self.explain(about, now),
            Event::ContestTouched => self.open_contest(now),
            Event::SpanTouched(minutes) => self.choose_span(minutes, now),
            Event::ContestReasonTouched(reason) => self.choose_contest_reason(reason, now),
            Event::SendContestTouched => self.send_contest(now),
            Event::SignOffTouched => self.sign_off(now),
            Event::OffDuty => self.off_duty(now),
            technicians => self.react_to_technician(technicians, now),
        }
    }

    fn react_to_technician(&mut self, event: Event, now: Now) -> Vec<Effect> {
        match event {
            Event::CornerTouched => self.corner_touched(now),
            Event::ChallengeReady { challenge } => self.challenge_ready(challenge),
            Event::UnlockChecked { correct } => self.unlock_checked(correct, now),
            Event::FactsLoaded(facts) => self.facts_loaded(facts),
            Event::SendNowTouched => self.send_now(now),
            Event::TouchTestTouched => self.test_touch(now),
            Event::DisplayTestTouched => self.test_display(now),
            _ => Vec::new(),
        }
    }

    fn speak(&mut self, language: Language, now: Now) -> Vec<Effect> {
        self.language = language;
        if self.is_at_counter() {
            self.touches.count();
            self.leave_ms = Some(now.boot_ms + self.rules.timeouts.idle_ms);
        }
        Vec::new()
    }

    fn back(&mut self, now: Now) -> Vec<Effect> {
        match self.screen {
            // The visit stays open: the resident may still touch a star for it.
            Screen::RateLater { .. } | Screen::Comfort => {
                self.forget();
                self.show_start(now);
            }
            Screen::Day { officer, .. } | Screen::Explain { officer, .. } => self.show_menu(officer, now),
            Screen::Contest(contest) => return self.leave_contest(contest, now),
            Screen::TouchTest | Screen::DisplayTest { .. } => return self.show_facts(now),
            // Not before the answer: a record that nobody waits for could still be stored.
            Screen::NotStored if self.is_held() => self.leave_ms = Some(now.boot_ms),
            Screen::Why { .. } | Screen::Service { .. } | Screen::Question { .. } => return self.go_on(now),
            Screen::Storing
            | Screen::Start
            | Screen::Closed
            | Screen::Wait { .. }
            | Screen::Paused
            | Screen::Asleep => {}
            Screen::ThankYou { .. }
            | Screen::NotStored
            | Screen::Officers
            | Screen::Pin(_)
            | Screen::Menu { .. }
            | Screen::Unlock(_)
            | Screen::Technician { .. } => self.home(now),
        }
        Vec::new()
    }

    fn tick(&mut self, now: Now) -> Vec<Effect> {
        let is_due = |at_ms: Option<i64>| at_ms.is_some_and(|at_ms| now.boot_ms >= at_ms);
        if is_due(self.leave_ms) && !self.is_held() {
            self.leave(now)
        } else if is_due(self.retry_ms()) {
            self.retry()
        } else if is_due(self.practice_ends_ms()) {
            self.end_practice(now)
        } else {
            self.take_turn(now);
            self.dawn(now)
        }
    }

    /// The screen's time is over.
    fn leave(&mut self, now: Now) -> Vec<Effect> {
        match &self.screen {
            // Kept as far as it was given.
            Screen::Why { .. } | Screen::Service { .. } | Screen::Question { .. } => return self.go_on(now),
            Screen::Wait { .. } => self.show_start(now),
            Screen::ThankYou { undo: true, .. } => self.go_on_thanking(now),
            _ if self.is_at_counter() && self.is_night(now) => return self.fall_asleep(now),
            _ => self.home(now),
        }
        Vec::new()
    }

    /// The start, for the next visitor.
    pub(super) fn home(&mut self, now: Now) {
        self.forget();
        self.language = self.home_language;
        self.comfort = self.rules.comfort;
        self.visit = None;
        self.service = self.service.filter(|_| self.called_until_ms.is_some());
        self.thanked = None;
        self.digits.clear();
        self.show_start(now);
    }

    /// The start as it is now: with stars, with a request to wait, closed until a call, or on a break.
    pub(super) fn show_start(&mut self, now: Now) {
        self.touches = Touches::from(now);
        self.rest = Rest::from(now);
        if let Some(stay_ms) = self.pace.wait_ms(self.rules.honesty.min_gap_ms, now.boot_ms) {
            self.go(Screen::Wait { stay_ms }, stay_ms, now);
            return;
        }
        self.screen = match (self.paused, self.is_open()) {
            (Some(_), _) => Screen::Paused,
            (None, true) => Screen::Start,
            (None, false) => Screen::Closed,
        };
        let is_somebodys = self.visit.is_some() || self.is_dressed_for_somebody();
        self.leave_ms = is_somebodys.then(|| now.boot_ms + self.rules.timeouts.idle_ms);
    }

    pub(super) fn go(&mut self, screen: Screen, stay_ms: i64, now: Now) {
        self.screen = screen;
        self.leave_ms = Some(now.boot_ms + stay_ms);
    }

    pub(super) fn idle_ms(&self) -> i64 {
        self.rules.timeouts.idle_ms
    }
}
