//! What every page shares: colours, names, languages, and which page it is.

use super::desk::Desk;
use super::generated::{AppWindow, LanguageChoice, Page, Palette, Shell, Theme};
use crate::domain::language::Language;
use crate::kiosk::counter::View;
use crate::kiosk::session::{Event, Screen, Timeouts};
use crate::kiosk::settings::{Colour, KioskSettings};
use crate::protocol::roster::Roster;
use slint::{ComponentHandle, ModelRc, VecModel};
use std::rc::Rc;

/// Colours, languages and full screen: at the start, and when the office decides otherwise.
pub(super) fn dress(window: &AppWindow, settings: &KioskSettings) {
    let colours = &settings.theme;
    window.global::<Theme>().set_office(Palette {
        primary: colour(colours.primary),
        on_primary: colour(colours.on_primary),
        accent: colour(colours.accent),
        background: colour(colours.background),
        surface: colour(colours.surface),
        text: colour(colours.text),
        muted: colour(colours.muted),
    });

    let shell = window.global::<Shell>();
    let offered: VecModel<_> = settings.languages.offered.iter().map(|language| choice(*language)).collect();
    shell.set_languages(ModelRc::new(offered));
    shell.set_full_screen(settings.window.fullscreen);
    window.window().set_fullscreen(settings.window.fullscreen);
    speak(window, settings.home_language());
}

/// Touches that every page has.
pub(super) fn listen(window: &AppWindow, desk: &Rc<Desk>) {
    let shell = window.global::<Shell>();
    let to = desk.clone();
    shell.on_back_touched(move || to.send(Event::BackTouched));
    let to = desk.clone();
    shell.on_corner_touched(move || to.send(Event::CornerTouched));
    let to = desk.clone();
    shell.on_wake_touched(move || to.send(Event::WakeTouched));
    let to = desk.clone();
    shell.on_messages_waiting(move || to.read_messages());
    let to = desk.clone();
    shell.on_language_touched(move |code| {
        if let Some(language) = Language::from_code(&code) {
            to.send(Event::LanguageTouched(language));
        }
    });
}

/// The names of office and counter: the settings' own, or the server's.
pub(super) fn show_roster(window: &AppWindow, roster: &Roster, settings: &KioskSettings) {
    let shell = window.global::<Shell>();
    let own = |name: &str, server: &str| if name.is_empty() { server.into() } else { name.into() };
    shell.set_office(own(&settings.office.name, &roster.office.name));
    shell.set_counter(own(&settings.counter.name, &roster.counter.name));
}

/// The page and its language.
pub(super) fn show(window: &AppWindow, view: &View<'_>, settings: &KioskSettings) {
    speak(window, view.language);
    let shell = window.global::<Shell>();
    shell.set_practising(view.is_practising);
    shell.set_drift(drift(view.rested_min));
    shell.set_page_stays(stay(view.screen, settings.session_rules().timeouts));
    shell.set_page(page(view.screen));
}

fn page(screen: &Screen) -> Page {
    match screen {
        Screen::Start | Screen::Closed | Screen::Wait { .. } | Screen::Storing => Page::Start,
        Screen::Paused => Page::Paused,
        Screen::Asleep => Page::Asleep,
        Screen::Why { .. } => Page::Why,
        Screen::Service { .. } => Page::Service,
        Screen::Question { .. } => Page::Question,
        Screen::ThankYou { .. } => Page::Thanks,
        Screen::NotStored => Page::NotStored,
        Screen::RateLater { .. } => Page::RateLater,
        Screen::Comfort => Page::Comfort,
        Screen::Officers => Page::Officers,
        Screen::Pin(_) => Page::Pin,
        Screen::Menu { .. } => Page::Menu,
        Screen::Day { .. } => Page::Day,
        Screen::Explain { .. } => Page::Explain,
        Screen::Contest(_) => Page::Contest,
        Screen::Unlock(_) => Page::Unlock,
        Screen::Technician { .. } => Page::Technician,
        Screen::TouchTest => Page::TouchTest,
        Screen::DisplayTest { .. } => Page::DisplayTest,
    }
}

/// Where the picture lies, -3 to 3 of the design's pixels: there and back while nobody touches it, so that
/// nothing burns in, and still as soon as somebody does.
fn drift(rested_min: i64) -> i32 {
    const WAY: [i32; 12] = [0, 1, 2, 3, 2, 1, 0, -1, -2, -3, -2, -1];
    usize::try_from(rested_min.rem_euclid(12)).ok().and_then(|step| WAY.get(step)).copied().unwrap_or(0)
}

/// How long a screen stays that says so; 0 for the others.
fn stay(screen: &Screen, timeouts: Timeouts) -> i64 {
    match screen {
        Screen::ThankYou { .. } => timeouts.thank_you_ms,
        Screen::Wait { stay_ms } => *stay_ms,
        Screen::NotStored => timeouts.not_stored_ms,
        _ => 0,
    }
}

fn speak(window: &AppWindow, language: Language) {
    window.global::<Shell>().set_language(language.code().into());
    if let Err(problem) = slint::select_bundled_translation(language.code()) {
        tracing::warn!("the screen has no texts in `{}`: {problem}", language.code());
    }
}

fn choice(language: Language) -> LanguageChoice {
    LanguageChoice { code: language.code().into(), name: language.name().into() }
}

/// What the theme makes of the office's colours.
#[cfg(feature = "ui-test")]
pub(super) fn colours(window: &AppWindow) -> Vec<(&'static str, Colour)> {
    let theme = window.global::<Theme>();
    let named = [
        ("primary", theme.get_primary()),
        ("on-primary", theme.get_on_primary()),
        ("on-primary-soft", theme.get_on_primary_soft()),
        ("on-primary-line", theme.get_on_primary_line()),
        ("primary-pressed", theme.get_primary_pressed()),
        ("accent", theme.get_accent()),
        ("on-accent", theme.get_on_accent()),
        ("background", theme.get_background()),
        ("surface", theme.get_surface()),
        ("text", theme.get_text()),
        ("muted", theme.get_muted()),
        ("tint", theme.get_tint()),
        ("tint-pressed", theme.get_tint_pressed()),
        ("warning", theme.get_warning()),
        ("star-edge", theme.get_star_edge()),
        ("star-empty", theme.get_star_empty()),
        ("star-full", theme.get_star_full()),
    ];
    named.map(|(name, it)| (name, Colour { red: it.red(), green: it.green(), blue: it.blue() })).into()
}

fn colour(colour: Colour) -> slint::Color {
    slint::Color::from_rgb_u8(colour.red, colour.green, colour.blue)
}
