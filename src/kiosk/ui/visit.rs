//! The resident's pages: who serves, the stars, and the code for later.

use super::desk::Desk;
use super::generated::{self, Announcement, AppWindow, Choice, Prompt, Reason, Visit};
use super::staff::face;
use crate::domain::announcement::Kind;
use crate::domain::event::ReasonCode;
use crate::domain::ids::ServiceId;
use crate::domain::language::Language;
use crate::domain::reasons::ReasonChip;
use crate::domain::skm::SkmAnswer;
use crate::domain::stars::Stars;
use crate::kiosk::counter::View;
use crate::kiosk::session::{Event, Printing, Screen, SlipWords};
use crate::kiosk::settings::KioskSettings;
use crate::protocol::roster::Roster;
use slint::{ComponentHandle, ModelRc, SharedString, VecModel};
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
    visit.on_print_touched(move |words| {
        let generated::SlipWords { office, counter, title, hint } = words;
        let [office, counter, title, hint] = [office, counter, title, hint].map(Into::into);
        to.send(Event::PrintTouched(SlipWords { office, counter, title, hint }));
    });
    let to = desk.clone();
    visit.on_reason_touched(move |code| {
        if let Ok(code) = ReasonCode::try_from(code.to_string()) {
            to.send(Event::ReasonTouched(code));
        }
    });
    let to = desk.clone();
    visit.on_service_touched(move |id| {
        if let Some(service) = u32::try_from(id).ok().and_then(|id| ServiceId::try_from(id).ok()) {
            to.send(Event::ServiceTouched(service));
        }
    });
    let to = desk.clone();
    visit.on_answer_touched(move |value| {
        if let Some(answer) = u8::try_from(value).ok().and_then(|value| SkmAnswer::try_from(value).ok()) {
            to.send(Event::AnswerTouched(answer));
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

/// What a visit can be about. Only when the roster changed.
pub(super) fn show_roster(window: &AppWindow, roster: &Roster) {
    let services = roster.services.iter().map(|service| Choice {
        value: i32::try_from(service.id.get()).unwrap_or(0),
        text: service.name.as_str().into(),
        chosen: false,
    });
    window.global::<Visit>().set_services(ModelRc::new(services.collect::<VecModel<_>>()));
}

/// Who serves, whether there are stars, which one is being stored, the code, and the receipt.
pub(super) fn show(window: &AppWindow, view: &View<'_>, touched: Option<Stars>, settings: &KioskSettings) {
    let visit = window.global::<Visit>();
    visit.set_has_officer(view.serving.is_some());
    visit.set_officer(view.serving.map(|entry| face(&entry.officer)).unwrap_or_default());
    visit.set_can_call(view.is_on_duty);
    let said = view.announcement.and_then(|place| settings.announcements.all().get(usize::try_from(place).ok()?));
    visit.set_announces(said.is_some());
    if let Some(said) = said {
        visit.set_announcement(Announcement { done: said.kind == Kind::Done, text: said.say(view.language).into() });
    }
    visit.set_touched(touched.map_or(0, |stars| i32::from(stars.get())));
    visit.set_prompt(match view.screen {
        Screen::Wait { .. } => Prompt::Wait,
        Screen::Closed => Prompt::Closed,
        _ => Prompt::Open,
    });
    if let Screen::ThankYou { receipt, link, undo } = view.screen {
        visit.set_receipt(receipt.to_string().into());
        visit.set_more_link(link.as_deref().unwrap_or_default().into());
        visit.set_can_undo(*undo);
    }
    if let Screen::Why { stars, chosen, .. } = view.screen {
        let reasons: VecModel<Reason> =
            settings.reasons.offered(*stars).iter().map(|chip| reason(chip, chosen, view.language)).collect();
        visit.set_reasons(ModelRc::new(reasons));
    }
    if let Screen::Question { element, .. } = view.screen {
        let words = element.words(view.language);
        visit.set_question(words.question.into());
        visit.set_answers(ModelRc::new(VecModel::from_iter(words.options.map(SharedString::from))));
    }
    let link = match view.screen {
        Screen::RateLater { link } => link.as_deref().unwrap_or_default(),
        _ => "",
    };
    visit.set_link(link.into());
    visit.set_printing(match view.printing {
        Printing::No => generated::Printing::No,
        Printing::Offered => generated::Printing::Offered,
        Printing::Busy => generated::Printing::Busy,
        Printing::Done => generated::Printing::Done,
        Printing::Failed => generated::Printing::Failed,
    });
}

fn reason(chip: &ReasonChip, chosen: &[ReasonCode], language: Language) -> Reason {
    let code = chip.code.to_string().into();
    Reason { code, text: chip.say(language).into(), chosen: chosen.contains(&chip.code) }
}
