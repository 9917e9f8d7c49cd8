//! The technician's pages: the challenge, the facts, the tests.

use super::desk::Desk;
use super::generated::{AppWindow, Facts as Shown, Technician};
use super::staff::notice;
use crate::kiosk::counter::View;
use crate::kiosk::facts::Facts;
use crate::kiosk::session::{Event, Screen, UNLOCK_DIGITS};
use slint::ComponentHandle;
use std::rc::Rc;

/// Touches of the pages; the pad is the officers'.
pub(super) fn listen(window: &AppWindow, desk: &Rc<Desk>) {
    let technician = window.global::<Technician>();
    technician.set_digits(i32::try_from(UNLOCK_DIGITS).unwrap_or(0));
    let to = desk.clone();
    technician.on_send_touched(move || to.send(Event::SendNowTouched));
    let to = desk.clone();
    technician.on_touch_test_touched(move || to.send(Event::TouchTestTouched));
    let to = desk.clone();
    technician.on_display_test_touched(move || to.send(Event::DisplayTestTouched));
}

/// The challenge, or what is known of this kiosk.
pub(super) fn show(window: &AppWindow, view: &View<'_>) {
    let technician = window.global::<Technician>();
    match view.screen {
        Screen::Unlock(unlock) => {
            technician.set_challenge(unlock.challenge.as_deref().unwrap_or_default().into());
            technician.set_entered(i32::try_from(unlock.entered).unwrap_or(0));
            technician.set_notice(notice(unlock.notice));
        }
        Screen::Technician { facts } => {
            technician.set_has_facts(facts.is_some());
            technician.set_facts(facts.as_deref().map(shown).unwrap_or_default());
        }
        Screen::DisplayTest { pattern } => technician.set_pattern((*pattern).into()),
        _ => {}
    }
}

fn shown(facts: &Facts) -> Shown {
    let number = |value: Option<i64>| value.and_then(|value| i32::try_from(value).ok()).unwrap_or(-1);
    let minutes = |ms: Option<i64>| number(ms.map(|ms| ms / 60_000));
    Shown {
        program: facts.program.as_str().into(),
        device: number(Some(facts.device.get().into())),
        fingerprint: facts.fingerprint.as_str().into(),
        server: facts.server.as_str().into(),
        waiting: number(facts.waiting.and_then(|waiting| i64::try_from(waiting).ok())),
        oldest_min: minutes(facts.oldest_waiting_ms),
        answer_min: minutes(facts.last_answer_ms),
        trouble: facts.trouble.as_deref().unwrap_or_default().into(),
        clock_error_ms: number(facts.clock_error_ms),
        free_mib: number(facts.disk_free_bytes.and_then(|bytes| i64::try_from(bytes >> 20).ok())),
        configuration: facts.configuration.as_str().into(),
    }
}
