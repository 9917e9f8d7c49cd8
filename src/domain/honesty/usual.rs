//! What is usual at one counter, learnt from its own past.

use super::statistics::{float, quantile, robust_spread};
use super::{Limits, Seen, Shift};
use crate::domain::stars::{Channel, Stars};
use std::collections::BTreeMap;

const HOUR_MS: i64 = 3_600_000;

/// The usual of one counter and one channel.
pub(super) struct Usual {
    /// Ratings an hour in a rush.
    pub per_hour: f64,
    /// Spread of the logarithms of gaps.
    pub gap_spread: f64,
    /// Share of each star.
    pub star_shares: [f64; 5],
    /// Share of ratings that come quickly after another, or before the screen could be read.
    pub quick_share: f64,
    /// Share of ratings without a visit, at a counter that opens visits.
    pub no_visit_share: Option<f64>,
    /// Share of ratings in the edges of a shift.
    pub edge_share: f64,
}

impl Usual {
    pub fn of(past: &[&Seen], shifts: &[Shift], limits: &Limits) -> Self {
        let is_known = past.len() >= limits.past_least;
        let share = |hits: usize, (low, high): (f64, f64)| {
            if is_known { (float(hits) / float(past.len())).clamp(low, high) } else { high }
        };
        let gaps = gaps_ms(past);
        let quick = past.iter().zip(&gaps).filter(|(seen, gap)| is_quick(seen, **gap, limits)).count();
        let in_edge = past.iter().filter(|seen| edge_of(seen, shifts, limits).is_some()).count();
        let touches = past.iter().filter(|seen| seen.channel == Channel::Kiosk).count();
        let visits = past.iter().filter(|seen| seen.channel == Channel::Kiosk && seen.signals.visit_open).count();
        let opens_visits = is_known && float(visits) >= limits.visits_share * float(touches);
        Self {
            per_hour: limits.rush
                * busy_pace(past).filter(|_| is_known).unwrap_or(f64::MAX).clamp_to(limits.pace_per_hour),
            gap_spread: gap_spread(&gaps).filter(|_| is_known).unwrap_or(0.0).clamp_to(limits.gap_spread),
            star_shares: star_shares(past, limits),
            quick_share: share(quick, limits.quick_share),
            no_visit_share: opens_visits.then(|| share(touches - visits, (0.02, 1.0 - limits.visits_share))),
            edge_share: share(in_edge, (0.05, 0.25)),
        }
    }
}

trait ClampTo {
    fn clamp_to(self, range: (f64, f64)) -> f64;
}

impl ClampTo for f64 {
    fn clamp_to(self, (low, high): (f64, f64)) -> f64 {
        self.max(low).min(high)
    }
}

/// The gap before each rating, in ms: by the kiosk's boot clock where it told it, else by the placed times.
pub(super) fn gaps_ms(seen: &[&Seen]) -> Vec<Option<i64>> {
    let between = |pair: &[&Seen]| match (pair[0].exact_ms(), pair[1].exact_ms()) {
        (Some(before), Some(after)) => Some(after.saturating_sub(before)),
        _ => None,
    };
    let by_place = [None].into_iter().chain(seen.windows(2).map(between));
    let by_boot = seen.iter().map(|seen| seen.signals.gap_ms.map(i64::from));
    by_boot.zip(by_place).map(|(by_boot, by_place)| by_boot.or(by_place)).take(seen.len()).collect()
}

/// Whether this rating came too soon for another resident, or for reading.
pub(super) fn is_quick(seen: &Seen, gap_ms: Option<i64>, limits: &Limits) -> bool {
    gap_ms.is_some_and(|gap| gap < limits.quick_gap_ms)
        || seen.signals.reaction_ms.is_some_and(|reaction| reaction < limits.quick_reaction_ms)
}

/// The shift in whose first or last minutes this was given.
pub(super) fn edge_of(seen: &Seen, shifts: &[Shift], limits: &Limits) -> Option<Shift> {
    let (officer, at_ms) = (seen.officer?, seen.exact_ms()?);
    let is_edge = |shift: &Shift| {
        let from_start = at_ms.saturating_sub(shift.from_ms);
        let to_end = shift.to_ms.map(|to_ms| to_ms.saturating_sub(at_ms));
        let inside = from_start >= 0 && to_end.is_none_or(|to_end| to_end >= 0);
        inside && (from_start < limits.edge_ms || to_end.is_some_and(|to_end| to_end < limits.edge_ms))
    };
    shifts.iter().find(|shift| shift.officer == officer && is_edge(shift)).copied()
}

/// The upper quartile of the hours in which there was any rating: busy, but not moved by a few wild hours.
fn busy_pace(past: &[&Seen]) -> Option<f64> {
    let mut hours: BTreeMap<i64, usize> = BTreeMap::new();
    for at_ms in past.iter().filter_map(|seen| seen.exact_ms()) {
        *hours.entry(at_ms.div_euclid(HOUR_MS)).or_default() += 1;
    }
    quantile(&mut hours.into_values().map(float).collect::<Vec<_>>(), 0.75)
}

fn gap_spread(gaps_ms: &[Option<i64>]) -> Option<f64> {
    // Nights and weekends are no gaps between residents.
    let gaps = gaps_ms.iter().flatten().filter(|gap| (1..3 * HOUR_MS).contains(*gap));
    robust_spread(&mut gaps.map(|gap| logarithm(*gap)).collect::<Vec<_>>())
}

/// The natural logarithm of a gap.
pub(super) fn logarithm(gap_ms: i64) -> f64 {
    f64::from(u32::try_from(gap_ms.max(1)).unwrap_or(u32::MAX)).ln()
}

fn star_shares(past: &[&Seen], limits: &Limits) -> [f64; 5] {
    let weight = float(limits.past_least);
    Stars::ALL.map(|stars| {
        let count = past.iter().filter(|seen| seen.stars == stars).count();
        let before = limits.star_shares.get(stars.index()).copied().unwrap_or_default();
        (float(count) + weight * before) / (float(past.len()) + weight)
    })
}
