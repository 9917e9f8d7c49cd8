//! The questionnaire in words, one file for each language.

mod en;
mod id;
mod min;

use super::SkmElement;
use crate::domain::language::Language;

/// One element as a resident reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// Its short name.
    pub name: &'static str,
    /// The question.
    pub question: &'static str,
    /// The four answers, the worst first.
    pub options: [&'static str; 4],
}

pub(super) fn words(element: SkmElement, language: Language) -> Words {
    match language {
        Language::Id => id::words(element),
        Language::Min => min::words(element),
        Language::En => en::words(element),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_questions_are_those_of_the_regulation() {
        let words = SkmElement::Requirements.words(Language::Id);
        assert_eq!(
            words.question,
            "Bagaimana pendapat Saudara tentang kesesuaian persyaratan pelayanan dengan jenis pelayanannya?"
        );
        assert_eq!(words.options, ["Tidak sesuai", "Kurang sesuai", "Sesuai", "Sangat sesuai"]);
        let options = |element: SkmElement| element.words(Language::Id).options;
        assert_eq!(options(SkmElement::Fee), ["Sangat mahal", "Cukup mahal", "Murah", "Gratis"]);
        assert_eq!(options(SkmElement::Facilities), ["Buruk", "Cukup", "Baik", "Sangat baik"]);
    }

    #[test]
    fn every_language_asks_nine_questions_with_four_answers_each() {
        for language in Language::ALL {
            let all = SkmElement::ALL.map(|element| element.words(language));
            let distinct = |texts: Vec<&str>, expected: usize| {
                assert!(texts.iter().all(|text| !text.trim().is_empty() && text.trim() == *text), "{texts:?}");
                let texts: std::collections::BTreeSet<_> = texts.into_iter().collect();
                assert_eq!(texts.len(), expected, "{language:?} says something twice: {texts:?}");
            };
            distinct(all.iter().map(|words| words.name).collect(), 9);
            distinct(all.iter().map(|words| words.question).collect(), 9);
            assert!(all.iter().all(|words| words.question.ends_with('?')), "{language:?} does not ask");
            for words in all {
                distinct(words.options.to_vec(), 4);
            }
        }
    }
}
