//! Who serves: duty, breaks, and one officer taking over from another.

use super::effect::{Draft, Effect};
use super::machine::Session;
use super::{Now, Screen};
use crate::domain::ids::OfficerId;
use jiff::civil::Date;

/// An officer at work.
#[derive(Clone, Copy, Debug)]
pub(super) struct Duty {
    pub(super) officer: OfficerId,
    pub(super) since: Date,
    /// By the boot clock; `None` after a restart.
    pub(super) since_ms: Option<i64>,
}

/// While one officer takes over from another a rating may be about either, so it is the counter's.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct HandOver {
    left: Option<(OfficerId, i64)>,
    ends_ms: Option<i64>,
}

impl HandOver {
    pub(super) fn ends_ms(&self) -> Option<i64> {
        self.ends_ms
    }

    pub(super) fn tick(&mut self, now: Now) {
        self.ends_ms = self.ends_ms.filter(|ends_ms| now.boot_ms < *ends_ms);
    }

    pub(super) fn end(&mut self) {
        *self = Self::default();
    }

    /// An officer has left.
    fn leave(&mut self, officer: OfficerId, now: Now) {
        self.left = Some((officer, now.boot_ms));
    }

    /// An officer begins: soon after another one, the counter's residents may still be the other's.
    fn begin(&mut self, officer: OfficerId, lasts_ms: i64, now: Now) {
        let is_soon = |(left, left_ms)| left != officer && now.boot_ms < left_ms + lasts_ms;
        self.ends_ms = self.left.take().is_some_and(is_soon).then_some(now.boot_ms + lasts_ms);
    }
}

/// What an officer can read about how ratings are handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Explanation {
    /// How ratings become a score.
    Counting,
    /// Who sees what.
    Seeing,
}

impl Session {
    /// Whose the ratings are: the officer on duty, or nobody while one takes over from another.
    #[must_use]
    pub fn serving(&self) -> Option<OfficerId> {
        self.on_duty().filter(|_| self.hand_over.ends_ms().is_none())
    }

    /// Whether the officer is away for a moment.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.paused.is_some()
    }

    pub(super) fn begin_duty(&mut self, officer: OfficerId, now: Now) -> Vec<Effect> {
        if self.on_duty() == Some(officer) {
            return self.resume();
        }
        // A visit opened under somebody else, or nobody, is not continued by a new officer.
        self.visit = None;
        let mut effects = self.end_practice(now);
        effects.extend(self.end_duty(now));
        self.hand_over.begin(officer, self.rules.hand_over_ms, now);
        self.on_duty = Some(Duty { officer, since: now.day, since_ms: Some(now.boot_ms) });
        effects.push(Effect::Record(Draft::DutyStarted(officer)));
        effects
    }

    pub(super) fn end_duty(&mut self, now: Now) -> Vec<Effect> {
        self.paused = None;
        let Some(Duty { officer, .. }) = self.on_duty.take() else { return Vec::new() };
        self.hand_over.leave(officer, now);
        vec![Effect::Record(Draft::DutyEnded(officer))]
    }

    /// Nobody serves from one day into the next: a forgotten sign-off must not put tomorrow's
    /// ratings on yesterday's officer.
    pub(super) fn end_duty_of_another_day(&mut self, now: Now) -> Vec<Effect> {
        if self.on_duty.is_none_or(|duty| duty.since == now.day) {
            return Vec::new();
        }
        let mut effects = self.end_practice(now);
        let was_paused = self.screen == Screen::Paused;
        effects.extend(self.end_duty(now));
        self.hand_over.end();
        if was_paused {
            self.show_start(now);
        }
        effects
    }

    pub(super) fn pause(&mut self, now: Now) -> Vec<Effect> {
        let Screen::Menu { officer } = self.screen else { return Vec::new() };
        let mut effects = self.end_practice(now);
        self.paused = Some(officer);
        self.home(now);
        effects.push(Effect::Record(Draft::DutyPaused(officer)));
        effects
    }

    pub(super) fn resume(&mut self) -> Vec<Effect> {
        let back = self.paused.take().map(|officer| Effect::Record(Draft::DutyResumed(officer)));
        back.into_iter().collect()
    }

    /// The officer leaves the counter to the next one, who signs on at once.
    pub(super) fn hand_over(&mut self, now: Now) -> Vec<Effect> {
        if !matches!(self.screen, Screen::Menu { .. }) {
            return Vec::new();
        }
        let mut effects = self.end_practice(now);
        effects.extend(self.end_duty(now));
        self.go(Screen::Officers, self.idle_ms(), now);
        effects
    }

    pub(super) fn sign_off(&mut self, now: Now) -> Vec<Effect> {
        if matches!(self.screen, Screen::Menu { .. }) { self.off_duty(now) } else { Vec::new() }
    }

    /// Whoever served has left, wherever the screen is; a resident in the middle of it stays there.
    pub(super) fn off_duty(&mut self, now: Now) -> Vec<Effect> {
        let mut effects = self.end_practice(now);
        effects.extend(self.end_duty(now));
        if self.is_officers() || self.screen == Screen::Paused {
            self.home(now);
        }
        effects
    }

    /// On a page that is only for officers.
    pub(super) fn is_officers(&self) -> bool {
        matches!(
            self.screen,
            Screen::Officers
                | Screen::Pin(_)
                | Screen::Menu { .. }
                | Screen::Day { .. }
                | Screen::Explain { .. }
                | Screen::Contest(_)
        )
    }
}
