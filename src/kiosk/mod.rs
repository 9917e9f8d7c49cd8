//! The touch screen at the counter: session, queue, synchronisation and window.

pub mod session;
