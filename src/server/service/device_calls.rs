//! The calls of a device, and the signed answer to each.

use super::{Refusal, Service, ServiceError, ServiceResult};
use crate::protocol::EvaluationServer;
use crate::protocol::bundle;
use crate::protocol::signing::{SignedReply, SignedRequest};
use serde::Serialize;

impl EvaluationServer for Service {
    type Error = ServiceError;

    /// Fails only when the server's own key cannot be read; every other failure is a signed refusal.
    async fn call(&self, request: &SignedRequest) -> ServiceResult<SignedReply> {
        let (status, body) = match self.device_call(request).await {
            Ok(body) => (200, body),
            Err(error) => {
                let problem = error.problem();
                tracing::debug!(%error, device = request.device.get(), "a device was refused");
                (problem.status, to_json(&problem)?)
            }
        };
        Ok(SignedReply::new(self.signing_key().await?, request, status, self.now_ms(), body))
    }
}

impl Service {
    async fn device_call(&self, request: &SignedRequest) -> ServiceResult<Vec<u8>> {
        // Before anything else: times of events are measured from here.
        let received_ms = self.now_ms();
        let device = self.authenticate(request).await?;
        let prefix = format!("/api/v1/devices/{}/", device.device);
        match (request.method.as_str(), request.path.strip_prefix(&prefix)) {
            ("POST", Some("batches")) => to_json(&self.take_batch(&device, &request.body, received_ms).await?),
            ("GET", Some("cards")) => to_json(&self.cards(&device).await?),
            ("GET", Some(call)) => match (bundle::asked(call), places(call)) {
                (Some(held), _) => to_json(&self.offer(&device, held).await?),
                (_, Some((first, last))) => to_json(&self.held_events(&device, first, last).await?),
                (None, None) => Err(Refusal::NoSuchCall.into()),
            },
            _ => Err(Refusal::NoSuchCall.into()),
        }
    }
}

/// The places of a chain that `events/{first}/{last}` asks for.
fn places(call: &str) -> Option<(u64, u64)> {
    let (first, last) = call.strip_prefix("events/")?.split_once('/')?;
    Some((first.parse().ok()?, last.parse().ok()?))
}

fn to_json(value: &impl Serialize) -> ServiceResult<Vec<u8>> {
    serde_json::to_vec(value).map_err(|error| ServiceError::Internal(error.to_string()))
}
