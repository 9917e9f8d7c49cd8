//! Both figures: with every rating, and without those that a person confirmed as abuse.
//!
//! Two figures side by side are two looks at the same ratings, and law 5 holds for every pair of looks:
//! they differ by nothing or by at least five. Otherwise the difference would show a single answer.

use crate::domain::ids::EventId;
use crate::domain::release::FEWEST_NEW_RATINGS;
use crate::domain::score::Spread;
use crate::domain::stars::Stars;
use std::collections::{BTreeMap, BTreeSet};

/// A rating that staff may see, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Released {
    /// Its event.
    pub event: EventId,
    /// What was given.
    pub stars: Stars,
    /// The release that brought it.
    pub since_no: u32,
    /// The release from which on the second figure leaves it out.
    pub left_out_no: Option<u32>,
}

impl Released {
    fn is_in(&self, look: Look) -> bool {
        let is_left_out = look.is_without && self.left_out_no.is_some_and(|no| no <= look.no);
        self.since_no <= look.no && !is_left_out
    }
}

/// One figure as it was shown.
#[derive(Clone, Copy)]
struct Look {
    no: u32,
    is_without: bool,
}

/// The figures as of one release: all of the ratings, and those without what was left out by then.
#[must_use]
pub fn both_figures(ratings: &[Released], no: u32) -> (Spread, Spread) {
    let figure = |is_without| {
        let mut spread = Spread::default();
        for rating in ratings.iter().filter(|rating| rating.is_in(Look { no, is_without })) {
            spread.add(rating.stars);
        }
        spread
    };
    (figure(false), figure(true))
}

/// Which of the confirmed ratings the second figure may leave out from the next release on.
///
/// All that wait, or none: fewer would be told apart from some figure that was shown before. `ratings`
/// are all of the slice whose figures are shown (an officer's, a counter's), the new ones of the next
/// release among them.
#[must_use]
pub fn leave_out(ratings: &[Released], confirmed: &BTreeSet<EventId>, next_no: u32) -> BTreeSet<EventId> {
    let waits = |rating: &&Released| {
        rating.left_out_no.is_none() && rating.since_no <= next_no && confirmed.contains(&rating.event)
    };
    let waiting: BTreeSet<EventId> = ratings.iter().filter(waits).map(|rating| rating.event).collect();
    let leaving = |rating: &Released| {
        let is_waiting = waiting.contains(&rating.event);
        Released { left_out_no: rating.left_out_no.or(is_waiting.then_some(next_no)), ..*rating }
    };
    if is_private(&ratings.iter().map(leaving).collect::<Vec<_>>(), next_no) { waiting } else { BTreeSet::new() }
}

/// Whether the second figure of this release differs from every figure so far by nothing or enough.
fn is_private(ratings: &[Released], no: u32) -> bool {
    // Ratings that came and went together are alike in every look.
    let mut alike: BTreeMap<(u32, Option<u32>), (usize, Released)> = BTreeMap::new();
    for rating in ratings {
        alike.entry((rating.since_no, rating.left_out_no)).or_insert((0, *rating)).0 += 1;
    }
    let numbers: BTreeSet<u32> = alike.keys().flat_map(|(since, out)| [Some(*since), *out]).flatten().collect();
    let earlier = numbers.into_iter().filter(|earlier| *earlier <= no).chain([0]);
    let mut looks = earlier.flat_map(|no| [Look { no, is_without: false }, Look { no, is_without: true }]);
    let new = Look { no, is_without: true };
    looks.all(|look| {
        let differing = alike.values().filter(|(_, rating)| rating.is_in(look) != rating.is_in(new));
        let apart: usize = differing.map(|(count, _)| count).sum();
        apart == 0 || apart >= FEWEST_NEW_RATINGS
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn rating(event: usize, since_no: u32) -> Released {
        let event_id = EventId(Uuid::from_u128(u128::try_from(event).unwrap()));
        Released { event: event_id, stars: Stars::ALL[event % 5], since_no, left_out_no: None }
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
        let (all, without) = both_figures(&ratings, 2);
        assert_eq!((all.count(), without.count()), (20, 15));
        let (all, without) = both_figures(&ratings, 1);
        assert_eq!(all, without, "what was shown stays as it was shown");
    }

    #[test]
    fn six_new_ones_of_which_five_go_would_show_the_sixth() {
        let mut ratings: Vec<Released> = (0..10).map(|event| rating(event, 1)).collect();
        ratings.extend((10..16).map(|event| rating(event, 2)));
        let confirmed: BTreeSet<EventId> = ratings.iter().skip(10).take(5).map(|rating| rating.event).collect();
        for next_no in [2, 3] {
            assert!(leave_out(&ratings, &confirmed, next_no).is_empty());
        }
    }

    proptest! {
        /// Law 5 over both figures and all releases: no pair of looks differs by one to four ratings.
        #[test]
        fn no_pair_of_figures_differs_by_one_to_four(
            steps in prop::collection::vec((5usize..12, prop::collection::vec(0usize..80, 0..12)), 1..8)
        ) {
            let (mut ratings, mut confirmed) = (Vec::new(), BTreeSet::new());
            for ((new, picks), no) in steps.iter().zip(1u32..) {
                ratings.extend((ratings.len()..ratings.len() + new).map(|event| rating(event, no)));
                confirmed.extend(picks.iter().filter_map(|pick| ratings.get(*pick)).map(|rating| rating.event));
                confirm(&mut ratings, &confirmed, no);
            }
            let last = u32::try_from(steps.len()).unwrap();
            let looks = (0..=last).flat_map(|no| [false, true].map(|is_without| Look { no, is_without }));
            let shown: Vec<BTreeSet<EventId>> = looks
                .map(|look| ratings.iter().filter(|rating| rating.is_in(look)).map(|rating| rating.event).collect())
                .collect();
            for a in &shown {
                for b in &shown {
                    let apart = a.symmetric_difference(b).count();
                    prop_assert!(apart == 0 || apart >= FEWEST_NEW_RATINGS, "{apart} apart");
                }
            }
            let (all, without) = both_figures(&ratings, last);
            prop_assert_eq!(usize::try_from(all.count()).unwrap(), shown[shown.len() - 2].len());
            prop_assert_eq!(usize::try_from(without.count()).unwrap(), shown[shown.len() - 1].len());
        }
    }
}
