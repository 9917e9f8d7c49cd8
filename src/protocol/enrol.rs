//! Enrolment: a one-time code turns a new machine into a kiosk of a counter.
//!
//! The kiosk makes its key itself and proves that it holds it; the server answers with its own
//! key, which the kiosk pins.

use crate::domain::ids::DeviceId;
use data_encoding::HEXLOWER;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

/// Path of the enrolment call.
pub const PATH: &str = "/api/v1/enrol";

/// What a new kiosk sends.
#[derive(Debug, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// The one-time code from `suara-loket admin enrol`.
    pub code: String,
    /// The kiosk's public key, hexadecimal.
    pub public_key: String,
    /// The epoch of the kiosk's new database.
    pub epoch: u64,
    /// Signature of code, epoch and key by that key, hexadecimal.
    pub proof: String,
}

/// What it gets.
#[derive(Debug, Serialize, Deserialize)]
pub struct EnrolReply {
    /// The kiosk's id from now on.
    pub device: DeviceId,
    /// The server's public key, hexadecimal; the kiosk pins it.
    pub server_key: String,
}

impl EnrolRequest {
    /// A request with its proof.
    #[must_use]
    pub fn new(code: &str, epoch: u64, key: &SigningKey) -> Self {
        let public_key = HEXLOWER.encode(key.verifying_key().as_bytes());
        let code = tidy_code(code);
        let proof = HEXLOWER.encode(&key.sign(&proof_message(&code, epoch, &public_key)).to_bytes());
        Self { code, public_key, epoch, proof }
    }

    /// The key, if the sender proved to hold it.
    #[must_use]
    pub fn proven_key(&self) -> Option<VerifyingKey> {
        let key = read_key(&self.public_key)?;
        let proof = HEXLOWER.decode(self.proof.as_bytes()).ok()?;
        let message = proof_message(&self.code, self.epoch, &self.public_key);
        key.verify_strict(&message, &Signature::from_slice(&proof).ok()?).ok()?;
        Some(key)
    }
}

/// A code as people type it (`abcde-fghij`) in the form that is compared.
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

fn proof_message(code: &str, epoch: u64, public_key: &str) -> Vec<u8> {
    format!("SUARA-ENROL-1\n{code}\n{epoch}\n{public_key}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_holds_for_its_own_code_and_key_only() {
        let key = SigningKey::from_bytes(&[3; 32]);
        let mut request = EnrolRequest::new("abcde-fghij", 42, &key);
        assert_eq!(request.code, "ABCDEFGHIJ");
        assert_eq!(request.proven_key(), Some(key.verifying_key()));
        request.epoch = 43;
        assert_eq!(request.proven_key(), None);
    }
}
