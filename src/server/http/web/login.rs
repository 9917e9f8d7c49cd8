//! `/login` and `/logout` of officers.

use super::page::{Visitor, failed, render};
use crate::domain::language::Language;
use crate::server::http::AppState;
use crate::server::http::texts::Texts;
use crate::server::service::{LoginSecret, SignedIn};
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    t: Texts,
    path: String,
    wrong: bool,
}

#[derive(Deserialize)]
pub(super) struct Credentials {
    login: String,
    password: String,
    lang: Option<String>,
}

pub(super) async fn show(visitor: Visitor) -> Response {
    render(&LoginPage { t: visitor.t, path: visitor.path, wrong: false })
}

pub(super) async fn log_in(
    State(state): State<AppState>,
    mut visitor: Visitor,
    Form(credentials): Form<Credentials>,
) -> Response {
    if let Some(language) = credentials.lang.as_deref().and_then(Language::from_code) {
        visitor.t = Texts { language };
    }
    match state.service.log_in(&credentials.login, credentials.password).await {
        Ok(Some(secret)) => {
            let to = format!("/me?lang={}", visitor.t.code());
            (AppendHeaders([(header::SET_COOKIE, cookie(&state, &secret.0, ""))]), Redirect::to(&to)).into_response()
        }
        Ok(None) => {
            let page = LoginPage { t: visitor.t, path: visitor.path, wrong: true };
            (StatusCode::UNAUTHORIZED, render(&page)).into_response()
        }
        Err(error) => failed(visitor, &error),
    }
}

pub(super) async fn log_out(State(state): State<AppState>, visitor: Visitor, headers: HeaderMap) -> Response {
    if let Some(secret) = secret(&state, &headers)
        && let Err(error) = state.service.log_out(&secret).await
    {
        return failed(visitor, &error);
    }
    let gone = cookie(&state, "", "; Max-Age=0");
    (AppendHeaders([(header::SET_COOKIE, gone)]), Redirect::to(&format!("/?lang={}", visitor.t.code()))).into_response()
}

/// Who is logged in, or the way to the log-in page.
pub(super) async fn require(state: &AppState, visitor: &Visitor, headers: &HeaderMap) -> Result<SignedIn, Response> {
    let to_login = || Redirect::to(&format!("/login?lang={}", visitor.t.code())).into_response();
    let secret = secret(state, headers).ok_or_else(to_login)?;
    match state.service.signed_in(&secret).await {
        Ok(Some(signed_in)) => Ok(signed_in),
        Ok(None) => Err(to_login()),
        Err(error) => Err(failed(visitor.clone(), &error)),
    }
}

/// `__Host-` binds the cookie to this host and to TLS; without TLS browsers would refuse it.
fn cookie_name(state: &AppState) -> &'static str {
    if state.is_https() { "__Host-sid" } else { "sid" }
}

fn cookie(state: &AppState, value: &str, more: &str) -> String {
    let secure = if state.is_https() { "; Secure" } else { "" };
    format!("{}={value}; HttpOnly; SameSite=Lax; Path=/{secure}{more}", cookie_name(state))
}

fn secret(state: &AppState, headers: &HeaderMap) -> Option<LoginSecret> {
    let name = cookie_name(state);
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| LoginSecret(value.to_owned()))
}
