//! The comfort page: how somebody likes the screen, and the theme that follows.

use super::desk::Desk;
use super::generated::{AppWindow, Comfort, Switch, Theme};
use crate::domain::comfort::ComfortKind;
use crate::kiosk::counter::View;
use crate::kiosk::session::Event;
use slint::ComponentHandle;
use std::rc::Rc;

/// Touches of the page, and of the way to it.
pub(super) fn listen(window: &AppWindow, desk: &Rc<Desk>) {
    let comfort = window.global::<Comfort>();
    let to = desk.clone();
    comfort.on_opened(move || to.send(Event::ComfortOpened));
    let to = desk.clone();
    comfort.on_touched(move |switch| to.send(Event::ComfortToggled(kind(switch))));
}

/// The theme as it is chosen, on every page.
pub(super) fn show(window: &AppWindow, view: &View<'_>) {
    let theme = window.global::<Theme>();
    theme.set_large(view.comfort.large);
    theme.set_contrast(view.comfort.contrast);
    theme.set_low(view.comfort.low);
    theme.set_left(view.comfort.left);
    let comfort = window.global::<Comfort>();
    comfort.set_can_speak(view.can_speak);
    comfort.set_speech(view.comfort.speech);
}

fn kind(switch: Switch) -> ComfortKind {
    match switch {
        Switch::Large => ComfortKind::Large,
        Switch::Contrast => ComfortKind::Contrast,
        Switch::Low => ComfortKind::Low,
        Switch::Left => ComfortKind::Left,
        Switch::Speech => ComfortKind::Speech,
    }
}
