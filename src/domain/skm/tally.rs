//! Counted answers, element by element: all that an index needs, and nothing of who gave them.

use super::{Answers, SkmAnswer, SkmElement};

/// More of one answer than will ever be given; what is bounded can be reckoned with exactly.
const MOST: u64 = 1 << 60;

/// How often each of the four answers was given to one element.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ElementTally([u64; 4]);

impl ElementTally {
    /// Answers that were counted elsewhere, the worst first.
    #[must_use]
    pub fn new(counts: [u64; 4]) -> Self {
        Self(counts.map(|n| n.min(MOST)))
    }

    /// How often each answer was given, the worst first.
    #[must_use]
    pub fn counts(self) -> [u64; 4] {
        self.0
    }

    /// How many answers there are: never how many respondents, who may have left it out.
    #[must_use]
    pub fn answers(self) -> u64 {
        self.0.iter().sum()
    }

    /// The sum of their values.
    #[must_use]
    pub fn total(self) -> u64 {
        self.0.iter().zip(1..).map(|(n, value): (&u64, u64)| n * value).sum()
    }

    fn add(&mut self, answer: SkmAnswer, times: u64) {
        if let Some(n) = self.0.get_mut(answer.index()) {
            *n = n.saturating_add(times).min(MOST);
        }
    }
}

/// Counted answers to the nine elements. Tallies are pooled answer by answer: the index of an office is that of
/// all its respondents, not the mean of its services' indices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tally([ElementTally; 9]);

impl Tally {
    /// Counts one answer.
    pub fn add(&mut self, element: SkmElement, answer: SkmAnswer) {
        self.add_many(element, answer, 1);
    }

    /// Counts what one respondent answered.
    pub fn add_all(&mut self, answers: &Answers) {
        answers.iter().for_each(|(element, answer)| self.add(element, answer));
    }

    /// Counts as many of the same answer.
    pub fn add_many(&mut self, element: SkmElement, answer: SkmAnswer, times: u64) {
        if let Some(counted) = self.0.get_mut(element.index()) {
            counted.add(answer, times);
        }
    }

    /// Both together.
    #[must_use]
    pub fn plus(mut self, other: &Tally) -> Tally {
        for element in SkmElement::ALL {
            for (answer, times) in SkmAnswer::ALL.into_iter().zip(other.of(element).0) {
                self.add_many(element, answer, times);
            }
        }
        self
    }

    /// What was answered to one element.
    #[must_use]
    pub fn of(&self, element: SkmElement) -> ElementTally {
        self.0.get(element.index()).copied().unwrap_or_default()
    }

    /// The elements to which nobody has answered, in the order of the regulation.
    #[must_use]
    pub fn missing(&self) -> Vec<SkmElement> {
        SkmElement::ALL.into_iter().filter(|element| self.of(*element).answers() == 0).collect()
    }

    /// How many answers the element has that was answered least: where each is asked about one, a sample is as
    /// large as this.
    #[must_use]
    pub fn fewest_answers(&self) -> u64 {
        self.0.iter().map(|element| element.answers()).min().unwrap_or(0)
    }

    /// How many said that they had to pay: documents of a civil registry are free, so each is a sign of an
    /// illegal fee to look into.
    #[must_use]
    pub fn illegal_fee_signals(&self) -> u64 {
        let [expensive, rather, cheap, _free] = self.of(SkmElement::Fee).0;
        expensive + rather + cheap
    }
}

/// Respondents and what they answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// Who gave at least one answer.
    pub respondents: u64,
    /// The answers.
    pub tally: Tally,
}

impl Group {
    /// Counts one respondent.
    pub fn add(&mut self, respondent: &Answers) {
        self.respondents += 1;
        self.tally.add_all(respondent);
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: &Group) -> Group {
        Group { respondents: self.respondents.saturating_add(other.respondents), tally: self.tally.plus(&other.tally) }
    }
}

impl std::iter::Sum for Tally {
    fn sum<I: Iterator<Item = Tally>>(tallies: I) -> Tally {
        tallies.fold(Tally::default(), |sum, tally| sum.plus(&tally))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_counted_by_element_and_value() {
        let mut tally = Tally::default();
        for value in [1, 4, 4] {
            tally.add(SkmElement::Fee, SkmAnswer::try_from(value).unwrap());
        }
        assert_eq!((tally.of(SkmElement::Fee).answers(), tally.of(SkmElement::Fee).total()), (3, 9));
        assert_eq!(tally.of(SkmElement::Facilities), ElementTally::default());
        assert_eq!((tally.missing().len(), tally.illegal_fee_signals(), tally.fewest_answers()), (8, 1, 0));
        let twice = tally.plus(&Tally([ElementTally::new([0, 0, 1, 1]); 9]));
        assert_eq!((twice.fewest_answers(), twice.missing()), (2, vec![]));
    }

    #[test]
    fn complaints_and_facilities_are_told_apart_by_their_codes() {
        let mut tally = Tally::default();
        tally.add(SkmElement::from_code("pengaduan").unwrap(), SkmAnswer::ALL[0]);
        tally.add(SkmElement::from_code("sarana").unwrap(), SkmAnswer::ALL[3]);
        assert_eq!(tally.of(SkmElement::ComplaintHandling).total(), 1);
        assert_eq!(tally.of(SkmElement::Facilities).total(), 4);
    }

    #[test]
    fn no_number_of_answers_overflows() {
        let full = Tally([ElementTally::new([u64::MAX; 4]); 9]);
        let sum = full.plus(&full).of(SkmElement::Product);
        assert_eq!((sum.answers(), sum.total()), (4 * MOST, 10 * MOST));
    }
}
