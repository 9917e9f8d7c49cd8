//! The kiosk's own audit: does the server still hold, and count, what this kiosk sent? Pure.
//!
//! Once a day a part of the kept rows is compared, in turn, beginning somewhere: no server knows
//! which are next. Parts overlap, so that every visit is seen whole in one of them.

use crate::domain::clock::Moment;
use crate::domain::event::{BodyHash, EventBody, What};
use crate::domain::ids::{DeviceId, EventId, VisitSerial};
use crate::kiosk::outbox::QueuedEvent;
use crate::protocol::audit::{HeldEvent, HeldRating};
use std::collections::{BTreeMap, BTreeSet};

/// How many places are compared at a time.
pub const AT_ONCE: u64 = 200;
/// How far behind a rating its undoing is looked for: it comes within seconds. So far, too, the code of
/// a visit may lie before its rating.
pub const UNDONE_WITHIN: u64 = 50;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// So many differences are named; more would only fill the report.
const MOST_NAMED: usize = 5;

/// Where the audit stands.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tour {
    next: u64,
    last: Option<Moment>,
}

impl Tour {
    /// A tour that begins at a place drawn by lot.
    #[must_use]
    pub fn starting(lot: u64) -> Self {
        Self { next: lot, last: None }
    }

    /// Whether a day has gone by, or nothing was compared since the start.
    #[must_use]
    pub fn is_due(&self, now: &Moment) -> bool {
        self.last.is_none_or(|last| last.boot_id != now.boot_id || now.boot_ms.saturating_sub(last.boot_ms) >= DAY_MS)
    }

    /// The next places among `lowest..end`, ends included, to be compared now.
    pub fn go_on(&mut self, now: Moment, lowest: u64, end: u64) -> Option<(u64, u64)> {
        self.last = Some(now);
        let places = end.checked_sub(lowest).filter(|places| *places > 0)?;
        let next = if (lowest..end).contains(&self.next) { self.next } else { lowest + self.next % places };
        let first = next.min(end.saturating_sub(AT_ONCE)).max(lowest);
        let last = (first + AT_ONCE - 1).min(end - 1);
        self.next = if last + 1 < end { (last + 1).saturating_sub(UNDONE_WITHIN).max(first + 1) } else { lowest };
        Some((first, last))
    }
}

/// What the kiosk knows of a range of its rows.
pub struct Own {
    /// The rows.
    pub events: Vec<QueuedEvent>,
    /// Places whose bodies the server could not take.
    pub withheld: BTreeSet<u64>,
    /// Ratings that were taken back.
    pub undone: BTreeSet<EventId>,
}

/// The ratings that these events take back.
#[must_use]
pub fn undone(events: &[QueuedEvent]) -> BTreeSet<EventId> {
    let taken_back = events.iter().filter_map(|event| match read(event)?.what {
        What::Undone { rating, .. } => Some(rating),
        _ => None,
    });
    taken_back.collect()
}

/// Where the server holds something else, in words; empty when all is well.
#[must_use]
pub fn differences(own: &Own, held: &[HeldEvent]) -> Vec<String> {
    let held: BTreeMap<u64, &HeldEvent> = held.iter().map(|event| (event.seq, event)).collect();
    let visits = Visits::of(&own.events);
    let compare = |event: &QueuedEvent| {
        let told = difference(event, held.get(&event.seq).copied(), own, &visits)?;
        Some(format!("event {} {told}", event.seq))
    };
    own.events.iter().filter_map(compare).collect()
}

/// One sentence about all of them.
#[must_use]
pub fn sentence(differences: &[String]) -> String {
    let named = differences.iter().take(MOST_NAMED).map(String::as_str).collect::<Vec<_>>().join("; ");
    let more = if differences.len() > MOST_NAMED { "; and more" } else { "" };
    format!(
        "the server differs from this kiosk in {} of the events it had acknowledged: {named}{more}",
        differences.len()
    )
}

/// A visit by its number on the machine that recorded it.
type Visit = (Option<DeviceId>, VisitSerial);

/// Which answers a visit may have, as far as a part of the rows tells.
#[derive(Default)]
struct Visits {
    /// The ratings here.
    rated: BTreeMap<EventId, Visit>,
    /// Visits that may be rated by phone: their code was shown.
    open: BTreeSet<Visit>,
    /// Its first ratings may lie behind these rows.
    last: Option<Visit>,
}

impl Visits {
    fn of(events: &[QueuedEvent]) -> Self {
        let mut visits = Self::default();
        let mut is_whole = events.first().is_none_or(|event| event.seq == 1);
        for event in events {
            match read(event) {
                Some(EventBody { device, what: What::VisitOpened { visit, .. }, .. }) => {
                    visits.open.insert((device, visit));
                }
                Some(EventBody { device, what: What::Rated { visit, .. }, .. }) => {
                    let visit = (device, visit);
                    visits.rated.insert(event.id, visit);
                    visits.last = Some(visit);
                    // Numbers are given in turn: only the first visit can have begun before these rows.
                    if !std::mem::replace(&mut is_whole, true) {
                        visits.open.insert(visit);
                    }
                }
                _ => {}
            }
        }
        visits
    }

    /// Whether `other` may answer the visit of this rating, too.
    fn may_share(&self, rating: EventId, other: EventId, is_taken_back: bool) -> bool {
        let visit = self.rated.get(&rating);
        self.rated.get(&other) == visit
            || visit.is_some_and(|visit| self.open.contains(visit))
            || is_taken_back && self.last.as_ref() == visit
    }
}

fn difference(own: &QueuedEvent, held: Option<&HeldEvent>, all: &Own, visits: &Visits) -> Option<String> {
    let Some(held) = held else { return Some("is missing there".to_owned()) };
    if held.id != own.id {
        return Some("is another one there".to_owned());
    }
    if held.in_ledger == Some(false) {
        return Some("is not in the ledger there".to_owned());
    }
    if all.withheld.contains(&own.seq) {
        return None;
    }
    match held.body_hash {
        None => return Some("has lost its content there".to_owned()),
        Some(hash) if BodyHash::from(hash) != BodyHash::of(own.body.as_bytes()) => {
            return Some("has another content there".to_owned());
        }
        Some(_) => {}
    }
    let What::Rated { stars, officer, service, .. } = read(own)?.what else { return None };
    let Some(rating) = held.rating else { return Some("counts as no rating there".to_owned()) };
    if rating.stars != stars {
        return Some(format!("gave {} stars and counts {} there", stars.get(), rating.stars.get()));
    }
    if rating.officer != officer {
        return Some("counts for another officer there".to_owned());
    }
    if rating.service != service {
        return Some("counts for another service there".to_owned());
    }
    miscount(own.id, &rating, all.undone.contains(&own.id), visits).map(str::to_owned)
}

/// One visit, one rating, and none that was taken back.
fn miscount(own: EventId, held: &HeldRating, is_taken_back: bool, visits: &Visits) -> Option<&'static str> {
    match (is_taken_back, held.undone, held.counts, held.other) {
        (false, true, ..) => Some("counts as taken back there"),
        (true, false, ..) | (true, _, Some(true), _) => Some("was taken back and counts there"),
        (false, _, Some(false), None) => Some("does not count there"),
        (_, _, Some(true), Some(_)) => Some("counts beside another answer to its visit there"),
        (_, _, _, Some(other)) if !held.forked && !visits.may_share(own, other, is_taken_back) => {
            Some("is put aside there for an answer that nobody gave here")
        }
        _ => None,
    }
}

fn read(event: &QueuedEvent) -> Option<EventBody> {
    serde_json::from_str(&event.body).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::{BODY_VERSION, Salt, Signals};
    use crate::domain::ids::{OfficerId, ServiceId, VisitSerial};
    use crate::domain::stars::Stars;
    use crate::protocol::audit::HeldRating;
    use uuid::Uuid;

    fn moment(boot_ms: i64) -> Moment {
        Moment { boot_id: Uuid::nil(), boot_ms, wall_ms: 0 }
    }

    fn event(seq: u64, what: What) -> QueuedEvent {
        let body = EventBody { v: BODY_VERSION, salt: Salt([0; 16]), device: None, at: moment(0), what };
        let body = serde_json::to_string(&body).unwrap();
        QueuedEvent { seq, id: id(seq), body, withheld: false }
    }

    fn id(seq: u64) -> EventId {
        EventId(Uuid::from_u128(seq.into()))
    }

    fn stars(n: u8) -> Stars {
        Stars::try_from(n).unwrap()
    }

    fn visit() -> VisitSerial {
        VisitSerial::try_from(1).unwrap()
    }

    fn officer(n: u32) -> OfficerId {
        OfficerId::try_from(n).unwrap()
    }

    fn rated(seq: u64) -> QueuedEvent {
        let (officer, signals) = (Some(officer(2)), Signals::default());
        event(seq, What::Rated { visit: visit(), stars: stars(4), officer, service: None, signals })
    }

    fn held(own: &QueuedEvent) -> HeldEvent {
        HeldEvent {
            seq: own.seq,
            id: own.id,
            body_hash: Some(BodyHash::of(own.body.as_bytes()).into()),
            in_ledger: Some(true),
            rating: Some(HeldRating {
                stars: stars(4),
                officer: Some(officer(2)),
                service: None,
                undone: false,
                counts: Some(true),
                other: None,
                forked: false,
            }),
        }
    }

    #[test]
    fn every_difference_is_named() {
        let own = rated(7);
        let good = held(&own);
        let rating = |change: fn(&mut HeldRating)| {
            let mut held = good.clone();
            held.rating.as_mut().map(change).unwrap();
            held
        };
        for (held, expected) in [
            (vec![good.clone()], None),
            (vec![], Some("event 7 is missing there")),
            (vec![HeldEvent { id: id(8), ..good.clone() }], Some("event 7 is another one there")),
            (vec![HeldEvent { body_hash: None, ..good.clone() }], Some("event 7 has lost its content there")),
            (
                vec![HeldEvent { body_hash: Some(BodyHash::of(b"x").into()), ..good.clone() }],
                Some("event 7 has another content there"),
            ),
            (vec![HeldEvent { in_ledger: Some(false), ..good.clone() }], Some("event 7 is not in the ledger there")),
            (vec![HeldEvent { in_ledger: None, ..good.clone() }], None),
            (vec![HeldEvent { rating: None, ..good.clone() }], Some("event 7 counts as no rating there")),
            (vec![rating(|held| held.stars = stars(5))], Some("event 7 gave 4 stars and counts 5 there")),
            (vec![rating(|held| held.officer = None)], Some("event 7 counts for another officer there")),
            (vec![rating(|held| held.undone = true)], Some("event 7 counts as taken back there")),
            (
                vec![rating(|held| held.service = ServiceId::try_from(1).ok())],
                Some("event 7 counts for another service there"),
            ),
            (vec![rating(|held| held.counts = Some(false))], Some("event 7 does not count there")),
            (
                vec![rating(|held| held.other = Some(id(9)))],
                Some("event 7 counts beside another answer to its visit there"),
            ),
            // An older server does not say.
            (vec![rating(|held| held.counts = None)], None),
        ] {
            let own = Own { events: vec![own.clone()], withheld: BTreeSet::new(), undone: BTreeSet::new() };
            assert_eq!(differences(&own, &held).first().map(String::as_str), expected, "{held:?}");
        }
    }

    #[test]
    fn what_was_taken_back_or_withheld_is_expected_to_be() {
        let (own, undoing) = (rated(7), event(8, What::Undone { visit: visit(), rating: id(7) }));
        let mut at_server = held(&own);
        let taken_back = undone(std::slice::from_ref(&undoing));
        assert_eq!(taken_back, BTreeSet::from([id(7)]));
        let rows = Own { events: vec![own.clone()], withheld: BTreeSet::new(), undone: taken_back };
        assert_eq!(differences(&rows, &[at_server.clone()]), ["event 7 was taken back and counts there"]);
        let rating = at_server.rating.as_mut().unwrap();
        (rating.undone, rating.counts) = (true, Some(false));
        assert_eq!(differences(&rows, &[at_server.clone()]), [""; 0]);
        let rows = Own { withheld: BTreeSet::from([7]), ..rows };
        let placeholder = HeldEvent { body_hash: None, rating: None, ..at_server };
        assert_eq!(differences(&rows, &[placeholder]), [""; 0]);
    }

    fn with_other(own: &QueuedEvent, other: u64) -> HeldEvent {
        let mut held = held(own);
        let rating = held.rating.as_mut().unwrap();
        (rating.counts, rating.other) = (Some(false), Some(id(other)));
        held
    }

    #[test]
    fn only_an_answer_that_can_exist_may_count_instead() {
        let opened = |seq| event(seq, What::VisitOpened { visit: visit(), officer: None, service: None });
        let differs = |events: Vec<QueuedEvent>, held: &[HeldEvent]| {
            let own = Own { events, withheld: BTreeSet::new(), undone: BTreeSet::new() };
            differences(&own, held).pop().is_some()
        };
        let rated_here = rated(7);
        let put_aside = with_other(&rated_here, 9);
        let at_server = HeldEvent { rating: None, ..held(&opened(6)) };
        assert!(!differs(vec![opened(6), rated_here.clone()], &[at_server, put_aside.clone()]), "its code was shown");
        assert!(!differs(vec![rated_here.clone()], &[put_aside]), "perhaps before these rows");
        let alone = rated(1);
        assert!(differs(vec![alone.clone()], &[with_other(&alone, 9)]), "no code was ever shown");
        let twice = [rated(1), rated(2)];
        let mut copied = with_other(&alone, 9);
        copied.rating.as_mut().unwrap().forked = true;
        assert!(!differs(vec![alone], &[copied]), "both machines gave the same number");
        assert!(!differs(twice.to_vec(), &[with_other(&twice[0], 2), held(&twice[1])]), "another touch");
    }

    #[test]
    fn what_was_taken_back_counts_nowhere() {
        let own = rated(1);
        let rows = Own { events: vec![own.clone()], withheld: BTreeSet::new(), undone: BTreeSet::from([id(1)]) };
        let mut at_server = held(&own);
        at_server.rating.as_mut().unwrap().undone = true;
        let told = differences(&rows, std::slice::from_ref(&at_server));
        assert_eq!(told, ["event 1 was taken back and counts there"]);
        at_server.rating.as_mut().unwrap().counts = Some(false);
        assert_eq!(differences(&rows, std::slice::from_ref(&at_server)), [""; 0]);
        // The next touch of the same visit may lie behind these rows.
        at_server.rating.as_mut().unwrap().other = Some(id(500));
        assert_eq!(differences(&rows, &[at_server]), [""; 0]);
    }

    #[test]
    fn a_tour_compares_everything_in_turn_wherever_it_begins() {
        for lot in [0, 1, 450, 999, 1_000, u64::MAX] {
            let (mut tour, mut seen) = (Tour::starting(lot), BTreeSet::new());
            for _ in 0..7 {
                let (first, last) = tour.go_on(moment(0), 100, 1_000).unwrap();
                assert!((100..1_000).contains(&first) && last < 1_000 && last - first < AT_ONCE, "{first} {last}");
                seen.extend(first..=last);
            }
            assert_eq!(seen.len(), 900, "{lot}");
        }
        assert_eq!(Tour::starting(5).go_on(moment(0), 7, 7), None, "nothing to compare");
        assert_eq!(Tour::starting(5).go_on(moment(0), 1, 8), Some((1, 7)), "little is compared at once");
    }

    #[test]
    fn a_tour_goes_on_once_a_day() {
        let mut tour = Tour::default();
        assert!(tour.is_due(&moment(5)), "at the start");
        tour.go_on(moment(5), 1, 2);
        assert!(!tour.is_due(&moment(5 + DAY_MS - 1)));
        assert!(tour.is_due(&moment(5 + DAY_MS)));
        assert!(tour.is_due(&Moment { boot_id: Uuid::from_u128(1), ..moment(6) }));
    }

    #[test]
    fn a_sentence_names_a_few() {
        let many: Vec<String> = (1..=9).map(|seq| format!("event {seq} is missing there")).collect();
        let sentence = sentence(&many);
        assert!(sentence.contains("in 9 of") && sentence.ends_with("event 5 is missing there; and more"), "{sentence}");
    }
}
