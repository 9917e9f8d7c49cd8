//! `POST /api/v1/enrol`: a new machine becomes a kiosk.

use super::problem::ApiError;
use crate::protocol::enrol::{EnrolReply, EnrolRequest};
use crate::server::http::AppState;
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;

pub(super) async fn enrol(
    State(state): State<AppState>,
    body: Result<Json<EnrolRequest>, JsonRejection>,
) -> Result<Json<EnrolReply>, ApiError> {
    let Json(request) =
        body.map_err(|error| ApiError::new(StatusCode::BAD_REQUEST, "unreadable", error.body_text()))?;
    Ok(Json(state.service.enrol(&request).await?))
}
