//! One run of a fault: its seed, how often it is repeated, and the line it leaves behind.

use super::Dice;
use std::fmt::Display;
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};

/// A run that has begun.
pub struct Run {
    name: &'static str,
    seed: u64,
    /// How often to repeat.
    pub count: u64,
}

impl Run {
    /// Begins a run of `quick` repetitions, or `full` where the full counts are asked for.
    pub fn begin(name: &'static str, quick: u64, full: u64) -> Self {
        let asked = number("SUARA_FAULTS_COUNT");
        let count = asked.unwrap_or(if is_full() { full } else { quick });
        let seed = number("SUARA_FAULTS_SEED").unwrap_or_else(fresh_seed);
        // Seen only when the test fails: the seed to try again with.
        println!("faults: {name}: begins with SUARA_FAULTS_SEED={seed}, {count} times");
        Self { name, seed, count }
    }

    pub fn dice(&self) -> Dice {
        Dice::new(self.seed)
    }

    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Prints the figure this run ends with.
    pub fn report(&self, figure: impl Display) {
        say(&format!("faults: {}: {figure} (seed {})", self.name, self.seed));
    }

    /// Says loudly that nothing was proven, and why.
    pub fn skip(&self, reason: impl Display) {
        say(&format!("faults: {}: SKIPPED: {reason}", self.name));
    }
}

/// Does something so many times, on as many threads as there are processors. Each time has a number,
/// which is all it may depend on.
pub fn in_parallel(times: u64, each: impl Fn(u64) + Sync) {
    let (next, threads) = (AtomicU64::new(0), std::thread::available_parallelism().map_or(1, usize::from));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    match next.fetch_add(1, Ordering::SeqCst) {
                        number if number < times => each(number),
                        _ => return,
                    }
                }
            });
        }
    });
}

pub fn is_full() -> bool {
    std::env::var("SUARA_FAULTS").is_ok_and(|wish| wish == "full")
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable}={text} is no number")))
}

fn fresh_seed() -> u64 {
    // Short, so that it is easily typed again.
    u64::from(u32::from_be_bytes(suara_loket::system::random_array(&suara_loket::system::system_random())))
}

/// Past the test harness, which keeps what passing tests print.
fn say(line: &str) {
    let _closed = writeln!(std::io::stderr(), "{line}");
}
