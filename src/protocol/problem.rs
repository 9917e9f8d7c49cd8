//! Errors of the API as problem documents (RFC 9457).

use serde::{Deserialize, Serialize};

/// Media type of a problem document.
pub const CONTENT_TYPE: &str = "application/problem+json";

/// One error, for people (`title`, `detail`) and programs (`kind`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// `urn:suara-loket:problem:` and a stable word, such as `fork`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What happened, in general.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time, and what to do.
    pub detail: String,
    /// After how many ms to try again, if it is about load.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl Problem {
    /// The stable word at the end of its kind, such as `fork`.
    #[must_use]
    pub fn word(&self) -> &str {
        self.kind.rsplit(':').next().unwrap_or_default()
    }
}
