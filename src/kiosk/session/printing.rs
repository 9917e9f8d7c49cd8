//! The slip for who rather takes the code of a visit home on paper: printed when it is touched for.

use super::effect::Effect;
use super::machine::Session;
use super::{Now, Screen};
use crate::domain::ids::VisitSerial;

/// How the slip of the visit on the screen stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Printing {
    /// No printer, or nothing to print.
    #[default]
    No,
    /// It can be printed.
    Offered,
    /// The printer has not answered yet.
    Busy,
    /// It can be taken.
    Done,
    /// The printer did not take it; it can be tried again.
    Failed,
}

/// What a slip says, as the screen does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SlipWords {
    /// Name of the office.
    pub office: String,
    /// Name of the counter.
    pub counter: String,
    /// The question, in the resident's language.
    pub title: String,
    /// How to use the code, and how long.
    pub hint: String,
}

impl Session {
    /// How the slip of the visit on the screen stands.
    #[must_use]
    pub fn printing(&self) -> Printing {
        let is_printable = self.rules.prints && self.practice.is_none();
        if is_printable && matches!(self.screen, Screen::RateLater { link: Some(_) }) {
            self.printing
        } else {
            Printing::No
        }
    }

    pub(super) fn print(&mut self, words: SlipWords, now: Now) -> Vec<Effect> {
        let (Screen::RateLater { link: Some(link) }, Printing::Offered | Printing::Failed, Some(visit)) =
            (&self.screen, self.printing(), self.visit)
        else {
            return Vec::new();
        };
        let link = link.clone();
        self.printing = Printing::Busy;
        self.leave_ms = Some(now.boot_ms + self.rules.timeouts.rate_later_ms);
        vec![Effect::Print { visit, link, words }]
    }

    pub(super) fn printed(&mut self, of: VisitSerial, is_done: bool) -> Vec<Effect> {
        if self.visit == Some(of) && self.printing == Printing::Busy {
            self.printing = if is_done { Printing::Done } else { Printing::Failed };
        }
        Vec::new()
    }
}
