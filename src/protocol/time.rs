//! The server's time for a kiosk whose own clock is too wrong for TLS.
//!
//! The answer is signed with the key the kiosk pinned, over a nonce of its own, so it needs no
//! secure way: it may come over plain HTTP, or over a connection whose certificate was not checked.

use super::signing::is_signed;
use data_encoding::HEXLOWER;
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

/// Path of the call, before the nonce.
pub const PATH: &str = "/api/v1/time/";

/// A number used once, 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nonce(pub [u8; 16]);

impl Nonce {
    /// The nonce in the last part of the path.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok().map(Self)
    }
}

impl std::fmt::Display for Nonce {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

/// What the server's clock says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedTime {
    /// Milliseconds since 1970.
    pub time_ms: i64,
    /// Ed25519 signature of nonce and time, hexadecimal.
    pub signature: String,
}

impl SignedTime {
    /// The answer to a nonce.
    #[must_use]
    pub fn new(key: &SigningKey, nonce: Nonce, time_ms: i64) -> Self {
        let signature = HEXLOWER.encode(&key.sign(&message(nonce, time_ms)).to_bytes());
        Self { time_ms, signature }
    }

    /// Whether the server's key signed this for that nonce.
    #[must_use]
    pub fn answers(&self, nonce: Nonce, key: &VerifyingKey) -> bool {
        is_signed(key, &message(nonce, self.time_ms), &self.signature)
    }
}

fn message(nonce: Nonce, time_ms: i64) -> Vec<u8> {
    format!("SUARA-TIME-1\n{nonce}\n{time_ms}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_answers_its_own_nonce_only() {
        let key = SigningKey::from_bytes(&[2; 32]);
        let (nonce, other) = (Nonce([1; 16]), Nonce([3; 16]));
        let time = SignedTime::new(&key, nonce, 5);
        assert!(time.answers(nonce, &key.verifying_key()));
        assert!(!time.answers(other, &key.verifying_key()), "an old answer played again");
        assert!(!SignedTime { time_ms: 6, ..time.clone() }.answers(nonce, &key.verifying_key()));
        assert!(!time.answers(nonce, &SigningKey::from_bytes(&[4; 32]).verifying_key()));
    }

    #[test]
    fn a_nonce_reads_back_from_the_path() {
        assert_eq!(Nonce::parse(&Nonce([0xA5; 16]).to_string()), Some(Nonce([0xA5; 16])));
        for bad in ["", "a5", &"A5".repeat(16), &"a5".repeat(17), "../enrol"] {
            assert_eq!(Nonce::parse(bad), None, "{bad}");
        }
    }
}
