//! What crosses the wire between kiosk and server, and the trait both sides implement.
//!
//! Knows the domain only. Version 1 of every message is kept readable for ever.

pub mod audit;
pub mod batch;
pub mod bundle;
pub mod enrol;
pub mod office_layer;
mod printer_address;
pub mod problem;
pub mod roster;
pub mod settings;
pub mod signing;
pub mod technician;
pub mod time;
pub mod words;

use std::future::Future;

/// The version of the messages in this module.
pub const PROTOCOL_VERSION: u32 = 1;

/// The oldest version that a server still answers.
pub const OLDEST_PROTOCOL: u32 = 1;

/// The largest number of events in one batch.
pub const MOST_EVENTS: usize = 200;

/// The largest size of a batch in bytes.
pub const MOST_BATCH_BYTES: usize = 64 * 1024;

/// The central evaluation server as a kiosk sees it: implemented by the HTTP client and, without a
/// network, by the server's own service.
pub trait EvaluationServer {
    /// What a failed call says.
    type Error;

    /// Answers one signed request of a device: a batch, or a look for news. Refusals are answers
    /// too, signed like the others; whether the signature is right is for the caller to check.
    fn call(
        &self,
        request: &signing::SignedRequest,
    ) -> impl Future<Output = Result<signing::SignedReply, Self::Error>> + Send;
}
