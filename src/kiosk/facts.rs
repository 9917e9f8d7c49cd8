//! How this kiosk is, for the technician who stands before it.

use crate::domain::ids::DeviceId;

/// What the technician reads. Nothing about a rating, nothing about an officer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The program's version.
    pub program: String,
    /// Which kiosk this is at its server.
    pub device: DeviceId,
    /// Its key, as people compare it.
    pub fingerprint: String,
    /// Where its server is.
    pub server: String,
    /// Events that wait for the server.
    pub waiting: u64,
    /// How long the oldest of them waits, ms; `None` where nothing waits or its age is unknown.
    pub oldest_waiting_ms: Option<i64>,
    /// How long ago the server last answered, ms, as far as this boot knows.
    pub last_answer_ms: Option<i64>,
    /// Why nothing is sent, if that is so.
    pub trouble: Option<String>,
    /// How far this kiosk's idea of the time may be wrong, ms; `None` without an anchor in this boot.
    pub clock_error_ms: Option<i64>,
    /// Free bytes on the disk of the queue.
    pub disk_free_bytes: Option<u64>,
    /// The hash of the configuration in use, shortened; `None` for the built-in one.
    pub configuration: Option<String>,
}
