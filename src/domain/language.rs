//! The languages of screens and pages.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A language residents can choose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Bahasa Indonesia.
    #[default]
    Id,
    /// Baso Minangkabau, the language of the homes around Sawahlunto.
    Min,
    /// English.
    En,
}

impl Language {
    /// All languages, the office's own first.
    pub const ALL: [Language; 3] = [Language::Id, Language::Min, Language::En];

    /// The ISO 639 code: of two letters, or of three where there is none of two.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Language::Id => "id",
            Language::Min => "min",
            Language::En => "en",
        }
    }

    /// What it calls itself.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Language::Id => "Bahasa Indonesia",
            Language::Min => "Baso Minangkabau",
            Language::En => "English",
        }
    }

    /// The language of a code, if it is one of ours.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }

    /// The text in this language, or in the first one that there is: rather another language than nothing.
    #[must_use]
    pub fn choose(self, texts: &BTreeMap<Language, String>) -> &str {
        texts.get(&self).or_else(|| texts.values().next()).map_or("", String::as_str)
    }
}
