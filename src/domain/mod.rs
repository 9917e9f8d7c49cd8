//! The rules of the field, pure: no file, no socket, no clock and no other module of this crate.
//!
//! Everything here is a function of its arguments, so every rule can be tested by table.

pub mod alone;
pub mod announcement;
pub mod clock;
pub mod comfort;
pub mod day_card;
#[cfg(test)]
mod dice;
pub mod event;
pub mod honesty;
pub mod ids;
pub mod language;
pub mod ledger;
pub mod office;
pub mod opening_hours;
pub mod prompt;
pub mod reasons;
pub mod release;
pub mod score;
pub mod seeded;
pub mod skm;
pub mod stars;
pub mod ticket;
pub mod unlock;
pub mod visit;
pub mod written;
