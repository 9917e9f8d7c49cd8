//! The window of the counter: the only place that knows the toolkit.
//!
//! [`CounterWindow`] draws the [`View`](super::counter::View) of one kiosk and turns touches into
//! events. One file here shows one part of the screen; the screens themselves are in `ui/`.

mod comfort;
mod contest;
mod day;
mod desk;
mod inbox;
mod pictures;
mod shell;
mod staff;
mod technician;
mod visit;
mod window;

pub use inbox::{Inbox, Message};
pub use window::{CounterWindow, PlatformError};

#[allow(
    missing_docs,
    unreachable_pub,
    unsafe_code,
    unused_qualifications,
    clippy::all,
    clippy::pedantic,
    clippy::restriction,
    reason = "made by the compiler of the screens"
)]
mod generated {
    slint::include_modules!();
}
