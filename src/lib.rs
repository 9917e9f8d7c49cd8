//! Suara Loket, the voice at the counter: a resident says with one touch how they were served.
//!
//! The map of the crate, and the direction of its dependencies (a test enforces it):
//!
//! ```text
//! domain  <-  protocol  <-  kiosk | server        (kiosk and server never import each other)
//! storage: opening SQLite, used by both sides     cli: wires everything
//! ```

pub mod cli;
pub mod domain;
#[cfg(feature = "kiosk")]
pub mod kiosk;
pub mod layers;
pub mod protocol;
#[cfg(feature = "server")]
pub mod server;
pub mod storage;
pub mod system;
