//! The touch screen at the counter: session, queue, synchronisation and window.

pub mod counter;
pub mod device;
pub mod display;
pub mod facts;
pub mod hands;
pub mod outbox;
pub mod queue_api;
pub mod session;
pub mod settings;
pub mod start;
pub mod sync;
pub mod technician;
#[cfg(feature = "screen")]
pub mod ui;
pub mod watchdog;
