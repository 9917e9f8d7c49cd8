//! What pages share: rendering, failing kindly, and the files they link.

use crate::server::http::texts::{self, Texts};
use crate::server::service::ServiceError;
use askama::Template;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use std::convert::Infallible;

/// Who is looking: their language, and the address they are at, for the language links.
#[derive(Clone, Debug)]
pub(super) struct Visitor {
    pub t: Texts,
    pub path: String,
}

#[derive(Debug, Deserialize)]
struct Asked {
    lang: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let asked = Query::<Asked>::try_from_uri(&parts.uri).ok().and_then(|Query(asked)| asked.lang);
        let t = texts::choose(asked.as_deref(), &parts.headers);
        Ok(Self { t, path: parts.uri.path().to_owned() })
    }
}

/// A page that only says something.
#[derive(Template)]
#[template(path = "message.html")]
struct MessagePage {
    t: Texts,
    path: String,
    title: &'static str,
    text: &'static str,
}

/// A kind page with a title and one sentence.
pub(super) fn message(visitor: Visitor, status: StatusCode, title: &'static str, text: &'static str) -> Response {
    let Visitor { t, path } = visitor;
    (status, render(&MessagePage { t, path, title, text })).into_response()
}

pub(super) fn render(page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be made");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// A use case failed: said kindly, logged for the operator.
pub(super) fn failed(visitor: Visitor, error: &ServiceError) -> Response {
    tracing::error!(%error, "a page failed");
    let title = visitor.t.say("Sorry, something went wrong");
    let text = visitor.t.say("Nothing was lost. Please try again in a moment.");
    message(visitor, StatusCode::SERVICE_UNAVAILABLE, title, text)
}

pub(super) async fn not_found(visitor: Visitor, _uri: Uri) -> Response {
    let title = visitor.t.say("This page does not exist");
    let text = visitor.t.say("Please check the address, or scan the QR code once more.");
    message(visitor, StatusCode::NOT_FOUND, title, text)
}

pub(super) async fn style() -> Response {
    static_file("text/css; charset=utf-8", include_str!("../../../../ui/web/static/style.css"))
}

pub(super) async fn logo() -> Response {
    static_file("image/svg+xml", include_str!("../../../../ui/images/logo.svg"))
}

fn static_file(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=3600")], text).into_response()
}
