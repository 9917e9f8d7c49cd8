//! An officer's own day: its numbers as text, or kindly nothing while they would say too much.

use super::generated::{AppWindow, Day, DayBar, DayState};
use crate::domain::day_card::DayCard;
use crate::domain::language::Language;
use crate::domain::reasons::{ReasonChip, Reasons};
use crate::domain::stars::Stars;
use crate::domain::written;
use crate::kiosk::counter::View;
use crate::kiosk::session::{DayView, Screen};
use jiff::tz::TimeZone;
use slint::{ComponentHandle, ModelRc, VecModel};

/// The day card, while that page is open.
pub(super) fn show(window: &AppWindow, view: &View<'_>, known: &Reasons) {
    let Screen::Day { card, .. } = view.screen else { return };
    let day = window.global::<Day>();
    day.set_date("".into());
    day.set_thanked("".into());
    day.set_wished("".into());
    day.set_week(ModelRc::default());
    day.set_state(match card {
        DayView::Loading => DayState::Loading,
        DayView::Loaded(_) => DayState::Hidden,
    });
    if let DayView::Loaded(Some(card)) = card {
        day.set_date(written::day(card.day, view.language).into());
        let zone = TimeZone::get(&view.roster.office.zone).unwrap_or(TimeZone::UTC);
        show_themes(&day, card, known, view.language);
        show_week(&day, card, view.language);
        show_card(&day, card, &zone, view.language);
    }
}

/// What residents named, those that thank apart from those that wish.
fn show_themes(day: &Day<'_>, card: &DayCard, known: &Reasons, language: Language) {
    let named = |chips: &[ReasonChip]| {
        let found = card.themes.iter().filter_map(|theme| {
            let chip = chips.iter().find(|chip| chip.code == theme.code)?;
            Some(format!("{} ({})", chip.say(language), written::count(theme.count, language)))
        });
        found.collect::<Vec<_>>().join(", ")
    };
    day.set_thanked(named(known.offered(Stars::ALL[4])).into());
    day.set_wished(named(known.offered(Stars::ALL[0])).into());
}

/// The days of the week that have a score; a day below five ratings has none.
fn show_week(day: &Day<'_>, card: &DayCard, language: Language) {
    let bars = card.week.iter().filter_map(|of_day| {
        let score = of_day.score()?;
        Some(DayBar {
            day: format!("{}/{}", of_day.day.day(), of_day.day.month()).into(),
            score: written::decimal(score.mean, language).into(),
            count: written::count(score.count, language).into(),
            share: share(score.mean),
        })
    });
    day.set_week(ModelRc::new(bars.collect::<VecModel<_>>()));
}

/// Of the best score there is; bars begin at nothing, so that small differences stay small.
#[expect(clippy::cast_possible_truncation, reason = "a length on the screen")]
fn share(mean: f64) -> f32 {
    (mean / 5.0) as f32
}

/// Nothing is set for a card without a score, so no number below five ratings reaches the screen.
fn show_card(day: &Day<'_>, card: &DayCard, zone: &TimeZone, language: Language) {
    let Some(score) = card.score() else { return };
    day.set_score(written::decimal(score.mean, language).into());
    day.set_low(written::decimal(score.low, language).into());
    day.set_high(written::decimal(score.high, language).into());
    day.set_count(written::count(score.count, language).into());
    let updated = card.released_at_ms.map(|at_ms| written::time(at_ms, zone, language)).unwrap_or_default();
    day.set_updated(updated.into());
    let bars: VecModel<i32> = card.spread.0.iter().map(|n| i32::try_from(*n).unwrap_or(i32::MAX)).collect();
    day.set_spread(ModelRc::new(bars));
    let largest = card.spread.0.iter().copied().max().unwrap_or(1);
    day.set_largest(i32::try_from(largest).unwrap_or(i32::MAX));
    day.set_state(DayState::Shown);
}
