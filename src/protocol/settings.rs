//! The settings of one kiosk, as in `kiosk-config/kiosk.toml`: by its own file, and by what its office decides.

use crate::domain::announcement::Announcements;
use crate::domain::comfort::Comfort;
use crate::domain::language::Language;
use crate::domain::prompt::Prompt;
use crate::domain::reasons::Reasons;
pub use crate::protocol::printer_address::PrinterAddress;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use std::path::{Path, PathBuf};

/// The commented example file, which is also the default.
pub const DEFAULTS: &str = include_str!("../../kiosk-config/kiosk.toml");

/// Everything a kiosk can be told before it knows its server.
#[derive(Clone, Debug, Deserialize)]
pub struct KioskSettings {
    /// The office, if its name should differ from the server's.
    pub office: Named,
    /// The counter, if its name should differ from the server's.
    pub counter: Named,
    /// The central server.
    pub server: ServerAddress,
    /// Where this kiosk keeps things.
    pub storage: Storage,
    /// Languages.
    pub languages: Languages,
    /// How the screen is before a resident changes it.
    pub access: Comfort,
    /// Times to go home.
    pub timeouts: TimeoutSettings,
    /// What keeps ratings honest.
    pub honesty: HonestySettings,
    /// What residents may add to their stars.
    pub reasons: Reasons,
    /// What else they are asked.
    pub ask: Ask,
    /// What is said while nobody touches the screen.
    pub attract: AttractSettings,
    /// What the office has to say.
    pub announcements: Announcements,
    /// How the office's queue system reaches this kiosk.
    pub queue: QueueSettings,
    /// The receipt printer beside it.
    pub printer: PrinterSettings,
    /// Colours.
    pub theme: Theme,
    /// Emblem.
    pub logo: Logo,
    /// Window or full screen.
    pub window: Window,
    /// How the display's light is switched.
    pub screen: ScreenSettings,
}

/// The receipt printer beside the counter.
#[derive(Clone, Debug, Deserialize)]
pub struct PrinterSettings {
    /// Where it is, if there is one.
    pub address: PrinterAddress,
}

/// Something with a name; empty means the server's.
#[derive(Clone, Debug, Deserialize)]
pub struct Named {
    /// The name.
    pub name: String,
}

/// Where the server is.
#[derive(Clone, Debug, Deserialize)]
pub struct ServerAddress {
    /// Scheme, host and port.
    pub address: String,
    /// Seconds between two looks for news.
    pub refresh_s: u32,
    /// A PEM file with the certificate of the office's own authority; empty for those of the system.
    pub authority: PathBuf,
}

impl ServerAddress {
    /// The file with the office's own authority, if it has one.
    #[must_use]
    pub fn authority(&self) -> Option<&Path> {
        Some(self.authority.as_path()).filter(|path| !path.as_os_str().is_empty())
    }
}

/// Where this kiosk keeps things.
#[derive(Clone, Debug, Deserialize)]
pub struct Storage {
    /// The folder of queue and key.
    pub data: PathBuf,
    /// The folder of the queue's second copy, if it is not to lie with the queue.
    pub journal: PathBuf,
}

impl Storage {
    /// Where the second copy of a queue in `data` goes.
    #[must_use]
    pub fn journal_of(&self, data: &Path) -> PathBuf {
        if self.journal.as_os_str().is_empty() { data.join("journal") } else { self.journal.clone() }
    }
}

/// The languages of the screen.
#[derive(Clone, Debug, Deserialize)]
pub struct Languages {
    /// The first is the home language; there is one at least.
    #[serde(deserialize_with = "at_least_one")]
    pub offered: Vec<Language>,
}

/// Without any, a screen would have no words.
fn at_least_one<'de, D: Deserializer<'de>>(list: D) -> Result<Vec<Language>, D::Error> {
    let offered = Vec::deserialize(list)?;
    if offered.is_empty() {
        return Err(D::Error::custom("no language is offered: name at least one, such as offered = [\"id\", \"en\"]"));
    }
    Ok(offered)
}

/// Seconds until a screen goes home.
#[derive(Clone, Debug, Deserialize)]
pub struct TimeoutSettings {
    /// The thank-you.
    pub thank_you_s: u32,
    /// The message that nothing could be stored.
    pub not_stored_s: u32,
    /// The QR code.
    pub rate_later_s: u32,
    /// The question for reasons.
    pub why_s: u32,
    /// Every other screen.
    pub idle_s: u32,
    /// Until the screen sleeps outside opening hours.
    pub sleep_s: u32,
}

/// What residents are asked once their rating is safe.
#[derive(Clone, Debug, Deserialize)]
pub struct Ask {
    /// What the visit was about, where no queue system said it.
    pub service: bool,
    /// One question of the official survey.
    pub question: bool,
    /// Whether the thank-you carries the visit's QR code.
    pub code: bool,
}

/// When announcements take their turn.
#[derive(Clone, Debug, Deserialize)]
pub struct AttractSettings {
    /// Seconds without a touch until the first one is shown.
    pub after_s: u32,
    /// Seconds that each is shown.
    pub turn_s: u32,
}

/// What keeps ratings honest.
#[derive(Clone, Debug, Deserialize)]
pub struct HonestySettings {
    /// Milliseconds after the stars appear in which a touch does not rate.
    pub debounce_ms: u32,
    /// Seconds between two ratings; sooner ones are taken, but after a few the counter asks to wait.
    pub min_gap_s: u32,
    /// When the stars are open.
    pub prompt: Prompt,
    /// Seconds for which a call opens them.
    pub open_s: u32,
    /// Seconds in which ratings are the counter's after one officer took over from another.
    pub hand_over_s: u32,
}

/// How the office's queue system reaches this kiosk.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct QueueSettings {
    /// Address and port to listen on; empty for none.
    pub listen: String,
    /// The file with what callers have to know; empty for nothing.
    pub token_file: PathBuf,
}

/// How the display's light is switched; the program and its arguments, empty for nothing.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct ScreenSettings {
    /// When the office closes.
    pub off: Vec<String>,
    /// When somebody touches the dark screen, or the office opens.
    pub on: Vec<String>,
}

/// Colours of the screen.
#[derive(Clone, Debug, Deserialize)]
pub struct Theme {
    /// Header and main buttons.
    pub primary: Colour,
    /// Text on `primary`.
    pub on_primary: Colour,
    /// Stars.
    pub accent: Colour,
    /// Behind everything.
    pub background: Colour,
    /// Cards.
    pub surface: Colour,
    /// Text.
    pub text: Colour,
    /// Less important text.
    pub muted: Colour,
}

/// The emblem.
#[derive(Clone, Debug, Deserialize)]
pub struct Logo {
    /// An SVG file; empty for the built-in one.
    pub file: PathBuf,
}

/// How the window is shown.
#[derive(Clone, Debug, Deserialize)]
pub struct Window {
    /// Whether it takes the whole screen.
    pub fullscreen: bool,
}

/// A colour written as `#rrggbb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Colour {
    /// Red.
    pub red: u8,
    /// Green.
    pub green: u8,
    /// Blue.
    pub blue: u8,
}

/// A text that is no colour.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no colour: write it as \"#rrggbb\"")]
pub struct NotAColour(String);

impl TryFrom<String> for Colour {
    type Error = NotAColour;

    fn try_from(text: String) -> Result<Self, NotAColour> {
        let digits = text
            .strip_prefix('#')
            .filter(|digits| digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let [_, red, green, blue] = number.ok_or(NotAColour(text))?.to_be_bytes();
        Ok(Self { red, green, blue })
    }
}

impl Colour {
    /// Contrast with another colour, 1 to 21 (WCAG 2.2, relative luminance).
    #[must_use]
    pub fn contrast(self, other: Colour) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue)
    }
}

impl Theme {
    /// Pairs of colours that cannot be told apart well enough, as sentences for a warning.
    #[must_use]
    pub fn weak_contrasts(&self) -> Vec<String> {
        let pairs = [
            ("on_primary", self.on_primary, "primary", self.primary),
            ("text", self.text, "background", self.background),
            ("text", self.text, "surface", self.surface),
            ("muted", self.muted, "background", self.background),
            ("muted", self.muted, "surface", self.surface),
        ];
        let weak = pairs.into_iter().filter(|(_, fore, _, back)| fore.contrast(*back) < 4.5);
        weak.map(|(fore, a, back, b)| {
            format!("theme: {fore} on {back} has a contrast of {:.1}; at least 4.5 is readable", a.contrast(b))
        })
        .collect()
    }
}

impl KioskSettings {
    /// Residents who are simulated come as fast as they can, and their touches never bounce.
    pub fn let_residents_hurry(&mut self) {
        self.honesty.debounce_ms = 0;
        self.honesty.min_gap_s = 0;
        self.ask_for_nothing();
    }

    /// Where nobody sees what is asked.
    pub fn ask_for_nothing(&mut self) {
        self.reasons = Reasons::default();
        self.ask = Ask { service: false, question: false, code: false };
    }

    /// The language the screen comes back to.
    #[must_use]
    pub fn home_language(&self) -> Language {
        self.languages.offered.first().copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_file_is_a_complete_and_readable_default() {
        let loaded = crate::layers::load::<KioskSettings>(DEFAULTS, None, &[]).unwrap();
        assert_eq!(loaded.unknown_keys, Vec::<String>::new());
        assert_eq!(loaded.settings.theme.weak_contrasts(), Vec::<String>::new());
        assert_eq!(loaded.settings.home_language(), Language::Id);
    }

    #[test]
    fn colours_are_six_hexadecimal_digits() {
        for bad in ["", "red", "#12345", "#12345g", "#1234567", "#+12345", "#ééé"] {
            assert!(Colour::try_from(bad.to_owned()).is_err(), "{bad}");
        }
        let black = Colour::try_from("#000000".to_owned()).unwrap();
        let white = Colour::try_from("#ffffff".to_owned()).unwrap();
        assert!((black.contrast(white) - 21.0).abs() < 1e-9);
    }
}
