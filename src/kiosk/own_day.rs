//! An officer's own day as this kiosk knows it: the server's last card, and what the kiosk released alone since.

use super::outbox::{Outbox, OutboxResult, Standpoint};
use crate::domain::alone::{Gathering, OwnRelease, is_alone};
use crate::domain::clock::{Anchor, Moment, civil_day};
use crate::domain::day_card::DayCard;
use crate::domain::event::EventBody;
use crate::domain::ids::{DeviceId, OfficerId};
use crate::protocol::roster::Roster;
use jiff::tz::TimeZone;
use std::sync::Arc;

/// How many events are held in memory at a time.
const AT_ONCE: usize = 1_000;

/// What the kiosk knows of itself and of the time.
#[derive(Clone, Debug)]
pub struct Circumstances {
    /// Which kiosk it is.
    pub device: DeviceId,
    /// Its office.
    pub roster: Arc<Roster>,
    /// The last that was heard of the server's time, which is when it answered last.
    pub anchor: Option<Anchor>,
    /// Now.
    pub now: Moment,
}

impl Circumstances {
    /// The time of a moment, as well as it is known here.
    fn ms(&self, at: &Moment) -> i64 {
        self.anchor.and_then(|anchor| anchor.server_now_ms(at)).unwrap_or(at.wall_ms)
    }

    /// After a restart the clock may be behind; the server's time went on at least from its last answer.
    fn now_ms(&self) -> i64 {
        let now_ms = self.ms(&self.now);
        self.anchor.map_or(now_ms, |anchor| anchor.server_ms.max(now_ms))
    }

    fn zone(&self) -> TimeZone {
        TimeZone::get(&self.roster.office.zone).unwrap_or(TimeZone::UTC)
    }
}

/// The card of an officer. While the server is away, a release that is due is made before. Takes a while.
///
/// # Errors
/// When the queue fails.
pub fn card(outbox: &Outbox, officer: OfficerId, at: &Circumstances) -> OutboxResult<DayCard> {
    release_due(outbox, officer, at)?;
    let today = civil_day(at.now_ms(), &at.zone());
    let of_server = outbox.card(officer)?.unwrap_or_else(|| DayCard::empty(officer, today));
    Ok(of_server.on(today).with_alone(&outbox.own_releases(officer)?))
}

/// Makes the release of the last fixed time, where this kiosk is alone and has enough that never left it.
fn release_due(outbox: &Outbox, officer: OfficerId, at: &Circumstances) -> OutboxResult<()> {
    let Some(schedule) = &at.roster.releases else { return Ok(()) };
    let zone = at.zone();
    let slot_ms = schedule.latest_slot_ms(at.now_ms(), &zone);
    if !is_alone(at.anchor.map(|anchor| anchor.server_ms), slot_ms, schedule, &zone) {
        return Ok(());
    }
    let Some(from) = outbox.standpoint()? else { return Ok(()) };
    match gather(outbox, officer, at, from, slot_ms)? {
        // False only where the server is back, or another hand was quicker.
        Some(release) => outbox.release_alone(from, release).map(drop),
        None => Ok(()),
    }
}

fn gather(
    outbox: &Outbox,
    officer: OfficerId,
    at: &Circumstances,
    from: Standpoint,
    slot_ms: i64,
) -> OutboxResult<Option<OwnRelease>> {
    let mut gathering = Gathering::new(officer, at.device, from.untold, slot_ms);
    let mut next = from.untold.from_seq;
    loop {
        // In parts, so that a resident's touch need not wait for all of them.
        let events = outbox.events_from(next, AT_ONCE)?;
        let Some(last) = events.last() else { return Ok(gathering.release()) };
        next = last.seq + 1;
        for event in &events {
            if let Ok(body) = serde_json::from_str::<EventBody>(&event.body) {
                gathering.look(event.id, &body, at.ms(&body.at));
            }
        }
    }
}
