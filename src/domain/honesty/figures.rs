//! Both figures: with every rating, and without those that a person confirmed as abuse.
//!
//! Two figures side by side are two looks at the same ratings, and law 5 holds for every pair of looks, of
//! whatever days: they differ by nothing or by at least five. Otherwise the difference would show a single
//! answer. So what leaves a release are five or more at once, and what stays of it are none, or as many.

use crate::domain::ids::EventId;
use crate::domain::release::FEWEST_NEW_RATINGS;
use crate::domain::score::Spread;
use crate::domain::stars::Stars;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

/// A rating that staff may see, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Released {
    /// Its event.
    pub event: EventId,
    /// What was given.
    pub stars: Stars,
    /// The release that brought it.
    pub since_no: u32,
    /// The civil day of that release, on which it stands on the day cards.
    pub day: Date,
    /// The release from which on the second figure leaves it out.
    pub left_out_no: Option<u32>,
}

impl Released {
    fn is_in(&self, look: &Look<'_>) -> bool {
        let is_left_out = look.is_without && self.left_out_no.is_some_and(|no| no <= look.no);
        self.since_no <= look.no && look.days.contains(&self.day) && !is_left_out
    }
}

/// One figure as it was shown.
struct Look<'a> {
    days: &'a RangeInclusive<Date>,
    no: u32,
    is_without: bool,
}

/// The figures of what was released on these days, first and last included, as of one release: all of the
/// ratings, and those without what was left out by then.
#[must_use]
pub fn both_figures(ratings: &[Released], days: &RangeInclusive<Date>, no: u32) -> (Spread, Spread) {
    let figure = |is_without| {
        let mut spread = Spread::default();
        for rating in ratings.iter().filter(|rating| rating.is_in(&Look { days, no, is_without })) {
            spread.add(rating.stars);
        }
        spread
    };
    (figure(false), figure(true))
}

/// Which of the confirmed ratings the second figure may leave out from the next release on.
///
/// Of each release all that wait, or none: fewer than five, or all but one to four, would be told apart
/// from what was shown of that release before. `ratings` are all of the slice whose figures are shown (an
/// officer's), the new ones of the next release among them.
#[must_use]
pub fn leave_out(ratings: &[Released], confirmed: &BTreeSet<EventId>, next_no: u32) -> BTreeSet<EventId> {
    let mut releases: BTreeMap<u32, Remaining> = BTreeMap::new();
    for rating in ratings.iter().filter(|rating| rating.left_out_no.is_none() && rating.since_no <= next_no) {
        let release = releases.entry(rating.since_no).or_default();
        if confirmed.contains(&rating.event) {
            release.waiting.insert(rating.event);
        } else {
            release.staying += 1;
        }
    }
    releases.into_values().filter(Remaining::may_part).flat_map(|release| release.waiting).collect()
}

/// What the second figure still holds of one release.
#[derive(Default)]
struct Remaining {
    /// Confirmed as abuse.
    waiting: BTreeSet<EventId>,
    staying: usize,
}

impl Remaining {
    fn may_part(&self) -> bool {
        self.waiting.len() >= FEWEST_NEW_RATINGS && (self.staying == 0 || self.staying >= FEWEST_NEW_RATINGS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    /// Two releases a day, as in a usual office.
    fn rating(event: usize, since_no: u32) -> Released {
        let event_id = EventId(Uuid::from_u128(u128::try_from(event).unwrap()));
        let day = day(i8::try_from(since_no.div_ceil(2)).unwrap());
        Released { event: event_id, stars: Stars::ALL[event % 5], since_no, day, left_out_no: None }
    }

    fn day(number: i8) -> Date {
        Date::constant(2026, 11, number)
    }

    fn november() -> RangeInclusive<Date> {
        day(1)..=day(30)
    }

    fn confirm(ratings: &mut [Released], confirmed: &BTreeSet<EventId>, next_no: u32) {
        let leaving = leave_out(ratings, confirmed, next_no);
        for rating in ratings.iter_mut().filter(|rating| leaving.contains(&rating.event)) {
            rating.left_out_no = Some(next_no);
        }
    }

    #[test]
    fn fewer_than_five_confirmed_ones_wait() {
        let mut ratings: Vec<Released> = (0..20).map(|event| rating(event, 1)).collect();
        let confirmed = |n: usize| ratings.iter().take(n).map(|rating| rating.event).collect::<BTreeSet<_>>();
        let (four, five) = (confirmed(4), confirmed(5));
        assert!(leave_out(&ratings, &four, 2).is_empty());
        confirm(&mut ratings, &five, 2);
        let (all, without) = both_figures(&ratings, &november(), 2);
        assert_eq!((all.count(), without.count()), (20, 15));
        let (all, without) = both_figures(&ratings, &november(), 1);
        assert_eq!(all, without, "what was shown stays as it was shown");
    }

    #[test]
    fn six_of_a_release_of_which_five_go_would_show_the_sixth() {
        let mut ratings: Vec<Released> = (0..10).map(|event| rating(event, 1)).collect();
        ratings.extend((10..16).map(|event| rating(event, 2)));
        let confirmed: BTreeSet<EventId> = ratings.iter().skip(10).take(5).map(|rating| rating.event).collect();
        for next_no in [2, 3] {
            assert!(leave_out(&ratings, &confirmed, next_no).is_empty());
        }
        let all_six: BTreeSet<EventId> = ratings.iter().skip(10).map(|rating| rating.event).collect();
        assert_eq!(leave_out(&ratings, &all_six, 3), all_six);
    }

    #[test]
    fn five_over_two_days_wait_as_each_day_can_be_looked_at() {
        let ratings: Vec<Released> = (0..40).map(|event| rating(event, if event < 20 { 1 } else { 3 })).collect();
        let confirmed: BTreeSet<EventId> = ratings.iter().skip(17).take(6).map(|rating| rating.event).collect();
        assert!(leave_out(&ratings, &confirmed, 4).is_empty());
    }

    #[test]
    fn figures_are_of_the_days_asked_for_both_ends_included() {
        let mut ratings: Vec<Released> =
            (0..60).map(|event| rating(event, u32::try_from(event / 10 + 1).unwrap())).collect();
        // Five of the second day.
        let confirmed: BTreeSet<EventId> = ratings.iter().skip(20).take(5).map(|rating| rating.event).collect();
        confirm(&mut ratings, &confirmed, 6);
        let counts = |from, to| {
            let (all, without) = both_figures(&ratings, &(day(from)..=day(to)), 6);
            (all.count(), without.count())
        };
        assert_eq!(counts(1, 3), (60, 55));
        assert_eq!(counts(1, 1), (20, 20));
        assert_eq!(counts(2, 2), (20, 15));
        assert_eq!(counts(2, 3), (40, 35));
        assert_eq!(counts(3, 30), (20, 20));
        assert_eq!(counts(4, 30), (0, 0));
        assert_eq!(counts(3, 1), (0, 0), "no day lies between them");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Law 5 over both figures, all releases and all periods: no pair of looks differs by one to four.
        #[test]
        fn no_pair_of_figures_differs_by_one_to_four(
            steps in prop::collection::vec((5usize..15, prop::collection::vec(0usize..80, 0..20)), 1..7)
        ) {
            let (mut ratings, mut confirmed) = (Vec::new(), BTreeSet::new());
            for ((new, picks), no) in steps.iter().zip(1u32..) {
                ratings.extend((ratings.len()..ratings.len() + new).map(|event| rating(event, no)));
                confirmed.extend(picks.iter().filter_map(|pick| ratings.get(*pick)).map(|rating| rating.event));
                confirm(&mut ratings, &confirmed, no);
            }
            let last = u32::try_from(steps.len()).unwrap();
            let periods = (1..=4).flat_map(|from| (from..=4).map(move |to| day(from)..=day(to)));
            let mut shown: BTreeSet<BTreeSet<EventId>> = BTreeSet::new();
            for days in periods {
                for (no, is_without) in (0..=last).flat_map(|no| [(no, false), (no, true)]) {
                    let look = Look { days: &days, no, is_without };
                    let seen: BTreeSet<EventId> =
                        ratings.iter().filter(|rating| rating.is_in(&look)).map(|rating| rating.event).collect();
                    let (all, without) = both_figures(&ratings, &days, no);
                    let figure = if is_without { without } else { all };
                    prop_assert_eq!(usize::try_from(figure.count()).unwrap(), seen.len());
                    shown.insert(seen);
                }
            }
            for a in &shown {
                for b in &shown {
                    let apart = a.symmetric_difference(b).count();
                    prop_assert!(apart == 0 || apart >= FEWEST_NEW_RATINGS, "{apart} apart");
                }
            }
        }
    }
}
