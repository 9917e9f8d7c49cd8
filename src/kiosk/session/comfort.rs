//! How somebody likes the screen: chosen beside the start, and kept until the visit ends.

use super::machine::Session;
use super::{Effect, Now, Screen};
use crate::domain::comfort::{Comfort, ComfortKind};

impl Session {
    /// How the screen is shown and heard.
    #[must_use]
    pub fn comfort(&self) -> Comfort {
        self.comfort
    }

    /// Whether a resident chose something of their own, so that the start must not stay as it is for ever.
    pub(super) fn is_dressed_for_somebody(&self) -> bool {
        self.language != self.home_language || self.comfort != self.rules.comfort
    }

    pub(super) fn open_comfort(&mut self, now: Now) -> Vec<Effect> {
        if matches!(self.screen, Screen::Start | Screen::Closed | Screen::Wait { .. }) {
            self.go(Screen::Comfort, self.rules.timeouts.idle_ms, now);
        }
        Vec::new()
    }

    pub(super) fn toggle(&mut self, kind: ComfortKind, now: Now) -> Vec<Effect> {
        if self.screen == Screen::Comfort {
            self.comfort = self.comfort.toggled(kind);
            self.go(Screen::Comfort, self.rules.timeouts.idle_ms, now);
        }
        Vec::new()
    }
}
