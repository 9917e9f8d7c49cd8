//! What an office decides for its kiosks from afar, and the trial both sides make of it: the server before it
//! takes it, every kiosk before it uses it.

use super::settings::{DEFAULTS, KioskSettings};
use crate::layers::{Layer, SettingsError, load_layers};
use toml::{Table, Value};

/// Far more than settings and announcements in every language take.
pub const MOST_LAYER_BYTES: usize = 64 * 1024;

/// What only the machine at the counter can know, or what the server tells in another way: a slip here must
/// not cut kiosks off from whoever could mend it, and nobody at a server shall start programs at a counter.
const OF_THE_MACHINE: [&str; 9] =
    ["office", "counter", "server", "storage", "window", "logo", "queue", "printer", "screen"];

/// Why an office's settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadLayer {
    /// Far too long.
    #[error("{0} bytes are more than the {MOST_LAYER_BYTES} that settings may have: leave out what stays as it is")]
    TooLarge(usize),
    /// The machine's own affair.
    #[error("`{0}` is decided at each kiosk, in its own settings file: leave it out here")]
    OfTheMachine(&'static str),
    /// Not what settings look like.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

/// Settings of an office that load over the built-in ones.
#[derive(Clone, Debug)]
pub struct OfficeLayer {
    layer: Layer,
    remarks: Vec<String>,
}

impl OfficeLayer {
    /// Tries what an office wrote; `origin` is for messages.
    ///
    /// # Errors
    /// When a kiosk could not use it.
    pub fn check(origin: &str, text: &str) -> Result<Self, BadLayer> {
        if text.len() > MOST_LAYER_BYTES {
            return Err(BadLayer::TooLarge(text.len()));
        }
        let layer = Layer::new(origin, text);
        if let Some(name) = of_the_machine(&layer.parse()?) {
            return Err(BadLayer::OfTheMachine(name));
        }
        let loaded = load_layers::<KioskSettings>(DEFAULTS, &[&layer], &[])?;
        let unknown = |key| format!("unknown setting `{key}`: is it spelt as in the commented example?");
        let mut remarks: Vec<_> = loaded.unknown_keys.into_iter().map(unknown).collect();
        remarks.extend(loaded.settings.theme.weak_contrasts());
        Ok(Self { layer, remarks })
    }

    /// The settings, to be laid over the built-in ones.
    #[must_use]
    pub fn layer(&self) -> &Layer {
        &self.layer
    }

    /// What can be used, but is probably not meant: keys nobody knows, colours that are hard to read.
    #[must_use]
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }
}

fn of_the_machine(table: &Table) -> Option<&'static str> {
    OF_THE_MACHINE.into_iter().find(|name| table.get(*name).is_some_and(|value| !is_empty(value)))
}

/// A heading with nothing under it decides nothing.
fn is_empty(value: &Value) -> bool {
    value.as_table().is_some_and(Table::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        OfficeLayer::check("the file", text).unwrap_err().to_string()
    }

    #[test]
    fn an_office_decides_what_it_likes_but_nothing_of_the_machine() {
        for text in ["", "[timeouts]\nidle_s = 5", "[storage]\n", "languages.offered = [\"en\"]"] {
            assert!(OfficeLayer::check("x", text).unwrap().remarks().is_empty(), "{text}");
        }
        for (text, name) in [
            ("[server]\naddress = \"http://elsewhere\"", "server"),
            ("server.authority = \"/tmp/mine.pem\"", "server"),
            ("storage = { data = \"/\" }", "storage"),
            ("window.fullscreen = false", "window"),
            ("logo.file = \"/etc/passwd\"", "logo"),
            ("counter.name = \"Loket 9\"", "counter"),
            ("screen.off = [\"sh\", \"-c\", \"rm -rf /\"]", "screen"),
            ("queue.listen = \"0.0.0.0:80\"", "queue"),
        ] {
            assert!(refused(text).starts_with(&format!("`{name}` is decided at each kiosk")), "{text}");
        }
    }

    #[test]
    fn what_does_not_load_is_refused_with_its_place() {
        for (text, expected) in [
            ("[timeouts", "the file is not valid TOML"),
            ("timeouts.idle_s = \"long\"", "the file: invalid type"),
            ("languages.offered = []", "no language is offered"),
            ("reasons.liked = []", "there are 0 reasons under `liked` and 6 under `missed`"),
            ("announcements = [{ kind = \"news\", text = {} }]", "announcement 1 has no text"),
            ("theme.primary = \"greenish\"", "greenish"),
        ] {
            assert!(refused(text).contains(expected), "{text}: {}", refused(text));
        }
        assert!(refused(&"#".repeat(MOST_LAYER_BYTES + 1)).contains("65537 bytes"));
    }

    #[test]
    fn what_is_probably_not_meant_is_named_and_taken() {
        let layer = OfficeLayer::check("x", "[timouts]\nidle_s = 5\n[theme]\ntext = \"#ffffff\"").unwrap();
        let [unknown, weak @ ..] = layer.remarks() else { panic!("{layer:?}") };
        assert!(unknown.contains("unknown setting `timouts`"), "{unknown}");
        assert!(weak.iter().all(|weak| weak.contains("contrast")) && !weak.is_empty(), "{weak:?}");
    }

    /// Whoever adds a section decides whose it is, and says so at the head of `kiosk.toml`.
    #[test]
    fn every_section_is_the_offices_or_the_machines() {
        const OF_THE_OFFICE: [&str; 9] =
            ["access", "announcements", "ask", "attract", "honesty", "languages", "reasons", "theme", "timeouts"];
        let mut decided: Vec<_> = OF_THE_MACHINE.into_iter().chain(OF_THE_OFFICE).collect();
        decided.sort_unstable();
        let mut sections: Vec<_> = DEFAULTS.parse::<Table>().unwrap().into_iter().map(|(name, _)| name).collect();
        sections.sort_unstable();
        assert_eq!(sections, decided);
    }
}
