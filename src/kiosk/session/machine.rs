//! The transitions.

use super::event::{Draft, Effect, Event};
use super::pin::{PIN_DIGITS, PinGuard};
use super::{DayView, Now, PinNotice, PinScreen, Screen};
use crate::domain::event::Signals;
use crate::domain::ids::{OfficerId, VisitSerial};
use crate::domain::language::Language;
use crate::domain::stars::Stars;
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
    /// Every other screen, since the last touch.
    pub idle_ms: i64,
}

/// One kiosk's session.
#[derive(Debug)]
pub struct Session {
    timeouts: Timeouts,
    home_language: Language,
    language: Language,
    screen: Screen,
    on_duty: Option<Duty>,
    visit: Option<VisitSerial>,
    digits: String,
    pins: PinGuard,
    deadline_ms: Option<i64>,
}

#[derive(Clone, Copy, Debug)]
struct Duty {
    officer: OfficerId,
    since: Date,
}

impl Session {
    /// A session on its start screen; `on_duty` as far as it survived a restart.
    #[must_use]
    pub fn new(timeouts: Timeouts, language: Language, on_duty: Option<(OfficerId, Date)>) -> Self {
        Self {
            timeouts,
            home_language: language,
            language,
            screen: Screen::Start,
            on_duty: on_duty.map(|(officer, since)| Duty { officer, since }),
            visit: None,
            digits: String::new(),
            pins: PinGuard::default(),
            deadline_ms: None,
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
        self.deadline_ms
    }

    /// Takes one event and says what has to be done about it.
    pub fn handle(&mut self, event: Event, now: Now) -> Vec<Effect> {
        let mut effects = self.end_duty_of_another_day(now);
        effects.extend(self.react(event, now));
        effects
    }

    fn react(&mut self, event: Event, now: Now) -> Vec<Effect> {
        match event {
            Event::StarTouched(stars) => self.rate(stars),
            Event::RateLaterTouched => self.show_code(now),
            Event::LanguageTouched(language) => self.speak(language, now),
            Event::BackTouched => self.back(now),
            Event::StaffTouched => self.staff(now),
            Event::OtherOfficerTouched => self.choose_officer(now),
            Event::OfficerTouched(officer) => self.ask_pin(officer, now),
            Event::DigitTouched(digit) => self.digit(digit, now),
            Event::EraseTouched => self.erase(now),
            Event::PinChecked { correct } => self.pin_checked(correct, now),
            Event::DayTouched => self.open_day(now),
            Event::DayLoaded(card) => self.day_loaded(card),
            Event::SignOffTouched => self.sign_off(now),
            Event::Stored { visit } => self.stored(visit, now),
            Event::StoreFailed => self.store_failed(now),
            Event::TicketReady { link } => self.ticket_ready(link),
            Event::Tick => self.tick(now),
        }
    }

    // --- the resident's way

    fn rate(&mut self, stars: Stars) -> Vec<Effect> {
        if self.screen != Screen::Start {
            return Vec::new();
        }
        self.screen = Screen::Storing;
        self.deadline_ms = None;
        vec![Effect::Record(Draft::Rated {
            visit: self.visit,
            stars,
            officer: self.on_duty(),
            signals: Signals::default(),
        })]
    }

    fn show_code(&mut self, now: Now) -> Vec<Effect> {
        if self.screen != Screen::Start {
            return Vec::new();
        }
        self.go(Screen::RateLater { link: None }, self.timeouts.rate_later_ms, now);
        let officer = self.on_duty();
        vec![match self.visit {
            Some(visit) => Effect::MakeTicket { visit, officer },
            None => Effect::Record(Draft::VisitOpened { officer }),
        }]
    }

    fn stored(&mut self, visit: Option<VisitSerial>, now: Now) -> Vec<Effect> {
        match (&self.screen, visit) {
            (Screen::Storing, _) => {
                self.visit = None;
                self.go(Screen::ThankYou, self.timeouts.thank_you_ms, now);
                Vec::new()
            }
            (Screen::RateLater { link: None }, Some(visit)) => {
                self.visit = Some(visit);
                vec![Effect::MakeTicket { visit, officer: self.on_duty() }]
            }
            _ => Vec::new(),
        }
    }

    fn store_failed(&mut self, now: Now) -> Vec<Effect> {
        if matches!(self.screen, Screen::Storing | Screen::RateLater { link: None }) {
            self.go(Screen::NotStored, self.timeouts.not_stored_ms, now);
        }
        Vec::new()
    }

    fn ticket_ready(&mut self, link: String) -> Vec<Effect> {
        if self.screen == (Screen::RateLater { link: None }) {
            self.screen = Screen::RateLater { link: Some(link) };
        }
        Vec::new()
    }

    fn speak(&mut self, language: Language, now: Now) -> Vec<Effect> {
        self.language = language;
        if self.screen == Screen::Start {
            self.deadline_ms = Some(now.boot_ms + self.timeouts.idle_ms);
        }
        Vec::new()
    }

    // --- the officer's way

    fn staff(&mut self, now: Now) -> Vec<Effect> {
        if self.screen != Screen::Start {
            return Vec::new();
        }
        match self.on_duty() {
            Some(officer) => self.ask_pin(officer, now),
            None => self.choose_officer(now),
        }
    }

    fn choose_officer(&mut self, now: Now) -> Vec<Effect> {
        if matches!(self.screen, Screen::Start | Screen::Pin(_)) {
            self.go(Screen::Officers, self.timeouts.idle_ms, now);
        }
        Vec::new()
    }

    fn ask_pin(&mut self, officer: OfficerId, now: Now) -> Vec<Effect> {
        if matches!(self.screen, Screen::Start | Screen::Officers) {
            self.show_pin(officer, PinNotice::Enter, now);
        }
        Vec::new()
    }

    fn digit(&mut self, digit: u8, now: Now) -> Vec<Effect> {
        let Screen::Pin(pin) = &self.screen else { return Vec::new() };
        let officer = pin.officer;
        if pin.notice == PinNotice::Checking || digit > 9 {
            return Vec::new();
        }
        if self.pins.is_locked(officer, now.boot_ms) {
            self.show_pin(officer, PinNotice::Locked, now);
            return Vec::new();
        }
        self.digits.push(char::from(b'0' + digit));
        let complete = self.digits.len() == PIN_DIGITS;
        let notice = if complete { PinNotice::Checking } else { PinNotice::Enter };
        let screen = PinScreen { officer, entered: self.digits.len(), notice };
        self.go(Screen::Pin(screen), self.timeouts.idle_ms, now);
        if complete { vec![Effect::CheckPin { officer, pin: std::mem::take(&mut self.digits) }] } else { Vec::new() }
    }

    fn erase(&mut self, now: Now) -> Vec<Effect> {
        if let Screen::Pin(pin) = &self.screen
            && pin.notice != PinNotice::Checking
        {
            self.digits.pop();
            let screen = PinScreen { officer: pin.officer, entered: self.digits.len(), notice: pin.notice };
            self.go(Screen::Pin(screen), self.timeouts.idle_ms, now);
        }
        Vec::new()
    }

    fn pin_checked(&mut self, correct: bool, now: Now) -> Vec<Effect> {
        let Screen::Pin(PinScreen { officer, notice: PinNotice::Checking, .. }) = self.screen else {
            return Vec::new();
        };
        if correct {
            self.pins.right(officer);
            return self.sign_on(officer, now);
        }
        self.pins.wrong(officer, now.boot_ms);
        let locked = self.pins.is_locked(officer, now.boot_ms);
        self.show_pin(officer, if locked { PinNotice::Locked } else { PinNotice::Wrong }, now);
        Vec::new()
    }

    fn sign_on(&mut self, officer: OfficerId, now: Now) -> Vec<Effect> {
        self.go(Screen::Menu { officer }, self.timeouts.idle_ms, now);
        if self.on_duty() == Some(officer) {
            return Vec::new();
        }
        // A visit opened under somebody else, or nobody, is not continued by a new officer.
        self.visit = None;
        let mut effects = self.end_duty();
        self.on_duty = Some(Duty { officer, since: now.day });
        effects.push(Effect::Record(Draft::DutyStarted(officer)));
        effects
    }

    fn open_day(&mut self, now: Now) -> Vec<Effect> {
        let Screen::Menu { officer } = self.screen else { return Vec::new() };
        self.go(Screen::Day { officer, card: DayView::Loading }, self.timeouts.idle_ms, now);
        vec![Effect::LoadDay(officer)]
    }

    fn day_loaded(&mut self, card: Option<crate::domain::day_card::DayCard>) -> Vec<Effect> {
        if let Screen::Day { officer, card: DayView::Loading } = self.screen {
            let own = card.filter(|card| card.officer == officer);
            self.screen = Screen::Day { officer, card: DayView::Loaded(own) };
        }
        Vec::new()
    }

    fn sign_off(&mut self, now: Now) -> Vec<Effect> {
        if !matches!(self.screen, Screen::Menu { .. }) {
            return Vec::new();
        }
        self.home(now);
        self.end_duty()
    }

    fn end_duty(&mut self) -> Vec<Effect> {
        self.on_duty.take().map(|duty| Effect::Record(Draft::DutyEnded(duty.officer))).into_iter().collect()
    }

    /// Nobody serves from one day into the next: a forgotten sign-off must not put tomorrow's
    /// ratings on yesterday's officer.
    fn end_duty_of_another_day(&mut self, now: Now) -> Vec<Effect> {
        if self.on_duty.is_some_and(|duty| duty.since != now.day) { self.end_duty() } else { Vec::new() }
    }

    // --- moving between screens

    fn back(&mut self, now: Now) -> Vec<Effect> {
        match self.screen {
            // The visit stays open: the resident may still touch a star for it.
            Screen::RateLater { .. } => self.go(Screen::Start, self.timeouts.idle_ms, now),
            Screen::Day { officer, .. } => self.go(Screen::Menu { officer }, self.timeouts.idle_ms, now),
            Screen::Storing | Screen::Start => {}
            Screen::ThankYou | Screen::NotStored | Screen::Officers | Screen::Pin(_) | Screen::Menu { .. } => {
                self.home(now);
            }
        }
        Vec::new()
    }

    fn tick(&mut self, now: Now) -> Vec<Effect> {
        if self.deadline_ms.is_some_and(|deadline| now.boot_ms >= deadline) {
            self.home(now);
        }
        Vec::new()
    }

    fn home(&mut self, _now: Now) {
        self.screen = Screen::Start;
        self.language = self.home_language;
        self.visit = None;
        self.digits.clear();
        self.deadline_ms = None;
    }

    fn show_pin(&mut self, officer: OfficerId, notice: PinNotice, now: Now) {
        self.digits.clear();
        let locked = self.pins.is_locked(officer, now.boot_ms);
        let notice = if locked { PinNotice::Locked } else { notice };
        self.go(Screen::Pin(PinScreen { officer, entered: 0, notice }), self.timeouts.idle_ms, now);
    }

    fn go(&mut self, screen: Screen, stay_ms: i64, now: Now) {
        self.screen = screen;
        self.deadline_ms = Some(now.boot_ms + stay_ms);
    }
}
