//! The server over HTTP.

use super::error::CallError;
use super::known_time::KnownTime;
use super::tls;
use crate::domain::clock::{Anchor, REQUEST_TIMEOUT_MS};
use crate::protocol::EvaluationServer;
use crate::protocol::problem::Problem;
use crate::protocol::signing::{
    COUNTER_HEADER, DEVICE_HEADER, EPOCH_HEADER, SIGNATURE_HEADER, SignedReply, SignedRequest, TIME_HEADER,
};
use crate::protocol::time::{self, Nonce, SignedTime};
use crate::system::{Random, random_array};
use ed25519_dalek::VerifyingKey;
use reqwest::{Client, ClientBuilder, Method, Response, StatusCode, Url, header};
use std::path::Path;
use std::time::Duration;

/// No reply of the server is larger; a page of somebody else may be.
const MOST_REPLY_BYTES: u64 = 4 * 1024 * 1024;

/// The central server at an address.
#[derive(Clone)]
pub struct HttpServer {
    client: Client,
    address: Url,
    pinned: Option<VerifyingKey>,
    time: KnownTime,
    random: Random,
}

/// Why an address cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("`{address}` is no address of a server: {reason}. Write it as https://suara.example.go.id")]
pub struct BadAddress {
    address: String,
    reason: String,
}

impl HttpServer {
    /// A client for a server; nothing is sent yet. `authority` is a PEM file with the certificate of
    /// the office's own authority, trusted beside those of the system.
    ///
    /// # Errors
    /// When the address is not an http or https URL, or certificates cannot be read.
    pub fn new(address: &str, authority: Option<&Path>, time: KnownTime, random: Random) -> Result<Self, BadAddress> {
        let bad = |reason: String| BadAddress { address: address.to_owned(), reason };
        let address = Url::parse(address).map_err(|error| bad(error.to_string()))?;
        let builder = match address.scheme() {
            "http" => quiet_client(),
            "https" => quiet_client().tls_backend_preconfigured(tls::config(&time, authority).map_err(bad)?),
            _ => return Err(bad("it does not start with http:// or https://".to_owned())),
        };
        let client = builder.build().map_err(|error| bad(innermost(&error)))?;
        Ok(Self { client, address, pinned: None, time, random })
    }

    /// The same server, which from now on has to hold this key.
    #[must_use]
    pub fn pinned(self, key: VerifyingKey) -> Self {
        Self { pinned: Some(key), ..self }
    }

    /// The address, for people.
    #[must_use]
    pub fn address(&self) -> &str {
        self.address.as_str()
    }

    /// Posts JSON without a signature; for enrolment and simulation.
    pub(super) async fn post_json(&self, path: &str, body: Vec<u8>) -> Result<Vec<u8>, CallError> {
        let request = self.client.post(self.url(path)?).header(header::CONTENT_TYPE, "application/json").body(body);
        let response = request.send().await.map_err(|error| not_answered(&error))?;
        match response.status() {
            StatusCode::OK | StatusCode::CREATED => read(response).await,
            status => Err(refusal(status, response).await),
        }
    }

    fn url(&self, path: &str) -> Result<Url, CallError> {
        self.address.join(path).map_err(|error| CallError::Unreachable(error.to_string()))
    }

    async fn send(&self, request: &SignedRequest) -> Result<SignedReply, CallError> {
        let method = if request.method == "POST" { Method::POST } else { Method::GET };
        let mut call = self
            .client
            .request(method, self.url(&request.path)?)
            .header(DEVICE_HEADER, request.device.get())
            .header(EPOCH_HEADER, request.epoch)
            .header(COUNTER_HEADER, request.counter)
            .header(SIGNATURE_HEADER, &request.signature);
        if !request.body.is_empty() {
            call = call.header(header::CONTENT_TYPE, "application/json").body(request.body.clone());
        }
        let response = call.send().await.map_err(|error| not_answered(&error))?;
        let status = response.status();
        let signature = text_header(&response, SIGNATURE_HEADER);
        let time_ms = text_header(&response, TIME_HEADER).and_then(|time| time.parse().ok());
        let (Some(signature), Some(time_ms)) = (signature, time_ms) else {
            return Err(CallError::NotOurServer(format!("it said {status} without a signature")));
        };
        Ok(SignedReply { status: status.as_u16(), body: read(response).await?, time_ms, signature })
    }

    /// Asks for the time without looking at the certificate: the answer is authentic by the pinned
    /// key and fresh by the nonce, and the question tells nobody anything.
    async fn learn_time(&self, key: &VerifyingKey) -> Result<(), CallError> {
        let nonce = Nonce(random_array(&self.random));
        let builder = quiet_client().tls_danger_accept_invalid_certs(true);
        let client = builder.build().map_err(|error| CallError::Unreachable(innermost(&error)))?;
        let asked = self.time.moment();
        let call = client.get(self.url(&format!("{}{nonce}", time::PATH))?);
        let answer = read(call.send().await.map_err(|error| not_answered(&error))?).await?;
        let came = self.time.moment();
        let time: SignedTime = serde_json::from_slice(&answer)
            .map_err(|error| CallError::NotOurServer(format!("it does not tell the time: {error}")))?;
        if !time.answers(nonce, key) {
            return Err(CallError::NotOurServer("the time is not signed by it".to_owned()));
        }
        tracing::warn!("the clock of this machine fails the server's certificate: using the server's time");
        self.time.learn(Anchor::between(&asked, &came, time.time_ms));
        Ok(())
    }
}

impl EvaluationServer for HttpServer {
    type Error = CallError;

    async fn call(&self, request: &SignedRequest) -> Result<SignedReply, CallError> {
        match (self.send(request).await, &self.pinned) {
            (Err(CallError::CertificateTime(_)), Some(key)) => {
                self.learn_time(key).await?;
                self.send(request).await
            }
            (reply, _) => reply,
        }
    }
}

/// Follows no redirect, which is never our server's answer, and ends.
fn quiet_client() -> ClientBuilder {
    Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(10))
        .timeout(Duration::from_millis(REQUEST_TIMEOUT_MS.unsigned_abs()))
}

/// What an unsigned answer other than success means. A page that is no problem document comes from
/// somebody else, whatever its status.
async fn refusal(status: StatusCode, response: Response) -> CallError {
    let problem: Option<Problem> = read(response).await.ok().and_then(|body| serde_json::from_slice(&body).ok());
    match problem {
        Some(problem) => CallError::from_problem(problem),
        None => CallError::NotOurServer(format!("it said {status} without a reason this program knows")),
    }
}

async fn read(mut response: Response) -> Result<Vec<u8>, CallError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| not_answered(&error))? {
        if body.len() as u64 + chunk.len() as u64 > MOST_REPLY_BYTES {
            return Err(CallError::NotOurServer("its answer does not end".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn text_header(response: &Response, name: &str) -> Option<String> {
    response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

fn not_answered(error: &reqwest::Error) -> CallError {
    match tls::wrong_time(error) {
        Some(reason) => CallError::CertificateTime(reason),
        None => CallError::Unreachable(innermost(error)),
    }
}

/// The outermost text only repeats the address; the innermost says what happened.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
