//! Reasons: what residents may add to their stars with a touch.

use super::event::ReasonCode;
use super::language::Language;
use super::stars::Stars;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// More would be a form.
const MOST: usize = 6;

/// One reason that can be touched.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReasonChip {
    /// What is counted; stays the same for ever.
    pub code: ReasonCode,
    /// What is read, by language.
    text: BTreeMap<Language, String>,
}

impl ReasonChip {
    /// The text in this language, or in the first one that it has.
    #[must_use]
    pub fn say(&self, language: Language) -> &str {
        language.choose(&self.text)
    }
}

/// The reasons that an office offers. After every star there are as many, so that none asks for more than
/// another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Lists")]
pub struct Reasons {
    liked: Vec<ReasonChip>,
    missed: Vec<ReasonChip>,
}

/// The lists as they are written.
#[derive(Deserialize)]
struct Lists {
    liked: Vec<ReasonChip>,
    missed: Vec<ReasonChip>,
}

/// Why lists of reasons cannot be offered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadReasons {
    /// Some stars would have more than others.
    #[error("there are {liked} reasons under `liked` and {missed} under `missed`: offer as many of both")]
    Uneven {
        /// After four and five stars.
        liked: usize,
        /// After one to three.
        missed: usize,
    },
    /// Too many to be read at a glance.
    #[error("there are {0} reasons after a star: offer {MOST} at most")]
    TooMany(usize),
    /// One code for two reasons.
    #[error("the reason `{0}` is there twice: give each a code of its own")]
    Twice(ReasonCode),
    /// Nothing to read.
    #[error("the reason `{0}` has no text: write it such as text = {{ id = \"Ramah\", en = \"Friendly\" }}")]
    Silent(ReasonCode),
}

impl TryFrom<Lists> for Reasons {
    type Error = BadReasons;

    fn try_from(Lists { liked, missed }: Lists) -> Result<Self, BadReasons> {
        if liked.len() != missed.len() {
            return Err(BadReasons::Uneven { liked: liked.len(), missed: missed.len() });
        }
        if liked.len() > MOST {
            return Err(BadReasons::TooMany(liked.len()));
        }
        let mut codes = BTreeSet::new();
        for chip in liked.iter().chain(&missed) {
            if !codes.insert(&chip.code) {
                return Err(BadReasons::Twice(chip.code.clone()));
            }
            if chip.text.is_empty() || chip.text.values().any(|text| text.trim().is_empty()) {
                return Err(BadReasons::Silent(chip.code.clone()));
            }
        }
        Ok(Self { liked, missed })
    }
}

impl Reasons {
    /// Whether any star is asked why.
    #[must_use]
    pub fn are_asked(&self) -> bool {
        !self.liked.is_empty()
    }

    /// The reasons to choose from after so many stars: what was good after four and five, what was missing
    /// after fewer.
    #[must_use]
    pub fn offered(&self, stars: Stars) -> &[ReasonChip] {
        if stars.get() >= 4 { &self.liked } else { &self.missed }
    }

    /// Whether this is a reason of something that was missing.
    #[must_use]
    pub fn is_missed(&self, code: &ReasonCode) -> bool {
        self.missed.iter().any(|chip| chip.code == *code)
    }

    /// What a reason is called. One that is not offered any more goes by its code: `buku_tamu` is `Buku tamu`.
    #[must_use]
    pub fn say(&self, code: &ReasonCode, language: Language) -> String {
        let known = self.liked.iter().chain(&self.missed).find(|chip| chip.code == *code);
        known.map_or_else(|| legible(code), |chip| chip.say(language).to_owned())
    }
}

fn legible(code: &ReasonCode) -> String {
    let text = code.to_string().replace('_', " ");
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Reasons, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }

    const ONE_EACH: &str = r#"
        liked = [{ code = "ramah", text = { id = "Ramah", en = "Friendly" } }]
        missed = [{ code = "lama", text = { id = "Lama" } }]"#;

    #[test]
    fn stars_are_asked_for_what_was_good_or_missing() {
        let reasons = read(ONE_EACH).unwrap();
        let said = |stars: u8, language| reasons.offered(Stars::try_from(stars).unwrap())[0].say(language);
        assert_eq!((said(5, Language::Id), said(4, Language::En)), ("Ramah", "Friendly"));
        assert_eq!(
            (said(3, Language::Id), said(1, Language::En)),
            ("Lama", "Lama"),
            "rather another language than none"
        );
        assert!(reasons.are_asked() && !Reasons::default().are_asked());
    }

    #[test]
    fn a_reason_is_called_as_it_is_offered_or_by_its_code() {
        let reasons = read(ONE_EACH).unwrap();
        let code = |code: &str| ReasonCode::try_from(code.to_owned()).unwrap();
        assert_eq!(reasons.say(&code("ramah"), Language::En), "Friendly");
        assert_eq!(reasons.say(&code("buku_tamu"), Language::En), "Buku tamu");
        assert!(reasons.is_missed(&code("lama")) && !reasons.is_missed(&code("ramah")));
    }

    #[test]
    fn lists_that_cannot_be_offered_say_why() {
        let chip = |code: &str| format!("{{ code = \"{code}\", text = {{ id = \"A\" }} }}");
        let seven = (0..7).map(|n| chip(&format!("a{n}"))).collect::<Vec<_>>().join(",");
        let more = (0..7).map(|n| chip(&format!("b{n}"))).collect::<Vec<_>>().join(",");
        for (liked, missed, expected) in [
            (chip("a"), String::new(), "1 reasons under `liked` and 0"),
            (seven, more, "offer 6 at most"),
            (chip("a"), chip("a"), "`a` is there twice"),
            ("{ code = \"a\", text = {} }".to_owned(), chip("b"), "`a` has no text"),
            ("{ code = \"a\", text = { id = \" \" } }".to_owned(), chip("b"), "`a` has no text"),
            ("{ code = \"A B\", text = { id = \"A\" } }".to_owned(), chip("b"), "no code of a reason"),
            ("{ code = \"a\", text = { xx = \"A\" } }".to_owned(), chip("b"), "xx"),
        ] {
            let error = read(&format!("liked = [{liked}]\nmissed = [{missed}]")).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
