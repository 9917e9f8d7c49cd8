//! What the counter does while nobody touches it: it shows announcements in turn, and outside opening
//! hours it goes dark.

use super::effect::{Effect, Power};
use super::machine::Session;
use super::{Now, Screen};

/// Since when nobody touched the start, and whose turn it is to be shown.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rest {
    since_ms: Option<i64>,
    /// Announcements shown so far, and questions between them.
    turns: u32,
}

impl Rest {
    pub(super) fn from(now: Now) -> Self {
        Self { since_ms: Some(now.boot_ms), turns: 0 }
    }
}

impl Session {
    /// The announcement to show in place of the question, by its place in the office's list.
    #[must_use]
    pub fn announcement(&self) -> Option<u32> {
        let is_shown = self.screen == Screen::Start && self.rest.turns % 2 == 1;
        let among = self.rules.attract.announcements;
        (is_shown && among > 0).then(|| (self.rest.turns / 2) % among)
    }

    /// For how long nobody has touched a counter that waits for its next visitor; 0 in the middle of a visit.
    #[must_use]
    pub fn rested_ms(&self, now_ms: i64) -> i64 {
        let since_ms = self.rest.since_ms.filter(|_| self.is_at_counter());
        since_ms.map_or(0, |since_ms| now_ms - since_ms)
    }

    /// When the question and the announcements change places.
    pub(super) fn turn_ms(&self) -> Option<i64> {
        let attract = self.rules.attract;
        let rests = self.screen == Screen::Start && attract.announcements > 0 && self.practice.is_none();
        let turns = i64::from(self.rest.turns);
        self.rest.since_ms.filter(|_| rests).map(|since_ms| since_ms + attract.after_ms + turns * attract.turn_ms)
    }

    pub(super) fn take_turn(&mut self, now: Now) {
        if self.turn_ms().is_some_and(|turn_ms| now.boot_ms >= turn_ms) {
            self.rest.turns = self.rest.turns.saturating_add(1);
        }
    }

    /// Somebody, or something, is at it.
    pub(super) fn touched(&mut self, now: Now) {
        if self.is_at_counter() {
            self.rest = Rest::from(now);
        }
        self.go_on_practising(now);
    }

    // --- outside opening hours

    pub(super) fn is_night(&self, now: Now) -> bool {
        !now.is_open && self.practice.is_none()
    }

    /// Whatever just happened: a start that nobody touches goes dark after a while when it is night.
    pub(super) fn settle_down(&mut self, now: Now) {
        let is_idle = self.is_at_counter() && self.screen != Screen::Asleep && self.leave_ms.is_none();
        if is_idle && self.is_night(now) {
            self.leave_ms = Some(now.boot_ms + self.rules.timeouts.sleep_ms);
        }
    }

    pub(super) fn fall_asleep(&mut self, now: Now) -> Vec<Effect> {
        self.home(now);
        self.screen = Screen::Asleep;
        self.leave_ms = None;
        vec![Effect::Display(Power::Off)]
    }

    /// Whoever comes late can rate all the same.
    pub(super) fn wake(&mut self, now: Now) -> Vec<Effect> {
        let light = self.light();
        if !light.is_empty() {
            self.show_start(now);
        }
        light
    }

    /// The office opens.
    pub(super) fn dawn(&mut self, now: Now) -> Vec<Effect> {
        if now.is_open { self.wake(now) } else { Vec::new() }
    }

    /// Whatever comes next on a dark screen needs light.
    pub(super) fn light(&self) -> Vec<Effect> {
        if self.screen == Screen::Asleep { vec![Effect::Display(Power::On)] } else { Vec::new() }
    }
}
