//! Times along a chain, which were found apart: in another batch, or again since more became known.
//!
//! What is later in the chain happened later. So the earliest moment of an event limits all after it, and
//! its latest moment all before. In what is left the less well known gives way: a guess to what rests on an
//! anchor, a wide bound to a narrow one. So a guess that was too late goes back when a later event turns out
//! to be earlier, and what is exact never leaves its place for a guess, nor becomes less exact.

use super::{LONGEST_WAIT_MS, Placed, TimeQuality};
use std::collections::BTreeMap;

/// A placed event among those before and after it in the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InChain {
    /// Where it was placed.
    pub placed: Placed,
    /// When it arrived, by the server's clock.
    pub received_ms: i64,
}

impl InChain {
    fn put(&self) -> Put {
        let Placed { at_ms, quality, .. } = self.placed;
        let latest_ms = self.placed.latest_ms().min(self.received_ms.max(at_ms));
        Put::new((Some(self.placed.earliest_ms()), latest_ms), at_ms, quality)
    }
}

/// The same events in order, each where it was if that is possible. Where two contradict each other for
/// certain, a machine lies, or a clock of the server was set: they stay as they are, beside each other.
#[must_use]
pub fn in_order(chain: &[InChain]) -> Vec<Placed> {
    settle(chain.iter().map(InChain::put).collect())
}

/// The limits between which an event happened, and where in there it is put.
#[derive(Clone, Copy)]
pub(super) struct Put {
    /// Nothing may be known to be before.
    earliest_ms: Option<i64>,
    latest_ms: i64,
    at_ms: i64,
    quality: TimeQuality,
    /// How well it is known by itself: the less, the better.
    rank: Rank,
}

/// What it rests on, and its bound.
type Rank = (u8, i64);

impl Put {
    pub(super) fn new((earliest_ms, latest_ms): (Option<i64>, i64), at_ms: i64, quality: TimeQuality) -> Self {
        let by_kind = match quality {
            TimeQuality::Exact => 0,
            TimeQuality::Bounded => 1,
            TimeQuality::Interval => 2,
        };
        let put = Self { earliest_ms, latest_ms, at_ms, quality, rank: (by_kind, 0) };
        Self { rank: (by_kind, put.placed().bound_ms), ..put }
    }

    fn earliest_ms(&self) -> i64 {
        self.earliest_ms.unwrap_or(self.latest_ms.saturating_sub(LONGEST_WAIT_MS))
    }

    fn move_to(&mut self, at_ms: i64) {
        // Elsewhere it no longer rests on the wall clock.
        if at_ms != self.at_ms && self.quality == TimeQuality::Bounded {
            self.quality = TimeQuality::Interval;
        }
        self.at_ms = at_ms;
    }

    fn placed(&self) -> Placed {
        let Self { latest_ms, at_ms, quality, .. } = *self;
        let bound_ms = latest_ms.saturating_sub(at_ms).max(at_ms.saturating_sub(self.earliest_ms()));
        Placed { at_ms, bound_ms, quality }
    }
}

/// Puts the events of a chain in order.
pub(super) fn settle(mut chain: Vec<Put>) -> Vec<Placed> {
    let mut rest = chain.as_mut_slice();
    while !rest.is_empty() {
        let begin = lower_the_end(rest);
        let (before, agreeing) = rest.split_at_mut(begin);
        raise(agreeing);
        if !agreeing.is_sorted_by_key(|put| put.at_ms) {
            give_way(agreeing);
        }
        rest = before;
    }
    chain.iter().map(Put::placed).collect()
}

/// None is later than those after it may be. Goes back from the end to where that contradicts, and returns
/// where what agrees begins.
fn lower_the_end(chain: &mut [Put]) -> usize {
    let mut latest_ms = i64::MAX;
    for (i, put) in chain.iter_mut().enumerate().rev() {
        if put.earliest_ms() > latest_ms {
            return i + 1;
        }
        latest_ms = latest_ms.min(put.latest_ms);
        put.latest_ms = latest_ms;
        put.move_to(put.at_ms.min(latest_ms));
    }
    0
}

/// None is earlier than those before it may be.
fn raise(chain: &mut [Put]) {
    let mut earliest_ms = None;
    for put in chain {
        put.earliest_ms = put.earliest_ms.max(earliest_ms);
        put.move_to(put.at_ms.max(put.earliest_ms()));
        earliest_ms = put.earliest_ms;
    }
}

/// The best known are put first, and each of the others between those that are put.
fn give_way(chain: &mut [Put]) {
    let mut by_rank: Vec<usize> = (0..chain.len()).collect();
    by_rank.sort_by_key(|i| (chain[*i].rank, *i));
    let mut there = BTreeMap::<usize, i64>::new();
    for i in by_rank {
        let before_ms = there.range(..i).next_back().map_or(i64::MIN, |(_, at_ms)| *at_ms);
        let after_ms = there.range(i..).next().map_or(i64::MAX, |(_, at_ms)| *at_ms);
        let put = &mut chain[i];
        put.move_to(put.at_ms.max(before_ms).min(after_ms));
        there.insert(i, put.at_ms);
    }
}

/// How far the events reach that have to be put in order as one, where the rest of the chain is in order:
/// begins with those that were placed anew, and grows in both directions, first to those before.
#[derive(Clone, Copy, Debug)]
pub struct Reach {
    any: Ends,
    exact: Ends,
    best: Rank,
    first_latest_ms: i64,
    last_earliest_ms: i64,
}

/// Between which moments some events lie.
#[derive(Clone, Copy, Debug)]
struct Ends {
    first_ms: i64,
    last_ms: i64,
}

impl Ends {
    const NONE: Self = Self { first_ms: i64::MAX, last_ms: i64::MIN };

    fn add(&mut self, at_ms: i64) {
        (self.first_ms, self.last_ms) = (self.first_ms.min(at_ms), self.last_ms.max(at_ms));
    }
}

impl Reach {
    /// Of no events yet.
    pub const NONE: Self = Self {
        any: Ends::NONE,
        exact: Ends::NONE,
        best: (u8::MAX, i64::MAX),
        first_latest_ms: i64::MAX,
        last_earliest_ms: i64::MIN,
    };

    /// Takes one more event in.
    pub fn add(&mut self, event: &InChain) {
        let put = event.put();
        self.any.add(put.at_ms);
        if put.quality == TimeQuality::Exact {
            self.exact.add(put.at_ms);
        }
        self.best = self.best.min(put.rank);
        self.first_latest_ms = self.first_latest_ms.min(put.latest_ms);
        self.last_earliest_ms = self.last_earliest_ms.max(put.earliest_ms());
    }

    /// Whether this event, the next one before all taken in, stays where it is, and so do all before it.
    #[must_use]
    pub fn begins_after(&self, event: &InChain) -> bool {
        let put = event.put();
        let is_exact = put.quality == TimeQuality::Exact;
        let is_passed = put.at_ms <= self.exact.first_ms || put.rank <= self.best;
        let stands = put.at_ms <= self.any.first_ms || (is_exact && is_passed && put.at_ms <= self.first_latest_ms);
        stands || put.earliest_ms() > self.first_latest_ms
    }

    /// Whether this event, the next one after all taken in, stays where it is, and so do all after it.
    #[must_use]
    pub fn ends_before(&self, event: &InChain) -> bool {
        let put = event.put();
        let is_exact = put.quality == TimeQuality::Exact;
        let is_passed = put.at_ms >= self.exact.last_ms || put.rank < self.best;
        let stands = put.at_ms >= self.any.last_ms || (is_exact && is_passed && put.at_ms >= self.last_earliest_ms);
        stands || put.latest_ms < self.last_earliest_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn event(at_ms: i64, bound_ms: i64, quality: TimeQuality, received_ms: i64) -> InChain {
        InChain { placed: Placed { at_ms, bound_ms, quality }, received_ms }
    }

    fn exact(at_ms: i64, bound_ms: i64) -> InChain {
        event(at_ms, bound_ms, TimeQuality::Exact, i64::MAX)
    }

    fn guess(at_ms: i64, bound_ms: i64) -> InChain {
        event(at_ms, bound_ms, TimeQuality::Interval, i64::MAX)
    }

    #[test]
    fn the_less_well_known_gives_way() {
        for (why, chain, expected) in [
            ("in order already", vec![exact(10, 1), guess(20, 15), exact(30, 1)], vec![10, 20, 30]),
            ("a guess on arrival goes back", vec![exact(10, 1), guess(90, 900), exact(30, 1)], vec![10, 30, 30]),
            ("and all guesses beside it", vec![guess(80, 900), guess(90, 900), exact(30, 1)], vec![30, 30, 30]),
            ("a guess too early goes on", vec![exact(50, 1), guess(10, 900), guess(20, 900)], vec![50, 50, 50]),
            ("narrow beats wide", vec![exact(90, 100), exact(30, 1)], vec![30, 30]),
            ("whatever comes first", vec![exact(90, 1), exact(30, 100)], vec![90, 90]),
            ("never beyond what is certain", vec![exact(50, 10), exact(38, 3)], vec![40, 40]),
            ("a machine lies", vec![guess(70, 900), exact(90, 1), guess(95, 900), exact(30, 1)], vec![70, 90, 30, 30]),
        ] {
            let at_ms: Vec<i64> = in_order(&chain).iter().map(|placed| placed.at_ms).collect();
            assert_eq!(at_ms, expected, "{why}");
        }
    }

    #[test]
    fn moved_off_the_wall_clock_it_is_only_between_its_neighbours() {
        let chain = [event(90, 900, TimeQuality::Bounded, 100), exact(30, 1)];
        let expected = Placed { at_ms: 30, bound_ms: 840, quality: TimeQuality::Interval };
        assert_eq!(in_order(&chain)[0], expected, "its bound is that of before, on the side where it may be");
    }

    /// How one event is known: what passed since the one before, how far its limits are off, where between
    /// them it was placed, and what on.
    type Knowledge = (i64, i64, i64, i64, bool);

    fn knowledge() -> impl Strategy<Value = Knowledge> {
        let off_ms = || prop_oneof![0..5i64, 0..200i64, 0..5_000i64];
        (prop_oneof![Just(0), 0..400i64], off_ms(), off_ms(), 0..=100i64, any::<bool>())
    }

    /// Something right about an event that truly was at this moment.
    fn known(truth_ms: i64, (_, before_ms, after_ms, percent, is_exact): Knowledge) -> InChain {
        let received_ms = truth_ms + 1_000;
        let (earliest_ms, latest_ms) = (truth_ms - before_ms, (truth_ms + after_ms).min(received_ms));
        let at_ms = earliest_ms + (latest_ms - earliest_ms) * percent / 100;
        let quality = if is_exact { TimeQuality::Exact } else { TimeQuality::Interval };
        event(at_ms, (latest_ms - at_ms).max(at_ms - earliest_ms), quality, received_ms)
    }

    /// The truth, and what is known of it.
    fn any_chain() -> impl Strategy<Value = (Vec<i64>, Vec<InChain>)> {
        prop::collection::vec(knowledge(), 1..12).prop_map(|events| {
            let mut now_ms = 0;
            let each = events.into_iter().map(|event| {
                now_ms += event.0;
                (now_ms, known(now_ms, event))
            });
            each.unzip()
        })
    }

    fn placed(chain: &[InChain], placed: &[Placed]) -> Vec<InChain> {
        chain.iter().zip(placed).map(|(event, placed)| InChain { placed: *placed, ..*event }).collect()
    }

    fn at(chain: &[InChain]) -> Vec<i64> {
        chain.iter().map(|event| event.placed.at_ms).collect()
    }

    fn assert_right(truth: &[i64], chain: &[InChain]) {
        assert!(at(chain).is_sorted(), "{chain:?}");
        for (truth_ms, event) in truth.iter().zip(chain) {
            let InChain { placed, received_ms } = event;
            assert!((placed.earliest_ms()..=placed.latest_ms()).contains(truth_ms), "{truth_ms} not in {event:?}");
            assert!(placed.at_ms <= *received_ms, "{event:?}");
        }
    }

    /// As the store does it: only so much is looked at as may have to move.
    fn put_in_order(chain: &[InChain], anew: usize) -> Vec<InChain> {
        let mut reach = Reach::NONE;
        reach.add(&chain[anew]);
        let (mut begin, mut end) = (anew, anew + 1);
        while begin > 0 {
            begin -= 1;
            if reach.begins_after(&chain[begin]) {
                break;
            }
            reach.add(&chain[begin]);
        }
        reach.add(&chain[begin]);
        while let Some(event) = chain.get(end) {
            end += 1;
            if reach.ends_before(event) {
                break;
            }
            reach.add(event);
        }
        let settled = placed(&chain[begin..end], &in_order(&chain[begin..end]));
        [&chain[..begin], &settled, &chain[end..]].concat()
    }

    proptest! {
        #[test]
        fn order_costs_nothing_that_is_known((truth, chain) in any_chain()) {
            let settled = placed(&chain, &in_order(&chain));
            assert_right(&truth, &settled);
            prop_assert_eq!(at(&placed(&settled, &in_order(&settled))), at(&settled), "once is enough");
            for (before, after) in chain.iter().zip(&settled) {
                let is_exact = before.placed.quality == TimeQuality::Exact;
                prop_assert!(!is_exact || after.placed.bound_ms <= before.placed.bound_ms, "{before:?} {after:?}");
            }
        }

        /// Only what is certain, or exact itself, moves what is exact.
        #[test]
        fn no_guess_moves_what_is_exact((_, chain) in any_chain()) {
            let settled = in_order(&chain);
            let is_exact = |i: &usize| chain[*i].placed.quality == TimeQuality::Exact;
            let exacts: Vec<usize> = (0..chain.len()).filter(is_exact).collect();
            let possible = |i: usize| {
                let at_ms = chain[i].placed.at_ms;
                chain[..i].iter().all(|before| before.placed.earliest_ms() <= at_ms)
                    && chain[i..].iter().all(|after| at_ms <= after.placed.latest_ms().min(after.received_ms))
            };
            if exacts.iter().all(|i| possible(*i)) && exacts.is_sorted_by_key(|i| chain[*i].placed.at_ms) {
                for i in exacts {
                    prop_assert_eq!(settled[i].at_ms, chain[i].placed.at_ms);
                }
            }
        }

        /// One event of a chain in order is placed anew, as by a better anchor, or as the last one of all.
        #[test]
        fn what_is_out_of_reach_stays((truth, chain) in any_chain(), anew in any::<prop::sample::Index>(), better in knowledge()) {
            let mut chain = placed(&chain, &in_order(&chain));
            let anew = anew.index(chain.len());
            chain[anew] = InChain { received_ms: chain[anew].received_ms, ..known(truth[anew], better) };
            assert_right(&truth, &put_in_order(&chain, anew));
        }
    }
}
