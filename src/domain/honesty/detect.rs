//! The signs, and what they add up to.

use super::statistics::{binomial_tail, evenness, float, points, poisson_tail, quantile};
use super::usual::{Usual, edge_of, gaps_ms, is_quick, logarithm};
use super::{Evidence, Flag, FlagKind, Limits, Seen, Sentence};
use crate::domain::clock::TimeQuality;
use crate::domain::ids::{EventId, OfficerId, VisitId};
use crate::domain::stars::{Channel, Stars};
use std::collections::BTreeMap;
use std::ops::Range;

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
    let Some(open_ms) = evidence.open_ms else { return };
    let closed: Vec<&Seen> = day.iter().copied().filter(|seen| is_in_closed_hours(seen, open_ms, limits)).collect();
    if closed.len() < limits.off_hours_least {
        return;
    }
    let says = FlagKind::OffHours.says([count(closed.len())]);
    flags.add_all(closed, FlagKind::OffHours, limits.points, &says);
}

/// Whether the office was closed at every moment at which this may have been given.
fn is_in_closed_hours(seen: &Seen, open_ms: &[Range<i64>], limits: &Limits) -> bool {
    // Of a time that is only known between two others, or to the day, nobody can say which hour it was.
    let tells_the_hour = seen.at.quality != TimeQuality::Interval && seen.at.bound_ms <= limits.off_hours_bound_ms;
    let may_be_in = |open: &Range<i64>| {
        seen.at.latest_ms() >= open.start.saturating_sub(limits.grace_ms)
            && seen.at.earliest_ms() <= open.end.saturating_add(limits.grace_ms)
    };
    tells_the_hour && !open_ms.iter().any(may_be_in)
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
