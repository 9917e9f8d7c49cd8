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
    /// The sequence number of the first event in that chain.
    pub first_seq: u64,
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
}

impl EnrolRequest {
    /// A request with its proofs; `previous` is the old id with the old key.
    #[must_use]
    pub fn new(
        code: &str,
        epoch: u64,
        first_seq: u64,
        key: &SigningKey,
        previous: Option<(DeviceId, &SigningKey)>,
    ) -> Self {
        let public_key = HEXLOWER.encode(key.verifying_key().as_bytes());
        let named = previous.map(|(device, _)| Previous { device, proof: String::new() });
        let mut request =
            Self { code: tidy_code(code), public_key, epoch, first_seq, previous: named, proof: String::new() };
        let message = request.message();
        let sign = |key: &SigningKey| HEXLOWER.encode(&key.sign(&message).to_bytes());
        request.proof = sign(key);
        request.previous = previous.map(|(device, key)| Previous { device, proof: sign(key) });
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
        let Self { code, public_key, epoch, first_seq, previous, .. } = self;
        let previous = previous.as_ref().map_or_else(|| "-".to_owned(), |previous| previous.device.to_string());
        format!("SUARA-ENROL-1\n{code}\n{epoch}\n{first_seq}\n{previous}\n{public_key}").into_bytes()
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

    #[test]
    fn a_proof_covers_all_of_the_request() {
        let request = EnrolRequest::new("abcd-efghij", 42, 7, &key(3), Some((device(5), &key(4))));
        assert_eq!(request.code, "ABCDEFGHIJ");
        assert_eq!(request.proven_key(), Some(key(3).verifying_key()));
        let previous = request.previous.clone().unwrap();
        for changed in [
            EnrolRequest { code: "BBCDEFGHIJ".to_owned(), ..request.clone() },
            EnrolRequest { epoch: 43, ..request.clone() },
            EnrolRequest { first_seq: 8, ..request.clone() },
            EnrolRequest { previous: None, ..request.clone() },
            EnrolRequest { previous: Some(Previous { device: device(6), ..previous }), ..request.clone() },
            EnrolRequest { public_key: HEXLOWER.encode(key(4).verifying_key().as_bytes()), ..request.clone() },
        ] {
            assert_eq!(changed.proven_key(), None, "{changed:?}");
        }
    }

    #[test]
    fn an_old_identity_is_proven_by_its_key() {
        let request = EnrolRequest::new("ABCDEFGHIJ", 42, 7, &key(3), Some((device(5), &key(4))));
        assert!(request.was(device(5), &key(4).verifying_key()));
        assert!(!request.was(device(6), &key(4).verifying_key()), "named another");
        assert!(!request.was(device(5), &key(3).verifying_key()), "with another key");
        assert!(!EnrolRequest::new("A", 1, 1, &key(3), None).was(device(5), &key(4).verifying_key()), "named none");
    }
}
