//! `/R/{TICKET}`: a resident rates a visit later, on their own phone.
//!
//! Neither address nor browser of the resident is read, logged or stored.

use super::page::{Visitor, failed, message, render};
use crate::domain::language::Language;
use crate::domain::ledger::ReceiptCode;
use crate::domain::stars::Stars;
use crate::server::http::AppState;
use crate::server::http::texts::Texts;
use crate::server::service::{TicketPage, TicketProblem, VisitView};
use crate::server::store::LateRating;
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "rate.html")]
struct RatePage {
    t: Texts,
    path: String,
    visit: VisitView,
    day: String,
    words: [(u8, &'static str); 5],
}

#[derive(Template)]
#[template(path = "thanks.html")]
struct ThanksPage {
    t: Texts,
    path: String,
    receipt: Option<ReceiptCode>,
    survey: String,
}

/// Whose stars are in already is still asked the survey.
#[derive(Template)]
#[template(path = "rated.html")]
struct RatedPage {
    t: Texts,
    path: String,
    survey: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Given {
    stars: u8,
    lang: Option<String>,
}

pub(super) async fn show(State(state): State<AppState>, Path(ticket): Path<String>, visitor: Visitor) -> Response {
    match state.service.ticket_page(&ticket).await {
        Ok(Ok(TicketPage::Open(visit))) => {
            let Visitor { t, path } = visitor;
            let (day, words) = (long_day(t, &visit), star_words(t));
            render(&RatePage { t, path, visit, day, words })
        }
        Ok(Ok(TicketPage::Rated(..))) => already_rated(visitor, StatusCode::OK, &ticket),
        Ok(Err(problem)) => no_good(visitor, problem),
        Err(error) => failed(visitor, &error),
    }
}

pub(super) async fn take(
    State(state): State<AppState>,
    Path(ticket): Path<String>,
    mut visitor: Visitor,
    Form(given): Form<Given>,
) -> Response {
    if let Some(language) = given.lang.as_deref().and_then(Language::from_code) {
        visitor.t = Texts { language };
    }
    let Ok(stars) = Stars::try_from(given.stars) else {
        let title = visitor.t.say("Please choose one to five stars");
        let text = visitor.t.say("Nothing was stored. Go back and touch one of the stars.");
        return message(visitor, StatusCode::UNPROCESSABLE_ENTITY, title, text);
    };
    match state.service.rate_later(&ticket, stars).await {
        // Seeing the answer again must not send the rating again.
        Ok(Ok(LateRating::Counted)) => {
            Redirect::to(&format!("/R/{ticket}/OK?lang={}", visitor.t.code())).into_response()
        }
        Ok(Ok(LateRating::AlreadyRated)) => already_rated(visitor, StatusCode::CONFLICT, &ticket),
        Ok(Err(problem)) => no_good(visitor, problem),
        Err(error) => failed(visitor, &error),
    }
}

/// Thanks only who really rated: the address alone proves nothing.
pub(super) async fn thanks(State(state): State<AppState>, Path(ticket): Path<String>, visitor: Visitor) -> Response {
    match state.service.ticket_page(&ticket).await {
        Ok(Ok(TicketPage::Rated(_, receipt))) => {
            let Visitor { t, path } = visitor;
            render(&ThanksPage { t, path, receipt, survey: survey_of(&ticket, t) })
        }
        Ok(Ok(TicketPage::Open(_))) => Redirect::to(&format!("/R/{ticket}?lang={}", visitor.t.code())).into_response(),
        Ok(Err(problem)) => no_good(visitor, problem),
        Err(error) => failed(visitor, &error),
    }
}

fn already_rated(Visitor { t, path }: Visitor, status: StatusCode, ticket: &str) -> Response {
    (status, render(&RatedPage { t, path, survey: survey_of(ticket, t) })).into_response()
}

/// Where the survey of a visit is.
fn survey_of(ticket: &str, t: Texts) -> String {
    format!("/R/{ticket}/SKM?lang={}", t.code())
}

pub(super) fn no_good(visitor: Visitor, problem: TicketProblem) -> Response {
    let t = visitor.t;
    let (status, title, text) = match problem {
        TicketProblem::Expired => (
            StatusCode::GONE,
            t.say("This QR code has ended"),
            t.say("A visit can be rated for seven days. We would be glad to hear from you at your next visit."),
        ),
        TicketProblem::Unknown | TicketProblem::Revoked => (
            StatusCode::NOT_FOUND,
            t.say("We do not know this QR code"),
            t.say("Please scan it once more from the screen at the counter."),
        ),
    };
    message(visitor, status, title, text)
}

/// The words of the stars, fewest first; the same as on the kiosk.
fn star_words(t: Texts) -> [(u8, &'static str); 5] {
    let words = [t.say("Very poor"), t.say("Poor"), t.say("Fair"), t.say("Good"), t.say("Excellent")];
    let mut pairs = [(0, ""); 5];
    for (pair, (stars, word)) in pairs.iter_mut().zip(Stars::ALL.into_iter().zip(words)) {
        *pair = (stars.get(), word);
    }
    pairs
}

/// The day as people write it.
fn long_day(t: Texts, visit: &VisitView) -> String {
    let months = [
        t.say("January"),
        t.say("February"),
        t.say("March"),
        t.say("April"),
        t.say("May"),
        t.say("June"),
        t.say("July"),
        t.say("August"),
        t.say("September"),
        t.say("October"),
        t.say("November"),
        t.say("December"),
    ];
    let month = usize::try_from(visit.day.month()).ok().and_then(|month| months.get(month.wrapping_sub(1)));
    format!("{} {} {}", visit.day.day(), month.copied().unwrap_or_default(), visit.day.year())
}
