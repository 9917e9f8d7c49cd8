//! `GET /api/v1/time/{nonce}`: the server's time, signed, for kiosks whose clock fails TLS.

use super::problem::ApiError;
use crate::protocol::time::{Nonce, SignedTime};
use crate::server::http::AppState;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;

pub(super) async fn time(
    State(state): State<AppState>,
    Path(nonce): Path<String>,
) -> Result<Json<SignedTime>, ApiError> {
    let bad = || ApiError::new(StatusCode::BAD_REQUEST, "bad-nonce", "a nonce has 32 lower-case hexadecimal digits");
    let nonce = Nonce::parse(&nonce).ok_or_else(bad)?;
    Ok(Json(state.service.signed_time(nonce).await?))
}
