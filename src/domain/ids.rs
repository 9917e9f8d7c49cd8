//! Newtype ids, so that an officer can never be passed where a counter is meant.

use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident, $repr:ty, max $max:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "u32", into = "u32")]
        pub struct $name($repr);

        impl $name {
            /// The largest id; it has to fit its field of the ticket.
            pub const MAX: u32 = $max;

            /// The id as a number.
            #[must_use]
            pub fn get(self) -> u32 {
                u32::from(self.0)
            }
        }

        impl TryFrom<u32> for $name {
            type Error = IdOutOfRange;

            fn try_from(value: u32) -> Result<Self, IdOutOfRange> {
                let out_of_range = IdOutOfRange { what: stringify!($name), value, max: $max };
                if value > $max {
                    return Err(out_of_range);
                }
                <$repr>::try_from(value).map($name).map_err(|_narrow| out_of_range)
            }
        }

        impl From<$name> for u32 {
            fn from(id: $name) -> u32 {
                id.get()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number_id!(
    /// A civil registry office; leads every key on the server.
    OfficeId, u32, max i32::MAX as u32
);
number_id!(
    /// A service counter of an office.
    CounterId, u32, max i32::MAX as u32
);
number_id!(
    /// An officer: a pseudonym on the device, the name is for display only. 24 bits.
    OfficerId, u32, max 0x00FF_FFFF
);
number_id!(
    /// A kind of service, such as the family card. 16 bits.
    ServiceId, u16, max 0xFFFF
);
number_id!(
    /// An enrolled kiosk. Every enrolment makes a new one. 24 bits.
    DeviceId, u32, max 0x00FF_FFFF
);
impl DeviceId {
    /// The server itself, as the maker of events of its own. No kiosk ever gets this number.
    pub const SERVER: DeviceId = DeviceId(0);
}

number_id!(
    /// The running number of a visit on its kiosk. 24 bits.
    VisitSerial, u32, max 0x00FF_FFFF
);

/// A number too large for the id it was meant to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{value} is no {what}: the largest is {max}")]
pub struct IdOutOfRange {
    what: &'static str,
    value: u32,
    max: u32,
}

/// One event of a device, made at the moment it happens (UUID version 7, RFC 9562).
///
/// It holds a millisecond, so it never reaches a staff page or an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(pub Uuid);

impl EventId {
    /// An id from wall-clock milliseconds and ten random bytes.
    #[must_use]
    pub fn from_parts(wall_ms: i64, random: [u8; 10]) -> Self {
        let ms = u64::try_from(wall_ms).unwrap_or(0);
        Self(uuid::Builder::from_unix_timestamp_millis(ms, &random).into_uuid())
    }
}

/// One visit of a resident: at most one rating, whatever the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct VisitId {
    /// The kiosk where the visit took place.
    pub device: DeviceId,
    /// Its running number there.
    pub serial: VisitSerial,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_stop_where_their_field_of_the_ticket_ends() {
        assert!(OfficerId::try_from(0x00FF_FFFF).is_ok());
        assert!(OfficerId::try_from(0x0100_0000).is_err());
        let message = ServiceId::try_from(70_000).unwrap_err().to_string();
        assert_eq!(message, "70000 is no ServiceId: the largest is 65535");
    }
}
