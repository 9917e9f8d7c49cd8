//! What an office has to say at its counters: news, and what it did because residents asked for it.

use super::language::Language;
use serde::Deserialize;
use std::collections::BTreeMap;

/// More would be read by nobody.
const MOST: usize = 12;
/// What is read from two metres in a few seconds.
const LONGEST_CHARS: usize = 200;

/// What an announcement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Something new, such as other opening hours.
    News,
    /// Something residents asked for, and the office did.
    Done,
}

/// One announcement.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Announcement {
    /// What it is about.
    pub kind: Kind,
    /// What is read, by language.
    text: BTreeMap<Language, String>,
}

impl Announcement {
    /// The text in this language, or in the first one that it has.
    #[must_use]
    pub fn say(&self, language: Language) -> &str {
        language.choose(&self.text)
    }
}

/// The announcements of an office, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<Announcement>")]
pub struct Announcements(Vec<Announcement>);

/// Why announcements cannot be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAnnouncements {
    /// Too many to be read.
    #[error("there are {0} announcements: show {MOST} at most")]
    TooMany(usize),
    /// Nothing to read.
    #[error(
        "announcement {0} has no text: write it such as text = {{ id = \"Loket 3 buka\", en = \"Counter 3 is open\" }}"
    )]
    Silent(usize),
    /// Too long to be read at a glance.
    #[error("a text of announcement {0} is longer than {LONGEST_CHARS} characters: say it shorter")]
    TooLong(usize),
}

impl TryFrom<Vec<Announcement>> for Announcements {
    type Error = BadAnnouncements;

    fn try_from(all: Vec<Announcement>) -> Result<Self, BadAnnouncements> {
        if all.len() > MOST {
            return Err(BadAnnouncements::TooMany(all.len()));
        }
        for (number, Announcement { text, .. }) in (1..).zip(&all) {
            if text.is_empty() || text.values().any(|text| text.trim().is_empty()) {
                return Err(BadAnnouncements::Silent(number));
            }
            if text.values().any(|text| text.chars().count() > LONGEST_CHARS) {
                return Err(BadAnnouncements::TooLong(number));
            }
        }
        Ok(Self(all))
    }
}

impl Announcements {
    /// Those of one kind.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &Announcement> {
        self.0.iter().filter(move |announcement| announcement.kind == kind)
    }

    /// All of them, in the order in which they take their turns.
    #[must_use]
    pub fn all(&self) -> &[Announcement] {
        &self.0
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct File {
        announcements: Announcements,
    }

    fn read(list: &str) -> Result<Announcements, String> {
        let file = toml::from_str::<File>(&format!("announcements = [{list}]"));
        file.map(|file| file.announcements).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn news_and_what_was_done_are_told_apart_in_every_language() {
        let all = read(
            r#"{ kind = "news", text = { id = "Sabtu buka", en = "Open on Saturday" } },
               { kind = "done", text = { id = "Loket 3 dibuka" } }"#,
        )
        .unwrap();
        let said = |kind, language| all.of(kind).map(|one| one.say(language)).collect::<Vec<_>>();
        assert_eq!(said(Kind::News, Language::En), ["Open on Saturday"]);
        assert_eq!(said(Kind::Done, Language::En), ["Loket 3 dibuka"], "rather another language than nothing");
        assert_eq!((all.count(), all.all().len(), read("").unwrap().count()), (2, 2, 0));
    }

    #[test]
    fn what_nobody_could_read_is_refused_with_its_number() {
        let one = |text: &str| format!("{{ kind = \"news\", text = {{ id = \"{text}\" }} }}");
        let many = vec![one("a"); 13].join(",");
        for (list, expected) in [
            (many, "there are 13 announcements"),
            (format!("{}, {}", one("a"), one(" ")), "announcement 2 has no text"),
            ("{ kind = \"news\", text = {} }".to_owned(), "announcement 1 has no text"),
            (one(&"a".repeat(201)), "longer than 200 characters"),
            ("{ kind = \"gossip\", text = { id = \"a\" } }".to_owned(), "gossip"),
            ("{ kind = \"news\", text = { id = \"a\" }, until = 3 }".to_owned(), "until"),
        ] {
            let error = read(&list).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
