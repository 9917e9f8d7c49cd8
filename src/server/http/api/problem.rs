//! Errors of use cases as problem documents.

use crate::protocol::problem::{CONTENT_TYPE, Problem};
use crate::server::service::{Refusal, ServiceError};
use crate::server::store::StoreError;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// An answer that is not success.
#[derive(Debug)]
pub(super) struct ApiError(Problem);

impl ApiError {
    pub(super) fn new(status: StatusCode, word: &str, detail: impl Into<String>) -> Self {
        Self(Problem {
            kind: format!("urn:suara-loket:problem:{word}"),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
        })
    }
}

impl From<ServiceError> for ApiError {
    fn from(error: ServiceError) -> Self {
        let (status, word) = match &error {
            ServiceError::Refused(refusal) => refused(*refusal),
            ServiceError::BadInput(_) => (StatusCode::UNPROCESSABLE_ENTITY, "bad-input"),
            ServiceError::Store(StoreError::Missing(_)) => (StatusCode::NOT_FOUND, "missing"),
            ServiceError::Store(StoreError::Taken(_)) => (StatusCode::CONFLICT, "taken"),
            ServiceError::Store(StoreError::Failed(_)) => (StatusCode::SERVICE_UNAVAILABLE, "store"),
            ServiceError::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        };
        if status.is_server_error() {
            tracing::error!(%error, "a request failed");
        }
        Self::new(status, word, error.to_string())
    }
}

fn refused(refusal: Refusal) -> (StatusCode, &'static str) {
    match refusal {
        Refusal::UnknownCode => (StatusCode::FORBIDDEN, "unknown-code"),
        Refusal::NoProof => (StatusCode::FORBIDDEN, "no-proof"),
        Refusal::UnknownDevice => (StatusCode::UNAUTHORIZED, "unknown-device"),
        Refusal::BadSignature => (StatusCode::UNAUTHORIZED, "bad-signature"),
        Refusal::Revoked => (StatusCode::FORBIDDEN, "revoked"),
        Refusal::Fork => (StatusCode::CONFLICT, "fork"),
        Refusal::Unreadable => (StatusCode::UNPROCESSABLE_ENTITY, "unreadable"),
        Refusal::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too-large"),
        Refusal::NewerProtocol => (StatusCode::BAD_REQUEST, "newer-protocol"),
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self.0).unwrap_or_default();
        (status, [(header::CONTENT_TYPE, CONTENT_TYPE)], body).into_response()
    }
}

pub(super) async fn no_such_route() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "no-such-route", "this server has no such route: is the path complete?")
}
