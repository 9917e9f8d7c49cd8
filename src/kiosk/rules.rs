//! What the session makes of the settings.

use super::session::{Asks, Attract, Honesty, Rules, Timeouts};
use super::settings::{KioskSettings, PrinterAddress};

impl KioskSettings {
    /// What the session is told.
    #[must_use]
    pub fn session_rules(&self) -> Rules {
        let ms = |seconds: u32| i64::from(seconds) * 1_000;
        Rules {
            timeouts: Timeouts {
                thank_you_ms: ms(self.timeouts.thank_you_s),
                not_stored_ms: ms(self.timeouts.not_stored_s),
                rate_later_ms: ms(self.timeouts.rate_later_s),
                why_ms: ms(self.timeouts.why_s),
                idle_ms: ms(self.timeouts.idle_s),
                sleep_ms: ms(self.timeouts.sleep_s.max(10)),
            },
            honesty: Honesty {
                debounce_ms: self.honesty.debounce_ms.into(),
                min_gap_ms: ms(self.honesty.min_gap_s),
                prompt: self.honesty.prompt,
                open_ms: ms(self.honesty.open_s),
            },
            asks: Asks { why: self.reasons.are_asked(), service: self.ask.service, question: self.ask.question },
            thanks_with_code: self.ask.code,
            prints: self.printer.address != PrinterAddress::Nowhere,
            hand_over_ms: ms(self.honesty.hand_over_s),
            attract: Attract {
                announcements: self.announcements.count(),
                after_ms: ms(self.attract.after_s.max(5)),
                turn_ms: ms(self.attract.turn_s.max(5)),
            },
            comfort: self.access,
        }
    }
}
