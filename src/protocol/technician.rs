//! The key of a kiosk's technician codes, which never travels.
//!
//! Each side makes it of its own secret key and the other's public one (Diffie-Hellman on Curve25519 with
//! the keys of both, which enrolment has exchanged), so that it is there on the first day, without a network,
//! and for kiosks of earlier versions. Why: docs/decisions/0012-technician-codes.md.

use crate::domain::unlock::{TechnicianKey, keyed_hash};
use ed25519_dalek::{SigningKey, VerifyingKey};

/// The key between the holder of `own` and the holder of the secret behind `other`.
#[must_use]
pub fn technician_key(own: &SigningKey, other: &VerifyingKey) -> TechnicianKey {
    let shared = other.to_montgomery() * own.to_scalar();
    let mut keys = [own.verifying_key().to_bytes(), other.to_bytes()];
    keys.sort_unstable();
    let context = [b"SUARA-TECHNICIAN-1".as_slice(), &keys.concat()].concat();
    TechnicianKey(keyed_hash(shared.to_bytes(), &context))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::DeviceId;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_bytes(&[seed; 32])
    }

    fn code(key: &TechnicianKey) -> String {
        key.code(DeviceId::try_from(3).unwrap(), 42, "123456".parse().unwrap()).to_string()
    }

    #[test]
    fn both_sides_make_the_same_key_and_nobody_else() {
        let (kiosk, server) = (key(1), key(2));
        let own = technician_key(&kiosk, &server.verifying_key());
        assert_eq!(own.0, technician_key(&server, &kiosk.verifying_key()).0);
        assert_eq!(code(&own), "16963301");
        assert_ne!(own.0, technician_key(&key(3), &kiosk.verifying_key()).0);
        assert_ne!(own.0, technician_key(&key(3), &server.verifying_key()).0);
    }
}
