//! The touch screen at the counter: session, queue, synchronisation and window.

pub mod counter;
pub mod session;
pub mod settings;
pub mod ui;
