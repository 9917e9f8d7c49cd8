//! The touch screen at the counter: session, queue, synchronisation and window.

pub mod configuration;
pub mod counter;
pub mod device;
pub mod facts;
pub mod hands;
pub mod outbox;
pub mod own_settings;
mod rules;
pub mod session;
pub mod start;
pub mod sync;
#[cfg(feature = "kiosk")]
pub mod ui;

pub use crate::protocol::settings;
