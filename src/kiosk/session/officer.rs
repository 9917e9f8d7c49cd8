//! The officer's pages: signing on, the menu, the own day, and how it all works.

use super::duty::Explanation;
use super::effect::Effect;
use super::machine::Session;
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
        let Screen::Pin(pin) = &self.screen else { return self.unlock_digit(digit, now) };
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
        let Screen::Pin(pin) = &self.screen else { return self.erase_unlock(now) };
        if pin.notice != PinNotice::Checking {
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
            self.show_menu(officer, now);
            return self.begin_duty(officer, now);
        }
        self.pins.wrong(officer, now.boot_ms);
        self.show_pin(officer, PinNotice::Wrong, now);
        Vec::new()
    }

    pub(super) fn show_menu(&mut self, officer: OfficerId, now: Now) {
        self.go(Screen::Menu { officer }, self.idle_ms(), now);
    }

    /// Only somebody who signed on opens the stars, so that no resident opens them for themselves
    /// at an empty counter.
    pub(super) fn next_visitor(&mut self, now: Now) -> Vec<Effect> {
        if self.screen == Screen::Closed && self.on_duty.is_some() { self.visit_called(None, now) } else { Vec::new() }
    }

    pub(super) fn open_day(&mut self, now: Now) -> Vec<Effect> {
        let Screen::Menu { officer } = self.screen else { return Vec::new() };
        self.show_day(officer, now)
    }

    pub(super) fn show_day(&mut self, officer: OfficerId, now: Now) -> Vec<Effect> {
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

    pub(super) fn explain(&mut self, about: Explanation, now: Now) -> Vec<Effect> {
        if let Screen::Menu { officer } | Screen::Explain { officer, .. } = self.screen {
            // Reading takes longer than touching.
            self.go(Screen::Explain { officer, about }, self.idle_ms() * 4, now);
        }
        Vec::new()
    }

    fn show_pin(&mut self, officer: OfficerId, notice: PinNotice, now: Now) {
        self.digits.clear();
        let locked = self.pins.is_locked(officer, now.boot_ms);
        let notice = if locked { PinNotice::Locked } else { notice };
        self.go(Screen::Pin(PinScreen { officer, entered: 0, notice }), self.idle_ms(), now);
    }
}
