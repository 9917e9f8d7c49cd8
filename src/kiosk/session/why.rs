//! What a resident may add once the rating is safe: reasons, the service, one question of the survey.
//! Each is as easily left out as given, and every star is asked the same.

use super::effect::{Draft, Effect};
use super::machine::Session;
use super::{Now, Screen};
use crate::domain::event::ReasonCode;
use crate::domain::ids::ServiceId;
use crate::domain::ledger::ReceiptCode;
use crate::domain::skm::{SkmAnswer, least_asked};
use crate::domain::stars::Stars;

impl Session {
    pub(super) fn begin_thanks(&mut self, stars: Stars, receipt: ReceiptCode, now: Now) {
        if self.thanked.is_none() {
            self.thank_at_once(receipt, now);
        } else if self.rules.asks.why {
            self.go(Screen::Why { stars, receipt, chosen: Vec::new() }, self.rules.timeouts.why_ms, now);
        } else if self.rules.asks.service || self.rules.asks.question {
            self.ask_service(receipt, now);
        } else {
            self.thank_at_once(receipt, now);
        }
    }

    /// Whether the resident is asked something that may be left out.
    pub(super) fn is_asked(&self) -> bool {
        matches!(self.screen, Screen::Why { .. } | Screen::Service { .. } | Screen::Question { .. })
    }

    /// To the next question, or the thanks; what was given so far is kept, nothing given is nothing
    /// recorded.
    pub(super) fn go_on(&mut self, now: Now) -> Vec<Effect> {
        match &mut self.screen {
            Screen::Why { receipt, chosen, .. } => {
                let (receipt, reasons) = (*receipt, std::mem::take(chosen));
                self.ask_service(receipt, now);
                let visit = self.thanked_visit().filter(|_| !reasons.is_empty());
                visit.map(|visit| Effect::Record(Draft::Reasoned { visit, reasons })).into_iter().collect()
            }
            Screen::Service { receipt } => {
                let receipt = *receipt;
                self.ask_question(receipt, now);
                Vec::new()
            }
            Screen::Question { .. } => self.answer_question(None, now),
            _ => Vec::new(),
        }
    }

    pub(super) fn choose_reason(&mut self, code: ReasonCode, now: Now) -> Vec<Effect> {
        if let Screen::Why { chosen, .. } = &mut self.screen {
            match chosen.iter().position(|reason| *reason == code) {
                Some(place) => drop(chosen.remove(place)),
                None => chosen.push(code),
            }
            self.leave_ms = Some(now.boot_ms + self.rules.timeouts.why_ms);
        }
        Vec::new()
    }

    fn ask_service(&mut self, receipt: ReceiptCode, now: Now) {
        let is_unknown = self.thanked.as_ref().is_some_and(|thanked| thanked.service.is_none());
        if self.rules.asks.service && is_unknown {
            self.go(Screen::Service { receipt }, self.rules.timeouts.why_ms, now);
        } else {
            self.ask_question(receipt, now);
        }
    }

    pub(super) fn name_service(&mut self, service: ServiceId, now: Now) -> Vec<Effect> {
        let Screen::Service { receipt } = self.screen else { return Vec::new() };
        let named = self.know_service(service);
        self.ask_question(receipt, now);
        named
    }

    /// What the visit was about, of the one that is being thanked for.
    pub(super) fn know_service(&mut self, service: ServiceId) -> Vec<Effect> {
        let Some(thanked) = self.thanked.as_mut().filter(|thanked| thanked.service.is_none()) else {
            return Vec::new();
        };
        thanked.service = Some(service);
        vec![Effect::Record(Draft::ServiceNamed { visit: thanked.visit, service })]
    }

    fn ask_question(&mut self, receipt: ReceiptCode, now: Now) {
        if let Some(visit) = self.thanked_visit().filter(|_| self.rules.asks.question) {
            let element = least_asked(&self.asked, visit.get());
            self.go(Screen::Question { receipt, element }, self.rules.timeouts.why_ms, now);
        } else {
            self.thank_at_last(receipt, now);
        }
    }

    /// The question counts as asked whether or not it was answered, so that the next one comes next.
    pub(super) fn answer_question(&mut self, answer: Option<SkmAnswer>, now: Now) -> Vec<Effect> {
        let Screen::Question { receipt, element } = self.screen else { return Vec::new() };
        self.thank_at_last(receipt, now);
        let Some(visit) = self.thanked_visit() else { return Vec::new() };
        if self.practice.is_none() {
            let asked = &mut self.asked[element.index()];
            *asked = asked.saturating_add(1);
        }
        vec![Effect::Record(Draft::Asked { visit, element, answer })]
    }
}
