//! The real server behind somebody who can change what it says, and sign it with the server's key.

use ed25519_dalek::SigningKey;
use std::sync::{Arc, Mutex};
use suara_loket::kiosk::sync::CallError;
use suara_loket::protocol::EvaluationServer;
use suara_loket::protocol::batch::{Ack, Batch};
use suara_loket::protocol::problem::Problem;
use suara_loket::protocol::signing::{SignedReply, SignedRequest};
use suara_loket::server::service::Service;

type Lie = Box<dyn FnMut(&SignedRequest, Truth) -> SignedReply + Send>;

/// What the real server would say; asked only if the lie asks.
pub struct Truth {
    service: Arc<Service>,
    /// The server's key.
    pub key: SigningKey,
    request: SignedRequest,
}

/// The server as its kiosk meets it.
#[derive(Clone)]
pub struct Liar {
    service: Arc<Service>,
    key: SigningKey,
    lie: Arc<Mutex<Option<Lie>>>,
}

impl Liar {
    /// Tells the truth so far.
    pub async fn before(service: &Arc<Service>) -> Self {
        let key = SigningKey::from_bytes(&service.store().signing_key([0; 32]).await.unwrap());
        Self { service: service.clone(), key, lie: Arc::default() }
    }

    /// From now on says what this makes of each request and of the truth.
    pub fn lies(&self, lie: impl FnMut(&SignedRequest, Truth) -> SignedReply + Send + 'static) {
        *self.lie.lock().unwrap() = Some(Box::new(lie));
    }

    /// Refuses everything with this problem, well signed.
    pub fn refuses(&self, status: u16, word: &str, retry_after_ms: Option<u64>) {
        let (word, refusal) = (word.to_owned(), move |word: &str| problem(status, word, retry_after_ms));
        self.lies(move |_, truth| truth.signed(status, &refusal(&word)));
    }

    /// Tells the truth again.
    pub fn tells_the_truth(&self) {
        *self.lie.lock().unwrap() = None;
    }
}

impl EvaluationServer for Liar {
    type Error = CallError;

    async fn call(&self, request: &SignedRequest) -> Result<SignedReply, CallError> {
        let truth = Truth { service: self.service.clone(), key: self.key.clone(), request: request.clone() };
        let lie = self.lie.clone();
        let request = request.clone();
        let answer = tokio::task::spawn_blocking(move || match lie.lock().unwrap().as_mut() {
            Some(lie) => lie(&request, truth),
            None => truth.told(),
        });
        Ok(answer.await.unwrap())
    }
}

impl Truth {
    /// The real answer.
    pub fn told(&self) -> SignedReply {
        let answer = async { self.service.call(&self.request).await };
        tokio::runtime::Handle::current().block_on(answer).unwrap()
    }

    /// The real acknowledgement.
    pub fn ack(&self) -> Ack {
        let reply = self.told();
        serde_json::from_slice(&reply.body).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&reply.body)))
    }

    /// Any answer, well signed.
    pub fn signed(&self, status: u16, body: &impl serde::Serialize) -> SignedReply {
        let body = serde_json::to_vec(body).unwrap();
        SignedReply::new(&self.key, &self.request, status, 1_795_000_000_000, body)
    }
}

/// A refusal.
pub fn problem(status: u16, word: &str, retry_after_ms: Option<u64>) -> Problem {
    Problem {
        kind: format!("urn:suara-loket:problem:{word}"),
        title: "No".to_owned(),
        status,
        detail: format!("said so: {word}"),
        retry_after_ms,
    }
}

/// The batch in a request, if it is one.
pub fn batch(request: &SignedRequest) -> Option<Batch> {
    request.path.ends_with("/batches").then(|| serde_json::from_slice(&request.body).unwrap())
}
