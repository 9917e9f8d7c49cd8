//! The officers' pages: who they are, their PIN, and the menu.

use super::desk::Desk;
use super::generated::{AppWindow, Face, PadNotice, Staff};
use crate::domain::ids::OfficerId;
use crate::domain::office::Officer;
use crate::kiosk::counter::View;
use crate::kiosk::session::{ContestScreen, Event, Explanation, PIN_DIGITS, PinNotice, PinScreen, Screen};
use crate::protocol::roster::Roster;
use slint::{ComponentHandle, ModelRc, VecModel};
use std::rc::Rc;

/// Touches of the officers' pages.
pub(super) fn listen(window: &AppWindow, desk: &Rc<Desk>) {
    let staff = window.global::<Staff>();
    let to = desk.clone();
    staff.on_officer_touched(move |id| {
        if let Some(officer) = u32::try_from(id).ok().and_then(|id| OfficerId::try_from(id).ok()) {
            to.send(Event::OfficerTouched(officer));
        }
    });
    let to = desk.clone();
    staff.on_digit_touched(move |digit| to.send(Event::DigitTouched(u8::try_from(digit).unwrap_or(u8::MAX))));
    let to = desk.clone();
    staff.on_erase_touched(move || to.send(Event::EraseTouched));
    let to = desk.clone();
    staff.on_other_officer_touched(move || to.send(Event::OtherOfficerTouched));
    let to = desk.clone();
    staff.on_day_touched(move || to.send(Event::DayTouched));
    let to = desk.clone();
    staff.on_pause_touched(move || to.send(Event::PauseTouched));
    let to = desk.clone();
    staff.on_hand_over_touched(move || to.send(Event::HandOverTouched));
    let to = desk.clone();
    staff.on_practice_touched(move || to.send(Event::PracticeTouched));
    let to = desk.clone();
    staff.on_counting_touched(move || to.send(Event::ExplainTouched(Explanation::Counting)));
    let to = desk.clone();
    staff.on_seeing_touched(move || to.send(Event::ExplainTouched(Explanation::Seeing)));
    let to = desk.clone();
    staff.on_sign_off_touched(move || to.send(Event::SignOffTouched));
}

/// Everybody who may sign on. Only when the roster changed, because it makes all their cards anew.
pub(super) fn show_roster(window: &AppWindow, roster: &Roster) {
    let faces: VecModel<_> = roster.officers.iter().map(|entry| face(&entry.officer)).collect();
    window.global::<Staff>().set_officers(ModelRc::new(faces));
}

/// The officer chosen, and the state of the PIN pad.
pub(super) fn show(window: &AppWindow, view: &View<'_>) {
    let staff = window.global::<Staff>();
    staff.set_digits(i32::try_from(PIN_DIGITS).unwrap_or(0));
    if let Screen::Pin(pin) = view.screen {
        staff.set_entered(i32::try_from(pin.entered).unwrap_or(0));
        staff.set_notice(notice(pin.notice));
    }
    if let Screen::Explain { about, .. } = view.screen {
        staff.set_about_seeing(*about == Explanation::Seeing);
    }
    if let Screen::Pin(PinScreen { officer, .. })
    | Screen::Menu { officer }
    | Screen::Day { officer, .. }
    | Screen::Explain { officer, .. }
    | Screen::Contest(ContestScreen { officer, .. }) = view.screen
    {
        let entry = view.roster.officers.iter().find(|entry| entry.officer.id == *officer);
        staff.set_chosen(entry.map(|entry| face(&entry.officer)).unwrap_or_default());
    }
}

/// An officer as the screen shows them.
pub(super) fn face(officer: &Officer) -> Face {
    Face {
        id: i32::try_from(officer.id.get()).unwrap_or(0),
        name: officer.name.as_str().into(),
        portrait: officer.portrait_svg.as_str().into(),
        initials: initials(&officer.name).into(),
    }
}

/// The first letters of the first two names.
fn initials(name: &str) -> String {
    name.split_whitespace().filter_map(|word| word.chars().next()).take(2).flat_map(char::to_uppercase).collect()
}

pub(super) fn notice(notice: PinNotice) -> PadNotice {
    match notice {
        PinNotice::Enter => PadNotice::Enter,
        PinNotice::Checking => PadNotice::Checking,
        PinNotice::Wrong => PadNotice::Wrong,
        PinNotice::Locked => PadNotice::Locked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_two_letters_at_most() {
        for (name, expected) in [("Rani Oktaviani", "RO"), ("siti nur aisyah", "SN"), ("Dedi", "D"), ("", "")] {
            assert_eq!(initials(name), expected);
        }
    }
}
