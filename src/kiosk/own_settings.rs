//! Where one kiosk's settings come from: the built-in ones, its office, its own file, the environment, flags;
//! each stronger than the one before.
//!
//! An office decides for all its counters. Whoever stands at one of them, with its file in hand, knows it better.

use super::settings::{DEFAULTS, KioskSettings};
use crate::layers::{Layer, Loaded, SettingsError, load_layers};
use crate::protocol::office_layer::OfficeLayer;
use std::path::Path;
use std::sync::Arc;

type Flag = Arc<dyn Fn(&mut KioskSettings) + Send + Sync>;

/// What is decided at this kiosk itself.
#[derive(Clone, Default)]
pub struct OwnSettings {
    file: Option<Layer>,
    environment: Vec<(String, String)>,
    flags: Vec<Flag>,
}

impl OwnSettings {
    /// Those of a file, if one is named, and of the environment.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(file: Option<&Path>, environment: Vec<(String, String)>) -> Result<Self, SettingsError> {
        Ok(Self { file: file.map(Layer::read).transpose()?, environment, flags: Vec::new() })
    }

    /// With one more decision of the command line, stronger than everything before.
    #[must_use]
    pub fn with(mut self, flag: impl Fn(&mut KioskSettings) + Send + Sync + 'static) -> Self {
        self.flags.push(Arc::new(flag));
        self
    }

    /// The settings to use, over what the office decides.
    ///
    /// # Errors
    /// When a value does not fit; the layer that brought it is named.
    pub fn over(&self, office: Option<&OfficeLayer>) -> Result<Loaded<KioskSettings>, SettingsError> {
        let layers: Vec<&Layer> = office.map(OfficeLayer::layer).into_iter().chain(&self.file).collect();
        let mut loaded = load_layers::<KioskSettings>(DEFAULTS, &layers, &self.environment)?;
        for flag in &self.flags {
            flag(&mut loaded.settings);
        }
        Ok(loaded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_layer_is_stronger_than_the_one_before() {
        let idle = |text: &str| format!("timeouts.idle_s = {text}");
        let variable = ("SUARA_TIMEOUTS_IDLE_S".to_owned(), "4".to_owned());
        let default = OwnSettings::default().over(None).unwrap().settings.timeouts.idle_s;
        for (office, file, environment, flag, expected) in [
            (None, None, false, false, default),
            (Some("2"), None, false, false, 2),
            (None, Some("3"), false, false, 3),
            (Some("2"), Some("3"), false, false, 3),
            (Some("2"), None, true, false, 4),
            (Some("2"), Some("3"), true, false, 4),
            (Some("2"), Some("3"), true, true, 5),
            (Some("2"), None, false, true, 5),
        ] {
            let office = office.map(|office| OfficeLayer::check("the office", &idle(office)).unwrap());
            let mut own = OwnSettings {
                file: file.map(|file| Layer::new("the file", idle(file))),
                environment: environment.then(|| variable.clone()).into_iter().collect(),
                flags: Vec::new(),
            };
            if flag {
                own = own.with(|settings| settings.timeouts.idle_s = 5);
            }
            assert_eq!(own.over(office.as_ref()).unwrap().settings.timeouts.idle_s, expected);
        }
    }

    #[test]
    fn what_fits_neither_alone_nor_together_names_its_layer() {
        let office = OfficeLayer::check("the office", "reasons = { liked = [], missed = [] }").unwrap();
        let own = OwnSettings {
            file: Some(Layer::new("kiosk.toml", "reasons.liked = [{ code = \"a\", text = { id = \"A\" } }]")),
            ..OwnSettings::default()
        };
        let said = own.over(Some(&office)).unwrap_err().to_string();
        assert!(said.starts_with("kiosk.toml: ") && said.contains("1 reasons under `liked`"), "{said}");
    }
}
