//! `/R/{TICKET}/SKM`: the survey that the law asks for, filled in on the resident's own phone.
//!
//! Neither address nor browser of the resident is read, logged or stored.

use super::page::{Visitor, failed, message, render};
use super::rate::no_good;
use crate::domain::ids::ServiceId;
use crate::domain::language::Language;
use crate::domain::office::Service;
use crate::domain::skm::{AgeBand, Answers, Education, Occupation, Respondent, Sex, SkmAnswer, SkmElement};
use crate::server::http::AppState;
use crate::server::http::texts::Texts;
use crate::server::service::{FilledIn, FormPage};
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use std::collections::BTreeMap;

/// What a browser sends, by the names of the fields.
type Sent = BTreeMap<String, String>;

/// One of several answers to choose from.
struct Choice {
    value: String,
    text: String,
    chosen: bool,
}

/// One of the nine.
struct Question {
    code: &'static str,
    text: &'static str,
    options: Vec<Choice>,
}

/// Something about the respondent, chosen from a list.
struct Field {
    name: &'static str,
    label: &'static str,
    options: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "questionnaire.html")]
struct QuestionnairePage {
    t: Texts,
    path: String,
    office: String,
    problem: bool,
    questions: Vec<Question>,
    service: Option<Field>,
    fields: Vec<Field>,
}

impl QuestionnairePage {
    /// The form, with what was sent before still in it.
    fn new(Visitor { t, path }: Visitor, office: String, services: &[Service], sent: Option<&Sent>) -> Self {
        let none = Sent::new();
        let filled = sent.unwrap_or(&none);
        let service = (!services.is_empty()).then(|| Field {
            name: "service",
            label: t.say("Which service was it?"),
            options: services
                .iter()
                .map(|service| choice(filled, "service", service.id.to_string(), service.name.clone()))
                .collect(),
        });
        let questions = SkmElement::ALL.map(|element| question(t, element, filled));
        let fields = fields(t, filled);
        Self { t, path, office, problem: sent.is_some(), questions: questions.into(), service, fields }
    }
}

fn choice(sent: &Sent, name: &str, value: String, text: String) -> Choice {
    let chosen = sent.get(name) == Some(&value);
    Choice { value, text, chosen }
}

fn question(t: Texts, element: SkmElement, sent: &Sent) -> Question {
    let (words, code) = (element.words(t.language), element.code());
    let options = SkmAnswer::ALL.into_iter().zip(words.options);
    let options = options.map(|(answer, text)| choice(sent, code, answer.get().to_string(), text.to_owned()));
    Question { code, text: words.question, options: options.collect() }
}

fn fields(t: Texts, sent: &Sent) -> Vec<Field> {
    let field = |name: &'static str, label, values: Vec<(&'static str, &'static str)>| Field {
        name,
        label,
        options: values.into_iter().map(|(code, text)| choice(sent, name, code.to_owned(), text.to_owned())).collect(),
    };
    let ages = AgeBand::ALL.iter().map(|band| (band.code(), age_words(t, *band)));
    let schools = Education::ALL.iter().map(|school| (school.code(), school.code()));
    let work = Occupation::ALL.iter().map(|work| (work.code(), work_words(t, *work)));
    let sexes = [(Sex::Male.code(), t.say("Male")), (Sex::Female.code(), t.say("Female"))];
    vec![
        field("sex", t.say("Sex"), sexes.into()),
        field("age", t.say("Age"), ages.collect()),
        field("education", t.say("Highest school"), schools.collect()),
        field("occupation", t.say("Occupation"), work.collect()),
    ]
}

fn age_words(t: Texts, band: AgeBand) -> &'static str {
    match band {
        AgeBand::Under20 => t.say("Under 20"),
        AgeBand::From60 => t.say("60 or older"),
        other => other.code(),
    }
}

fn work_words(t: Texts, occupation: Occupation) -> &'static str {
    match occupation {
        Occupation::Employed => t.say("Employed in business"),
        Occupation::OwnBusiness => t.say("Own business"),
        Occupation::Other => t.say("Other work"),
        official => official.code(),
    }
}

/// What was sent, if it is a form of this page with at least one answer.
fn read(sent: &Sent) -> Option<FilledIn> {
    let given = |name: &str| sent.get(name).map(|value| value.trim()).filter(|value| !value.is_empty());
    let mut answers = Answers::default();
    for element in SkmElement::ALL {
        if let Some(value) = given(element.code()) {
            answers.set(element, SkmAnswer::try_from(value.parse::<u8>().ok()?).ok()?);
        }
    }
    let respondent = Respondent {
        sex: given("sex").and_then(Sex::from_code),
        age: given("age").and_then(AgeBand::from_code),
        education: given("education").and_then(Education::from_code),
        occupation: given("occupation").and_then(Occupation::from_code),
    };
    let service = given("service").and_then(|id| ServiceId::try_from(id.parse::<u32>().ok()?).ok());
    (!answers.is_empty()).then_some(FilledIn { answers, service, respondent })
}

pub(super) async fn show(State(state): State<AppState>, Path(ticket): Path<String>, visitor: Visitor) -> Response {
    page(&state, &ticket, visitor, None).await
}

/// The form, empty, or with what was sent and has no answer.
async fn page(state: &AppState, ticket: &str, visitor: Visitor, sent: Option<&Sent>) -> Response {
    match state.service.form_page(ticket).await {
        Ok(Ok(FormPage::Open { office, services })) => {
            let status = if sent.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
            (status, render(&QuestionnairePage::new(visitor, office, &services, sent))).into_response()
        }
        Ok(Ok(FormPage::Filled)) => already_filled(visitor, StatusCode::OK),
        Ok(Err(problem)) => no_good(visitor, problem),
        Err(error) => failed(visitor, &error),
    }
}

pub(super) async fn take(
    State(state): State<AppState>,
    Path(ticket): Path<String>,
    mut visitor: Visitor,
    Form(sent): Form<Sent>,
) -> Response {
    if let Some(language) = sent.get("lang").and_then(|code| Language::from_code(code)) {
        visitor.t = Texts { language };
    }
    let Some(filled) = read(&sent) else { return page(&state, &ticket, visitor, Some(&sent)).await };
    match state.service.fill_in(&ticket, &filled).await {
        // Seeing the answer again must not send the form again.
        Ok(Ok(true)) => Redirect::to(&format!("/R/{ticket}/SKM/OK?lang={}", visitor.t.code())).into_response(),
        Ok(Ok(false)) => already_filled(visitor, StatusCode::CONFLICT),
        Ok(Err(problem)) => no_good(visitor, problem),
        Err(error) => failed(visitor, &error),
    }
}

/// Thanks only who really filled it in: the address alone proves nothing.
pub(super) async fn thanks(State(state): State<AppState>, Path(ticket): Path<String>, visitor: Visitor) -> Response {
    match state.service.form_page(&ticket).await {
        Ok(Ok(FormPage::Filled)) => {
            let title = visitor.t.say("Thank you, your answers are stored");
            let text = visitor.t.say("They count with everybody's. The result is published, never single answers.");
            message(visitor, StatusCode::OK, title, text)
        }
        Ok(Ok(FormPage::Open { .. })) => {
            Redirect::to(&format!("/R/{ticket}/SKM?lang={}", visitor.t.code())).into_response()
        }
        Ok(Err(problem)) => no_good(visitor, problem),
        Err(error) => failed(visitor, &error),
    }
}

fn already_filled(visitor: Visitor, status: StatusCode) -> Response {
    let title = visitor.t.say("The survey of this visit has already been filled in");
    let text = visitor.t.say("Thank you! Every visit counts once, so that everybody's voice weighs the same.");
    message(visitor, status, title, text)
}
