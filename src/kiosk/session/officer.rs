//! The officer's way: signing on and off, the own day, and the next visitor.

use super::event::{Draft, Effect};
use super::machine::{Duty, Session};
use super::pin::PIN_DIGITS;
use super::{DayView, Now, PinNotice, PinScreen, Screen};
use crate::domain::day_card::DayCard;
use crate::domain::ids::OfficerId;

impl Session {
    pub(super) fn staff(&mut self, now: Now) -> Vec<Effect> {
        if !self.is_at_counter() {
            return Vec::new();
        }
        match self.on_duty() {
            Some(officer) => self.ask_pin(officer, now),
            None => self.choose_officer(now),
        }
    }

    pub(super) fn choose_officer(&mut self, now: Now) -> Vec<Effect> {
        if self.is_at_counter() || matches!(self.screen, Screen::Pin(_)) {
            self.go(Screen::Officers, self.idle_ms(), now);
        }
        Vec::new()
    }

    pub(super) fn ask_pin(&mut self, officer: OfficerId, now: Now) -> Vec<Effect> {
        if self.is_at_counter() || self.screen == Screen::Officers {
            self.show_pin(officer, PinNotice::Enter, now);
        }
        Vec::new()
    }

    pub(super) fn digit(&mut self, digit: u8, now: Now) -> Vec<Effect> {
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
        self.go(Screen::Pin(screen), self.idle_ms(), now);
        if complete { vec![Effect::CheckPin { officer, pin: std::mem::take(&mut self.digits) }] } else { Vec::new() }
    }

    pub(super) fn erase(&mut self, now: Now) -> Vec<Effect> {
        if let Screen::Pin(pin) = &self.screen
            && pin.notice != PinNotice::Checking
        {
            self.digits.pop();
            let screen = PinScreen { officer: pin.officer, entered: self.digits.len(), notice: pin.notice };
            self.go(Screen::Pin(screen), self.idle_ms(), now);
        }
        Vec::new()
    }

    pub(super) fn pin_checked(&mut self, correct: bool, now: Now) -> Vec<Effect> {
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
        self.go(Screen::Menu { officer }, self.idle_ms(), now);
        if self.on_duty() == Some(officer) {
            return Vec::new();
        }
        // A visit opened under somebody else, or nobody, is not continued by a new officer.
        self.visit = None;
        let mut effects = self.end_duty();
        self.on_duty = Some(Duty { officer, since: now.day, since_ms: Some(now.boot_ms) });
        effects.push(Effect::Record(Draft::DutyStarted(officer)));
        effects
    }

    /// Only somebody who signed on opens the stars, so that no resident opens them for themselves
    /// at an empty counter.
    pub(super) fn next_visitor(&mut self, now: Now) -> Vec<Effect> {
        if self.screen == Screen::Closed && self.on_duty.is_some() { self.visit_called(now) } else { Vec::new() }
    }

    pub(super) fn open_day(&mut self, now: Now) -> Vec<Effect> {
        let Screen::Menu { officer } = self.screen else { return Vec::new() };
        self.go(Screen::Day { officer, card: DayView::Loading }, self.idle_ms(), now);
        vec![Effect::LoadDay(officer)]
    }

    pub(super) fn day_loaded(&mut self, card: Option<DayCard>) -> Vec<Effect> {
        if let Screen::Day { officer, card: DayView::Loading } = self.screen {
            let own = card.filter(|card| card.officer == officer);
            self.screen = Screen::Day { officer, card: DayView::Loaded(own) };
        }
        Vec::new()
    }

    pub(super) fn sign_off(&mut self, now: Now) -> Vec<Effect> {
        if !matches!(self.screen, Screen::Menu { .. }) {
            return Vec::new();
        }
        self.off_duty(now)
    }

    /// Whoever served has left, wherever the screen is; a resident in the middle of it stays there.
    pub(super) fn off_duty(&mut self, now: Now) -> Vec<Effect> {
        if matches!(self.screen, Screen::Officers | Screen::Pin(_) | Screen::Menu { .. } | Screen::Day { .. }) {
            self.home(now);
        }
        self.end_duty()
    }

    fn end_duty(&mut self) -> Vec<Effect> {
        self.on_duty.take().map(|duty| Effect::Record(Draft::DutyEnded(duty.officer))).into_iter().collect()
    }

    /// Nobody serves from one day into the next: a forgotten sign-off must not put tomorrow's
    /// ratings on yesterday's officer.
    pub(super) fn end_duty_of_another_day(&mut self, now: Now) -> Vec<Effect> {
        if self.on_duty.is_some_and(|duty| duty.since != now.day) { self.end_duty() } else { Vec::new() }
    }

    fn show_pin(&mut self, officer: OfficerId, notice: PinNotice, now: Now) {
        self.digits.clear();
        let locked = self.pins.is_locked(officer, now.boot_ms);
        let notice = if locked { PinNotice::Locked } else { notice };
        self.go(Screen::Pin(PinScreen { officer, entered: 0, notice }), self.idle_ms(), now);
    }

    /// On one of the faces of the start screen.
    pub(super) fn is_at_counter(&self) -> bool {
        matches!(self.screen, Screen::Start | Screen::Closed | Screen::Wait { .. })
    }

    fn idle_ms(&self) -> i64 {
        self.rules.timeouts.idle_ms
    }
}
