//! What a failed use case says to whoever asked: a problem document (RFC 9457).

use super::{Refusal, ServiceError};
use crate::protocol::problem::Problem;
use crate::server::store::StoreError;

/// How long a device is asked to wait while the server has more to do than it can.
const BUSY_MS: u64 = 5_000;
/// How long whoever enrols is asked to wait while codes are guessed.
const GUESSING_MS: u64 = 60_000;

impl ServiceError {
    /// The document, with its HTTP status.
    #[must_use]
    pub fn problem(&self) -> Problem {
        let (status, word, title) = match self {
            Self::Refused(refusal) => refused(*refusal),
            Self::BadInput(_) | Self::BadSettings(_) | ServiceError::Sheet(_) => {
                (422, "bad-input", "Unprocessable Content")
            }
            Self::Store(StoreError::Missing(_)) => (404, "missing", "Not Found"),
            Self::Store(StoreError::Taken(_)) => (409, "taken", "Conflict"),
            Self::Store(StoreError::Busy) => (503, "busy", "Service Unavailable"),
            Self::Store(StoreError::Failed(_)) => (503, "store", "Service Unavailable"),
            Self::Internal(_) => (500, "internal", "Internal Server Error"),
        };
        Problem {
            kind: format!("urn:suara-loket:problem:{word}"),
            title: title.to_owned(),
            status,
            detail: self.to_string(),
            retry_after_ms: match status {
                429 => Some(GUESSING_MS),
                503 => Some(BUSY_MS),
                _ => None,
            },
        }
    }
}

fn refused(refusal: Refusal) -> (u16, &'static str, &'static str) {
    match refusal {
        Refusal::UnknownCode => (403, "unknown-code", "Forbidden"),
        Refusal::TooManyCodes => (429, "too-many-codes", "Too Many Requests"),
        Refusal::NoProof => (403, "no-proof", "Forbidden"),
        Refusal::UnknownDevice => (401, "unknown-device", "Unauthorized"),
        Refusal::BadSignature => (401, "bad-signature", "Unauthorized"),
        Refusal::Revoked => (403, "revoked", "Forbidden"),
        Refusal::Fork => (409, "fork", "Conflict"),
        Refusal::NoSuchCall => (404, "no-such-route", "Not Found"),
        Refusal::Unreadable => (422, "unreadable", "Unprocessable Content"),
        Refusal::TooLarge => (413, "too-large", "Content Too Large"),
        Refusal::NewerProtocol => (400, "newer-protocol", "Bad Request"),
        Refusal::OlderProtocol => (400, "older-protocol", "Bad Request"),
    }
}
