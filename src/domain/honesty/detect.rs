//! The signs, and what they add up to.

use super::statistics::{binomial_tail, evenness, float, points, poisson_tail, quantile};
use super::usual::{Usual, edge_of, gaps_ms, is_quick, logarithm};
use super::{Evidence, Flag, FlagKind, Limits, Seen, Sentence};
use crate::domain::ids::{EventId, OfficerId, VisitId};
use crate::domain::stars::{Channel, Stars};
use std::collections::BTreeMap;

/// The flags of one counter's day, in the order of its ratings. The same evidence gives the same flags.
#[must_use]
pub fn detect(evidence: &Evidence<'_>, limits: &Limits) -> Vec<Flag> {
    let mut flags = Flags::default();
    for channel in [Channel::Kiosk, Channel::Qr] {
        let day = of_channel(evidence.day, channel);
        let usual = Usual::of(&of_channel(evidence.past, channel), evidence.shifts, limits);
        flag_stretches(&day, &usual, limits, &mut flags);
        if channel == Channel::Kiosk {
            flag_closed_hours(&day, evidence, limits, &mut flags);
            flag_officer_days(&day, &usual, evidence, limits, &mut flags);
        }
    }
    flag_crowded_visits(evidence.day, limits, &mut flags);
    flags.in_order_of(evidence.day)
}

fn of_channel(seen: &[Seen], channel: Channel) -> Vec<&Seen> {
    let mut seen: Vec<&Seen> = seen.iter().filter(|seen| seen.channel == channel).collect();
    seen.sort_by_key(|seen| (seen.at.at_ms, seen.event));
    seen
}

/// The best reason of each kind for each rating.
#[derive(Default)]
struct Flags(BTreeMap<(EventId, FlagKind), Flag>);

impl Flags {
    fn add(&mut self, seen: &Seen, kind: FlagKind, score: f64, sentence: &Sentence) {
        let flag = Flag { event: seen.event, kind, score, sentence: sentence.clone() };
        let known = self.0.get(&(seen.event, kind));
        if known.is_none_or(|known| known.score < score) {
            self.0.insert((seen.event, kind), flag);
        }
    }

    fn add_all<'a>(&mut self, seen: impl IntoIterator<Item = &'a Seen>, kind: FlagKind, score: f64, says: &Sentence) {
        for seen in seen {
            self.add(seen, kind, score, says);
        }
    }

    fn in_order_of(self, day: &[Seen]) -> Vec<Flag> {
        let at = |flag: &Flag| day.iter().find(|seen| seen.event == flag.event).map(|seen| seen.at.at_ms);
        let mut flags: Vec<Flag> = self.0.into_values().collect();
        flags.sort_by_cached_key(|flag| (at(flag), flag.event, flag.kind));
        flags
    }
}

/// A sign: how improbable, and what it says.
type Sign = (FlagKind, f64, Sentence);

/// Stretches of ratings in a row that are too many too soon, and also too even, too equal or too quick.
fn flag_stretches(day: &[&Seen], usual: &Usual, limits: &Limits, flags: &mut Flags) {
    let gaps = gaps_ms(day);
    let mut found = Vec::new();
    for start in 0..day.len() {
        let most = limits.stretch_most.min(day.len() - start);
        for length in limits.stretch_least..=most {
            // A gap that nobody measured ends the stretch: the kiosk was restarted.
            let Some(inner) = gaps[start + 1..start + length].iter().copied().collect::<Option<Vec<i64>>>() else {
                break;
            };
            let signs = signs_of(&day[start..start + length], &inner, usual, limits);
            let score = signs.iter().map(|sign| sign.1).sum::<f64>() - points(1.0 / float(day.len()));
            if signs.len() >= 2 && score >= limits.points {
                found.push((score, start, length, signs));
            }
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut taken = vec![false; day.len()];
    for (score, start, length, signs) in found {
        let stretch = start..start + length;
        if taken[stretch.clone()].contains(&true) {
            continue;
        }
        taken[stretch.clone()].fill(true);
        for seen in &day[stretch] {
            for (kind, _, sentence) in &signs {
                flags.add(seen, *kind, score, sentence);
            }
        }
    }
}

/// The signs of one stretch that count. Too many too soon has to be one of them.
fn signs_of(stretch: &[&Seen], gaps_ms: &[i64], usual: &Usual, limits: &Limits) -> Vec<Sign> {
    let counts = |sign: &Sign| sign.1 >= limits.points_of_a_sign;
    let burst = burst(gaps_ms, usual);
    if !counts(&burst) {
        return Vec::new();
    }
    let others = [regularity(gaps_ms, usual), sameness(stretch, usual), quickness(stretch, gaps_ms, usual, limits)];
    [burst].into_iter().chain(others.into_iter().filter(counts)).collect()
}

fn burst(gaps_ms: &[i64], usual: &Usual) -> Sign {
    let length_ms: i64 = gaps_ms.iter().fold(0_i64, |sum, gap| sum.saturating_add(*gap)).max(0);
    let expected = usual.per_hour * f64::from(u32::try_from(length_ms).unwrap_or(u32::MAX)) / 3_600_000.0;
    let seconds = u64::try_from(length_ms / 1_000).unwrap_or(0);
    let says = FlagKind::Burst.says([count(gaps_ms.len() + 1), seconds, rounded_up(expected)]);
    (FlagKind::Burst, points(poisson_tail(gaps_ms.len(), expected)), says)
}

fn regularity(gaps_ms: &[i64], usual: &Usual) -> Sign {
    let logarithms: Vec<f64> = gaps_ms.iter().map(|gap| logarithm(*gap)).collect();
    let middle = quantile(&mut logarithms.clone(), 0.5).map_or(0.0, |middle| middle.exp() / 1_000.0);
    let says = FlagKind::Regularity.says([count(gaps_ms.len() + 1), rounded_up(middle)]);
    (FlagKind::Regularity, points(evenness(&logarithms, usual.gap_spread)), says)
}

fn sameness(stretch: &[&Seen], usual: &Usual) -> Sign {
    let signs = Stars::ALL.map(|stars| {
        let same = stretch.iter().filter(|seen| seen.stars == stars).count();
        let share = usual.star_shares.get(stars.index()).copied().unwrap_or(1.0);
        let says = [count(same), count(stretch.len()), u64::from(stars.get()), percent(share)];
        // Each of five stars could have been the one.
        let score = points((5.0 * binomial_tail(same, stretch.len(), share)).min(1.0));
        (FlagKind::Sameness, score, FlagKind::Sameness.says(says))
    });
    let [first, ..] = signs.clone();
    signs.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or(first)
}

fn quickness(stretch: &[&Seen], gaps_ms: &[i64], usual: &Usual, limits: &Limits) -> Sign {
    let quick = stretch.iter().skip(1).zip(gaps_ms).filter(|(seen, gap)| is_quick(seen, Some(**gap), limits)).count();
    share_sign(FlagKind::Quick, quick, gaps_ms.len(), usual.quick_share)
}

/// So many of so many, where another share is usual.
fn share_sign(kind: FlagKind, hits: usize, of: usize, share: f64) -> Sign {
    (kind, points(binomial_tail(hits, of, share)), kind.says([count(hits), count(of), percent(share)]))
}

/// Touches at a time when certainly nobody was served.
fn flag_closed_hours(day: &[&Seen], evidence: &Evidence<'_>, limits: &Limits, flags: &mut Flags) {
    let is_closed = |seen: &&Seen| {
        evidence.open_ms.as_ref().is_none_or(|open| {
            seen.at.latest_ms() < open.start.saturating_sub(limits.grace_ms)
                || seen.at.earliest_ms() > open.end.saturating_add(limits.grace_ms)
        })
    };
    let closed: Vec<&Seen> = day.iter().copied().filter(is_closed).collect();
    if closed.len() < limits.off_hours_least {
        return;
    }
    let says = FlagKind::OffHours.says([count(closed.len())]);
    flags.add_all(closed, FlagKind::OffHours, limits.points, &says);
}

/// What only shows over an officer's whole day: one tap after each resident, taps without visits, taps
/// before going home.
fn flag_officer_days(day: &[&Seen], usual: &Usual, evidence: &Evidence<'_>, limits: &Limits, flags: &mut Flags) {
    let gaps = gaps_ms(day);
    let mut days: BTreeMap<Option<OfficerId>, Vec<(&Seen, Option<i64>)>> = BTreeMap::new();
    for (seen, gap) in day.iter().zip(gaps) {
        days.entry(seen.officer).or_default().push((*seen, gap));
    }
    for ratings in days.values() {
        let of_which = |is: &dyn Fn(&Seen, Option<i64>) -> bool| -> Vec<&Seen> {
            ratings.iter().filter(|(seen, gap)| is(seen, *gap)).map(|(seen, _)| *seen).collect()
        };
        let quick = of_which(&|seen, gap| is_quick(seen, gap, limits));
        if quick.len() >= limits.quick_least {
            flag_share(FlagKind::Quick, &quick, ratings.len(), usual.quick_share, limits, flags);
        }
        let unvisited = of_which(&|seen, _| !seen.signals.visit_open);
        if let Some(share) = usual.no_visit_share.filter(|_| unvisited.len() >= limits.no_visit_least) {
            flag_share(FlagKind::NoVisit, &unvisited, ratings.len(), share, limits, flags);
        }
        let in_edge = of_which(&|seen, _| edge_of(seen, evidence.shifts, limits).is_some());
        if in_edge.len() >= limits.edge_least {
            let score = points(binomial_tail(in_edge.len(), ratings.len(), usual.edge_share));
            let minutes = u64::try_from(limits.edge_ms / 60_000).unwrap_or(0);
            let says = FlagKind::ShiftEdge.says([count(in_edge.len()), count(ratings.len()), minutes]);
            if score >= limits.points_of_a_day {
                flags.add_all(in_edge, FlagKind::ShiftEdge, score, &says);
            }
        }
    }
}

fn flag_share(kind: FlagKind, hits: &[&Seen], of: usize, share: f64, limits: &Limits, flags: &mut Flags) {
    let (kind, score, says) = share_sign(kind, hits.len(), of, share);
    if score >= limits.points_of_a_day {
        flags.add_all(hits.iter().copied(), kind, score, &says);
    }
}

/// More answers to one visit than a resident who taps and scans would give.
fn flag_crowded_visits(day: &[Seen], limits: &Limits, flags: &mut Flags) {
    let mut visits: BTreeMap<VisitId, Vec<&Seen>> = BTreeMap::new();
    for seen in day {
        visits.entry(seen.visit).or_default().push(seen);
    }
    for answers in visits.values().filter(|answers| answers.len() >= limits.answers_per_visit) {
        let says = FlagKind::ManyPerVisit.says([count(answers.len())]);
        flags.add_all(answers.iter().copied(), FlagKind::ManyPerVisit, limits.points, &says);
    }
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

fn percent(share: f64) -> u64 {
    rounded_up(100.0 * share)
}

/// For a sentence: a whole number, never smaller than what is meant.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "such a cast stops at the ends")]
fn rounded_up(value: f64) -> u64 {
    value.ceil() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::{Placed, TimeQuality};
    use crate::domain::event::Signals;
    use crate::domain::honesty::Shift;
    use crate::domain::ids::{DeviceId, VisitSerial};
    use proptest::prelude::*;
    use std::ops::Range;
    use uuid::Uuid;

    const MINUTE: i64 = 60_000;
    const HOUR: i64 = 60 * MINUTE;
    /// The day that is looked at: from 8 to 16 o'clock.
    const OPEN: Range<i64> = 1_000 * HOUR..1_008 * HOUR;

    fn seen(number: u32, at_ms: i64) -> Seen {
        Seen {
            event: EventId(Uuid::from_u128(number.into())),
            visit: VisitId { device: DeviceId::try_from(1).unwrap(), serial: VisitSerial::try_from(number).unwrap() },
            at: Placed { at_ms, bound_ms: 400, quality: TimeQuality::Exact },
            stars: Stars::ALL[usize::try_from(number % 3 + 2).unwrap()],
            channel: Channel::Kiosk,
            officer: OfficerId::try_from(1).ok(),
            signals: Signals { visit_open: true, ..Signals::default() },
        }
    }

    /// Honest ratings from `start` on, at uneven distances of some minutes.
    fn honest(first: u32, count: u32, start: i64) -> Vec<Seen> {
        let steps = (0..count).scan(start, |at_ms, i| {
            *at_ms += i64::from([3, 11, 5, 2, 17, 7, 4][usize::try_from(i % 7).unwrap()]) * MINUTE;
            Some((first + i, *at_ms))
        });
        steps.map(|(number, at_ms)| seen(number, at_ms)).collect()
    }

    fn past() -> Vec<Seen> {
        (0..20)
            .flat_map(|day: u32| honest(10_000 + 100 * day, 40, OPEN.start - (1 + i64::from(day)) * 24 * HOUR))
            .collect()
    }

    fn kinds(day: &[Seen]) -> BTreeMap<FlagKind, usize> {
        let shift = |from_ms, to_ms| Shift { officer: OfficerId::try_from(1).unwrap(), from_ms, to_ms };
        let shifts = [shift(OPEN.start, Some(OPEN.end))];
        let evidence = Evidence { day, past: &past(), shifts: &shifts, open_ms: Some(OPEN) };
        let mut kinds = BTreeMap::new();
        for flag in detect(&evidence, &Limits::default()) {
            assert!(!flag.sentence.english().contains("{}"), "{flag:?}");
            assert_eq!(flag.sentence.template.matches("{}").count(), flag.sentence.numbers.len());
            *kinds.entry(flag.kind).or_default() += 1;
        }
        kinds
    }

    #[test]
    fn an_honest_day_has_no_flag() {
        assert!(kinds(&honest(1, 40, OPEN.start)).is_empty());
    }

    #[test]
    fn a_burst_says_all_that_is_odd_about_it() {
        let mut day = honest(1, 20, OPEN.start);
        let start = OPEN.start + 5 * HOUR;
        day.extend((0..12).map(|i| Seen { stars: Stars::ALL[4], ..seen(500 + i, start + i64::from(i) * 25_000) }));
        let kinds = kinds(&day);
        for kind in [FlagKind::Burst, FlagKind::Regularity, FlagKind::Quick] {
            assert!((11..=13).contains(&kinds[&kind]), "{kinds:?}");
        }
    }

    #[test]
    fn fast_alone_even_alone_or_equal_alone_is_no_reason() {
        let every_ten_minutes: Vec<Seen> = (0..40).map(|i| seen(i, OPEN.start + i64::from(i) * 10 * MINUTE)).collect();
        assert!(kinds(&every_ten_minutes).is_empty());
        let all_fives: Vec<Seen> =
            honest(1, 40, OPEN.start).into_iter().map(|seen| Seen { stars: Stars::ALL[4], ..seen }).collect();
        assert!(kinds(&all_fives).is_empty());
        let mut family = honest(1, 20, OPEN.start);
        family.extend((0..4).map(|i| seen(500 + i, OPEN.start + 5 * HOUR + i64::from(i) * 30_000)));
        assert!(kinds(&family).is_empty());
    }

    #[test]
    fn the_night_is_flagged_if_the_time_is_certain() {
        let night: Vec<Seen> = (0..4).map(|i| seen(i, OPEN.end + 5 * HOUR + i64::from(i) * 9 * MINUTE)).collect();
        assert_eq!(kinds(&night), BTreeMap::from([(FlagKind::OffHours, 4)]));
        assert!(kinds(&night[..2]).is_empty(), "somebody may be late");
        let unsure = |seen: &Seen| Seen {
            at: Placed { bound_ms: 6 * HOUR, quality: TimeQuality::Interval, ..seen.at },
            ..*seen
        };
        assert!(kinds(&night.iter().map(unsure).collect::<Vec<_>>()).is_empty());
    }

    #[test]
    fn ratings_without_a_visit_stand_out_where_visits_are_opened() {
        let mut day = honest(1, 30, OPEN.start);
        for seen in day.iter_mut().step_by(4) {
            seen.signals.visit_open = false;
        }
        assert_eq!(kinds(&day), BTreeMap::from([(FlagKind::NoVisit, 8)]));
    }

    #[test]
    fn a_heap_before_signing_off_stands_out() {
        let mut day = honest(1, 20, OPEN.start + 30 * MINUTE);
        day.extend((0..9).map(|i| seen(500 + i, OPEN.end - 9 * MINUTE + i64::from(i * i) * 7_000)));
        assert_eq!(kinds(&day)[&FlagKind::ShiftEdge], 9);
    }

    #[test]
    fn two_answers_to_a_visit_are_a_mistake_and_three_are_not() {
        let mut day = honest(1, 9, OPEN.start);
        day[4].visit = day[1].visit;
        assert!(kinds(&day).is_empty());
        day[7].visit = day[1].visit;
        assert_eq!(kinds(&day), BTreeMap::from([(FlagKind::ManyPerVisit, 3)]));
    }

    fn extreme() -> impl Strategy<Value = i64> {
        prop_oneof![Just(i64::MIN), Just(i64::MAX), any::<i64>(), 0..9_i64, OPEN]
    }

    fn any_seen() -> impl Strategy<Value = Seen> {
        let signals = (any::<Option<u32>>(), any::<Option<u32>>(), any::<bool>());
        (0u32..99, extreme(), extreme(), 0usize..5, any::<bool>(), signals).prop_map(
            |(number, at_ms, bound_ms, stars, is_qr, (reaction_ms, gap_ms, visit_open))| Seen {
                at: Placed { at_ms, bound_ms, quality: TimeQuality::Exact },
                stars: Stars::ALL[stars],
                channel: if is_qr { Channel::Qr } else { Channel::Kiosk },
                signals: Signals { reaction_ms, gap_ms, touches: 1, visit_open, duty_ms: None },
                ..seen(number, 0)
            },
        )
    }

    /// Every event is there once.
    fn numbered(mut day: Vec<Seen>) -> Vec<Seen> {
        for (seen, number) in day.iter_mut().zip(0_u128..) {
            seen.event = EventId(Uuid::from_u128(number));
        }
        day
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Nothing a kiosk claims stops the detector, and the order in which it is told does not matter.
        #[test]
        fn the_same_evidence_gives_the_same_flags(
            (day, shuffled) in prop::collection::vec(any_seen(), 0..30).prop_map(numbered)
                .prop_flat_map(|day| (Just(day.clone()), Just(day).prop_shuffle())),
            past in prop::collection::vec(any_seen(), 0..50),
        ) {
            let detect = |day: &[Seen]| {
                detect(&Evidence { day, past: &past, shifts: &[], open_ms: Some(OPEN) }, &Limits::default())
            };
            prop_assert_eq!(detect(&day), detect(&shuffled));
        }
    }
}
