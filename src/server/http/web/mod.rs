//! Pages for residents, officers and the public. All work without JavaScript.

mod login;
mod me;
mod page;
mod public;
mod rate;
mod receipt;
mod survey;

use super::AppState;
use axum::Router;
use axum::routing::{get, post};

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/", get(public::show))
        .route("/R/{ticket}", get(rate::show).post(rate::take))
        .route("/R/{ticket}/OK", get(rate::thanks))
        .route("/R/{ticket}/SKM", get(survey::show).post(survey::take))
        .route("/R/{ticket}/SKM/OK", get(survey::thanks))
        .route("/receipt/{code}", get(receipt::show))
        .route("/login", get(login::show).post(login::log_in))
        .route("/logout", post(login::log_out))
        .route("/me", get(me::show))
        .route("/static/style.css", get(page::style))
        .route("/static/logo.svg", get(page::logo))
        .fallback(page::not_found)
}
