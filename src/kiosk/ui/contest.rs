//! "Not mine": which times and reasons there are, and what was chosen.

use super::desk::Desk;
use super::generated::{AppWindow, Contest};
use crate::domain::event::ContestReason;
use crate::kiosk::counter::View;
use crate::kiosk::session::{Event, SPANS_MINUTES, Screen};
use slint::{ComponentHandle, ModelRc, VecModel};
use std::rc::Rc;

/// Touches of the page.
pub(super) fn listen(window: &AppWindow, desk: &Rc<Desk>) {
    let contest = window.global::<Contest>();
    let spans = SPANS_MINUTES.iter().filter_map(|minutes| i32::try_from(*minutes).ok());
    contest.set_spans(ModelRc::new(spans.collect::<VecModel<_>>()));
    let to = desk.clone();
    contest.on_opened(move || to.send(Event::ContestTouched));
    let to = desk.clone();
    contest.on_span_touched(move |minutes| to.send(Event::SpanTouched(u32::try_from(minutes).unwrap_or(0))));
    let to = desk.clone();
    contest.on_reason_touched(move |place| {
        let reason = usize::try_from(place - 1).ok().and_then(|place| ContestReason::ALL.get(place));
        if let Some(reason) = reason {
            to.send(Event::ContestReasonTouched(*reason));
        }
    });
    let to = desk.clone();
    contest.on_send_touched(move || to.send(Event::SendContestTouched));
}

/// What was chosen so far.
pub(super) fn show(window: &AppWindow, view: &View<'_>) {
    let Screen::Contest(chosen) = view.screen else { return };
    let contest = window.global::<Contest>();
    contest.set_span(chosen.span_minutes.and_then(|minutes| i32::try_from(minutes).ok()).unwrap_or(0));
    contest.set_reason(chosen.reason.map_or(0, place));
    contest.set_sent(chosen.sent);
}

/// Its place among all, from 1.
fn place(reason: ContestReason) -> i32 {
    let place = ContestReason::ALL.iter().position(|other| *other == reason);
    place.and_then(|place| i32::try_from(place + 1).ok()).unwrap_or(0)
}
