//! The index (IKM) and the values of single elements: exact fractions, rounded once.

use super::{ElementTally, QualityGrade, SkmElement, Tally, Weight};
use num_bigint::BigUint;
use std::fmt;

/// A value of the scale that ends with 100, as it is shown: rounded half up to two decimals, from the exact one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Converted(u32);

impl Converted {
    #[cfg(test)]
    pub(super) fn from_hundredths(hundredths: u32) -> Self {
        Self(hundredths)
    }

    /// In hundredths: 8831 for 88.31.
    #[must_use]
    pub fn hundredths(self) -> u32 {
        self.0
    }

    /// The grade of what is shown.
    #[must_use]
    pub fn grade(self) -> QualityGrade {
        QualityGrade::of(self)
    }
}

/// With a point and two decimals, as data are exchanged.
impl fmt::Display for Converted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

/// The mean answer to one element (NRR), as it is shown: rounded half up to four decimals, as in the
/// regulation's table. Nothing is reckoned from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mean(u32);

/// With a point and four decimals.
impl fmt::Display for Mean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:04}", self.0 / 10_000, self.0 % 10_000)
    }
}

impl ElementTally {
    /// The mean answer; none without answers, never 0.
    #[must_use]
    pub fn mean(self) -> Option<Mean> {
        self.times_mean(10_000).map(Mean)
    }

    /// The mean on the scale that ends with 100; none without answers.
    #[must_use]
    pub fn converted(self) -> Option<Converted> {
        self.times_mean(25 * 100).map(Converted)
    }

    /// A multiple of the exact mean, rounded half up.
    fn times_mean(self, factor: u32) -> Option<u32> {
        let (total, answers) = (u128::from(self.total()), u128::from(self.answers()));
        let rounded = (2 * u128::from(factor) * total + answers).checked_div(2 * answers)?;
        u32::try_from(rounded).ok()
    }
}

/// There is no index, since to some elements nobody has answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not enough data: nobody has answered to {}", codes(.missing))]
pub struct NotEnough {
    /// Those, in the order of the regulation.
    pub missing: Vec<SkmElement>,
}

fn codes(elements: &[SkmElement]) -> String {
    elements.iter().map(|element| element.code()).collect::<Vec<_>>().join(", ")
}

/// The index of all nine: the sum of their weighted means times 25. Each mean is that of the answers to its own
/// element, and nothing is rounded on the way.
///
/// # Errors
/// When one element has no answers: that is no index, and never 0.
pub fn index(tally: &Tally, weight: Weight) -> Result<Converted, NotEnough> {
    let missing = tally.missing();
    if !missing.is_empty() {
        return Err(NotEnough { missing });
    }
    let elements = SkmElement::ALL.map(|element| tally.of(element));
    // Nine fractions on one denominator, which may be wider than any number of the machine.
    let (sum, common) = elements.iter().fold((BigUint::ZERO, BigUint::from(1_u8)), |(sum, common), element| {
        let (total, answers) = (element.total(), element.answers());
        (sum * answers + &common * total, common * answers)
    });
    let (numerator, denominator) = weight.fraction();
    let (hundredths, divisor) = (sum * (25 * 100 * numerator), common * denominator);
    // Half up: (2·P + Q) / (2·Q). Four times 25 times the largest weight is 100, so it fits.
    let rounded = u32::try_from((hundredths * 2_u8 + &divisor) / (divisor * 2_u8)).unwrap_or(u32::MAX);
    Ok(Converted(rounded))
}

/// Whether another weight would give another grade: then the choice of the weight decides, and a report has to say so.
#[must_use]
pub fn grade_depends_on_weight(tally: &Tally) -> bool {
    let grades = Weight::ALL.map(|weight| index(tally, weight).ok().map(Converted::grade));
    grades.iter().any(|grade| *grade != grades[0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::skm::SkmAnswer;
    use proptest::prelude::*;

    /// The same answers to every element.
    fn uniform(counts: [u64; 4]) -> Tally {
        tally(&[counts; 9])
    }

    fn tally(counts: &[[u64; 4]; 9]) -> Tally {
        let mut tally = Tally::default();
        for (element, counts) in SkmElement::ALL.into_iter().zip(counts) {
            for (answer, times) in SkmAnswer::ALL.into_iter().zip(counts) {
                tally.add_many(element, answer, *times);
            }
        }
        tally
    }

    fn shown(tally: &Tally, weight: Weight) -> (String, &'static str) {
        let index = index(tally, weight).unwrap();
        (index.to_string(), index.grade().letter())
    }

    #[test]
    fn the_constants_of_the_formula_hold() {
        for (counts, exact, thousandths, hundredths) in [
            ([0, 0, 0, 5], ("100.00", "A"), ("99.90", "A"), ("99.00", "A")),
            ([0, 0, 7, 0], ("75.00", "C"), ("74.93", "C"), ("74.25", "C")),
            ([9, 0, 0, 0], ("25.00", "D"), ("24.98", "D"), ("24.75", "D")),
        ] {
            for (weight, (value, letter)) in Weight::ALL.into_iter().zip([exact, thousandths, hundredths]) {
                assert_eq!(shown(&uniform(counts), weight), (value.to_owned(), letter), "{counts:?}, {weight}");
            }
        }
    }

    #[test]
    fn no_answers_are_no_index_and_no_zero() {
        let none = index(&Tally::default(), Weight::Exact).unwrap_err();
        assert_eq!(none.missing, SkmElement::ALL);
        assert_eq!((ElementTally::default().mean(), ElementTally::default().converted()), (None, None));
        assert!(!grade_depends_on_weight(&Tally::default()));
    }

    #[test]
    fn an_element_without_answers_is_named() {
        let mut counts = [[0, 0, 0, 9]; 9];
        (counts[3], counts[8]) = ([0; 4], [0; 4]);
        let not_enough = index(&tally(&counts), Weight::Exact).unwrap_err();
        assert_eq!(not_enough.to_string(), "not enough data: nobody has answered to biaya, sarana");
    }

    /// Ten respondents, all content; half of them left one question out.
    #[test]
    fn a_skipped_question_does_not_lower_its_mean() {
        let mut counts = [[0, 0, 0, 10]; 9];
        counts[7] = [0, 0, 0, 5];
        assert_eq!(shown(&tally(&counts), Weight::Exact).0, "100.00", "divided by all respondents: 94.44");
    }

    #[test]
    fn the_index_of_an_office_is_not_the_mean_of_its_services() {
        let (large, small) = (uniform([0, 0, 90, 0]), uniform([0, 0, 0, 10]));
        assert_eq!(shown(&large.plus(&small), Weight::Exact).0, "77.50", "the mean of both is 87.50");
    }

    /// Each mean is 3.3333…, which rounded to 3.33 on the way would give 83.25.
    #[test]
    fn nothing_is_rounded_on_the_way() {
        let tally = uniform([0, 0, 2, 1]);
        assert_eq!(shown(&tally, Weight::Exact), ("83.33".to_owned(), "B"));
        let mean = tally.of(SkmElement::Fee).mean().unwrap().to_string();
        assert_eq!(
            (mean.as_str(), tally.of(SkmElement::Fee).converted().unwrap().to_string()),
            ("3.3333", "83.33".to_owned())
        );
    }

    /// 25 x 3.5322 is 88.305: unrounded it lies between the bands of B and A, shown it is 88.31.
    #[test]
    fn what_is_graded_is_what_is_shown() {
        let half_up = uniform([0, 0, 4_678, 5_322]);
        assert_eq!(shown(&half_up, Weight::Exact), ("88.31".to_owned(), "A"));
        let below = uniform([0, 0, 46_781, 53_219]);
        assert_eq!(shown(&below, Weight::Exact), ("88.30".to_owned(), "B"), "88.30475");
        let gap = uniform([0, 0, 93_558, 6_442]);
        assert_eq!(shown(&gap, Weight::Exact), ("76.61".to_owned(), "B"), "76.6105");
    }

    #[test]
    fn every_grade_begins_at_its_edge() {
        // Of 10,000 answers with a mean of m, 10,000·m is the total: hundredths are a quarter of that.
        for (hundredths, letter) in
            [(8_831, "A"), (8_830, "B"), (7_661, "B"), (7_660, "C"), (6_500, "C"), (6_499, "D"), (2_500, "D")]
        {
            let above_one = 4 * hundredths - 10_000;
            let (threes, rest) = (above_one / 3, above_one % 3);
            let counts = [10_000 - threes - u64::from(rest > 0), u64::from(rest == 1), u64::from(rest == 2), threes];
            let expected = format!("{}.{:02}", hundredths / 100, hundredths % 100);
            assert_eq!(shown(&uniform(counts), Weight::Exact), (expected, letter));
        }
    }

    #[test]
    fn it_is_told_when_the_weight_decides() {
        let edge = uniform([0, 0, 4_676, 5_324]);
        let letters = Weight::ALL.map(|weight| shown(&edge, weight).1);
        assert_eq!(letters, ["A", "B", "B"]);
        assert!(grade_depends_on_weight(&edge));
        assert!(!grade_depends_on_weight(&uniform([0, 0, 0, 1])));
    }

    /// A thousand million answers to each element, each another number that shares no factor with the rest.
    #[test]
    fn counts_without_a_common_factor_do_not_overflow() {
        let primes: [u64; 9] = [7, 9, 21, 33, 87, 93, 97, 103, 123].map(|more| 1_000_000_000 + more);
        let all_but_one = tally(&primes.map(|n| [0, 0, 1, n - 1]));
        assert_eq!(shown(&all_but_one, Weight::Exact).0, "100.00");
        let half = tally(&primes.map(|n| [0, 0, n / 2, n - n / 2]));
        assert_eq!(shown(&half, Weight::Exact), ("87.50".to_owned(), "B"));
        let most = uniform([1 << 60; 4]);
        assert_eq!(shown(&most, Weight::Exact).0, "62.50");
    }

    /// The sum of nine fractions over the least common multiple, for small counts.
    fn by_lcm(counts: &[[u64; 4]; 9], weight: Weight) -> u128 {
        let gcd = |mut a: u128, mut b: u128| {
            while b > 0 {
                (a, b) = (b, a % b);
            }
            a
        };
        let sums = counts.map(|c| {
            let total: u64 = c.iter().zip(1..).map(|(n, value): (&u64, u64)| n * value).sum();
            (u128::from(total), u128::from(c.iter().sum::<u64>()))
        });
        let lcm = sums.iter().fold(1, |lcm, (_, n)| lcm / gcd(lcm, *n) * n);
        let sum: u128 = sums.iter().map(|(total, n)| total * (lcm / n)).sum();
        let (a, b) = weight.fraction();
        let (p, q) = (sum * 2_500 * u128::from(a), lcm * u128::from(b));
        (2 * p + q) / (2 * q)
    }

    prop_compose! {
        fn answered(most: u64)(mut counts in prop::array::uniform4(0..most), at in 0..4usize) -> [u64; 4] {
            counts[at] += 1;
            counts
        }
    }

    fn counts(most: u64) -> impl Strategy<Value = [[u64; 4]; 9]> {
        prop::array::uniform9(answered(most))
    }

    fn weights() -> impl Strategy<Value = Weight> {
        prop::sample::select(Weight::ALL.to_vec())
    }

    proptest! {
        #[test]
        fn it_is_the_sum_over_the_least_common_multiple(counts in counts(40), weight in weights()) {
            let expected = by_lcm(&counts, weight);
            prop_assert_eq!(u128::from(index(&tally(&counts), weight).unwrap().hundredths()), expected);
        }

        #[test]
        fn as_many_answers_to_each_make_the_short_formula(
            values in prop::collection::vec(prop::array::uniform9(1..=4u64), 1..200)
        ) {
            let (mut tally, n) = (Tally::default(), values.len() as u64);
            for (element, value) in values.iter().flat_map(|row| SkmElement::ALL.into_iter().zip(row)) {
                tally.add(element, SkmAnswer::try_from(u8::try_from(*value).unwrap()).unwrap());
            }
            let total: u64 = values.iter().flatten().sum();
            prop_assert_eq!(u64::from(index(&tally, Weight::Exact).unwrap().hundredths()), (5_000 * total + 9 * n) / (18 * n));
        }

        #[test]
        fn it_lies_between_25_and_100(counts in counts(1 << 50)) {
            let value = index(&tally(&counts), Weight::Exact).unwrap().hundredths();
            prop_assert!((2_500..=10_000).contains(&value), "{value}");
        }

        #[test]
        fn neither_rows_nor_columns_have_an_order(counts in counts(1_000), turn in 0..9usize, weight in weights()) {
            let mut turned = counts;
            turned.rotate_left(turn);
            prop_assert_eq!(index(&tally(&counts), weight), index(&tally(&turned), weight));
            let backwards: Tally = SkmElement::ALL.into_iter().zip(counts).rev().map(|(element, counts)| {
                let mut one = Tally::default();
                for (answer, times) in SkmAnswer::ALL.into_iter().zip(counts).rev() {
                    one.add_many(element, answer, times);
                }
                one
            }).sum();
            prop_assert_eq!(backwards, tally(&counts));
        }

        #[test]
        fn pooling_the_same_answers_again_changes_nothing(counts in counts(1_000), times in 1..1_000_000u64, weight in weights()) {
            let more = tally(&counts.map(|counts| counts.map(|n| n * times)));
            prop_assert_eq!(index(&more, weight), index(&tally(&counts), weight));
        }

        #[test]
        fn pooled_it_lies_between_its_parts(one in answered(1_000), other in answered(1_000)) {
            let of = |tally: &Tally| index(tally, Weight::Exact).unwrap();
            let (one, other) = (uniform(one), uniform(other));
            let (low, high) = (of(&one).min(of(&other)), of(&one).max(of(&other)));
            prop_assert!((low..=high).contains(&of(&one.plus(&other))));
            prop_assert_eq!(one.plus(&other), other.plus(&one));
        }
    }
}
