//! `/receipt/{code}`: whether an answer is included, and nothing else.

use super::page::{Visitor, failed, message, render};
use crate::domain::ledger::ReceiptCode;
use crate::server::http::AppState;
use crate::server::http::texts::Texts;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

#[derive(Template)]
#[template(path = "receipt.html")]
struct ReceiptPage {
    t: Texts,
    path: String,
    receipt: ReceiptCode,
    included: bool,
}

pub(super) async fn show(State(state): State<AppState>, Path(code): Path<String>, visitor: Visitor) -> Response {
    let Ok(receipt) = code.parse::<ReceiptCode>() else {
        let title = visitor.t.say("This is not a receipt code");
        let text = visitor.t.say("A receipt code has twelve letters and digits, such as ABCD-EFGH-2345.");
        return message(visitor, StatusCode::NOT_FOUND, title, text);
    };
    match state.service.is_included(receipt).await {
        Ok(included) => {
            let status = if included { StatusCode::OK } else { StatusCode::NOT_FOUND };
            // The address is shown again in the language links: in the one way to write the code.
            let path = format!("/receipt/{receipt}");
            (status, render(&ReceiptPage { t: visitor.t, path, receipt, included })).into_response()
        }
        Err(error) => failed(visitor, &error),
    }
}
