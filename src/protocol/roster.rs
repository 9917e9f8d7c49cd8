//! What a kiosk fetches: who and what its counter is, and the released day cards of its officers.

use crate::domain::day_card::DayCard;
use crate::domain::office::{Counter, Office, Officer, Service};
use crate::domain::release::ReleaseSchedule;
use serde::{Deserialize, Serialize};

/// The bundle a kiosk needs to work alone for weeks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roster {
    /// The office.
    pub office: Office,
    /// The counter this kiosk stands on.
    pub counter: Counter,
    /// Everybody who may sign on here.
    pub officers: Vec<RosterOfficer>,
    /// The services of the office.
    pub services: Vec<Service>,
    /// Where residents' phones find the server, such as `https://suara.example.go.id`.
    pub public_url: String,
    /// When staff views may change; not told by servers of an earlier version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub releases: Option<ReleaseSchedule>,
}

/// An officer who may sign on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterOfficer {
    /// As shown.
    #[serde(flatten)]
    pub officer: Officer,
    /// Argon2 hash of the PIN (PHC string), so that signing on works offline.
    pub pin_hash: String,
}

/// The released cards of today, one for each officer of the roster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cards {
    /// The cards.
    pub cards: Vec<DayCard>,
}
