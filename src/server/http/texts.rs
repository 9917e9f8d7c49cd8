//! The words of the pages, from the same lists the kiosk reads.

use crate::domain::language::Language;
use axum::http::{HeaderMap, header};
use std::collections::HashMap;
use std::sync::OnceLock;

/// How many there are.
const LANGUAGES: usize = Language::ALL.len();

const LISTS: [(Language, &str); LANGUAGES] = [
    (Language::Id, include_str!("../../../ui/lang/id/LC_MESSAGES/suara-loket.po")),
    (Language::Min, include_str!("../../../ui/lang/min/LC_MESSAGES/suara-loket.po")),
    (Language::En, include_str!("../../../ui/lang/en/LC_MESSAGES/suara-loket.po")),
];

type Words = HashMap<String, String>;

/// The words of one language. The English text is the key; a missing word is said in English.
#[derive(Clone, Copy, Debug)]
pub struct Texts {
    /// Which language.
    pub language: Language,
}

impl Texts {
    /// The text in this language.
    #[must_use]
    pub fn say(self, english: &'static str) -> &'static str {
        let words = lists().iter().find(|(language, _)| *language == self.language).map(|(_, words)| words);
        let text = words.and_then(|words| words.get(english)).filter(|text| !text.is_empty());
        text.map_or(english, String::as_str)
    }

    /// The text with each `{}` replaced by the next value.
    #[must_use]
    pub fn fill(self, english: &'static str, values: &[&str]) -> String {
        let mut parts = self.say(english).split("{}");
        let mut text = parts.next().unwrap_or_default().to_owned();
        for (index, part) in parts.enumerate() {
            text.push_str(values.get(index).copied().unwrap_or_default());
            text.push_str(part);
        }
        text
    }

    /// The code for `<html lang>`.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.language.code()
    }

    /// All languages with their own names, for the switch.
    #[must_use]
    pub fn languages(self) -> [(&'static str, &'static str, bool); LANGUAGES] {
        Language::ALL.map(|language| (language.code(), language.name(), language == self.language))
    }
}

/// The language asked for: by link or form, else by the browser, else the office's own.
#[must_use]
pub fn choose(asked: Option<&str>, headers: &HeaderMap) -> Texts {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let by_browser = accepted.split(',').find_map(|part| {
        let code = part.split([';', '-']).next().unwrap_or_default().trim();
        Language::from_code(code)
    });
    Texts { language: asked.and_then(Language::from_code).or(by_browser).unwrap_or_default() }
}

fn lists() -> &'static [(Language, Words); LANGUAGES] {
    static WORDS: OnceLock<[(Language, Words); LANGUAGES]> = OnceLock::new();
    WORDS.get_or_init(|| LISTS.map(|(language, text)| (language, words(text))))
}

/// A list that cannot be read is empty, and a test says so.
fn words(text: &str) -> Words {
    let Ok(catalog) = polib::po_file::parse_from_reader(text.as_bytes()) else { return Words::new() };
    let pairs = catalog.messages().filter(|message| message.is_singular());
    pairs.map(|message| (message.msgid().to_owned(), message.msgstr().unwrap_or_default().to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    const ID: Texts = Texts { language: Language::Id };

    #[test]
    fn words_are_found_and_filled() {
        assert_eq!(ID.say("Excellent"), "Sangat baik");
        assert_eq!(Texts { language: Language::Min }.say("Excellent"), "Sangaik elok");
        assert_eq!(Texts { language: Language::En }.say("Excellent"), "Excellent");
    }

    #[test]
    fn the_link_beats_the_browser_which_beats_the_default() {
        let mut headers = HeaderMap::new();
        assert_eq!(choose(None, &headers).language, Language::Id);
        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static("fr-FR,en-GB;q=0.8,id;q=0.5"));
        assert_eq!(choose(None, &headers).language, Language::En);
        assert_eq!(choose(Some("min"), &headers).language, Language::Min);
        assert_eq!(choose(Some("id"), &headers).language, Language::Id);
        assert_eq!(choose(Some("xx"), &headers).language, Language::En);
    }
}
