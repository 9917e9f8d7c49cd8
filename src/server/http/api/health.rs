//! Is the process alive, and can it work?

use super::problem::ApiError;
use crate::server::http::AppState;
use crate::server::service::ServiceError;
use axum::extract::State;

pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// Ready means that the store answers.
pub(super) async fn readyz(State(state): State<AppState>) -> Result<&'static str, ApiError> {
    state.service.store().offices().await.map_err(ServiceError::from)?;
    Ok("ready\n")
}
