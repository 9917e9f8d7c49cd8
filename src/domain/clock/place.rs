//! When an event happened by the server's clock, and how far off that may be.
//!
//! Every piece of knowledge is an earliest and a latest moment: an anchor of the same boot gives both
//! (its error, and the drift over the distance), arrival gives a latest one, what came before gives an
//! earliest one. Between two neighbours of the chain at least the time passes that the boot clock
//! counted, so each one's limits also hold, shifted, for the other. What is left after all of them is
//! the answer. The raw wall clock is only asked where in it to point, and a guess points neither before what
//! is placed before it nor after what is known better ([`super::order`]).

use super::order::{Put, settle};
use super::{Anchor, Moment};
use std::slice;
use uuid::Uuid;

/// How long the kiosk waits for an answer: a request takes at most this from stamp to arrival.
pub const REQUEST_TIMEOUT_MS: i64 = 30_000;

/// No kiosk keeps events longer: the bound where nothing says how old one is, ten years.
pub const LONGEST_WAIT_MS: i64 = 3_653 * 24 * 3_600_000;

/// A boot clock is off by 100 ppm at most (crystals of small boards: 20 to 50 ppm, plus warmth):
/// a slow one counts 9,999 where 10,000 pass.
const COUNTED_PER_LOST: i64 = 9_999;

/// Moments are cut to whole milliseconds: four in the distance to an anchor, two of them in each direction.
const CUT_MS: i64 = 3;

/// How well the time of an event is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeQuality {
    /// By the boot clock, from a moment of the same boot that the server knows.
    Exact,
    /// By the wall clock, which fits between what is known to be before and after.
    Bounded,
    /// Only between what is known to be before and after.
    Interval,
}

impl TimeQuality {
    /// The stored name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            TimeQuality::Exact => "exact",
            TimeQuality::Bounded => "bounded",
            TimeQuality::Interval => "interval",
        }
    }

    /// The quality of a stored name; an unknown name claims the least.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        [Self::Exact, Self::Bounded].into_iter().find(|quality| quality.as_str() == name).unwrap_or(Self::Interval)
    }
}

/// What the server knows about the time of some events of one device.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Anchors of the device, of any boots and in any order.
    pub anchors: &'a [Anchor],
    /// The latest moment that is certainly before: [`Placed::earliest_ms`] of what came before in the chain.
    pub not_before_ms: Option<i64>,
    /// Where the one before in the chain is placed, right or not: no guess points before it.
    pub follows_ms: Option<i64>,
    /// When the events were sent, by the kiosk; and with the next field one fact: they belong together.
    pub sent: &'a Moment,
    /// When they arrived, by the server's clock.
    pub received_ms: i64,
}

/// When an event happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// By the server's clock, ms since 1970. Never after its arrival.
    pub at_ms: i64,
    /// How far off that may be, in both directions.
    pub bound_ms: i64,
    /// What that rests on.
    pub quality: TimeQuality,
}

impl Placed {
    /// Certainly not before this moment.
    #[must_use]
    pub fn earliest_ms(&self) -> i64 {
        self.at_ms.saturating_sub(self.bound_ms)
    }

    /// Certainly not after this moment.
    #[must_use]
    pub fn latest_ms(&self) -> i64 {
        self.at_ms.saturating_add(self.bound_ms)
    }

    /// The same, once it is known to have arrived by this moment.
    #[must_use]
    pub fn arrived_by(self, received_ms: i64) -> Self {
        Self { at_ms: self.at_ms.min(received_ms), ..self }
    }
}

/// Places one event by itself.
#[must_use]
pub fn place(event: &Moment, known: &Known<'_>) -> Placed {
    let nothing = Placed { at_ms: known.received_ms, bound_ms: LONGEST_WAIT_MS, quality: TimeQuality::Interval };
    place_chain(slice::from_ref(event), known).first().copied().unwrap_or(nothing)
}

/// Places events that follow each other in the chain: each helps to place the others.
///
/// The answers are in order. A boot whose events follow is known to be later, so its start limits them.
/// To place them again, when better anchors came, give whole boots in one call with the latest arrival
/// of them, and cut each to its own arrival ([`Placed::arrived_by`]): that keeps the order over batches.
#[must_use]
pub fn place_chain(events: &[Moment], known: &Known<'_>) -> Vec<Placed> {
    let mut spans: Vec<Span> = events.iter().map(|event| Span::of(event, known)).collect();
    let mut earliest = known.not_before_ms;
    for (i, span) in spans.iter_mut().enumerate() {
        let passed_ms = i.checked_sub(1).map_or(0, |before| passed_ms(&events[before], &events[i]));
        span.raise(earliest.map(|before| before.saturating_add(passed_ms)));
        earliest = span.earliest;
    }
    let arrival = Span::of(known.sent, known);
    let (mut later, mut latest) = (known.sent, arrival.latest);
    for (event, span) in events.iter().zip(&mut spans).rev() {
        span.lower(latest.saturating_sub(passed_ms(event, later)));
        (later, latest) = (event, span.latest);
    }
    let mut before: Option<(&Moment, i64)> = None;
    let mut puts = Vec::with_capacity(spans.len());
    for (event, span) in events.iter().zip(&spans) {
        let after_ms = before.map(|(before, at_ms)| at_ms.saturating_add(passed_ms(before, event)));
        let (at_ms, quality) = span.point(after_ms.or(known.follows_ms));
        puts.push(Put::new((span.earliest, span.latest), at_ms, quality));
        before = Some((event, at_ms));
    }
    settle(puts)
}

/// The least time from one moment of a device to a later one: in the same boot what its clock
/// counted, else what was counted since the later boot. An anchored boot is so limited by its
/// anchors from its start on.
fn passed_ms(before: &Moment, after: &Moment) -> i64 {
    let start_ms = if before.boot_id == after.boot_id { before.boot_ms } else { 0 };
    let counted_ms = after.boot_ms.saturating_sub(start_ms);
    counted_ms.saturating_sub(drift_ms(counted_ms)).max(0)
}

/// How far a boot clock may be off after so long.
fn drift_ms(counted_ms: i64) -> i64 {
    (counted_ms.saturating_abs() / COUNTED_PER_LOST).saturating_add(CUT_MS)
}

/// The limits between which an event happened.
struct Span {
    /// Nothing may be known to be before.
    earliest: Option<i64>,
    latest: i64,
    /// Whether its own boot is known to the server.
    is_anchored: bool,
    /// Where to point, if that is inside.
    guess: Option<i64>,
}

impl Span {
    /// What is known of one event by itself.
    fn of(event: &Moment, known: &Known<'_>) -> Self {
        let limits = between_anchors(event, known.anchors);
        let (limits, guess) = match limits {
            Some(limits) => (Some(limits), None),
            None if event.boot_id == known.sent.boot_id => {
                let arrival = Anchor::on_arrival(known.sent, known.received_ms);
                (Some(Limits::by(&arrival, event)), arrival.server_now_ms(event))
            }
            None => (None, Some(event.wall_ms)),
        };
        Self {
            earliest: limits.map(|limits| limits.earliest.min(known.received_ms)),
            latest: limits.map_or(known.received_ms, |limits| limits.latest.min(known.received_ms)),
            is_anchored: limits.is_some(),
            guess,
        }
    }

    /// Not before this. What contradicts the event's own knowledge is left aside: a machine lies there.
    fn raise(&mut self, earliest: Option<i64>) {
        self.earliest = self.earliest.max(earliest.filter(|earliest| *earliest <= self.latest));
    }

    /// Not after this, unless that contradicts.
    fn lower(&mut self, latest: i64) {
        if self.earliest.is_none_or(|earliest| earliest <= latest) {
            self.latest = self.latest.min(latest);
        }
    }

    /// One moment inside, and what it rests on: at the guess if that is inside, else at the middle; where
    /// nothing is known to be before, the latest moment is more likely than any other, and the bound says how
    /// little that is. Without an anchor not before the place of the one before, which is a guess as well.
    fn point(&self, after_ms: Option<i64>) -> (i64, TimeQuality) {
        let earliest = self.earliest.unwrap_or(self.latest.saturating_sub(LONGEST_WAIT_MS));
        let guess = self.guess.filter(|guess| (earliest..=self.latest).contains(guess));
        let middle = self.earliest.map_or(self.latest, |earliest| earliest.midpoint(self.latest));
        let at_ms = guess.unwrap_or(middle);
        if self.is_anchored {
            return (at_ms, TimeQuality::Exact);
        }
        let is_after = after_ms.is_none_or(|after_ms| after_ms <= at_ms);
        let quality = if is_after && guess.is_some() { TimeQuality::Bounded } else { TimeQuality::Interval };
        (at_ms.max(after_ms.unwrap_or(at_ms)).min(self.latest), quality)
    }
}

/// What one anchor, or several together, say of an event of their boot.
#[derive(Clone, Copy)]
struct Limits {
    earliest: i64,
    latest: i64,
}

impl Limits {
    fn by(anchor: &Anchor, event: &Moment) -> Self {
        let distance_ms = event.boot_ms.saturating_sub(anchor.boot_ms);
        let at_ms = anchor.server_ms.saturating_add(distance_ms);
        let off_ms = anchor.error_ms.max(0).saturating_add(drift_ms(distance_ms));
        Self { earliest: at_ms.saturating_sub(off_ms), latest: at_ms.saturating_add(off_ms) }
    }

    fn width(self) -> i64 {
        self.latest.saturating_sub(self.earliest)
    }

    fn and(self, other: Self) -> Self {
        Self { earliest: self.earliest.max(other.earliest), latest: self.latest.min(other.latest) }
    }
}

/// All anchors of the event's boot are right, so the event is where they agree. Where they do not
/// (a clock of the server was set in between), the nearest good one is believed.
fn between_anchors(event: &Moment, anchors: &[Anchor]) -> Option<Limits> {
    let of_boot = |boot: Uuid| anchors.iter().filter(move |anchor| anchor.boot_id == boot);
    let limits = || of_boot(event.boot_id).map(|anchor| Limits::by(anchor, event));
    let agreed = limits().reduce(Limits::and)?;
    if agreed.earliest <= agreed.latest { Some(agreed) } else { limits().min_by_key(|limits| limits.width()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR_MS: i64 = 3_600_000;
    /// Around 24 November 2026, by the server.
    const NOW_MS: i64 = 1_795_500_000_000;

    fn moment(boot: u128, boot_ms: i64, wall_ms: i64) -> Moment {
        Moment { boot_id: Uuid::from_u128(boot), boot_ms, wall_ms }
    }

    fn anchor(boot: u128, boot_ms: i64, server_ms: i64, error_ms: i64) -> Anchor {
        Anchor { boot_id: Uuid::from_u128(boot), boot_ms, server_ms, error_ms }
    }

    #[test]
    fn a_wrong_wall_clock_does_not_matter_in_an_anchored_boot() {
        let anchors = [anchor(1, HOUR_MS, NOW_MS, 20), anchor(1, 3 * HOUR_MS, NOW_MS + 2 * HOUR_MS, 900)];
        let sent = moment(2, 0, 0);
        let known = Known {
            anchors: &anchors,
            not_before_ms: None,
            follows_ms: None,
            sent: &sent,
            received_ms: NOW_MS + 9 * HOUR_MS,
        };
        for wall_ms in [i64::MIN, 0, NOW_MS, i64::MAX] {
            let placed = place(&moment(1, HOUR_MS + 10_000, wall_ms), &known);
            assert_eq!((placed.at_ms, placed.quality), (NOW_MS + 10_000, TimeQuality::Exact));
            assert_eq!(placed.bound_ms, 20 + 10_000 / COUNTED_PER_LOST + CUT_MS);
        }
    }

    #[test]
    fn the_boot_that_sends_is_known_by_the_arrival_alone() {
        let sent = moment(1, 70_000, -5);
        let known = Known { anchors: &[], not_before_ms: None, follows_ms: None, sent: &sent, received_ms: NOW_MS };
        let placed = place(&moment(1, 10_000, 77), &known);
        assert_eq!((placed.at_ms, placed.quality), (NOW_MS - 60_000, TimeQuality::Exact));
        assert!(placed.earliest_ms() <= NOW_MS - 60_000 - REQUEST_TIMEOUT_MS && placed.latest_ms() < NOW_MS);
    }

    #[test]
    fn without_an_anchor_the_wall_clock_has_to_fit_between_the_neighbours() {
        let sent = moment(2, HOUR_MS, 0);
        let anchors = [anchor(2, HOUR_MS / 2, NOW_MS - HOUR_MS / 2, 10)];
        let not_before_ms = Some(NOW_MS - 5 * HOUR_MS);
        let known = Known { anchors: &anchors, not_before_ms, follows_ms: None, sent: &sent, received_ms: NOW_MS };
        let start_of_next_ms = NOW_MS - HOUR_MS;

        let fits = place(&moment(1, 5, NOW_MS - 4 * HOUR_MS), &known);
        assert_eq!((fits.at_ms, fits.quality), (NOW_MS - 4 * HOUR_MS, TimeQuality::Bounded));
        assert!((fits.latest_ms() - start_of_next_ms).abs() < 1_000, "the farther end is the later one");

        for wall_ms in [0, NOW_MS - HOUR_MS / 2, i64::MAX] {
            let placed = place(&moment(1, 5, wall_ms), &known);
            assert_eq!(placed.quality, TimeQuality::Interval);
            assert!((placed.at_ms - (NOW_MS - 3 * HOUR_MS)).abs() < 1_000);
            assert!((placed.bound_ms - 2 * HOUR_MS).abs() < 1_000);
        }
    }

    #[test]
    fn where_nothing_is_known_to_be_before_the_bound_says_so() {
        let sent = moment(2, 0, 0);
        let known = Known { anchors: &[], not_before_ms: None, follows_ms: None, sent: &sent, received_ms: NOW_MS };
        let placed = place(&moment(1, 5, 0), &known);
        let expected = Placed { at_ms: NOW_MS, bound_ms: LONGEST_WAIT_MS, quality: TimeQuality::Interval };
        assert_eq!(placed, expected);
    }

    #[test]
    fn a_later_boot_of_the_chain_limits_the_earlier_one() {
        let events = [moment(1, HOUR_MS, 0), moment(1, 2 * HOUR_MS, 0), moment(2, HOUR_MS, 0)];
        let sent = moment(3, 0, 0);
        let anchors = [anchor(2, HOUR_MS, NOW_MS, 50)];
        let not_before_ms = Some(NOW_MS - 3 * HOUR_MS);
        let known = Known {
            anchors: &anchors,
            not_before_ms,
            follows_ms: None,
            sent: &sent,
            received_ms: NOW_MS + 90 * HOUR_MS,
        };
        let placed = place_chain(&events, &known);
        assert!((placed[0].latest_ms() - (NOW_MS - 2 * HOUR_MS)).abs() < 2_000, "an hour before the end of its boot");
        assert!((placed[1].latest_ms() - (NOW_MS - HOUR_MS)).abs() < 2_000, "before the next boot began");
    }

    /// The first of two batches was sent by another boot, its wall clock in 1970: it is placed on arrival.
    #[test]
    fn a_guess_does_not_point_before_the_batch_before() {
        let sent = moment(3, HOUR_MS / 2, 0);
        let (arrived_ms, never_ms) = (NOW_MS - HOUR_MS, NOW_MS - HOUR_MS - LONGEST_WAIT_MS);
        let known = Known {
            anchors: &[],
            not_before_ms: Some(never_ms),
            follows_ms: Some(arrived_ms),
            sent: &sent,
            received_ms: NOW_MS,
        };
        for (wall_ms, at_ms, quality) in [
            (0, arrived_ms, TimeQuality::Interval),
            (NOW_MS - 2 * 365 * 24 * HOUR_MS, arrived_ms, TimeQuality::Interval),
            (arrived_ms + 60_000, arrived_ms + 60_000, TimeQuality::Bounded),
        ] {
            let placed = place(&moment(2, HOUR_MS, wall_ms), &known);
            assert_eq!((placed.at_ms, placed.quality), (at_ms, quality), "wall clock at {wall_ms}");
            assert!(placed.earliest_ms() <= never_ms, "what is certain is no more than before: {placed:?}");
        }
        let exact = place(&moment(3, HOUR_MS / 4, 0), &Known { received_ms: arrived_ms + 1, ..known });
        let expected = (arrived_ms + 1 - HOUR_MS / 4, TimeQuality::Exact);
        assert_eq!((exact.at_ms, exact.quality), expected, "the guess before has to give way");
    }

    #[test]
    fn within_a_batch_a_guess_gives_way_to_what_is_exact() {
        let anchors = [anchor(2, HOUR_MS, NOW_MS, HOUR_MS / 2)];
        let sent = moment(3, 0, 0);
        let known = Known {
            anchors: &anchors,
            not_before_ms: None,
            follows_ms: None,
            sent: &sent,
            received_ms: NOW_MS + 9 * HOUR_MS,
        };
        // By its wall clock the first would be after the second, and for all that is certain it may be.
        let events = [moment(1, 0, NOW_MS - HOUR_MS / 2 - 1_000), moment(2, 0, 0)];
        let placed = place_chain(&events, &known);
        assert_eq!(placed[1].at_ms, NOW_MS - HOUR_MS, "exactly where its anchor says");
        assert_eq!((placed[0].at_ms, placed[0].quality), (NOW_MS - HOUR_MS, TimeQuality::Interval));
    }

    fn any_moment() -> impl Strategy<Value = Moment> {
        (0u128..3, extreme(), extreme()).prop_map(|(boot, boot_ms, wall_ms)| moment(boot, boot_ms, wall_ms))
    }

    fn extreme() -> impl Strategy<Value = i64> {
        prop_oneof![Just(i64::MIN), Just(i64::MAX), Just(0), -9_i64..9, any::<i64>(), Just(NOW_MS)]
    }

    fn any_anchor() -> impl Strategy<Value = Anchor> {
        (0u128..3, extreme(), extreme(), extreme())
            .prop_map(|(boot, boot_ms, server_ms, error_ms)| anchor(boot, boot_ms, server_ms, error_ms))
    }

    proptest! {
        /// Whatever a machine claims: no panic, no arrival before it happened, no negative bound.
        #[test]
        fn no_claim_of_a_device_breaks_the_rules(
            events in prop::collection::vec(any_moment(), 0..6),
            anchors in prop::collection::vec(any_anchor(), 0..6),
            sent in any_moment(),
            not_before_ms in prop::option::of(extreme()),
            received_ms in extreme(),
        ) {
            let known = Known { anchors: &anchors, not_before_ms, follows_ms: None, sent: &sent, received_ms };
            let placed = place_chain(&events, &known);
            prop_assert_eq!(placed.len(), events.len());
            for placed in placed {
                prop_assert!(placed.at_ms <= received_ms && placed.bound_ms >= 0);
                let zone = jiff::tz::TimeZone::get("Asia/Jayapura").unwrap();
                let days = super::super::civil_days(&placed, &zone);
                prop_assert!(days.first <= days.last);
            }
        }
    }
}
