//! The API for kiosks.

mod devices;
mod enrol;
mod health;
mod problem;
mod simulation;
mod time;

use super::AppState;
use axum::Router;
use axum::routing::{get, post};

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route(crate::protocol::enrol::PATH, post(enrol::enrol))
        .route("/api/v1/devices/{id}/{*call}", get(devices::call).post(devices::call))
        .route(&format!("{}{{nonce}}", crate::protocol::time::PATH), get(time::time))
        .route("/api/v1/simulation/enrolments", post(simulation::enrolments))
        .route("/api/{*rest}", axum::routing::any(problem::no_such_route))
}
