//! Reasons: what a resident may add once the rating is safe, as easily as leaving it out.

use super::event::{Draft, Effect};
use super::machine::Session;
use super::{Now, Screen};
use crate::domain::event::ReasonCode;
use crate::domain::ledger::ReceiptCode;
use crate::domain::stars::Stars;

impl Session {
    pub(super) fn ask_why(&mut self, stars: Stars, receipt: ReceiptCode, now: Now) {
        self.go(Screen::Why { stars, receipt, chosen: Vec::new() }, self.rules.timeouts.why_ms, now);
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

    /// Nothing chosen is nothing recorded; the thanks are the same.
    pub(super) fn add_reasons(&mut self, now: Now) -> Vec<Effect> {
        let Screen::Why { receipt, chosen, .. } = &mut self.screen else { return Vec::new() };
        let (receipt, reasons) = (*receipt, std::mem::take(chosen));
        self.go(Screen::ThankYou { receipt, undo: false }, self.rules.timeouts.thank_you_ms, now);
        match self.thanked {
            Some(thanked) if !reasons.is_empty() => {
                vec![Effect::Record(Draft::Reasoned { visit: thanked.visit, reasons })]
            }
            _ => Vec::new(),
        }
    }
}
