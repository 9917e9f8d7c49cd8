//! The reason of a flag in one sentence, ready to be translated.

use super::FlagKind;
use crate::domain::event::ContestReason;

/// A sentence with places `{}`, and the numbers that fill them in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// The English text, which is the key of its translations.
    pub template: &'static str,
    /// One for each place.
    pub numbers: Vec<u64>,
}

impl Sentence {
    /// The English sentence.
    #[must_use]
    pub fn english(&self) -> String {
        let numbers = self.numbers.iter().map(u64::to_string).chain(std::iter::repeat(String::new()));
        self.template.split("{}").zip(numbers).map(|(text, number)| text.to_owned() + &number).collect()
    }
}

impl FlagKind {
    /// All kinds, for lists and word lists.
    pub const ALL: [FlagKind; 12] = [
        FlagKind::Burst,
        FlagKind::Regularity,
        FlagKind::Sameness,
        FlagKind::Quick,
        FlagKind::OffHours,
        FlagKind::NoVisit,
        FlagKind::ShiftEdge,
        FlagKind::ManyPerVisit,
        FlagKind::Contested(ContestReason::Absent),
        FlagKind::Contested(ContestReason::SomebodyElse),
        FlagKind::Contested(ContestReason::WrongVisitor),
        FlagKind::Contested(ContestReason::Other),
    ];

    /// The sentence of this kind, with its places.
    #[must_use]
    pub fn template(self) -> &'static str {
        match self {
            FlagKind::Burst => "{} ratings came within {} seconds; in that time this counter usually has up to {}.",
            FlagKind::Regularity => {
                "{} ratings came one after the other at nearly equal distances of about {} seconds."
            }
            FlagKind::Sameness => "{} of {} ratings in a row gave {} stars; usually {} % here do.",
            FlagKind::Quick => "{} of {} ratings came too soon for another resident; usually {} % here do.",
            FlagKind::OffHours => "{} ratings were given while the office was closed.",
            FlagKind::NoVisit => "{} of {} ratings were given without a visit; usually {} % here are.",
            FlagKind::ShiftEdge => "{} of {} ratings were given in the first or last {} minutes of a shift.",
            FlagKind::ManyPerVisit => "{} answers were given to one visit.",
            FlagKind::Contested(ContestReason::Absent) => {
                "Officer {} says that the {} ratings of {} minutes are not theirs: they were away from the counter."
            }
            FlagKind::Contested(ContestReason::SomebodyElse) => {
                "Officer {} says that the {} ratings of {} minutes are not theirs: somebody else served there."
            }
            FlagKind::Contested(ContestReason::WrongVisitor) => {
                "Officer {} says that the {} ratings of {} minutes are not theirs: they came from nobody served there."
            }
            FlagKind::Contested(ContestReason::Other) => {
                "Officer {} says that the {} ratings of {} minutes are not theirs, and can tell why."
            }
        }
    }

    /// The sentence with its numbers.
    #[must_use]
    pub fn says(self, numbers: impl Into<Vec<u64>>) -> Sentence {
        Sentence { template: self.template(), numbers: numbers.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_sentence_fills_its_places() {
        let said = FlagKind::Sameness.says([12, 12, 5, 62]).english();
        assert_eq!(said, "12 of 12 ratings in a row gave 5 stars; usually 62 % here do.");
    }

    #[test]
    fn every_kind_has_its_own_name_and_sentence() {
        let kinds = FlagKind::ALL;
        let names: BTreeSet<_> = kinds.iter().map(|kind| kind.as_str()).collect();
        let sentences: BTreeSet<_> = kinds.iter().map(|kind| kind.template()).collect();
        assert_eq!((names.len(), sentences.len()), (kinds.len(), kinds.len()));
        assert!(kinds.iter().all(|kind| FlagKind::from_name(kind.as_str()) == Some(*kind)));
        assert!(ContestReason::ALL.iter().all(|reason| kinds.contains(&FlagKind::Contested(*reason))));
    }
}
