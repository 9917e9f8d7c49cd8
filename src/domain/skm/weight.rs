//! The weight of an element: the same for all nine, and exact.

use std::fmt;
use std::str::FromStr;

/// What the mean of each element is multiplied with before the nine are summed up.
///
/// The regulation says "1/9 = 0,11", a footnote of its form "0,111", and offices follow any of them. So it is
/// a setting, and every report prints which was taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Weight {
    /// Exactly a ninth.
    #[default]
    Exact,
    /// 0.111, as in the footnote.
    Thousandths,
    /// 0.11, as in the text.
    Hundredths,
}

impl Weight {
    /// All weights, the default first.
    pub const ALL: [Weight; 3] = [Weight::Exact, Weight::Thousandths, Weight::Hundredths];

    /// Its name in commands and exchanged files.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Weight::Exact => "exact",
            Weight::Thousandths => "0.111",
            Weight::Hundredths => "0.11",
        }
    }

    /// Numerator and denominator.
    #[must_use]
    pub fn fraction(self) -> (u64, u64) {
        match self {
            Weight::Exact => (1, 9),
            Weight::Thousandths => (111, 1_000),
            Weight::Hundredths => (11, 100),
        }
    }
}

/// As a report prints it.
impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Weight::Exact => "1/9",
            other => other.code(),
        })
    }
}

/// A text that is no weight.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no weight of the survey: use exact (1/9), 0.111 or 0.11")]
pub struct NotAWeight(pub String);

impl FromStr for Weight {
    type Err = NotAWeight;

    fn from_str(text: &str) -> Result<Self, NotAWeight> {
        let known = |weight: &Weight| weight.code() == text || weight.to_string() == text;
        Weight::ALL.into_iter().find(known).ok_or_else(|| NotAWeight(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_is_one_of_three_and_no_other_is_taken_silently() {
        for weight in Weight::ALL {
            assert_eq!(weight.code().parse(), Ok(weight));
            assert_eq!(weight.to_string().parse(), Ok(weight));
        }
        for wrong in ["0.125", "0.1", "0.071", "0,11", "1/8", "1", ""] {
            assert!(wrong.parse::<Weight>().is_err(), "{wrong}");
        }
        assert_eq!(Weight::default(), Weight::Exact);
    }
}
