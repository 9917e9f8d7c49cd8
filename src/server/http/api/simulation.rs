//! `POST /api/v1/simulation/enrolments`: codes for simulated kiosks, on servers that allow them.

use super::problem::ApiError;
use crate::server::http::AppState;
use crate::server::service::ServiceError;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

const MOST_KIOSKS: usize = 10_000;

#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    count: usize,
}

#[derive(Debug, Serialize)]
pub(super) struct Codes {
    codes: Vec<String>,
}

pub(super) async fn enrolments(
    State(state): State<AppState>,
    Json(wanted): Json<Wanted>,
) -> Result<Json<Codes>, ApiError> {
    if !state.allow_simulation {
        let detail =
            "this server takes no simulated kiosks: start it with --allow-simulation, or give simulate --codes";
        return Err(ApiError::new(StatusCode::NOT_FOUND, "no-simulation", detail));
    }
    let offices = state.service.store().offices().await.map_err(ServiceError::from)?;
    let office = offices.first().map(|row| row.office.id);
    let Some(office) = office else {
        return Err(ApiError::new(
            StatusCode::CONFLICT,
            "no-office",
            "this server has no office yet: create one with `suara-loket admin office add`",
        ));
    };
    let counters = state.service.store().counters(office).await.map_err(ServiceError::from)?;
    let mut codes = Vec::new();
    for counter in counters.iter().cycle().take(wanted.count.min(MOST_KIOSKS)) {
        codes.push(state.service.new_enrolment(office, counter.id).await?);
    }
    Ok(Json(Codes { codes }))
}
