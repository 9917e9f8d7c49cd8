//! One signed call and its signed answer; every answer also tells the time.

use super::News;
use super::error::CallError;
use crate::domain::clock::{Anchor, Clock};
use crate::kiosk::outbox::{Enrolment, Outbox};
use crate::protocol::EvaluationServer;
use crate::protocol::signing::{SignedReply, SignedRequest};
use ed25519_dalek::{SigningKey, VerifyingKey};
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// Speaks for one kiosk to one server.
pub(super) struct Caller<S> {
    pub outbox: Outbox,
    pub server: S,
    pub enrolment: Enrolment,
    pub server_key: VerifyingKey,
    pub key: SigningKey,
    pub clock: Arc<dyn Clock>,
}

impl<S: EvaluationServer<Error = CallError>> Caller<S> {
    /// Calls `/api/v1/devices/{id}/{what}`.
    pub async fn call<T: DeserializeOwned>(
        &self,
        method: &str,
        what: &str,
        body: Vec<u8>,
        news: &impl Fn(News),
    ) -> Result<T, CallError> {
        let Enrolment { device, epoch, .. } = self.enrolment;
        let path = format!("/api/v1/devices/{device}/{what}");
        let attempt = self.outbox.next_attempt()?;
        let request = SignedRequest::new(&self.key, device, epoch, attempt, method, &path, body);
        let asked = self.clock.now();
        let reply = self.server.call(&request).await?;
        // A portal's page, a proxy's error, another server: whatever the status, nobody was there.
        if !reply.answers(&request, &self.server_key) {
            return Err(CallError::NotOurServer("the answer is not signed by it".to_owned()));
        }
        let anchor = Anchor::between(&asked, &self.clock.now(), reply.time_ms);
        self.outbox.add_anchor(anchor)?;
        news(News::Time(anchor));
        read(&reply)
    }
}

/// What an authentic answer says.
fn read<T: DeserializeOwned>(reply: &SignedReply) -> Result<T, CallError> {
    let unreadable = |error: serde_json::Error| CallError::NotOurServer(format!("its answer cannot be read: {error}"));
    match reply.status {
        200 => serde_json::from_slice(&reply.body).map_err(unreadable),
        _ => Err(CallError::from_problem(serde_json::from_slice(&reply.body).map_err(unreadable)?)),
    }
}
