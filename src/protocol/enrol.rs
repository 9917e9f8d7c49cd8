//! Enrolment: a one-time code turns a new machine into a kiosk of a counter.
//!
//! The kiosk makes its key itself and proves that it holds it; the server answers with its own
//! key, which the kiosk pins. A kiosk that was enrolled before may name its old id, and proves that
//! by its old key; the server then knows whose events the new one brings along.

use super::signing::is_signed;
use crate::domain::ids::DeviceId;
use data_encoding::HEXLOWER;
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// Path of the enrolment call.
pub const PATH: &str = "/api/v1/enrol";

/// How many characters of a tidy code name it; the others are its secret.
pub const LOOKUP_CHARS: usize = 4;

/// What a new kiosk sends.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// The one-time code from `suara-loket admin enrol`.
    pub code: String,
    /// The kiosk's public key, hexadecimal.
    pub public_key: String,
    /// The epoch in which the kiosk's chain starts.
    pub epoch: u64,
    /// The sequence number of the first event that no server has: later the chain must not begin.
    pub first_seq: u64,
    /// That of the oldest event the kiosk still holds: earlier the chain cannot begin.
    pub oldest_seq: u64,
    /// Who this kiosk was before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Previous>,
    /// Signature of all of this by that key, hexadecimal.
    pub proof: String,
}

/// The identity of a kiosk before it was enrolled anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Previous {
    /// Its old id.
    pub device: DeviceId,
    /// The key of the server that gave it, hexadecimal.
    pub server_key: String,
    /// Signature by its old key of what the new one signs, hexadecimal.
    pub proof: String,
}

/// What it gets.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EnrolReply {
    /// The kiosk's id from now on.
    pub device: DeviceId,
    /// The server's public key, hexadecimal; the kiosk pins it.
    pub server_key: String,
    /// Where the chain begins: events from here on are to be sent, again if need be. A server that came
    /// back from an older copy of its data asks for what it lost.
    pub first_seq: u64,
}

/// Who a kiosk was, as it knows itself.
#[derive(Clone, Copy, Debug)]
pub struct OldSelf<'a> {
    /// Its id.
    pub device: DeviceId,
    /// The key of its server, hexadecimal.
    pub server_key: &'a str,
    /// Its own key.
    pub key: &'a SigningKey,
}

impl EnrolRequest {
    /// A request with its proofs; the chain may begin at any place of `start`, ends included.
    #[must_use]
    pub fn new(code: &str, epoch: u64, start: RangeInclusive<u64>, key: &SigningKey, old: Option<OldSelf<'_>>) -> Self {
        let named = |old: OldSelf<'_>| Previous {
            device: old.device,
            server_key: old.server_key.to_owned(),
            proof: String::new(),
        };
        let mut request = Self {
            code: tidy_code(code),
            public_key: HEXLOWER.encode(key.verifying_key().as_bytes()),
            epoch,
            first_seq: *start.end(),
            oldest_seq: *start.start(),
            previous: old.map(named),
            proof: String::new(),
        };
        let message = request.message();
        let sign = |key: &SigningKey| HEXLOWER.encode(&key.sign(&message).to_bytes());
        request.proof = sign(key);
        if let Some((previous, old)) = request.previous.as_mut().zip(old) {
            previous.proof = sign(old.key);
        }
        request
    }

    /// The key, if the sender proved to hold it.
    #[must_use]
    pub fn proven_key(&self) -> Option<VerifyingKey> {
        read_key(&self.public_key).filter(|key| is_signed(key, &self.message(), &self.proof))
    }

    /// Whether the sender holds the key of the device it says it was.
    #[must_use]
    pub fn was(&self, device: DeviceId, key: &VerifyingKey) -> bool {
        let named = self.previous.as_ref().filter(|previous| previous.device == device);
        named.is_some_and(|previous| is_signed(key, &self.message(), &previous.proof))
    }

    fn message(&self) -> Vec<u8> {
        let Self { code, public_key, epoch, first_seq, oldest_seq, previous, .. } = self;
        let before = |previous: &Previous| format!("{} {}", previous.device, previous.server_key);
        let previous = previous.as_ref().map_or_else(|| "-".to_owned(), before);
        format!("SUARA-ENROL-1\n{code}\n{epoch}\n{oldest_seq} {first_seq}\n{previous}\n{public_key}").into_bytes()
    }
}

/// A code as people type it (`abcd-efghij`) in the form that is compared.
#[must_use]
pub fn tidy_code(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

/// A public key from its hexadecimal form.
#[must_use]
pub fn read_key(hex: &str) -> Option<VerifyingKey> {
    let bytes: [u8; 32] = HEXLOWER.decode(hex.as_bytes()).ok()?.try_into().ok()?;
    VerifyingKey::from_bytes(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_bytes(&[seed; 32])
    }

    fn device(number: u32) -> DeviceId {
        DeviceId::try_from(number).unwrap()
    }

    fn request() -> EnrolRequest {
        let old = OldSelf { device: device(5), server_key: "ab", key: &key(4) };
        EnrolRequest::new("abcd-efghij", 42, 3..=7, &key(3), Some(old))
    }

    #[test]
    fn a_proof_covers_all_of_the_request() {
        let request = request();
        assert_eq!(request.code, "ABCDEFGHIJ");
        assert_eq!(request.proven_key(), Some(key(3).verifying_key()));
        let previous = request.previous.clone().unwrap();
        for changed in [
            EnrolRequest { code: "BBCDEFGHIJ".to_owned(), ..request.clone() },
            EnrolRequest { epoch: 43, ..request.clone() },
            EnrolRequest { first_seq: 8, ..request.clone() },
            EnrolRequest { oldest_seq: 2, ..request.clone() },
            EnrolRequest { previous: None, ..request.clone() },
            EnrolRequest { previous: Some(Previous { device: device(6), ..previous.clone() }), ..request.clone() },
            EnrolRequest { previous: Some(Previous { server_key: "cd".to_owned(), ..previous }), ..request.clone() },
            EnrolRequest { public_key: HEXLOWER.encode(key(4).verifying_key().as_bytes()), ..request.clone() },
        ] {
            assert_eq!(changed.proven_key(), None, "{changed:?}");
        }
    }

    #[test]
    fn an_old_identity_is_proven_by_its_key() {
        let request = request();
        assert!(request.was(device(5), &key(4).verifying_key()));
        assert!(!request.was(device(6), &key(4).verifying_key()), "named another");
        assert!(!request.was(device(5), &key(3).verifying_key()), "with another key");
        assert!(!EnrolRequest::new("A", 1, 1..=1, &key(3), None).was(device(5), &key(4).verifying_key()), "named none");
    }
}
