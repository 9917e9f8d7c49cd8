//! Enrolment from the kiosk's side, of real kiosks and of simulated ones.

use super::error::CallError;
use super::http::HttpServer;
use super::known_time::KnownTime;
use super::note;
use crate::kiosk::device::{self, KeyError};
use crate::kiosk::outbox::{Enrolment, Outbox, OutboxError};
use crate::protocol::enrol::{EnrolReply, EnrolRequest, PATH, read_key};
use crate::protocol::words::fingerprint;
use crate::system::{Random, SystemClock, random_array, system_random};
use ed25519_dalek::SigningKey;
use serde::de::DeserializeOwned;
use std::path::Path;
use std::sync::Arc;

/// Why a kiosk could not be enrolled. Nothing was changed on it.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// The server did not accept it.
    #[error("cannot enrol at {address}: {reason}")]
    Call {
        /// The server's address in the settings.
        address: String,
        /// What came of it.
        reason: CallError,
    },
    /// The database of this kiosk failed.
    #[error("cannot keep the enrolment: {0}")]
    Queue(#[from] OutboxError),
    /// The new key cannot be kept.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Turns this machine into a kiosk of the counter the code was made for, whatever it was before.
///
/// The new identity begins with one commit: until then, and if anything fails, the old one stays
/// as it was. The old key stays beside the new one.
///
/// # Errors
/// When the server cannot be reached or does not know the code, or the result cannot be kept.
pub async fn enrol(
    outbox: &Outbox,
    server: &HttpServer,
    code: &str,
    folder: &Path,
    random: &Random,
) -> Result<(Enrolment, SigningKey), EnrolError> {
    // SQLite and JSON readers elsewhere hold 63 bits without loss.
    let epoch = u64::from_be_bytes(random_array(random)) >> 1;
    let key = device::make_key(folder, epoch, random)?;
    let enrolled = enrol_with(outbox, server, code, folder, epoch, &key).await;
    match &enrolled {
        Ok(enrolment) => tracing::info!(
            "enrolled as device {}; the operator should see the same words: {}",
            enrolment.device,
            fingerprint(&key.verifying_key())
        ),
        Err(_) => device::forget_key(folder, epoch),
    }
    Ok((enrolled?, key))
}

async fn enrol_with(
    outbox: &Outbox,
    server: &HttpServer,
    code: &str,
    folder: &Path,
    epoch: u64,
    key: &SigningKey,
) -> Result<Enrolment, EnrolError> {
    let start = outbox.chain_start()?;
    let before = outbox.enrolment()?;
    let old_key = before.as_ref().and_then(|before| device::load_key(folder, before.epoch).ok());
    let old = before.as_ref().zip(old_key.as_ref()).map(|(before, key)| before.as_old_self(key));
    let request = EnrolRequest::new(code, epoch, start.earliest..=start.latest, key, old);
    let reply = ask(server, &request)
        .await
        .map_err(|reason| EnrolError::Call { address: server.address().to_owned(), reason })?;
    let enrolment = Enrolment { device: reply.device, epoch, server_key: reply.server_key };
    outbox.begin_epoch(enrolment.clone(), reply.first_seq)?;
    outbox.set_note(note::SYNCHRONISATION, None)?;
    Ok(enrolment)
}

async fn ask(server: &HttpServer, request: &EnrolRequest) -> Result<EnrolReply, CallError> {
    let body = serde_json::to_vec(request).map_err(|error| CallError::Queue(error.to_string()))?;
    let reply: EnrolReply = read(&server.post_json(PATH, body).await?)?;
    match read_key(&reply.server_key) {
        Some(_) => Ok(reply),
        None => Err(CallError::NotOurServer("it has no usable key".to_owned())),
    }
}

fn read<T: DeserializeOwned>(answer: &[u8]) -> Result<T, CallError> {
    serde_json::from_slice(answer)
        .map_err(|error| CallError::NotOurServer(format!("its answer cannot be read: {error}")))
}

/// Asks a server that allows simulated kiosks for one-time codes.
///
/// # Errors
/// When the server cannot be reached or does not allow it.
pub async fn simulation_codes(server: &str, count: u32) -> Result<Vec<String>, CallError> {
    #[derive(serde::Deserialize)]
    struct Codes {
        codes: Vec<String>,
    }
    let time = KnownTime::new(Arc::new(SystemClock::new()), Arc::default());
    let server = HttpServer::new(server, None, time, system_random());
    let server = server.map_err(|error| CallError::Refused(error.to_string()))?;
    let body = format!("{{\"count\":{count}}}").into_bytes();
    let answer = server.post_json("/api/v1/simulation/enrolments", body).await?;
    Ok(read::<Codes>(&answer)?.codes)
}
