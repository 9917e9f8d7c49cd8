//! A small HTTP interface for the office's queue system, so that a visit opens and closes by itself.
//!
//! `access` reads who may call from the settings, `guard` holds each call against it, `call` understands
//! what is asked, `desk` does it at this counter, `refusal` says why not; `server` alone knows sockets.
//! It tells whether the counter serves, and nothing that depends on whether or how anybody rated.

mod access;
mod call;
mod desk;
mod guard;
mod refusal;
mod server;
#[cfg(test)]
mod tests;

pub use access::{Access, QueueApiError};
pub use desk::QueueDesk;
pub use server::QueueApi;
