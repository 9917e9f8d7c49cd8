//! The office and its people, as a kiosk and its residents see them.

use super::ids::{CounterId, OfficeId, OfficerId, ServiceId};
use super::opening_hours::OpeningHours;
use serde::{Deserialize, Serialize};

/// A civil registry office.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Office {
    /// Its id; leads every key.
    pub id: OfficeId,
    /// Full name, as on the sign outside.
    pub name: String,
    /// Name of the IANA time zone of its civil days, such as `Asia/Jakarta`.
    pub zone: String,
    /// When it is open, if that was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<OpeningHours>,
}

/// A service counter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counter {
    /// Its id.
    pub id: CounterId,
    /// Its name, such as `Loket 1`.
    pub name: String,
}

/// A kind of service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Its id.
    pub id: ServiceId,
    /// Its stable code, such as `ktp_el`.
    pub code: String,
    /// Its name for residents.
    pub name: String,
}

/// An officer as shown on the kiosk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Officer {
    /// Pseudonymous id.
    pub id: OfficerId,
    /// The name to show, as the office decides.
    pub name: String,
    /// A drawn portrait as SVG text.
    pub portrait_svg: String,
}
