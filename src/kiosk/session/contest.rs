//! "Not mine": an officer says that the ratings of a time are somebody else's. People look into it; the
//! officer never learns which ratings those are.

use super::effect::{Draft, Effect};
use super::machine::Session;
use super::{ContestScreen, Now, Screen};
use crate::domain::event::ContestReason;

/// The times to choose from, in minutes until now; the last is a whole day of work.
pub const SPANS_MINUTES: [u32; 4] = [30, 60, 120, 600];

impl Session {
    pub(super) fn open_contest(&mut self, now: Now) -> Vec<Effect> {
        if let Screen::Day { officer, .. } = self.screen {
            self.show_contest(ContestScreen { officer, span_minutes: None, reason: None, sent: false }, now);
        }
        Vec::new()
    }

    pub(super) fn choose_span(&mut self, minutes: u32, now: Now) -> Vec<Effect> {
        self.change_contest(now, |contest| {
            contest.span_minutes = Some(minutes).filter(|minutes| SPANS_MINUTES.contains(minutes));
        })
    }

    pub(super) fn choose_contest_reason(&mut self, reason: ContestReason, now: Now) -> Vec<Effect> {
        self.change_contest(now, |contest| contest.reason = Some(reason))
    }

    /// Sent once, when both are chosen.
    pub(super) fn send_contest(&mut self, now: Now) -> Vec<Effect> {
        let Screen::Contest(contest) = self.screen else { return Vec::new() };
        let ContestScreen { officer, span_minutes: Some(span_minutes), reason: Some(reason), sent: false } = contest
        else {
            return Vec::new();
        };
        self.show_contest(ContestScreen { sent: true, ..contest }, now);
        vec![Effect::Record(Draft::Contested { officer, span_minutes, reason })]
    }

    pub(super) fn leave_contest(&mut self, contest: ContestScreen, now: Now) -> Vec<Effect> {
        self.show_day(contest.officer, now)
    }

    fn change_contest(&mut self, now: Now, change: impl FnOnce(&mut ContestScreen)) -> Vec<Effect> {
        if let Screen::Contest(mut contest) = self.screen
            && !contest.sent
        {
            change(&mut contest);
            self.show_contest(contest, now);
        }
        Vec::new()
    }

    fn show_contest(&mut self, contest: ContestScreen, now: Now) {
        self.go(Screen::Contest(contest), self.idle_ms(), now);
    }
}
