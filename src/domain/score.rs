//! What a handful of ratings says, and how far it can be trusted.

use super::stars::Stars;
use serde::{Deserialize, Serialize};

/// How many ratings gave one, two, three, four and five stars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spread(pub [u32; 5]);

impl Spread {
    /// Adds one rating.
    pub fn add(&mut self, stars: Stars) {
        if let Some(n) = self.0.get_mut(stars.index()) {
            *n = n.saturating_add(1);
        }
    }

    /// The sum of two spreads.
    #[must_use]
    pub fn plus(self, other: Spread) -> Spread {
        let mut sum = self;
        for (n, m) in sum.0.iter_mut().zip(other.0) {
            *n = n.saturating_add(m);
        }
        sum
    }

    /// How many ratings there are.
    #[must_use]
    pub fn count(self) -> u32 {
        self.0.iter().fold(0, |sum, n| sum.saturating_add(*n))
    }

    /// The score: mean with its range. `None` without ratings, never zero.
    #[must_use]
    pub fn score(self) -> Option<Score> {
        let count = self.count();
        if count == 0 {
            return None;
        }
        let total: f64 = Stars::ALL.iter().zip(self.0).map(|(s, n)| f64::from(s.get()) * f64::from(n)).sum();
        let mean = total / f64::from(count);
        let (low, high) = wilson((mean - 1.0) / 4.0, count);
        Some(Score { mean, low: 1.0 + 4.0 * low, high: 1.0 + 4.0 * high, count })
    }
}

/// A mean of stars that always travels with its count and range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// Mean of the stars, 1 to 5.
    pub mean: f64,
    /// Lower end of the 95 % range.
    pub low: f64,
    /// Upper end of the 95 % range.
    pub high: f64,
    /// Number of ratings.
    pub count: u32,
}

/// Wilson's 95 % interval of a share `p` of `n` (E. B. Wilson, 1927).
///
/// A mean of values between 0 and 1 varies at most as much as a share of the same size, so the
/// interval also holds, on the safe side, for stars scaled to that range.
#[must_use]
pub fn wilson(p: f64, n: u32) -> (f64, f64) {
    const Z: f64 = 1.959_964;
    if n == 0 {
        return (0.0, 1.0);
    }
    let n = f64::from(n);
    let scale = 1.0 + Z * Z / n;
    let centre = (p + Z * Z / (2.0 * n)) / scale;
    let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).max(0.0).sqrt() / scale;
    ((centre - half).max(0.0), (centre + half).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_matches_published_values() {
        for (hits, n, low, high) in [
            (1, 1, 0.2065, 1.0),
            (5, 5, 0.5655, 1.0),
            (9, 10, 0.5958, 0.9821),
            (45, 50, 0.7864, 0.9565),
            (90, 100, 0.8256, 0.9448),
            (0, 10, 0.0, 0.2775),
        ] {
            let (l, h) = wilson(f64::from(hits) / f64::from(n), n);
            assert!((l - low).abs() < 5e-5 && (h - high).abs() < 5e-5, "{hits}/{n}: [{l}, {h}]");
        }
    }

    #[test]
    fn a_score_lies_inside_its_range_and_needs_ratings() {
        assert_eq!(Spread::default().score(), None);
        let all_five = Spread([0, 0, 0, 0, 5]).score().unwrap();
        assert!((all_five.mean - 5.0).abs() < 1e-9 && (all_five.high - 5.0).abs() < 1e-9);
        assert!(all_five.low < 4.0, "five ratings prove little: {}", all_five.low);
        let mixed = Spread([1, 0, 2, 5, 12]).score().unwrap();
        assert!(mixed.low < mixed.mean && mixed.mean < mixed.high);
    }
}
