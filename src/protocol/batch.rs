//! A batch of events on its way to the server, and the answer record by record.

use crate::domain::clock::{Anchor, Moment};
use crate::domain::event::{BodyHash, ChainHash};
use crate::domain::ids::{DeviceId, EventId};
use data_encoding::HEXLOWER;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::value::RawValue;
use std::fmt;
use std::str::FromStr;

/// Events of one device, contiguous and in order. Without events it only asks where the server stands.
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
    /// The device's signature of the chain's end after these events ([`sign_head`]): what keeps them
    /// authentic where they are stored.
    pub head_signature: String,
    /// Why the events between the server's cursor and the first one here will never come.
    #[serde(default)]
    pub hole: Option<Hole>,
    /// What is known of the server's time in the boots of these events.
    #[serde(default)]
    pub anchors: Vec<Anchor>,
    /// The place of the last release that this kiosk made alone, or 0: ratings before it wait for it.
    #[serde(default)]
    pub awaits: u64,
    /// The end of the server's ledger that this kiosk last saw and keeps.
    #[serde(default)]
    pub witnessed: Option<Witnessed>,
    /// The hash of the configuration this kiosk uses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<HexHash>,
    /// When this attempt was made, as the kiosk knows it.
    pub sent_at: Moment,
}

/// One event as it was recorded, byte for byte; or, where no server could take the bytes so far,
/// their hash, so that what follows can go on. Exactly one of the two is there.
#[derive(Debug, Serialize, Deserialize)]
pub struct WireEvent {
    /// Made on the kiosk at the moment of the event.
    pub id: EventId,
    /// The canonical body, never re-encoded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Box<RawValue>>,
    /// SHA-256 of a body that is withheld for now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<HexHash>,
}

/// What an event takes in a batch beside its body: id, names and punctuation.
pub const EVENT_FRAME_BYTES: usize = r#"{"id":"00000000-0000-0000-0000-000000000000","body":},"#.len();

/// What an event takes whose body is withheld.
pub const WITHHELD_EVENT_BYTES: usize =
    r#"{"id":"00000000-0000-0000-0000-000000000000","withheld":""},"#.len() + 2 * size_of::<BodyHash>();

/// Why a part of a device's chain is missing for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hole {
    /// It was acknowledged, and removed after the retention time; then the server lost it.
    Pruned,
    /// The kiosk's storage was damaged.
    Lost,
}

impl Hole {
    /// The stored name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Hole::Pruned => "pruned",
            Hole::Lost => "lost",
        }
    }
}

/// A place in the server's ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witnessed {
    /// Of which data.
    pub data_epoch: u64,
    /// How many leaves it had.
    pub size: u64,
}

/// A signed end of the ledger, with the proof that it continues what the kiosk witnessed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireCheckpoint {
    /// The signed note.
    pub note: String,
    /// Consistency proof from the witnessed size (RFC 9162, 2.1.4); empty without one.
    pub consistency: Vec<HexHash>,
}

/// The device's signature of its chain's end, hexadecimal.
#[must_use]
pub fn sign_head(key: &SigningKey, device: DeviceId, epoch: u64, seq: u64, head: ChainHash) -> String {
    HEXLOWER.encode(&key.sign(&head_message(device, epoch, seq, head)).to_bytes())
}

/// Whether the device's key signed this end of its chain.
#[must_use]
pub fn is_head_signed(
    key: &VerifyingKey,
    device: DeviceId,
    epoch: u64,
    seq: u64,
    head: ChainHash,
    signature: &[u8],
) -> bool {
    let signature = Signature::from_slice(signature);
    signature.is_ok_and(|signature| key.verify_strict(&head_message(device, epoch, seq, head), &signature).is_ok())
}

fn head_message(device: DeviceId, epoch: u64, seq: u64, head: ChainHash) -> Vec<u8> {
    format!("SUARA-HEAD-1\n{device}\n{epoch}\n{seq}\n{}", HEXLOWER.encode(&head.0)).into_bytes()
}

/// The server's answer, sent only after its commit.
#[derive(Clone, Debug, Serialize, Deserialize)]
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
    /// The end of the server's ledger.
    pub checkpoint: Option<WireCheckpoint>,
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

impl From<BodyHash> for HexHash {
    fn from(hash: BodyHash) -> Self {
        Self(hash.0)
    }
}

impl From<HexHash> for BodyHash {
    fn from(hash: HexHash) -> Self {
        Self(hash.0)
    }
}

impl From<HexHash> for ChainHash {
    fn from(hash: HexHash) -> Self {
        Self(hash.0)
    }
}

impl fmt::Display for HexHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

/// A text that is no hash.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a hash has 64 lower-case hexadecimal digits")]
pub struct NotAHash;

impl FromStr for HexHash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_not_digits| NotAHash)?;
        bytes.try_into().map(Self).map_err(|_length| NotAHash)
    }
}

impl Serialize for HexHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for HexHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
