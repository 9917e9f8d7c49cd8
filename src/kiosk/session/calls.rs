//! When the stars are open: always, or for a visitor who was called.

use super::machine::Session;
use super::pace::Prompt;
use super::{Draft, Effect, Now, Screen};
use crate::domain::ids::ServiceId;

impl Session {
    pub(super) fn is_open(&self) -> bool {
        self.rules.honesty.prompt == Prompt::Always
            || self.practice.is_some()
            || self.visit.is_some()
            || self.called_until_ms.is_some()
    }

    /// A call is the next visitor's: whoever was on a break, practised or took over is at work now.
    pub(super) fn visit_called(&mut self, service: Option<ServiceId>, now: Now) -> Vec<Effect> {
        let mut effects = self.resume();
        effects.extend(self.end_practice(now));
        self.hand_over.end();
        effects.extend(self.open_stars(service, now));
        effects
    }

    /// A visitor was served: counted, rated or not, and asked for the stars.
    pub(super) fn visit_served(&mut self, service: Option<ServiceId>, now: Now) -> Vec<Effect> {
        let mut effects = self.end_practice(now);
        let (service, visit) = (service.or(self.service), self.visit.or(self.thanked_visit()));
        effects.push(Effect::Record(Draft::VisitServed { visit, officer: self.serving(), service }));
        if self.thanked_visit().is_some() {
            effects.extend(service.into_iter().flat_map(|service| self.know_service(service)));
        } else if matches!(self.screen, Screen::RateLater { .. }) {
            self.service = service;
        } else {
            effects.extend(self.open_stars(service, now));
        }
        effects
    }

    fn open_stars(&mut self, service: Option<ServiceId>, now: Now) -> Vec<Effect> {
        self.called_until_ms = Some(now.boot_ms + self.rules.honesty.open_ms);
        self.service = service;
        let (mut effects, is_asked) = (Vec::new(), self.is_asked());
        while self.is_asked() {
            effects.extend(self.go_on(now));
        }
        // Elsewhere somebody is busy, and finds the stars open when the screen goes home.
        if is_asked || self.is_at_counter() || matches!(self.screen, Screen::RateLater { .. }) {
            effects.extend(self.light());
            self.home(now);
        }
        effects
    }

    /// A call ends by itself, should nobody rate.
    pub(super) fn end_call(&mut self, now: Now) {
        if self.called_until_ms.take_if(|until_ms| now.boot_ms >= *until_ms).is_none() {
            return;
        }
        self.service = None;
        if self.screen == Screen::Start && !self.is_open() {
            self.show_start(now);
        }
    }
}
