//! Chance that can be repeated, for the simulations among the tests.

use super::seeded::SplitMix64;
use std::env;

/// A source of random numbers.
pub(crate) struct Dice(SplitMix64);

impl Dice {
    /// One source for each case of a run, so that a failing case can be run alone.
    pub(crate) fn new(seed: u64, case: u64) -> Self {
        let mut dice = Self(SplitMix64(seed ^ case.wrapping_mul(0xD6E8_FEB8_6659_FD93)));
        dice.next();
        dice
    }

    fn next(&mut self) -> u64 {
        self.0.draw()
    }

    /// Evenly from `low` to `high`, the latter left out.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + i64::try_from(self.next() % u64::try_from(high - low).unwrap()).unwrap()
    }

    /// Evenly from 0 to 1.
    pub(crate) fn share(&mut self) -> f64 {
        f64::from(u32::try_from(self.next() >> 32).unwrap()) / f64::from(u32::MAX)
    }

    /// True this often.
    pub(crate) fn chance(&mut self, share: f64) -> bool {
        self.share() < share
    }

    /// One of these.
    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::try_from(self.between(0, i64::try_from(choices.len()).unwrap())).unwrap()]
    }
}

/// How many cases to run, and with which seed: from the environment, printed for a failure's sake.
pub(crate) fn run(cases_from: &str, cases: u64) -> (u64, u64) {
    let number = |name: &str, default| env::var(name).map_or(default, |text| text.parse().unwrap());
    let (cases, seed) = (number(cases_from, cases), number("SUARA_SEED", 1));
    println!("{cases_from}={cases} SUARA_SEED={seed}");
    (cases, seed)
}
