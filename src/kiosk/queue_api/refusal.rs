//! Why a call was not followed, as a problem document.

use crate::protocol::problem::Problem;
use hyper::StatusCode;

/// Why a call was not followed. Nothing has changed at the counter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// A page in a browser on this machine asks, not a queue system.
    Browser,
    /// The call is meant for somebody else, or a name was bent to this machine.
    ForeignHost,
    /// The secret is missing or another.
    NoToken,
    /// There is no such call.
    NoSuchCall,
    /// The call exists with another method.
    Method(&'static str),
    /// The body is larger than any call.
    TooLarge,
    /// The body did not come.
    TooSlow,
    /// The body is not what the call takes.
    Unreadable(String),
    /// The office has no service with this code.
    UnknownService { code: String, known: Vec<String> },
}

impl Refusal {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Refusal::Browser => StatusCode::FORBIDDEN,
            Refusal::ForeignHost => StatusCode::MISDIRECTED_REQUEST,
            Refusal::NoToken => StatusCode::UNAUTHORIZED,
            Refusal::NoSuchCall => StatusCode::NOT_FOUND,
            Refusal::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Refusal::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Refusal::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Refusal::Unreadable(_) => StatusCode::BAD_REQUEST,
            Refusal::UnknownService { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    pub(super) fn problem(&self) -> Problem {
        let (word, title, detail) = self.words();
        Problem {
            kind: format!("urn:suara-loket:problem:{word}"),
            title: title.to_owned(),
            status: self.status().as_u16(),
            detail,
            retry_after_ms: None,
        }
    }

    /// A stable word, what happened in general, and what happened this time with its mend.
    fn words(&self) -> (&'static str, &'static str, String) {
        match self {
            Refusal::Browser => (
                "browser",
                "Pages may not call",
                "this comes from a page in a browser; the queue system itself has to call".to_owned(),
            ),
            Refusal::ForeignHost => (
                "foreign-host",
                "The call names another machine",
                "the Host header has to be the address and port that the kiosk listens on".to_owned(),
            ),
            Refusal::NoToken => (
                "unauthorized",
                "The secret is missing",
                "send `Authorization: Bearer …` with the secret in [queue] token_file".to_owned(),
            ),
            Refusal::NoSuchCall => (
                "no-such-call",
                "There is no such call",
                "there are POST /v1/visits/called, POST /v1/visits/served and GET /v1/state".to_owned(),
            ),
            Refusal::Method(method) => ("method", "Another method is needed", format!("this call is a {method}")),
            Refusal::TooLarge => {
                ("too-large", "The call is too large", "a call has no more than one code of a service".to_owned())
            }
            Refusal::TooSlow => ("too-slow", "The call did not arrive", "send it at once, and again".to_owned()),
            Refusal::Unreadable(reason) => (
                "unreadable",
                "The body cannot be read",
                format!("send nothing, or {{ \"service\": \"CODE\" }}: {reason}"),
            ),
            Refusal::UnknownService { code, known } => (
                "unknown-service",
                "There is no such service",
                format!("the office has no service `{code}`, but {}", listed(known)),
            ),
        }
    }
}

fn listed(known: &[String]) -> String {
    if known.is_empty() { "none at all: see `suara-loket admin service add`".to_owned() } else { known.join(", ") }
}
