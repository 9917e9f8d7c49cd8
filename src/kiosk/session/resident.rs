//! The resident's way: a star or the code, the answer, the thanks, and second thoughts.

use super::effect::{Draft, Effect};
use super::machine::Session;
use super::pace::elapsed_ms;
use super::printing::Printing;
use super::{Now, Screen};
use crate::domain::event::Signals;
use crate::domain::ids::{EventId, OfficerId, ServiceId, VisitSerial};
use crate::domain::ledger::ReceiptCode;
use crate::domain::stars::Stars;

/// How long a thank-you offers to take the rating back.
const UNDO_MS: i64 = 5_000;

/// The rating that the resident is thanked for.
#[derive(Clone, Debug)]
pub(super) struct Thanked {
    pub(super) visit: VisitSerial,
    pub(super) rating: EventId,
    /// What the visit was about, if that is known.
    pub(super) service: Option<ServiceId>,
    /// The address behind the visit's code, once it is signed.
    pub(super) link: Option<String>,
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
        let (visit, officer, signals) = (self.visit, self.serving(), self.signals(now));
        let service = self.service.take();
        if visit.is_none() {
            // From here on a call is the next visitor's.
            self.called_until_ms = None;
        }
        self.screen = Screen::Storing;
        self.leave_ms = None;
        self.record(Draft::Rated { visit, stars, officer, service, signals })
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
        let (officer, service) = (self.serving(), self.service);
        match self.visit {
            Some(visit) => vec![Effect::MakeTicket { visit, officer, service }],
            None => self.record(Draft::VisitOpened { officer, service }),
        }
    }

    pub(super) fn ticket_ready(&mut self, of: VisitSerial, link: &str) -> Vec<Effect> {
        if self.visit == Some(of)
            && let Screen::RateLater { link: shown @ None } = &mut self.screen
        {
            *shown = Some(link.to_owned());
            self.printing = Printing::Offered;
        }
        if let Some(thanked) = self.thanked.as_mut().filter(|thanked| thanked.visit == of) {
            thanked.link = Some(link.to_owned());
            if let Screen::ThankYou { link: shown, .. } = &mut self.screen {
                shown.clone_from(&thanked.link);
            }
        }
        Vec::new()
    }

    pub(super) fn undo(&mut self) -> Vec<Effect> {
        let (Screen::ThankYou { undo: true, .. } | Screen::Why { .. }, Some(Thanked { visit, rating, .. })) =
            (&self.screen, &self.thanked)
        else {
            return Vec::new();
        };
        let undone = Draft::Undone { visit: *visit, rating: *rating };
        self.screen = Screen::Storing;
        self.leave_ms = None;
        self.record(undone)
    }

    // --- what became of a record

    pub(super) fn stored(&mut self, id: EventId, visit: Option<VisitSerial>, now: Now) -> Vec<Effect> {
        match (self.answered(), visit) {
            (Some(Draft::Rated { stars, officer, service, signals, .. }), visit) => {
                self.pace.rated(signals.gap_ms, self.rules.honesty.min_gap_ms, now.boot_ms);
                self.visit = None;
                self.thanked = visit.map(|visit| Thanked { visit, rating: id, service, link: None });
                self.begin_thanks(stars, ReceiptCode::of(id), now);
                self.thanks_code(officer)
            }
            (Some(Draft::VisitOpened { officer, service }), Some(visit)) => {
                self.visit = Some(visit);
                self.called_until_ms = None;
                self.go(Screen::RateLater { link: None }, self.rules.timeouts.rate_later_ms, now);
                vec![Effect::MakeTicket { visit, officer, service }]
            }
            (Some(Draft::Undone { visit, .. }), _) => {
                self.pace.undone();
                self.visit = Some(visit);
                self.service = self.thanked.take().and_then(|thanked| thanked.service);
                self.show_start(now);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// The visit's code, for whoever has more to say on a phone.
    fn thanks_code(&self, officer: Option<OfficerId>) -> Vec<Effect> {
        let thanked = self.thanked.as_ref().filter(|_| self.rules.thanks_with_code);
        let ticket =
            thanked.map(|thanked| Effect::MakeTicket { visit: thanked.visit, officer, service: thanked.service });
        ticket.into_iter().collect()
    }

    /// Thanks at once where nothing is asked; the rating can be taken back for a while.
    pub(super) fn thank_at_once(&mut self, receipt: ReceiptCode, now: Now) {
        let screen = Screen::ThankYou { receipt, link: None, undo: self.thanked.is_some() };
        self.go(screen, self.rules.timeouts.thank_you_ms.min(UNDO_MS), now);
    }

    /// Thanks after the questions, when the rating is not taken back any more.
    pub(super) fn thank_at_last(&mut self, receipt: ReceiptCode, now: Now) {
        let link = self.thanked.as_ref().and_then(|thanked| thanked.link.clone());
        self.go(Screen::ThankYou { receipt, link, undo: false }, self.rules.timeouts.thank_you_ms, now);
    }

    /// A thank-you that stays longer than it can be taken back.
    pub(super) fn go_on_thanking(&mut self, now: Now) {
        let rest_ms = self.rules.timeouts.thank_you_ms - UNDO_MS;
        match &mut self.screen {
            Screen::ThankYou { undo, .. } if rest_ms > 0 => {
                *undo = false;
                self.leave_ms = Some(now.boot_ms + rest_ms);
            }
            _ => self.home(now),
        }
    }

    /// The visit that the resident is being thanked for.
    pub(super) fn thanked_visit(&self) -> Option<VisitSerial> {
        self.thanked.as_ref().map(|thanked| thanked.visit)
    }

    /// On one of the faces of the start screen.
    pub(super) fn is_at_counter(&self) -> bool {
        matches!(self.screen, Screen::Start | Screen::Closed | Screen::Wait { .. } | Screen::Paused | Screen::Asleep)
    }
}
