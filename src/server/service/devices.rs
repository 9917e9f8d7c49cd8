//! Kiosks: one-time codes, enrolment, and who may speak for a device.

use super::{Service, ServiceResult};
use crate::domain::ids::{CounterId, OfficeId};
use crate::protocol::enrol::{EnrolReply, EnrolRequest, tidy_code};
use crate::protocol::signing::{SignedRequest, sha256};
use crate::server::store::{DeviceRow, NewEnrolment};
use crate::system::random_array;
use data_encoding::{BASE32_NOPAD, HEXLOWER};

/// How long a code can be used.
const CODE_MS: i64 = 24 * 60 * 60 * 1_000;

/// Why a device was turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The code is unknown, used or over.
    #[error("this code is unknown, used or older than a day: make a new one with `suara-loket admin enrol`")]
    UnknownCode,
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
}

impl Service {
    /// A new one-time code for a counter, written as people read it: `ABCDE-FGHIJ`.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub async fn new_enrolment(&self, office: OfficeId, counter: CounterId) -> ServiceResult<String> {
        let bytes: [u8; 7] = random_array(&self.random);
        let letters = BASE32_NOPAD.encode(&bytes);
        let (first, second) = (letters.get(..5).unwrap_or_default(), letters.get(5..10).unwrap_or_default());
        let code = format!("{first}-{second}");
        let new = NewEnrolment {
            code_hash: sha256(tidy_code(&code).as_bytes()),
            office,
            counter,
            expires_at_ms: self.now_ms() + CODE_MS,
        };
        self.store.add_enrolment(&new).await?;
        Ok(code)
    }

    /// Turns a machine with a code into a device.
    ///
    /// # Errors
    /// When the proof does not fit or the code cannot be used.
    pub async fn enrol(&self, request: &EnrolRequest) -> ServiceResult<EnrolReply> {
        let key = request.proven_key().ok_or(Refusal::NoProof)?;
        let code_hash = sha256(tidy_code(&request.code).as_bytes());
        let device = self.store.enrol(code_hash, &key, request.epoch, self.now_ms()).await?;
        let device = device.ok_or(Refusal::UnknownCode)?;
        let server_key = HEXLOWER.encode(self.signing_key().await?.verifying_key().as_bytes());
        Ok(EnrolReply { device: device.device, server_key })
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
