//! Suara Loket, the voice at the counter: a resident says with one touch how they were served.
//!
//! The map of the crate, and the direction of its dependencies (a test enforces it):
//!
//! ```text
//! domain  <-  protocol  <-  kiosk | server        (kiosk and server never import each other)
//! storage: opening SQLite, used by both sides     sheet: tables of answers     cli: wires everything
//! ```

// Nothing from outside may bring the program down; tests and benches may fail loudly.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::todo,
    clippy::dbg_macro,
    clippy::print_stdout,
    clippy::print_stderr
)]

pub mod cli;
pub mod domain;
#[cfg(feature = "counter")]
pub mod kiosk;
pub mod layers;
pub mod notify;
pub mod protocol;
#[cfg(feature = "server")]
pub mod server;
#[cfg(feature = "server")]
pub mod sheet;
pub mod storage;
pub mod system;
