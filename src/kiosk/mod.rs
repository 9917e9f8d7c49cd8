//! The touch screen at the counter: session, queue, synchronisation and window.

pub mod configuration;
pub mod counter;
pub mod device;
pub mod display;
pub mod facts;
pub mod hands;
pub mod outbox;
pub mod own_day;
pub mod own_settings;
pub mod printer;
pub mod queue_api;
mod rules;
pub mod session;
pub mod start;
pub mod sync;
pub mod technician;
#[cfg(feature = "screen")]
pub mod ui;
pub mod voice;
pub mod watchdog;

pub use crate::protocol::settings;
