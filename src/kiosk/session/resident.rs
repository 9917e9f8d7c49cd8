//! The resident's way: a star or the code, the answer, the thanks, and second thoughts.

use super::event::{Draft, Effect};
use super::machine::Session;
use super::pace::{Prompt, elapsed_ms};
use super::{Now, Screen};
use crate::domain::event::Signals;
use crate::domain::ids::{EventId, VisitSerial};
use crate::domain::ledger::ReceiptCode;
use crate::domain::stars::Stars;

/// How long a thank-you offers to take the rating back.
const UNDO_MS: i64 = 5_000;
/// Pause between two tries to store a record.
const RETRY_MS: i64 = 3_000;

/// A record between the wish for it and its commit.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) draft: Draft,
    /// When it is tried again; `None` while its answer is under way.
    pub(super) retry_ms: Option<i64>,
}

/// The rating on the thank-you.
#[derive(Clone, Copy, Debug)]
pub(super) struct Thanked {
    pub(super) visit: VisitSerial,
    rating: EventId,
}

/// Touches of the start screen since it appeared.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Touches {
    /// `None` for the first screen after the program's start.
    since_ms: Option<i64>,
    number: u16,
}

impl Touches {
    pub(super) fn from(now: Now) -> Self {
        Self { since_ms: Some(now.boot_ms), number: 0 }
    }

    pub(super) fn count(&mut self) {
        self.number = self.number.saturating_add(1);
    }

    fn reaction_ms(&self, now: Now) -> Option<u32> {
        self.since_ms.map(|since_ms| elapsed_ms(since_ms, now.boot_ms))
    }
}

impl Session {
    pub(super) fn rate(&mut self, stars: Stars, now: Now) -> Vec<Effect> {
        if self.screen != Screen::Start {
            return Vec::new();
        }
        self.touches.count();
        // A finger that was faster than the screen meant what was there before.
        let debounce_ms = self.rules.honesty.debounce_ms;
        if self.touches.reaction_ms(now).is_some_and(|reaction_ms| i64::from(reaction_ms) < debounce_ms) {
            return Vec::new();
        }
        let (visit, officer, signals) = (self.visit, self.on_duty(), self.signals(now));
        if visit.is_none() {
            // From here on a call is the next visitor's.
            self.called_until_ms = None;
        }
        self.screen = Screen::Storing;
        self.leave_ms = None;
        self.record(Draft::Rated { visit, stars, officer, signals })
    }

    fn signals(&self, now: Now) -> Signals {
        Signals {
            reaction_ms: self.touches.reaction_ms(now),
            gap_ms: self.pace.gap_ms(now.boot_ms),
            touches: self.touches.number,
            visit_open: self.visit.is_some() || self.called_until_ms.is_some(),
            duty_ms: self.on_duty.and_then(|duty| duty.since_ms).map(|since_ms| elapsed_ms(since_ms, now.boot_ms)),
        }
    }

    pub(super) fn show_code(&mut self, now: Now) -> Vec<Effect> {
        if !matches!(self.screen, Screen::Start | Screen::Wait { .. }) {
            return Vec::new();
        }
        self.go(Screen::RateLater { link: None }, self.rules.timeouts.rate_later_ms, now);
        let officer = self.on_duty();
        match self.visit {
            Some(visit) => vec![Effect::MakeTicket { visit, officer }],
            None => self.record(Draft::VisitOpened { officer }),
        }
    }

    pub(super) fn ticket_ready(&mut self, link: String) -> Vec<Effect> {
        if self.screen == (Screen::RateLater { link: None }) {
            self.screen = Screen::RateLater { link: Some(link) };
        }
        Vec::new()
    }

    pub(super) fn undo(&mut self) -> Vec<Effect> {
        let (Screen::ThankYou { undo: true, .. } | Screen::Why { .. }, Some(Thanked { visit, rating })) =
            (&self.screen, self.thanked)
        else {
            return Vec::new();
        };
        self.screen = Screen::Storing;
        self.leave_ms = None;
        self.record(Draft::Undone { visit, rating })
    }

    // --- what became of a record

    pub(super) fn stored(&mut self, id: EventId, visit: Option<VisitSerial>, now: Now) -> Vec<Effect> {
        match (self.answered(), visit) {
            (Some(Draft::Rated { stars, signals, .. }), visit) => {
                self.pace.rated(signals.gap_ms, self.rules.honesty.min_gap_ms, now.boot_ms);
                self.thank(stars, id, visit, now)
            }
            (Some(Draft::VisitOpened { officer }), Some(visit)) => {
                self.visit = Some(visit);
                self.called_until_ms = None;
                self.go(Screen::RateLater { link: None }, self.rules.timeouts.rate_later_ms, now);
                vec![Effect::MakeTicket { visit, officer }]
            }
            (Some(Draft::Undone { visit, .. }), _) => {
                self.pace.undone();
                self.visit = Some(visit);
                self.show_start(now);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn thank(&mut self, stars: Stars, id: EventId, visit: Option<VisitSerial>, now: Now) -> Vec<Effect> {
        self.visit = None;
        self.thanked = visit.map(|visit| Thanked { visit, rating: id });
        let receipt = ReceiptCode::of(id);
        if self.rules.asks_why && self.thanked.is_some() {
            self.ask_why(stars, receipt, now);
            return Vec::new();
        }
        let screen = Screen::ThankYou { receipt, undo: self.thanked.is_some() };
        self.go(screen, self.rules.timeouts.thank_you_ms.min(UNDO_MS), now);
        Vec::new()
    }

    /// A thank-you that stays longer than it can be taken back.
    pub(super) fn go_on_thanking(&mut self, receipt: ReceiptCode, now: Now) {
        let rest_ms = self.rules.timeouts.thank_you_ms - UNDO_MS;
        if rest_ms > 0 {
            self.go(Screen::ThankYou { receipt, undo: false }, rest_ms, now);
        } else {
            self.home(now);
        }
    }

    pub(super) fn store_failed(&mut self, now: Now) -> Vec<Effect> {
        let Some(draft) = self.answered() else { return Vec::new() };
        if self.screen != Screen::NotStored {
            self.go(Screen::NotStored, self.rules.timeouts.not_stored_ms, now);
        } else if self.leave_ms.is_none_or(|leave_ms| now.boot_ms >= leave_ms) {
            self.home(now);
            return Vec::new();
        }
        self.pending = Some(Pending { draft, retry_ms: Some(now.boot_ms + RETRY_MS) });
        Vec::new()
    }

    pub(super) fn retry(&mut self) -> Vec<Effect> {
        self.pending.take().map(|pending| self.record(pending.draft)).unwrap_or_default()
    }

    pub(super) fn retry_ms(&self) -> Option<i64> {
        self.pending.as_ref().and_then(|pending| pending.retry_ms)
    }

    /// The record that this answer is about, unless nobody waits for it any more.
    fn answered(&mut self) -> Option<Draft> {
        if self.unheard > 0 {
            self.unheard -= 1;
            return None;
        }
        self.pending.take_if(|pending| pending.retry_ms.is_none()).map(|pending| pending.draft)
    }

    /// Gives up waiting for a record.
    pub(super) fn forget(&mut self) {
        if self.pending.take().is_some_and(|pending| pending.retry_ms.is_none()) {
            self.unheard += 1;
        }
    }

    /// Whether a try is under way whose outcome the resident must be told: "not stored" or thanks,
    /// never the wrong one of them.
    pub(super) fn is_held(&self) -> bool {
        self.screen == Screen::NotStored && self.pending.as_ref().is_some_and(|pending| pending.retry_ms.is_none())
    }

    // --- when the stars are open

    pub(super) fn is_open(&self) -> bool {
        self.rules.honesty.prompt == Prompt::Always || self.visit.is_some() || self.called_until_ms.is_some()
    }

    pub(super) fn visit_called(&mut self, now: Now) -> Vec<Effect> {
        self.called_until_ms = Some(now.boot_ms + self.rules.honesty.open_ms);
        if matches!(self.screen, Screen::Why { .. }) {
            let effects = self.add_reasons(now);
            self.home(now);
            return effects;
        }
        // Elsewhere somebody is busy, and finds the stars open when the screen goes home.
        if self.is_at_counter() || matches!(self.screen, Screen::RateLater { .. }) {
            self.home(now);
        }
        Vec::new()
    }

    /// A call ends by itself, should nobody rate.
    pub(super) fn end_call(&mut self, now: Now) {
        if self.called_until_ms.take_if(|until_ms| now.boot_ms >= *until_ms).is_some()
            && self.screen == Screen::Start
            && !self.is_open()
        {
            self.show_start(now);
        }
    }
}
