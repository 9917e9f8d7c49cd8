//! What one respondent answered: any of the nine, and none has to be.

use super::{SkmAnswer, SkmElement};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The answers of one respondent, exchanged by the codes of the elements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "BTreeMap<SkmElement, SkmAnswer>", into = "BTreeMap<SkmElement, SkmAnswer>")]
pub struct Answers([Option<SkmAnswer>; 9]);

impl Answers {
    /// Notes an answer, in place of one that was noted before.
    pub fn set(&mut self, element: SkmElement, answer: SkmAnswer) {
        if let Some(place) = self.0.get_mut(element.index()) {
            *place = Some(answer);
        }
    }

    /// What was answered to one element.
    #[must_use]
    pub fn get(&self, element: SkmElement) -> Option<SkmAnswer> {
        self.0.get(element.index()).copied().flatten()
    }

    /// The answers given, in the order of the regulation.
    pub fn iter(&self) -> impl Iterator<Item = (SkmElement, SkmAnswer)> {
        SkmElement::ALL.into_iter().zip(self.0).filter_map(|(element, answer)| Some((element, answer?)))
    }

    /// Whether nothing was answered: that is no respondent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }
}

impl From<BTreeMap<SkmElement, SkmAnswer>> for Answers {
    fn from(given: BTreeMap<SkmElement, SkmAnswer>) -> Self {
        given.into_iter().collect()
    }
}

impl From<Answers> for BTreeMap<SkmElement, SkmAnswer> {
    fn from(answers: Answers) -> Self {
        answers.iter().collect()
    }
}

impl FromIterator<(SkmElement, SkmAnswer)> for Answers {
    fn from_iter<I: IntoIterator<Item = (SkmElement, SkmAnswer)>>(given: I) -> Self {
        let mut answers = Self::default();
        given.into_iter().for_each(|(element, answer)| answers.set(element, answer));
        answers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_answered_is_not_there() {
        let mut answers = Answers::default();
        assert!(answers.is_empty());
        answers.set(SkmElement::Facilities, SkmAnswer::ALL[3]);
        answers.set(SkmElement::Requirements, SkmAnswer::ALL[0]);
        assert_eq!(serde_json::to_string(&answers).unwrap(), r#"{"persyaratan":1,"sarana":4}"#);
        assert_eq!(serde_json::from_str::<Answers>(r#"{"sarana":4,"persyaratan":1}"#).unwrap(), answers);
        assert_eq!((answers.get(SkmElement::Fee), answers.is_empty()), (None, false));
        assert!(serde_json::from_str::<Answers>(r#"{"sarana":5}"#).is_err());
        assert!(serde_json::from_str::<Answers>(r#"{"u9":4}"#).is_err());
    }
}
