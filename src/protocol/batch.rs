//! A batch of events on its way to the server, and the answer record by record.

use crate::domain::clock::Moment;
use crate::domain::event::ChainHash;
use crate::domain::ids::EventId;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::value::RawValue;

/// Events of one device, contiguous and in order.
#[derive(Debug, Serialize, Deserialize)]
pub struct Batch {
    /// Version of this message.
    pub protocol: u32,
    /// Random number of this database of the device, new at every enrolment.
    pub epoch: u64,
    /// The sequence number of the first event; the others follow without a gap.
    pub first_seq: u64,
    /// The chain hash before the first event.
    pub prev_hash: HexHash,
    /// At most [`super::MOST_EVENTS`], and [`super::MOST_BATCH_BYTES`] in all.
    pub events: Vec<WireEvent>,
    /// When this attempt was made, as the kiosk knows it.
    pub sent_at: Moment,
}

/// One event as it was recorded, byte for byte.
#[derive(Debug, Serialize, Deserialize)]
pub struct WireEvent {
    /// Made on the kiosk at the moment of the event.
    pub id: EventId,
    /// The canonical body, never re-encoded.
    pub body: Box<RawValue>,
}

/// The server's answer, sent only after its commit.
#[derive(Debug, Serialize, Deserialize)]
pub struct Ack {
    /// Version of this message.
    pub protocol: u32,
    /// SHA-256 of the batch's bytes: an answer to anything else is no answer.
    pub batch_hash: HexHash,
    /// One for each event of the batch, in its order; empty when the batch did not join the chain.
    pub verdicts: Vec<Verdict>,
    /// The sequence number the server expects next from this device.
    pub next_seq: u64,
    /// The chain hash before that.
    pub head_hash: HexHash,
    /// Random number of the server's data; changes when a backup is restored.
    pub data_epoch: u64,
    /// The server's clock, ms since 1970.
    pub server_time_ms: i64,
    /// A signed checkpoint of the server's ledger, once it keeps one.
    pub checkpoint: Option<String>,
}

/// What became of one event. Every verdict takes it off the kiosk's queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// New, and kept.
    Stored,
    /// Known already, with the same bytes.
    Duplicate,
    /// Kept aside for a person, because it could not be understood.
    Parked {
        /// What was not understood.
        reason: String,
    },
    /// Known already, with other bytes: kept aside, and shown.
    Conflict,
}

/// 32 bytes, written as lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HexHash(pub [u8; 32]);

impl From<ChainHash> for HexHash {
    fn from(hash: ChainHash) -> Self {
        Self(hash.0)
    }
}

impl From<HexHash> for ChainHash {
    fn from(hash: HexHash) -> Self {
        Self(hash.0)
    }
}

impl Serialize for HexHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&HEXLOWER.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for HexHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(D::Error::custom)?;
        bytes.try_into().map(Self).map_err(|_length| D::Error::custom("a hash has 64 hexadecimal digits"))
    }
}
