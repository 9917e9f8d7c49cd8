//! `/me`: an officer's own day and week, for that officer alone.

use super::login::require;
use super::page::{Visitor, failed, render};
use crate::domain::day_card::{DayCard, Theme};
use crate::domain::reasons::Reasons;
use crate::domain::stars::Stars;
use crate::domain::written;
use crate::server::http::AppState;
use crate::server::http::texts::Texts;
use crate::server::service::ServiceResult;
use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use jiff::tz::TimeZone;

#[derive(Template)]
#[template(path = "me.html")]
struct MePage {
    t: Texts,
    path: String,
    name: String,
    portrait: String,
    day: Option<Day>,
    thanks: Vec<Named>,
    wishes: Vec<Named>,
    week: Vec<OfDay>,
}

/// A reason that residents named.
struct Named {
    reason: String,
    count: String,
}

/// One day of the week; places of the mean and its range in hundredths of the way from one star to five.
struct OfDay {
    weekday: String,
    mean: String,
    range: String,
    count: String,
    place: f64,
    from: f64,
    width: f64,
}

/// A released day, ready to be shown.
struct Day {
    date: String,
    mean: String,
    range: String,
    count: String,
    updated: String,
    bars: Vec<Bar>,
}

/// How often one number of stars was given; `width` in hundredths of the longest bar.
struct Bar {
    stars: u8,
    count: u32,
    width: u32,
}

pub(super) async fn show(State(state): State<AppState>, visitor: Visitor, headers: HeaderMap) -> Response {
    let officer = match require(&state, &visitor, &headers).await {
        Ok(signed_in) => signed_in.officer,
        Err(elsewhere) => return elsewhere,
    };
    let found: ServiceResult<(DayCard, TimeZone, Reasons)> = async {
        let card = state.service.day_card(officer.office, officer.officer.id).await?;
        Ok((card, state.service.zone(officer.office).await?, state.service.reasons(officer.office).await?))
    }
    .await;
    let (card, zone, reasons) = match found {
        Ok(found) => found,
        Err(error) => return failed(visitor, &error),
    };
    let Visitor { t, path } = visitor;
    let portrait = data_url(&officer.officer.portrait_svg);
    let (thanks, wishes) = named(t, &card, &reasons);
    let (day, week) = (day(t, &card, &zone), week(t, &card));
    render(&MePage { t, path, name: officer.officer.name, portrait, day, thanks, wishes, week })
}

/// What was good, and what was missing.
fn named(t: Texts, card: &DayCard, reasons: &Reasons) -> (Vec<Named>, Vec<Named>) {
    let (wishes, thanks): (Vec<&Theme>, _) = card.themes.iter().partition(|theme| reasons.is_missed(&theme.code));
    let name = |theme: &Theme| Named {
        reason: reasons.say(&theme.code, t.language),
        count: written::count(theme.count, t.language),
    };
    (thanks.into_iter().map(name).collect(), wishes.into_iter().map(name).collect())
}

fn week(t: Texts, card: &DayCard) -> Vec<OfDay> {
    let decimal = |number| written::decimal(number, t.language);
    let place = |stars: f64| (stars - 1.0) * 25.0;
    let days = card.week.iter().filter_map(|of_day| Some((of_day.day, of_day.score()?)));
    let rows = days.map(|(day, score)| OfDay {
        weekday: written::weekday(day, t.language),
        mean: decimal(score.mean),
        range: t.fill("between {} and {}", &[&decimal(score.low), &decimal(score.high)]),
        count: t.fill("from {} ratings", &[&written::count(score.count, t.language)]),
        place: place(score.mean),
        from: place(score.low),
        width: place(score.high) - place(score.low),
    });
    rows.collect()
}

fn day(t: Texts, card: &DayCard, zone: &TimeZone) -> Option<Day> {
    let score = card.score()?;
    let decimal = |number| written::decimal(number, t.language);
    let most = card.spread.0.into_iter().max().unwrap_or(1).max(1);
    let bars = Stars::ALL.into_iter().zip(card.spread.0).rev();
    Some(Day {
        date: written::day(card.day, t.language),
        mean: decimal(score.mean),
        range: t.fill("between {} and {}", &[&decimal(score.low), &decimal(score.high)]),
        count: t.fill("from {} ratings", &[&written::count(score.count, t.language)]),
        updated: card.released_at_ms.map(|ms| written::time(ms, zone, t.language)).unwrap_or_default(),
        bars: bars.map(|(stars, count)| Bar { stars: stars.get(), count, width: count * 100 / most }).collect(),
    })
}

/// The drawing inside the page: no second request, and no address that names an officer.
fn data_url(svg: &str) -> String {
    format!("data:image/svg+xml;base64,{}", data_encoding::BASE64.encode(svg.as_bytes()))
}
