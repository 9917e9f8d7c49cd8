//! The resident's pages: who serves, the stars, and the code for later.

use super::desk::Desk;
use super::generated::{AppWindow, Prompt, Reason, Visit};
use super::staff::face;
use crate::domain::event::ReasonCode;
use crate::domain::language::Language;
use crate::domain::reasons::{ReasonChip, Reasons};
use crate::domain::stars::Stars;
use crate::kiosk::counter::View;
use crate::kiosk::session::{Event, Screen};
use slint::{ComponentHandle, ModelRc, VecModel};
use std::rc::Rc;

/// Touches of the resident's pages.
pub(super) fn listen(window: &AppWindow, desk: &Rc<Desk>) {
    let visit = window.global::<Visit>();
    let to = desk.clone();
    visit.on_star_touched(move |number| {
        if let Some(stars) = u8::try_from(number).ok().and_then(|n| Stars::try_from(n).ok()) {
            to.rate(stars);
        }
    });
    let to = desk.clone();
    visit.on_rate_later_touched(move || to.send(Event::RateLaterTouched));
    let to = desk.clone();
    visit.on_reason_touched(move |code| {
        if let Ok(code) = ReasonCode::try_from(code.to_string()) {
            to.send(Event::ReasonTouched(code));
        }
    });
    let to = desk.clone();
    visit.on_done_touched(move || to.send(Event::DoneTouched));
    let to = desk.clone();
    visit.on_undo_touched(move || to.send(Event::UndoTouched));
    let to = desk.clone();
    visit.on_next_visitor_touched(move || to.send(Event::NextVisitorTouched));
    let to = desk.clone();
    visit.on_staff_touched(move || to.send(Event::StaffTouched));
}

/// Who serves, whether there are stars, which one is being stored, the code, and the receipt.
pub(super) fn show(window: &AppWindow, view: &View<'_>, touched: Option<Stars>, offered: &Reasons) {
    let visit = window.global::<Visit>();
    visit.set_has_officer(view.on_duty.is_some());
    visit.set_officer(view.on_duty.map(|entry| face(&entry.officer)).unwrap_or_default());
    visit.set_touched(touched.map_or(0, |stars| i32::from(stars.get())));
    visit.set_prompt(match view.screen {
        Screen::Wait { .. } => Prompt::Wait,
        Screen::Closed => Prompt::Closed,
        _ => Prompt::Open,
    });
    if let Screen::ThankYou { receipt, undo, .. } = view.screen {
        visit.set_receipt(receipt.to_string().into());
        visit.set_can_undo(*undo);
    }
    if let Screen::Why { stars, chosen, .. } = view.screen {
        let reasons: VecModel<Reason> =
            offered.offered(*stars).iter().map(|chip| reason(chip, chosen, view.language)).collect();
        visit.set_reasons(ModelRc::new(reasons));
    }
    let link = match view.screen {
        Screen::RateLater { link } => link.as_deref().unwrap_or_default(),
        _ => "",
    };
    visit.set_link(link.into());
}

fn reason(chip: &ReasonChip, chosen: &[ReasonCode], language: Language) -> Reason {
    let code = chip.code.to_string().into();
    Reason { code, text: chip.say(language).into(), chosen: chosen.contains(&chip.code) }
}
