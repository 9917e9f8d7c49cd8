//! Randomness that can be repeated.

use std::sync::{Arc, Mutex};
use suara_loket::domain::seeded::SplitMix64;
use suara_loket::system::Random;

/// A seeded generator.
#[derive(Clone, Debug)]
pub struct Dice(SplitMix64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(SplitMix64(seed))
    }

    /// Another generator, whose throws do not depend on how often this one is thrown later.
    pub fn split(&mut self) -> Self {
        Self(SplitMix64(self.next()))
    }

    pub fn next(&mut self) -> u64 {
        self.0.draw()
    }

    /// A number from 0 to `end`, which is left out.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// The same, for places in memory.
    pub fn index(&mut self, end: usize) -> usize {
        usize::try_from(self.below(end as u64)).unwrap()
    }

    /// The same, for spans of time.
    pub fn ms(&mut self, end: i64) -> i64 {
        i64::try_from(self.below(end.unsigned_abs())).unwrap()
    }

    pub fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    /// Whether something that happens in so many of a hundred cases happens now.
    pub fn percent(&mut self, of_hundred: u64) -> bool {
        self.below(100) < of_hundred
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.index(from.len())]
    }

    pub fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
    }

    /// As the product takes its randomness.
    pub fn into_random(self) -> Random {
        let dice = Mutex::new(self);
        Arc::new(move |bytes: &mut [u8]| dice.lock().unwrap().fill(bytes))
    }
}
