//! The touch screen at the counter: session, queue, synchronisation and window.

pub mod counter;
pub mod device;
pub mod facts;
pub mod hands;
pub mod outbox;
pub mod own_day;
pub mod session;
pub mod settings;
pub mod start;
pub mod sync;
#[cfg(feature = "kiosk")]
pub mod ui;
