//! Practice: the whole way of a resident, touched by an officer who learns it. Nothing of it is
//! recorded as a rating, printed as a code, or counted.

use super::effect::{Draft, Effect};
use super::machine::Session;
use super::pace::Pace;
use super::{Now, Screen};
use crate::domain::ids::{EventId, OfficerId, VisitSerial};
use crate::domain::score::Spread;

/// A practice that nobody goes on with ends by itself, so that no real rating is lost in it.
const LONGEST_REST_MS: i64 = 120_000;
/// What stands behind the code of a practice.
const LINK: &str = "LATIHAN";
const NO_EVENT: EventId = EventId(uuid::Uuid::nil());

/// A practice under way.
#[derive(Debug)]
pub(super) struct Practice {
    officer: OfficerId,
    spread: Spread,
    ends_ms: i64,
    /// How fast ratings followed each other before it.
    pace: Pace,
}

impl Session {
    /// Whether an officer practises; every page says so.
    #[must_use]
    pub fn is_practising(&self) -> bool {
        self.practice.is_some()
    }

    pub(super) fn practice_ends_ms(&self) -> Option<i64> {
        self.practice.as_ref().map(|practice| practice.ends_ms)
    }

    /// Begins, or ends, at the officer's wish.
    pub(super) fn practise(&mut self, now: Now) -> Vec<Effect> {
        let Screen::Menu { officer } = self.screen else { return Vec::new() };
        if self.practice.is_some() {
            return self.end_practice(now);
        }
        let (spread, pace) = (Spread::default(), std::mem::take(&mut self.pace));
        self.practice = Some(Practice { officer, spread, ends_ms: now.boot_ms + LONGEST_REST_MS, pace });
        self.home(now);
        Vec::new()
    }

    pub(super) fn end_practice(&mut self, now: Now) -> Vec<Effect> {
        let Some(Practice { officer, spread, pace, .. }) = self.practice.take() else { return Vec::new() };
        self.pace = pace;
        // What is half done was practice, too; an officer's own page stays.
        if !self.is_officers() {
            self.home(now);
        }
        vec![Effect::Record(Draft::Practised { officer, spread })]
    }

    /// Somebody is still at it.
    pub(super) fn go_on_practising(&mut self, now: Now) {
        if let Some(practice) = &mut self.practice {
            practice.ends_ms = now.boot_ms + LONGEST_REST_MS;
        }
    }

    /// While practising, what a resident would have recorded is answered here and goes nowhere.
    pub(super) fn rehearse(&mut self, effects: Vec<Effect>, now: Now) -> Vec<Effect> {
        if self.practice.is_none() {
            return effects;
        }
        let mut outside = Vec::new();
        for effect in effects {
            match effect {
                Effect::Record(draft) if draft.is_residents() => {
                    let follows = self.pretend(&draft, now);
                    outside.extend(self.rehearse(follows, now));
                }
                Effect::MakeTicket { visit, .. } => outside.extend(self.ticket_ready(visit, LINK)),
                effect => outside.push(effect),
            }
        }
        outside
    }

    fn pretend(&mut self, draft: &Draft, now: Now) -> Vec<Effect> {
        if let (Draft::Rated { stars, .. }, Some(practice)) = (draft, &mut self.practice) {
            practice.spread.add(*stars);
        }
        if draft.is_awaited() { self.stored(NO_EVENT, VisitSerial::try_from(1).ok(), now) } else { Vec::new() }
    }
}
