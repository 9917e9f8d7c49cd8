//! The ticket of a visit: 81 bytes signed by the kiosk, small enough for a QR code that any phone reads.
//!
//! Layout (big endian): version and key epoch 1, device 3, visit serial 3, minute of issue since
//! 2026-01-01 UTC 3, officer 3 (0 = none), service 2 (0 = none), flags 2, then the Ed25519
//! signature of `SUARA-TICKET-1 || payload`. Written in base32 (RFC 4648, no padding), so that the
//! QR code stays in its dense alphanumeric mode.

use super::ids::{DeviceId, OfficerId, ServiceId, VisitId, VisitSerial};
use data_encoding::BASE32_NOPAD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

const CONTEXT: &[u8] = b"SUARA-TICKET-1";
const PAYLOAD_BYTES: usize = 17;
const TICKET_BYTES: usize = PAYLOAD_BYTES + 64;
const VERSION: u8 = 1;
const FLAG_CLOCK_NOT_ANCHORED: u16 = 1;
/// 2026-01-01T00:00:00Z in minutes since 1970.
const FIRST_MINUTE: i64 = 29_453_760;
/// How long after its issue a ticket can be used.
pub const WINDOW_MINUTES: i64 = 7 * 24 * 60;

/// What a ticket says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The visit it belongs to.
    pub visit: VisitId,
    /// When it was issued by the kiosk's clock, in minutes since 1970.
    pub issued_minute: i64,
    /// Who served, if anybody was signed on.
    pub officer: Option<OfficerId>,
    /// The service, if known.
    pub service: Option<ServiceId>,
    /// False while the kiosk has not yet compared its clock with the server's.
    pub clock_anchored: bool,
}

/// Why a text is no ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    /// Not base32 of the right length, or fields out of range.
    #[error("this is not a ticket of Suara Loket")]
    Unreadable,
    /// A version this program does not know.
    #[error("this ticket was made by a newer kiosk")]
    UnknownVersion,
    /// Signed by somebody else, or changed.
    #[error("this ticket was not made by the kiosk it names")]
    Forged,
}

/// A ticket whose signature has not been checked: good for finding the key to check it with.
#[derive(Clone, Debug)]
pub struct UnverifiedTicket {
    bytes: [u8; TICKET_BYTES],
    ticket: Ticket,
}

impl Ticket {
    /// The signed text for the QR code.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> String {
        let payload = self.payload();
        let signature = key.sign(&with_context(&payload));
        BASE32_NOPAD.encode(&[payload.as_slice(), &signature.to_bytes()].concat())
    }

    /// Whether the ticket may still be used at `now_ms` (ms since 1970).
    ///
    /// What a kiosk says whose clock was never compared is no age: such a ticket is judged by the time at
    /// which the server placed its visit, and let through where that is not known (yet).
    #[must_use]
    pub fn is_open_at(&self, now_ms: i64, corrected_issue_ms: Option<i64>) -> bool {
        let told_ms = self.issued_minute.saturating_mul(60_000);
        let issued_ms = if self.clock_anchored { Some(told_ms) } else { corrected_issue_ms };
        issued_ms
            .is_none_or(|issued_ms| whole_minutes(now_ms).saturating_sub(whole_minutes(issued_ms)) <= WINDOW_MINUTES)
    }

    fn payload(&self) -> [u8; PAYLOAD_BYTES] {
        let minute = (self.issued_minute - FIRST_MINUTE).clamp(0, 0x00FF_FFFF);
        let flags = if self.clock_anchored { 0 } else { FLAG_CLOCK_NOT_ANCHORED };
        let mut payload = [0; PAYLOAD_BYTES];
        payload[0] = VERSION << 4;
        payload[1..4].copy_from_slice(&three_bytes(self.visit.device.get()));
        payload[4..7].copy_from_slice(&three_bytes(self.visit.serial.get()));
        payload[7..10].copy_from_slice(&three_bytes(u32::try_from(minute).unwrap_or(0)));
        payload[10..13].copy_from_slice(&three_bytes(self.officer.map_or(0, OfficerId::get)));
        let service = self.service.map_or(0, ServiceId::get);
        payload[13..15].copy_from_slice(&u16::try_from(service).unwrap_or(0).to_be_bytes());
        payload[15..17].copy_from_slice(&flags.to_be_bytes());
        payload
    }
}

impl UnverifiedTicket {
    /// Reads the text of a QR code.
    ///
    /// # Errors
    /// When the text cannot be a ticket of a known version.
    pub fn read(text: &str) -> Result<Self, TicketError> {
        let unreadable = |_| TicketError::Unreadable;
        let bytes = BASE32_NOPAD.decode(text.as_bytes()).map_err(|_not_base32| TicketError::Unreadable)?;
        let bytes: [u8; TICKET_BYTES] = bytes.try_into().map_err(|_length| TicketError::Unreadable)?;
        if bytes[0] >> 4 != VERSION {
            return Err(TicketError::UnknownVersion);
        }
        let visit = VisitId {
            device: DeviceId::try_from(number(&bytes[1..4])).map_err(unreadable)?,
            serial: VisitSerial::try_from(number(&bytes[4..7])).map_err(unreadable)?,
        };
        let officer = match number(&bytes[10..13]) {
            0 => None,
            n => Some(OfficerId::try_from(n).map_err(unreadable)?),
        };
        let service = match number(&bytes[13..15]) {
            0 => None,
            n => Some(ServiceId::try_from(n).map_err(unreadable)?),
        };
        let flags = number(&bytes[15..17]);
        let ticket = Ticket {
            visit,
            issued_minute: FIRST_MINUTE + i64::from(number(&bytes[7..10])),
            officer,
            service,
            clock_anchored: flags & u32::from(FLAG_CLOCK_NOT_ANCHORED) == 0,
        };
        Ok(Self { bytes, ticket })
    }

    /// The device whose key has to be asked.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        self.ticket.visit.device
    }

    /// The ticket, once the signature is that of its device.
    ///
    /// # Errors
    /// When it is not.
    pub fn verify(&self, key: &VerifyingKey) -> Result<Ticket, TicketError> {
        let (payload, signature) = self.bytes.split_at(PAYLOAD_BYTES);
        let signature = Signature::from_slice(signature).map_err(|_shape| TicketError::Forged)?;
        key.verify_strict(&with_context(payload), &signature).map_err(|_wrong| TicketError::Forged)?;
        Ok(self.ticket)
    }
}

fn whole_minutes(ms: i64) -> i64 {
    ms.div_euclid(60_000)
}

fn with_context(payload: &[u8]) -> Vec<u8> {
    [CONTEXT, payload].concat()
}

fn three_bytes(value: u32) -> [u8; 3] {
    let [_, a, b, c] = value.to_be_bytes();
    [a, b, c]
}

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |n, byte| n << 8 | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_bytes(&[seed; 32])
    }

    fn ticket() -> Ticket {
        Ticket {
            visit: VisitId { device: DeviceId::try_from(7).unwrap(), serial: VisitSerial::try_from(123_456).unwrap() },
            issued_minute: FIRST_MINUTE + 471_000,
            officer: Some(OfficerId::try_from(3).unwrap()),
            service: None,
            clock_anchored: true,
        }
    }

    #[test]
    fn a_ticket_reads_back_and_is_130_characters_of_qr_alphanumeric() {
        let text = ticket().sign(&key(1));
        assert_eq!(text.len(), 130);
        assert!(text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()));
        let read = UnverifiedTicket::read(&text).unwrap();
        assert_eq!(read.verify(&key(1).verifying_key()).unwrap(), ticket());
        assert_eq!(read.verify(&key(2).verifying_key()), Err(TicketError::Forged));
    }

    #[test]
    fn a_ticket_ends_after_seven_days_by_the_best_known_time_of_its_issue() {
        let issued_ms = ticket().issued_minute * 60_000;
        let last_ms = issued_ms + WINDOW_MINUTES * 60_000;
        assert!(ticket().is_open_at(last_ms, None));
        assert!(!ticket().is_open_at(last_ms + 60_000, None));

        let by_wrong_clock = Ticket { clock_anchored: false, issued_minute: FIRST_MINUTE, ..ticket() };
        assert!(by_wrong_clock.is_open_at(last_ms, Some(issued_ms)));
        assert!(!by_wrong_clock.is_open_at(last_ms + 60_000, Some(issued_ms)));
        assert!(by_wrong_clock.is_open_at(10 * last_ms, None), "nothing is known of its age");
        for extreme in [i64::MIN, i64::MAX] {
            assert_eq!(by_wrong_clock.is_open_at(0, Some(extreme)), extreme > 0);
        }
    }

    #[test]
    fn the_epoch_of_minutes_is_new_year_2026() {
        let new_year: jiff::Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(FIRST_MINUTE * 60, new_year.as_second());
    }

    proptest! {
        #[test]
        fn no_single_changed_character_is_accepted(at in 0usize..130, to in 0usize..32) {
            let text = ticket().sign(&key(1));
            let letter = char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[to]);
            let mutant: String = text.chars().enumerate().map(|(i, c)| if i == at { letter } else { c }).collect();
            prop_assume!(mutant != text);
            let accepted = UnverifiedTicket::read(&mutant).and_then(|t| t.verify(&key(1).verifying_key()));
            prop_assert!(accepted.is_err());
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in ".{0,200}") {
            let _ = UnverifiedTicket::read(&text);
        }
    }
}
