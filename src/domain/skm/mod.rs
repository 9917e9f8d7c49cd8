//! SKM, the survey of satisfaction that the law asks of every public office (PermenPANRB 14/2017): its nine
//! elements, the four answers to each, whose turn it is at the counter, and the index of many answers (IKM).
//!
//! Another instrument than the stars: neither is ever turned into the other.

mod answers;
mod form;
mod grade;
mod index;
mod sample;
mod tally;
mod turn;
mod weight;
mod words;

pub use answers::Answers;
pub use form::{AgeBand, Education, Form, Hours, Occupation, Respondent, Sex, Source};
pub use grade::QualityGrade;
pub use index::{Converted, Mean, NotEnough, grade_depends_on_weight, index};
pub use sample::sample_target;
pub use tally::{ElementTally, Group, Tally};
pub use turn::least_asked;
pub use weight::{NotAWeight, Weight};
pub use words::Words;

use super::language::Language;
use serde::{Deserialize, Serialize};

/// One of the nine elements (*unsur*), in the order of the regulation.
///
/// Its code is what is kept and exchanged, never its number: the regulation's own questionnaire swaps the
/// last two, and public portals disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SkmElement {
    /// What has to be brought along.
    #[serde(rename = "persyaratan")]
    Requirements,
    /// The way through the office.
    #[serde(rename = "prosedur")]
    Procedure,
    /// How long it takes.
    #[serde(rename = "waktu")]
    CompletionTime,
    /// What it costs; the documents of a civil registry are free.
    #[serde(rename = "biaya")]
    Fee,
    /// What comes out of it.
    #[serde(rename = "produk")]
    Product,
    /// What the staff can do.
    #[serde(rename = "kompetensi")]
    Competence,
    /// How the staff behave.
    #[serde(rename = "perilaku")]
    Conduct,
    /// What becomes of complaints.
    #[serde(rename = "pengaduan")]
    ComplaintHandling,
    /// Rooms and equipment.
    #[serde(rename = "sarana")]
    Facilities,
}

impl SkmElement {
    /// All elements, in the order of the regulation.
    pub const ALL: [SkmElement; 9] = [
        SkmElement::Requirements,
        SkmElement::Procedure,
        SkmElement::CompletionTime,
        SkmElement::Fee,
        SkmElement::Product,
        SkmElement::Competence,
        SkmElement::Conduct,
        SkmElement::ComplaintHandling,
        SkmElement::Facilities,
    ];

    /// What is stored and exchanged.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            SkmElement::Requirements => "persyaratan",
            SkmElement::Procedure => "prosedur",
            SkmElement::CompletionTime => "waktu",
            SkmElement::Fee => "biaya",
            SkmElement::Product => "produk",
            SkmElement::Competence => "kompetensi",
            SkmElement::Conduct => "perilaku",
            SkmElement::ComplaintHandling => "pengaduan",
            SkmElement::Facilities => "sarana",
        }
    }

    /// The element of a code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|element| element.code() == code)
    }

    /// Its place in counts of nine.
    #[must_use]
    pub fn index(self) -> usize {
        self as usize
    }

    /// What a resident reads.
    #[must_use]
    pub fn words(self, language: Language) -> Words {
        words::words(self, language)
    }
}

/// An answer to one element: 1, the worst, to 4. Never stars, and never made of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct SkmAnswer(u8);

impl SkmAnswer {
    /// All answers, the worst first.
    pub const ALL: [SkmAnswer; 4] = [SkmAnswer(1), SkmAnswer(2), SkmAnswer(3), SkmAnswer(4)];

    /// Its value, 1 to 4.
    #[must_use]
    pub fn get(self) -> u8 {
        self.0
    }

    /// Its place among the four options.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0) - 1
    }
}

/// A number that is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no answer of the survey: choose 1 to 4")]
pub struct NotAnAnswer(pub u8);

impl TryFrom<u8> for SkmAnswer {
    type Error = NotAnAnswer;

    fn try_from(value: u8) -> Result<Self, NotAnAnswer> {
        if (1..=4).contains(&value) { Ok(Self(value)) } else { Err(NotAnAnswer(value)) }
    }
}

impl From<SkmAnswer> for u8 {
    fn from(answer: SkmAnswer) -> u8 {
        answer.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_is_written_as_its_code() {
        for (index, element) in SkmElement::ALL.into_iter().enumerate() {
            let code = element.code();
            assert_eq!(serde_json::to_string(&element).unwrap(), format!("\"{code}\""));
            assert_eq!(serde_json::from_str::<SkmElement>(&format!("\"{code}\"")).unwrap(), element);
            assert_eq!((SkmElement::from_code(code), element.index()), (Some(element), index));
        }
        assert!(serde_json::from_str::<SkmElement>("\"8\"").is_err() && SkmElement::from_code("8").is_none());
    }

    #[test]
    fn the_regulation_has_complaints_before_facilities() {
        assert_eq!(SkmElement::ALL.map(SkmElement::code)[7..], ["pengaduan", "sarana"]);
    }

    #[test]
    fn only_one_to_four_are_answers() {
        for n in 0..=u8::MAX {
            assert_eq!(SkmAnswer::try_from(n).is_ok(), (1..=4).contains(&n), "{n}");
        }
        assert_eq!(serde_json::to_string(&SkmAnswer::ALL).unwrap(), "[1,2,3,4]");
        assert!(serde_json::from_str::<SkmAnswer>("5").is_err());
    }
}
