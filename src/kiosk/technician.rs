//! The door that a technician's code opens, with this kiosk's own key.

use super::outbox::Enrolment;
use crate::domain::clock::Moment;
use crate::domain::unlock::{Challenge, Door, TechnicianKey};
use crate::protocol::technician::technician_key;
use crate::system::{Random, random_array};
use ed25519_dalek::{SigningKey, VerifyingKey};

/// What the server reads of it, in this kiosk's chain.
pub const UNLOCKED: &str = "a technician unlocked this kiosk";

/// The door of one enrolled kiosk.
pub struct TechnicianDoor {
    door: Door,
    key: TechnicianKey,
    enrolment: Enrolment,
    random: Random,
}

impl TechnicianDoor {
    /// The door of a kiosk with this key, whose server holds that one.
    #[must_use]
    pub fn new(enrolment: Enrolment, own: &SigningKey, server: &VerifyingKey, random: Random) -> Self {
        Self { door: Door::default(), key: technician_key(own, server), enrolment, random }
    }

    /// Draws what the technician tells the operator.
    pub fn challenge(&mut self, now: &Moment) -> String {
        let challenge = Challenge::from_random(u64::from_be_bytes(random_array(&self.random)));
        self.door.show(challenge, now.boot_ms);
        // Whoever reads the log from afar need not be told it by telephone; it is good for nothing without the key.
        tracing::info!("a technician asks to be let in with challenge {challenge}");
        challenge.to_string()
    }

    /// Whether these digits answer the last challenge.
    pub fn open(&mut self, digits: &str, now: &Moment) -> bool {
        let Enrolment { device, epoch, .. } = self.enrolment;
        let key = &self.key;
        self.door.open(digits, now.boot_ms, |challenge| key.code(device, epoch, challenge))
    }
}
