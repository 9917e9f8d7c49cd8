//! Enrolment from the kiosk's side, of real kiosks and of simulated ones.

use super::http::HttpServer;
use super::round::CallError;
use crate::kiosk::outbox::{Enrolment, Outbox, OutboxError};
use crate::protocol::enrol::{EnrolReply, EnrolRequest, PATH, read_key};
use crate::system::{Random, random_array};
use ed25519_dalek::SigningKey;
use serde::de::DeserializeOwned;

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
}

/// Turns this machine into a kiosk of the counter the code was made for.
///
/// # Errors
/// When the server cannot be reached or does not know the code, or the result cannot be kept.
pub async fn enrol(
    outbox: &Outbox,
    server: &HttpServer,
    code: &str,
    key: &SigningKey,
    random: &Random,
) -> Result<Enrolment, EnrolError> {
    // SQLite and JSON readers elsewhere hold 63 bits without loss.
    let epoch = u64::from_be_bytes(random_array(random)) >> 1;
    let request = EnrolRequest::new(code, epoch, 1, key, None);
    let reply = ask(server, &request)
        .await
        .map_err(|reason| EnrolError::Call { address: server.address().to_owned(), reason })?;
    let enrolment = Enrolment { device: reply.device, epoch, server_key: reply.server_key };
    outbox.set_enrolment(enrolment.clone())?;
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
    let server = HttpServer::new(server).map_err(|error| CallError::Refused(error.to_string()))?;
    let body = format!("{{\"count\":{count}}}").into_bytes();
    let answer = server.post_json("/api/v1/simulation/enrolments", body).await?;
    Ok(read::<Codes>(&answer)?.codes)
}
