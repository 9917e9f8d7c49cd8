//! Kiosks: one-time codes, enrolment, and who may speak for a device.

use super::{Service, ServiceError, ServiceResult};
use crate::domain::ids::{CounterId, DeviceId, OfficeId};
use crate::protocol::MOST_EVENTS;
use crate::protocol::enrol::{EnrolReply, EnrolRequest, LOOKUP_CHARS, tidy_code};
use crate::protocol::signing::{SignedRequest, sha256};
use crate::protocol::time::{Nonce, SignedTime};
use crate::server::store::{Before, CodeKey, DeviceRow, Enrolled, Enrolling, NewEnrolment, StoreError};
use crate::system::random_array;
use data_encoding::{BASE32_NOPAD, HEXLOWER};
use std::sync::{MutexGuard, PoisonError};

/// How long a code can be used.
const CODE_MS: i64 = 24 * 60 * 60 * 1_000;
/// How many characters a code has, 5 bits each.
const CODE_CHARS: usize = 10;
/// How often a new code is drawn until its name is free.
const MOST_DRAWS: u32 = 100;
/// How many codes that nobody made are listened to in a minute.
const MOST_UNKNOWN_CODES: u32 = 30;
const MINUTE_MS: i64 = 60_000;
/// No chain comes near this number.
const LARGEST_FIRST_SEQ: u64 = i64::MAX as u64 - MOST_EVENTS as u64;

/// Why a device was turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The code is unknown, used or over.
    #[error("this code is unknown, used or older than a day: make a new one with `suara-loket admin enrol`")]
    UnknownCode,
    /// Somebody is guessing codes.
    #[error("too many unknown codes were tried here: wait a minute and try again")]
    TooManyCodes,
    /// The sender does not hold the key it names.
    #[error("the proof of the key does not fit: start the enrolment again")]
    NoProof,
    /// No such device, or another database under its name.
    #[error("this device is not known here: enrol it with a new code")]
    UnknownDevice,
    /// Not signed by the device's key.
    #[error("the signature is not that of the device it names")]
    BadSignature,
    /// The device was revoked.
    #[error("this device was revoked: ask the operator")]
    Revoked,
    /// Two databases use one identity.
    #[error("these events contradict what this device sent before: it may be a copy. Enrol it with a new code")]
    Fork,
    /// Not a call of this API.
    #[error("devices have no such call here: is the path complete, and the server new enough?")]
    NoSuchCall,
    /// Not a batch.
    #[error("this is not a batch of events that this server can read")]
    Unreadable,
    /// Too many events or bytes.
    #[error("the batch is too large: send at most 200 events and 64 KiB")]
    TooLarge,
    /// A newer protocol.
    #[error("this server speaks an older protocol: upgrade the server; the kiosk keeps its events")]
    NewerProtocol,
    /// A protocol this server no longer speaks.
    #[error("this server no longer speaks the protocol of this kiosk: upgrade the kiosk; it keeps its events")]
    OlderProtocol,
}

impl Service {
    /// A new one-time code for a counter, written as people read it: `ABCD-EFGHIJ`.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub async fn new_enrolment(&self, office: OfficeId, counter: CounterId) -> ServiceResult<String> {
        for _ in 0..MOST_DRAWS {
            let letters = BASE32_NOPAD.encode(&random_array::<7>(&self.random));
            let (lookup, secret) = letters.split_at(LOOKUP_CHARS);
            let code = format!("{lookup}-{}", secret.get(..CODE_CHARS - LOOKUP_CHARS).unwrap_or(secret));
            let now_ms = self.now_ms();
            let expires_at_ms = now_ms.saturating_add(CODE_MS);
            let new = NewEnrolment { code: code_key(&code), office, counter, now_ms, expires_at_ms };
            match self.store.add_enrolment(&new).await {
                Err(StoreError::Taken(_)) => {}
                kept => return Ok(kept.map(|()| code)?),
            }
        }
        Err(ServiceError::Internal("nearly all names of codes are in use: wait a day".to_owned()))
    }

    /// Turns a machine with a code into a device.
    ///
    /// # Errors
    /// When the proof does not fit or the code cannot be used.
    pub async fn enrol(&self, request: &EnrolRequest) -> ServiceResult<EnrolReply> {
        let key = request.proven_key().ok_or(Refusal::NoProof)?;
        let start = 1..=LARGEST_FIRST_SEQ;
        if !start.contains(&request.first_seq) || !(1..=request.first_seq).contains(&request.oldest_seq) {
            return Err(Refusal::NoProof.into());
        }
        // Before any code is looked at: the answer must not tell which of them exist.
        let now_ms = self.now_ms();
        if self.unknown_codes().in_minute_of(now_ms) >= MOST_UNKNOWN_CODES {
            return Err(Refusal::TooManyCodes.into());
        }
        let server_key = HEXLOWER.encode(self.signing_key().await?.verifying_key().as_bytes());
        let before = self.before(request, &server_key).await?;
        let (code, epoch) = (code_key(&request.code), request.epoch);
        let (first_seq, oldest_seq) = (request.first_seq, request.oldest_seq);
        let enrolling = Enrolling { code, key, epoch, first_seq, oldest_seq, before, now_ms };
        let Some(Enrolled { device, first_seq }) = self.store.enrol(&enrolling).await? else {
            self.unknown_codes().note(now_ms);
            return Err(Refusal::UnknownCode.into());
        };
        Ok(EnrolReply { device, server_key, first_seq })
    }

    /// Who the sender was before. A device of another server proves nothing here, and is no obstacle.
    async fn before(&self, request: &EnrolRequest, own_key: &str) -> ServiceResult<Before> {
        let Some(previous) = &request.previous else { return Ok(Before::Nobody) };
        match self.store.device(previous.device).await? {
            Some(row) if request.was(row.device, &row.key) => Ok(Before::Device(row.device)),
            _ if previous.server_key == own_key => Ok(Before::Forgotten(previous.device)),
            _ => Ok(Before::Nobody),
        }
    }

    fn unknown_codes(&self) -> MutexGuard<'_, UnknownCodes> {
        self.unknown_codes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The server's time for a kiosk whose own clock is wrong, signed over its nonce.
    ///
    /// # Errors
    /// When the server's key cannot be read.
    pub async fn signed_time(&self, nonce: Nonce) -> ServiceResult<SignedTime> {
        Ok(SignedTime::new(self.signing_key().await?, nonce, self.now_ms()))
    }

    /// Lets a device do nothing more; what it sent stays. False if there is none to revoke.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn revoke(&self, office: OfficeId, device: DeviceId) -> ServiceResult<bool> {
        Ok(self.store.revoke(office, device, self.now_ms()).await?)
    }

    /// The device that signed this request.
    ///
    /// # Errors
    /// When it is unknown, revoked, or did not sign this.
    pub async fn authenticate(&self, request: &SignedRequest) -> ServiceResult<DeviceRow> {
        let device = self.store.device(request.device).await?.ok_or(Refusal::UnknownDevice)?;
        if !request.is_signed_by(&device.key) {
            return Err(Refusal::BadSignature.into());
        }
        if device.epoch != request.epoch {
            return Err(Refusal::UnknownDevice.into());
        }
        if device.revoked {
            return Err(Refusal::Revoked.into());
        }
        Ok(device)
    }
}

/// How a code is looked up and compared.
fn code_key(code: &str) -> CodeKey {
    let tidy = tidy_code(code);
    CodeKey { hash: sha256(tidy.as_bytes()), lookup: tidy.chars().take(LOOKUP_CHARS).collect() }
}

/// Counts tries of codes that nobody made, minute by minute.
#[derive(Debug, Default)]
pub(super) struct UnknownCodes {
    minute: i64,
    count: u32,
}

impl UnknownCodes {
    fn in_minute_of(&self, now_ms: i64) -> u32 {
        if self.minute == now_ms.div_euclid(MINUTE_MS) { self.count } else { 0 }
    }

    fn note(&mut self, now_ms: i64) {
        self.count = self.in_minute_of(now_ms).saturating_add(1);
        self.minute = now_ms.div_euclid(MINUTE_MS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_codes_are_counted_by_the_minute() {
        let mut codes = UnknownCodes::default();
        codes.note(60_000);
        codes.note(119_999);
        assert_eq!((codes.in_minute_of(119_999), codes.in_minute_of(120_000)), (2, 0));
        codes.note(120_000);
        assert_eq!(codes.in_minute_of(120_000), 1);
    }

    #[test]
    fn a_code_is_named_by_its_first_characters() {
        assert_eq!(code_key("abcd-efghij"), code_key("ABCD EFGHIJ"));
        assert_eq!(code_key("abcd-efghij").lookup, "ABCD");
        assert_ne!(code_key("abcd-efghij").hash, code_key("abcd-efghik").hash);
        assert_eq!(code_key("é").lookup, "");
    }
}
