//! What the server holds of a kiosk's own events, so that the kiosk can compare it with its rows.

use super::batch::HexHash;
use crate::domain::ids::{DeviceId, EventId, OfficerId, ServiceId};
use crate::domain::stars::Stars;
use serde::{Deserialize, Serialize};

/// The largest number of places one call may ask for.
pub const MOST_PLACES: u64 = 500;

/// The path of the call: the places from `first` to `last` of this device's chain.
#[must_use]
pub fn path(device: DeviceId, first: u64, last: u64) -> String {
    format!("/api/v1/devices/{device}/events/{first}/{last}")
}

/// The answer. A place that the server does not hold is not in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// In the order of their places.
    pub events: Vec<HeldEvent>,
}

/// One event as the server holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldEvent {
    /// Its place in the chain.
    pub seq: u64,
    /// Its id.
    pub id: EventId,
    /// SHA-256 of the bytes as they are stored now; none where the server holds no bytes.
    pub body_hash: Option<HexHash>,
    /// Whether the server finds it in its ledger. Older servers do not say; nor is a link there
    /// that contradicts another one.
    #[serde(default)]
    pub in_ledger: Option<bool>,
    /// How it counts, if the server made a rating of it.
    pub rating: Option<HeldRating>,
}

/// A rating as it counts on the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldRating {
    /// What was given.
    pub stars: Stars,
    /// Who served, if anybody was signed on.
    pub officer: Option<OfficerId>,
    /// The service, if known.
    #[serde(default)]
    pub service: Option<ServiceId>,
    /// Whether it was taken back.
    pub undone: bool,
    /// Whether it is the answer to its visit that counts. Older servers do not say.
    #[serde(default)]
    pub counts: Option<bool>,
    /// Another answer to its visit that counts.
    #[serde(default)]
    pub other: Option<EventId>,
    /// Whether the server knows the number of its visit from more than one machine: a copied kiosk.
    #[serde(default)]
    pub forked: bool,
}
