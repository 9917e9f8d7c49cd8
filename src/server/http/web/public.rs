//! `/`: what this is, for everybody.

use super::page::{Visitor, failed, render};
use crate::server::http::AppState;
use crate::server::http::texts::Texts;
use askama::Template;
use axum::extract::State;
use axum::response::Response;

#[derive(Template)]
#[template(path = "public.html")]
struct PublicPage {
    t: Texts,
    path: String,
    office: String,
}

pub(super) async fn show(State(state): State<AppState>, visitor: Visitor) -> Response {
    let offices = match state.service.store().offices().await {
        Ok(offices) => offices,
        Err(error) => return failed(visitor, &error.into()),
    };
    let office = offices.into_iter().next().map_or_else(|| "Suara Loket".to_owned(), |row| row.office.name);
    render(&PublicPage { t: visitor.t, path: visitor.path, office })
}
