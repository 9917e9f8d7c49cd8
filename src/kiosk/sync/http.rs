//! The server over HTTP.

use super::round::CallError;
use crate::protocol::EvaluationServer;
use crate::protocol::problem::Problem;
use crate::protocol::signing::{
    COUNTER_HEADER, DEVICE_HEADER, EPOCH_HEADER, SIGNATURE_HEADER, SignedReply, SignedRequest, TIME_HEADER,
};
use reqwest::{Client, Method, Response, StatusCode, Url, header};
use std::time::Duration;

/// No reply of the server is larger; a page of somebody else may be.
const MOST_REPLY_BYTES: u64 = 4 * 1024 * 1024;

/// The central server at an address.
#[derive(Clone, Debug)]
pub struct HttpServer {
    client: Client,
    address: Url,
}

/// Why an address cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("`{address}` is no address of a server: {reason}. Write it as https://suara.example.go.id")]
pub struct BadAddress {
    address: String,
    reason: String,
}

impl HttpServer {
    /// A client for a server; nothing is sent yet.
    ///
    /// # Errors
    /// When the address is not an http or https URL.
    pub fn new(address: &str) -> Result<Self, BadAddress> {
        let bad = |reason: String| BadAddress { address: address.to_owned(), reason };
        let url = Url::parse(address).map_err(|error| bad(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(bad("it does not start with http:// or https://".to_owned()));
        }
        // A redirect is never our server's answer.
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_secs(30))
            .build()
            .map_err(|error| bad(error.to_string()))?;
        Ok(Self { client, address: url })
    }

    /// The address, for messages.
    pub(super) fn address(&self) -> &str {
        self.address.as_str()
    }

    /// Posts JSON without a signature; for enrolment and simulation.
    pub(super) async fn post_json(&self, path: &str, body: Vec<u8>) -> Result<Vec<u8>, CallError> {
        let request = self.client.post(self.url(path)?).header(header::CONTENT_TYPE, "application/json").body(body);
        let response = request.send().await.map_err(|error| unreachable(&error))?;
        match response.status() {
            StatusCode::OK | StatusCode::CREATED => read(response).await,
            status => Err(refusal(status, response).await),
        }
    }

    fn url(&self, path: &str) -> Result<Url, CallError> {
        self.address.join(path).map_err(|error| CallError::Unreachable(error.to_string()))
    }
}

impl EvaluationServer for HttpServer {
    type Error = CallError;

    async fn call(&self, request: &SignedRequest) -> Result<SignedReply, CallError> {
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
        let response = call.send().await.map_err(|error| unreachable(&error))?;
        let status = response.status();
        let signature = text_header(&response, SIGNATURE_HEADER);
        let time_ms = text_header(&response, TIME_HEADER).and_then(|time| time.parse().ok());
        let (Some(signature), Some(time_ms)) = (signature, time_ms) else {
            return Err(CallError::NotOurServer(format!("it said {status} without a signature")));
        };
        Ok(SignedReply { status: status.as_u16(), body: read(response).await?, time_ms, signature })
    }
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
    while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(&error))? {
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

fn unreachable(error: &reqwest::Error) -> CallError {
    // The outermost text only repeats the address; the innermost says what happened.
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    CallError::Unreachable(cause.to_string())
}
