//! Errors of use cases as problem documents.

use crate::protocol::problem::{CONTENT_TYPE, Problem};
use crate::server::service::ServiceError;
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
            retry_after_ms: None,
        })
    }
}

impl From<ServiceError> for ApiError {
    fn from(error: ServiceError) -> Self {
        let problem = error.problem();
        if problem.status >= 500 {
            tracing::error!(%error, "a request failed");
        }
        Self(problem)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self.0).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, CONTENT_TYPE)], body).into_response();
        if let Some(retry_after_ms) = self.0.retry_after_ms {
            response.headers_mut().insert(header::RETRY_AFTER, retry_after_ms.div_ceil(1_000).into());
        }
        response
    }
}

pub(super) async fn no_such_route() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "no-such-route", "this server has no such route: is the path complete?")
}
