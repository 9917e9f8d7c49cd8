//! Signatures of requests and replies.
//!
//! A request is signed by the device's key over `SUARA1 \n method \n path \n sha256(body) \n device
//! \n epoch \n counter`; a reply, refusals included, by the server's key over its status, the
//! request's hash, its own and the server's time, so that no captive portal and no replay can pass
//! for an answer. No check depends on a time: a wrong clock never locks a kiosk out.

use crate::domain::ids::DeviceId;
use data_encoding::HEXLOWER;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

/// Header with the number of the device.
pub const DEVICE_HEADER: &str = "suara-device";
/// Header with the epoch of the device's database.
pub const EPOCH_HEADER: &str = "suara-epoch";
/// Header with the number of the attempt, counted by the device.
pub const COUNTER_HEADER: &str = "suara-counter";
/// Header with the server's time of a reply, ms since 1970.
pub const TIME_HEADER: &str = "suara-time";
/// Header with the signature, hexadecimal, of requests and replies.
pub const SIGNATURE_HEADER: &str = "suara-signature";

/// A request of an enrolled device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedRequest {
    /// `GET` or `POST`.
    pub method: String,
    /// Path without host or query.
    pub path: String,
    /// The body as sent.
    pub body: Vec<u8>,
    /// Who sends.
    pub device: DeviceId,
    /// The epoch of its database.
    pub epoch: u64,
    /// The number of the attempt.
    pub counter: u64,
    /// Ed25519 signature, hexadecimal.
    pub signature: String,
}

/// A reply and its signature by the server's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedReply {
    /// The HTTP status: 200, or that of a problem document.
    pub status: u16,
    /// The body as received.
    pub body: Vec<u8>,
    /// The server's clock, ms since 1970.
    pub time_ms: i64,
    /// Ed25519 signature, hexadecimal.
    pub signature: String,
}

impl SignedRequest {
    /// Signs a request.
    #[must_use]
    pub fn new(
        key: &SigningKey,
        device: DeviceId,
        epoch: u64,
        counter: u64,
        method: &str,
        path: &str,
        body: Vec<u8>,
    ) -> Self {
        let mut request = Self {
            method: method.to_owned(),
            path: path.to_owned(),
            body,
            device,
            epoch,
            counter,
            signature: String::new(),
        };
        request.signature = HEXLOWER.encode(&key.sign(&request.message()).to_bytes());
        request
    }

    /// Whether the device's key signed exactly this.
    #[must_use]
    pub fn is_signed_by(&self, key: &VerifyingKey) -> bool {
        is_signed(key, &self.message(), &self.signature)
    }

    fn message(&self) -> Vec<u8> {
        let Self { method, path, device, epoch, counter, .. } = self;
        let body_hash = HEXLOWER.encode(&sha256(&self.body));
        format!("SUARA1\n{method}\n{path}\n{body_hash}\n{device}\n{epoch}\n{counter}").into_bytes()
    }
}

impl SignedReply {
    /// Signs the answer to a request.
    #[must_use]
    pub fn new(key: &SigningKey, request: &SignedRequest, status: u16, time_ms: i64, body: Vec<u8>) -> Self {
        let mut reply = Self { status, body, time_ms, signature: String::new() };
        reply.signature = HEXLOWER.encode(&key.sign(&reply.message(request)).to_bytes());
        reply
    }

    /// Whether the server's key signed this as the answer to that request.
    #[must_use]
    pub fn answers(&self, request: &SignedRequest, key: &VerifyingKey) -> bool {
        is_signed(key, &self.message(request), &self.signature)
    }

    fn message(&self, request: &SignedRequest) -> Vec<u8> {
        let Self { status, time_ms, .. } = self;
        let request_hash = HEXLOWER.encode(&sha256(&request.message()));
        let body_hash = HEXLOWER.encode(&sha256(&self.body));
        format!("SUARA1-REPLY\n{status}\n{request_hash}\n{body_hash}\n{time_ms}").into_bytes()
    }
}

/// SHA-256 of some bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

pub(super) fn is_signed(key: &VerifyingKey, message: &[u8], signature_hex: &str) -> bool {
    let signature = HEXLOWER.decode(signature_hex.as_bytes()).ok().and_then(|bytes| Signature::from_slice(&bytes).ok());
    signature.is_some_and(|signature| key.verify_strict(message, &signature).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(body: &[u8]) -> SignedRequest {
        let device = DeviceId::try_from(5).unwrap();
        SignedRequest::new(&SigningKey::from_bytes(&[1; 32]), device, 9, 1, "POST", "/p", body.to_vec())
    }

    #[test]
    fn a_changed_request_is_not_signed() {
        let key = SigningKey::from_bytes(&[1; 32]).verifying_key();
        let mut changed = request(b"a");
        assert!(changed.is_signed_by(&key));
        changed.body = b"b".to_vec();
        assert!(!changed.is_signed_by(&key));
    }

    #[test]
    fn a_reply_answers_one_request_only() {
        let server = SigningKey::from_bytes(&[2; 32]);
        let reply = SignedReply::new(&server, &request(b"a"), 200, 5, b"ok".to_vec());
        assert!(reply.answers(&request(b"a"), &server.verifying_key()));
        assert!(!reply.answers(&request(b"b"), &server.verifying_key()));
        let changed = [
            SignedReply { status: 403, ..reply.clone() },
            SignedReply { time_ms: 6, ..reply.clone() },
            SignedReply { body: b"no".to_vec(), ..reply.clone() },
            SignedReply::new(&SigningKey::from_bytes(&[3; 32]), &request(b"a"), 200, 5, b"ok".to_vec()),
        ];
        for reply in changed {
            assert!(!reply.answers(&request(b"a"), &server.verifying_key()), "{reply:?}");
        }
    }
}
