//! What a call can come to that is no success, and what the ladder makes of it.

use super::ladder::Outcome;
use crate::kiosk::outbox::OutboxError;
use crate::protocol::problem::Problem;

/// Why a call brought no success. Only an answer that our server signed can say more than that it
/// was not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Nothing there, or a time-out.
    #[error("the server cannot be reached: {0}. Check its address and the network")]
    Unreachable(String),
    /// The certificate is not valid at the time this machine believes it is.
    #[error("the server's certificate is not valid at this time: {0}. Check the clock of this machine")]
    CertificateTime(String),
    /// Something answered, but not our server with an answer to this request.
    #[error("what answered is not the enrolled server: {0}. Is this network behind a log-in page?")]
    NotOurServer(String),
    /// The server asks for a pause.
    #[error("the server is busy")]
    Busy {
        /// How long, if it said so.
        retry_after_ms: Option<u64>,
    },
    /// The batch is larger than the server takes.
    #[error("the server finds this batch too large: {0}")]
    TooLarge(String),
    /// Something in the batch cannot be read by the server.
    #[error("the server cannot take this batch: {0}")]
    Unreadable(String),
    /// The server does not know this kiosk, or revoked it.
    #[error("the server does not hear this kiosk: {0}")]
    TurnedAway(String),
    /// The server speaks an older or newer protocol.
    #[error("kiosk and server do not speak the same protocol: {0}")]
    OtherProtocol(String),
    /// Two databases use this kiosk's identity.
    #[error("another machine sends under the name of this one: {0}")]
    Fork(String),
    /// The server answered with something this program does not know.
    #[error("the server refused: {0}")]
    Refused(String),
    /// The queue itself failed.
    #[error("the queue failed: {0}")]
    Queue(String),
}

impl CallError {
    /// What a refusal of our server means.
    pub(super) fn from_problem(problem: Problem) -> Self {
        let word = problem.word().to_owned();
        let Problem { status, detail, retry_after_ms, .. } = problem;
        match (status, word.as_str()) {
            (_, "newer-protocol" | "older-protocol") => Self::OtherProtocol(detail),
            (409, "fork") => Self::Fork(detail),
            (401 | 403, _) => Self::TurnedAway(detail),
            (413, _) => Self::TooLarge(detail),
            (400 | 422, _) => Self::Unreadable(detail),
            (429 | 503, _) => Self::Busy { retry_after_ms },
            (408 | 425 | 500..=599, _) => Self::Unreachable(detail),
            _ => Self::Refused(detail),
        }
    }

    /// How a round ends that met this.
    pub(super) fn outcome(&self) -> Outcome {
        match self {
            Self::Busy { retry_after_ms } => Outcome::Busy { retry_after_ms: *retry_after_ms },
            Self::TurnedAway(_) | Self::OtherProtocol(_) => Outcome::Stopped,
            Self::Fork(_) => Outcome::Forked,
            Self::Unreachable(_)
            | Self::CertificateTime(_)
            | Self::NotOurServer(_)
            | Self::TooLarge(_)
            | Self::Unreadable(_)
            | Self::Refused(_)
            | Self::Queue(_) => Outcome::Away,
        }
    }
}

impl From<OutboxError> for CallError {
    fn from(error: OutboxError) -> Self {
        Self::Queue(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(status: u16, word: &str) -> Outcome {
        let kind = format!("urn:suara-loket:problem:{word}");
        let (title, detail) = (String::new(), String::new());
        CallError::from_problem(Problem { kind, title, status, detail, retry_after_ms: Some(9) }).outcome()
    }

    #[test]
    fn every_signed_refusal_has_its_step() {
        for (status, word, expected) in [
            (401, "unknown-device", Outcome::Stopped),
            (401, "bad-signature", Outcome::Stopped),
            (403, "revoked", Outcome::Stopped),
            (400, "newer-protocol", Outcome::Stopped),
            (400, "older-protocol", Outcome::Stopped),
            (409, "fork", Outcome::Forked),
            (409, "taken", Outcome::Away),
            (429, "busy", Outcome::Busy { retry_after_ms: Some(9) }),
            (503, "store", Outcome::Busy { retry_after_ms: Some(9) }),
            (408, "slow", Outcome::Away),
            (425, "early", Outcome::Away),
            (500, "internal", Outcome::Away),
            (502, "fork", Outcome::Away),
            (404, "no-such-route", Outcome::Away),
            (418, "teapot", Outcome::Away),
        ] {
            assert_eq!(outcome(status, word), expected, "{status} {word}");
        }
    }

    #[test]
    fn a_batch_is_refused_for_its_size_or_for_what_is_in_it() {
        let error = |status: u16| {
            CallError::from_problem(Problem {
                kind: "urn:suara-loket:problem:x".to_owned(),
                title: String::new(),
                status,
                detail: "d".to_owned(),
                retry_after_ms: None,
            })
        };
        assert_eq!(error(413), CallError::TooLarge("d".to_owned()));
        assert_eq!(error(400), CallError::Unreadable("d".to_owned()));
        assert_eq!(error(422), CallError::Unreadable("d".to_owned()));
    }
}
