//! The server's HTTP side: the API for kiosks and the pages for people.

mod api;
mod guard;
mod texts;
mod web;

use super::service::Service;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use std::sync::Arc;

/// No request is larger.
const MOST_BODY_BYTES: usize = 128 * 1024;

/// What every handler can reach.
#[derive(Clone)]
pub struct AppState {
    /// The use cases.
    pub service: Arc<Service>,
    /// Whether simulated kiosks may enrol.
    pub allow_simulation: bool,
}

impl AppState {
    /// Whether residents and officers reach this server over TLS.
    fn is_https(&self) -> bool {
        self.service.public_url().starts_with("https://")
    }
}

/// All routes.
pub fn router(state: AppState) -> Router {
    let pages = web::routes().layer(middleware::from_fn(guard::same_site_only));
    Router::new()
        .merge(api::routes())
        .merge(pages)
        .layer(middleware::from_fn_with_state(state.clone(), guard::security_headers))
        .layer(DefaultBodyLimit::max(MOST_BODY_BYTES))
        .with_state(state)
}
