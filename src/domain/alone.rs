//! Releases that a kiosk makes alone, while its server is away (law 5, docs/decisions/0014-releases-alone.md).
//!
//! Every visit belongs to one release, the server's or a kiosk's, and every card is a sum over whole releases,
//! wherever it is shown. So a kiosk takes only visits that nobody else can have released: those that never left
//! it, and whose code no phone saw. It records the release behind them in its chain, and the server takes it over.

use super::clock::civil_day;
use super::day_card::{ShownRelease, Theme};
use super::event::{EventBody, ReasonCode, What};
use super::ids::{DeviceId, EventId, OfficerId, VisitSerial};
use super::release::{ReleaseSchedule, may_release};
use super::score::Spread;
use super::stars::Stars;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// No fixed time is longer ago than this when its release is made.
const LATEST_MS: i64 = 36 * 3_600_000;
/// Its event has to fit into a batch. What is more waits for the next release.
const MOST_VISITS: usize = 2_000;

/// A release as the kiosk records it. What it says of the ratings is frozen, as the officer has seen it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnRelease {
    /// Whose ratings.
    pub officer: OfficerId,
    /// The fixed time at which it was due, as the kiosk knew it, ms since 1970.
    pub at_ms: i64,
    /// The ratings.
    pub spread: Spread,
    /// The reasons that at least five of the visits got.
    pub themes: Vec<Theme>,
    /// The visits on this kiosk.
    pub visits: Vec<VisitSerial>,
}

impl OwnRelease {
    /// Whether it keeps law 5.
    ///
    /// # Errors
    /// With the reason why not.
    pub fn check(&self) -> Result<(), &'static str> {
        let visits: BTreeSet<_> = self.visits.iter().collect();
        if visits.len() != self.visits.len() || self.spread.count() as usize != visits.len() {
            return Err("a release does not agree with its visits");
        }
        let is_too_small = |count: u32| !may_release(count as usize);
        if is_too_small(self.spread.count()) || self.themes.iter().any(|theme| is_too_small(theme.count)) {
            return Err("a release shows fewer than five ratings");
        }
        Ok(())
    }

    /// How it stands on the kiosk's own cards.
    #[must_use]
    pub fn shown(&self, event: EventId, zone: &TimeZone) -> ShownRelease {
        ShownRelease {
            day: civil_day(self.at_ms, zone),
            at_ms: self.at_ms,
            spread: self.spread,
            themes: self.themes.clone(),
            alone: Some(event),
        }
    }

    /// When it was due, if its event happened at `recorded_ms`: a kiosk's clock may be years off.
    #[must_use]
    pub fn due_ms(&self, recorded_ms: i64) -> i64 {
        let is_likely = (0..=LATEST_MS).contains(&recorded_ms.saturating_sub(self.at_ms));
        if is_likely { self.at_ms } else { recorded_ms }
    }
}

/// Whether a kiosk with its last answer from then is alone at a fixed time: the answer is of another day, or the
/// time before that one was missed, too. A short outage is no reason.
#[must_use]
pub fn is_alone(last_answer_ms: Option<i64>, slot_ms: i64, schedule: &ReleaseSchedule, zone: &TimeZone) -> bool {
    let Some(answer_ms) = last_answer_ms else { return true };
    let before_ms = schedule.latest_slot_ms(slot_ms.saturating_sub(1), zone);
    answer_ms < before_ms || (answer_ms < slot_ms && civil_day(answer_ms, zone) != civil_day(slot_ms, zone))
}

/// What a kiosk knows of its own events, as far as they never left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Untold {
    /// The first place of the chain that never left it.
    pub from_seq: u64,
    /// Visits up to this number may be known elsewhere.
    pub after_visit: u32,
}

/// Gathers the next release of one officer from the events of the chain, in order.
pub struct Gathering {
    officer: OfficerId,
    device: DeviceId,
    untold: Untold,
    slot_ms: i64,
    visits: BTreeMap<VisitSerial, Answers>,
    /// Released before, or shown to a phone.
    taken: BTreeSet<VisitSerial>,
}

#[derive(Default)]
struct Answers {
    given: Vec<Answer>,
    reasons: Vec<ReasonCode>,
}

struct Answer {
    event: EventId,
    at_ms: i64,
    stars: Stars,
    officer: Option<OfficerId>,
}

impl Gathering {
    /// A release of `officer` by this device, due at `slot_ms`.
    #[must_use]
    pub fn new(officer: OfficerId, device: DeviceId, untold: Untold, slot_ms: i64) -> Self {
        Self { officer, device, untold, slot_ms, visits: BTreeMap::new(), taken: BTreeSet::new() }
    }

    /// Looks at the next event, which happened at `at_ms`.
    pub fn look(&mut self, event: EventId, body: &EventBody, at_ms: i64) {
        if body.device != Some(self.device) {
            return;
        }
        match &body.what {
            What::Rated { visit, stars, officer, .. } if visit.get() > self.untold.after_visit => {
                let answer = Answer { event, at_ms, stars: *stars, officer: *officer };
                self.visits.entry(*visit).or_default().given.push(answer);
            }
            What::Undone { visit, rating } => {
                if let Some(answers) = self.visits.get_mut(visit) {
                    answers.given.retain(|answer| answer.event != *rating);
                }
            }
            What::Reasoned { visit, reasons } => {
                if let Some(answers) = self.visits.get_mut(visit) {
                    answers.reasons.clone_from(reasons);
                }
            }
            What::VisitOpened { visit, .. } => drop(self.taken.insert(*visit)),
            What::Released(release) => self.taken.extend(&release.visits),
            _ => {}
        }
    }

    /// The release, if there are enough ratings for one.
    #[must_use]
    pub fn release(self) -> Option<OwnRelease> {
        let mut release = OwnRelease {
            officer: self.officer,
            at_ms: self.slot_ms,
            spread: Spread::default(),
            themes: Vec::new(),
            visits: Vec::new(),
        };
        let mut named: BTreeMap<ReasonCode, u32> = BTreeMap::new();
        for (visit, answers) in self.visits.iter().filter(|(visit, _)| !self.taken.contains(visit)) {
            // The first that was not taken back is the one that counts.
            let Some(answer) = answers.given.first() else { continue };
            if answer.officer != Some(self.officer) || answer.at_ms > self.slot_ms {
                continue;
            }
            if release.visits.len() == MOST_VISITS {
                break;
            }
            release.spread.add(answer.stars);
            release.visits.push(*visit);
            for reason in answers.reasons.iter().collect::<BTreeSet<_>>() {
                *named.entry(reason.clone()).or_default() += 1;
            }
        }
        let themes = named.into_iter().map(|(code, count)| Theme { code, count });
        release.themes = themes.filter(|theme| may_release(theme.count as usize)).collect();
        may_release(release.visits.len()).then_some(release)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::Moment;
    use crate::domain::event::{BODY_VERSION, Salt, Signals};
    use jiff::Timestamp;
    use uuid::Uuid;

    const SLOT_MS: i64 = 1_000;

    fn officer(n: u32) -> OfficerId {
        OfficerId::try_from(n).unwrap()
    }

    fn device(n: u32) -> DeviceId {
        DeviceId::try_from(n).unwrap()
    }

    fn visit(n: u32) -> VisitSerial {
        VisitSerial::try_from(n).unwrap()
    }

    fn event(n: u32) -> EventId {
        EventId(Uuid::from_u128(n.into()))
    }

    fn rated(visit_no: u32, of: u32) -> What {
        let (stars, signals) = (Stars::try_from(4).unwrap(), Signals::default());
        What::Rated { visit: visit(visit_no), stars, officer: Some(officer(of)), service: None, signals }
    }

    /// Six ratings of officer 1 in visits 11 to 16, recorded as events of the same numbers, and then these.
    fn after_six(more: Vec<(u32, What)>) -> Option<OwnRelease> {
        let untold = Untold { from_seq: 1, after_visit: 10 };
        let mut gathering = Gathering::new(officer(1), device(7), untold, SLOT_MS);
        let six = (11..=16).map(|n| (n, rated(n, 1)));
        for (id, what) in six.chain(more) {
            look(&mut gathering, id, what, SLOT_MS);
        }
        gathering.release()
    }

    fn look(gathering: &mut Gathering, id: u32, what: What, at_ms: i64) {
        let at = Moment { boot_id: Uuid::nil(), boot_ms: 0, wall_ms: 0 };
        let body = EventBody { v: BODY_VERSION, salt: Salt([0; 16]), device: Some(device(7)), at, what };
        gathering.look(event(id), &body, at_ms);
    }

    fn visits(release: Option<OwnRelease>) -> Vec<u32> {
        release.map(|release| release.visits.iter().map(|visit| visit.get()).collect()).unwrap_or_default()
    }

    #[test]
    fn at_least_five_of_the_officers_own_are_released_together() {
        assert_eq!(visits(after_six(vec![(17, rated(17, 2))])), [11, 12, 13, 14, 15, 16]);
        let taken_back = |n| (100 + n, What::Undone { visit: visit(n), rating: event(n) });
        assert_eq!(visits(after_six(vec![taken_back(11)])), [12, 13, 14, 15, 16]);
        assert_eq!(visits(after_six(vec![taken_back(11), taken_back(12)])), [0; 0]);
        assert_eq!(visits(after_six(vec![taken_back(11), (200, rated(11, 1))])), [11, 12, 13, 14, 15, 16]);
    }

    #[test]
    fn what_may_be_known_elsewhere_waits_for_the_server() {
        let opened = What::VisitOpened { visit: visit(11), officer: None, service: None };
        assert_eq!(visits(after_six(vec![(90, opened)])), [12, 13, 14, 15, 16]);
        assert_eq!(visits(after_six(vec![(90, rated(10, 1))])), [11, 12, 13, 14, 15, 16], "an earlier visit");
        let mut gathering = Gathering::new(officer(1), device(7), Untold { from_seq: 1, after_visit: 10 }, SLOT_MS);
        for n in 11..=15 {
            look(&mut gathering, n, rated(n, 1), if n == 15 { SLOT_MS + 1 } else { SLOT_MS });
        }
        assert_eq!(gathering.release(), None, "what comes after the fixed time waits for the next one");
    }

    #[test]
    fn what_was_released_is_not_released_again() {
        let first = after_six(vec![]).unwrap();
        let more = (21..=24).map(|n| (n, rated(n, 1)));
        let released = (50, What::Released(first));
        let rated_anew = [(60, What::Undone { visit: visit(11), rating: event(11) }), (61, rated(11, 1))];
        assert_eq!(after_six([released].into_iter().chain(more).chain(rated_anew).collect()), None);
    }

    #[test]
    fn a_reason_is_shown_when_five_of_the_visits_got_it() {
        let code = |code: &str| ReasonCode::try_from(code.to_owned()).unwrap();
        let reasons = |n| {
            let reasons = if n < 15 { vec![code("ramah"), code("jelas")] } else { vec![code("ramah")] };
            (100 + n, What::Reasoned { visit: visit(n), reasons })
        };
        let release = after_six((11..=16).map(reasons).collect()).unwrap();
        assert_eq!(release.themes, [Theme { code: code("ramah"), count: 6 }]);
        assert_eq!(release.check(), Ok(()));
    }

    #[test]
    fn a_release_that_would_show_too_much_is_found_out() {
        let good = after_six(vec![]).unwrap();
        let small = OwnRelease { spread: Spread([0, 0, 0, 0, 4]), visits: good.visits[..4].to_vec(), ..good.clone() };
        let twice = OwnRelease { visits: vec![visit(11); 6], ..good.clone() };
        let theme = Theme { code: ReasonCode::try_from("lama".to_owned()).unwrap(), count: 1 };
        let telling = OwnRelease { themes: vec![theme], ..good.clone() };
        assert_eq!(good.check(), Ok(()));
        for bad in [small, twice, telling] {
            assert!(bad.check().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_kiosk_is_alone_when_it_missed_two_times_or_the_day() {
        let zone = TimeZone::get("Asia/Jakarta").unwrap();
        let schedule: ReleaseSchedule = "12:00 15:30".parse().unwrap();
        let ms = |text: &str| text.parse::<Timestamp>().unwrap().as_millisecond();
        // 12:00 and 15:30 in Sawahlunto.
        let (noon, closing) = (ms("2026-11-24T05:00:00Z"), ms("2026-11-24T08:30:00Z"));
        for (answer, slot, expected) in [
            (Some("2026-11-24T03:00:00Z"), noon, false),
            (Some("2026-11-24T03:00:00Z"), closing, true),
            (Some("2026-11-24T06:00:00Z"), closing, false),
            (Some("2026-11-24T09:00:00Z"), closing, false),
            (Some("2026-11-23T09:00:00Z"), noon, true),
            (None, noon, true),
        ] {
            assert_eq!(is_alone(answer.map(ms), slot, &schedule, &zone), expected, "{answer:?}");
        }
    }

    #[test]
    fn a_release_by_a_wrong_clock_was_due_when_it_was_recorded() {
        let release = OwnRelease { at_ms: 1_000_000, ..after_six(vec![]).unwrap() };
        assert_eq!(release.due_ms(1_000_500), 1_000_000);
        assert_eq!(release.due_ms(999_999), 999_999, "not before it happened");
        assert_eq!(release.due_ms(1_000_000 + LATEST_MS + 1), 1_000_001 + LATEST_MS);
    }
}
