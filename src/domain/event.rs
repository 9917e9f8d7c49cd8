//! What a kiosk records: immutable events in one hash chain per device.

use super::clock::Moment;
use super::ids::{EventId, OfficerId, ServiceId, VisitSerial};
use super::stars::Stars;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The version of the event bodies written by this program.
pub const BODY_VERSION: u32 = 1;

/// The canonical content of an event. Its JSON bytes are made once and never again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventBody {
    /// Version of this shape.
    pub v: u32,
    /// When it happened, as the kiosk knew it.
    pub at: Moment,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// The kinds of event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum What {
    /// An officer signed on; the ratings that follow are theirs.
    DutyStarted {
        /// Who.
        officer: OfficerId,
    },
    /// An officer signed off; what follows belongs to the counter.
    DutyEnded {
        /// Who.
        officer: OfficerId,
    },
    /// A visit got its number before it was rated, because its QR code was shown.
    VisitOpened {
        /// Its number on this kiosk.
        visit: VisitSerial,
        /// Who served, if anybody was signed on.
        officer: Option<OfficerId>,
        /// The service, if known.
        service: Option<ServiceId>,
    },
    /// A resident touched a star.
    Rated {
        /// The visit rated.
        visit: VisitSerial,
        /// What was given.
        stars: Stars,
        /// Who served, if anybody was signed on.
        officer: Option<OfficerId>,
        /// The service, if known.
        service: Option<ServiceId>,
    },
}

/// A link of a device's hash chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainHash(pub [u8; 32]);

impl ChainHash {
    /// The start of every chain.
    pub const START: ChainHash = ChainHash([0; 32]);

    /// `SHA-256(previous || seq || event id || body)`, the sequence as 8 bytes, big endian.
    #[must_use]
    pub fn next(self, seq: u64, id: EventId, body: &[u8]) -> ChainHash {
        let mut sha = Sha256::new();
        sha.update(self.0);
        sha.update(seq.to_be_bytes());
        sha.update(id.0.as_bytes());
        sha.update(body);
        ChainHash(sha.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn rated() -> EventBody {
        EventBody {
            v: BODY_VERSION,
            at: Moment { boot_id: Uuid::nil(), boot_ms: 5, wall_ms: 7 },
            what: What::Rated {
                visit: VisitSerial::try_from(9).unwrap(),
                stars: Stars::try_from(4).unwrap(),
                officer: Some(OfficerId::try_from(2).unwrap()),
                service: None,
            },
        }
    }

    #[test]
    fn the_body_of_version_1_keeps_its_bytes() {
        let text = serde_json::to_string(&rated()).unwrap();
        assert_eq!(
            text,
            r#"{"v":1,"at":{"boot_id":"00000000-0000-0000-0000-000000000000","boot_ms":5,"wall_ms":7},"kind":"rated","visit":9,"stars":4,"officer":2,"service":null}"#
        );
        assert_eq!(serde_json::from_str::<EventBody>(&text).unwrap(), rated());
    }

    #[test]
    fn every_part_of_an_event_moves_the_chain() {
        let (id, other) = (EventId(Uuid::from_u128(1)), EventId(Uuid::from_u128(2)));
        let link = ChainHash::START.next(1, id, b"body");
        assert_ne!(link, ChainHash::START.next(2, id, b"body"));
        assert_ne!(link, ChainHash::START.next(1, other, b"body"));
        assert_ne!(link, ChainHash::START.next(1, id, b"bodY"));
        assert_ne!(link, link.next(1, id, b"body"));
    }
}
