//! Taking what can be read out of a damaged queue, place by place.
//!
//! A damaged tree may answer anything: an error, a wrong event, a place that was not asked for. Whatever it
//! answers, both ways through it end.

use super::OutboxResult;
use super::rows::Link;

/// The answer to "what is the next place that is taken?": that place, and its event if its hash is right.
pub(super) type Answer = rusqlite::Result<Option<(u64, Option<Link>)>>;

/// From this place on; where it cannot be read, place by place to the next one that can, `patience` in a row
/// at most. `put` says whether an event is new; returns how many were.
pub(super) fn forwards(
    from: u64,
    patience: u64,
    ask: impl Fn(u64) -> Answer,
    put: impl Fn(&Link) -> OutboxResult<bool>,
) -> OutboxResult<u64> {
    let (mut next, mut unreadable, mut salvaged) = (from, 0, 0);
    while unreadable <= patience {
        match ask(next) {
            Ok(None) => break,
            Ok(Some((place, link))) if place >= next => {
                salvaged += put_some(&put, link.as_ref())?;
                (next, unreadable) = (place + 1, 0);
            }
            // A place before the one asked for, again and again, would be salvaged for ever.
            Ok(Some(_)) | Err(_) => (next, unreadable) = (next + 1, unreadable + 1),
        }
    }
    Ok(salvaged)
}

/// From the end, as far as it can be read and is new: for events beyond a jump of the numbers.
pub(super) fn backwards(ask: impl Fn(u64) -> Answer, put: impl Fn(&Link) -> OutboxResult<bool>) -> OutboxResult<u64> {
    let (mut next, mut salvaged) = (u64::MAX, 0);
    while let Ok(Some((place, link))) = ask(next) {
        let new_ones = put_some(&put, link.as_ref())?;
        salvaged += new_ones;
        // An event that proves itself is kept, wherever it came from; but the way on is lost.
        if new_ones == 0 || place == 0 || place > next {
            break;
        }
        next = place - 1;
    }
    Ok(salvaged)
}

fn put_some(put: impl Fn(&Link) -> OutboxResult<bool>, link: Option<&Link>) -> OutboxResult<u64> {
    link.map_or(Ok(0), |link| Ok(u64::from(put(link)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::ChainHash;
    use crate::domain::ids::EventId;
    use std::cell::{Cell, RefCell};
    use std::collections::BTreeSet;
    use uuid::Uuid;

    const PATIENCE: u64 = 10;
    /// Far more questions than any way through these trees may take.
    const MOST_STEPS: u32 = 100;

    fn event(place: u64) -> (u64, Option<Link>) {
        let id = EventId(Uuid::from_u128(place.into()));
        (place, Some(Link { epoch: 1, seq: place, id, prev: ChainHash::START, body: String::new() }))
    }

    fn unreadable() -> rusqlite::Error {
        rusqlite::Error::InvalidQuery
    }

    /// A tree that answers so, and stops the test instead of going on for ever.
    fn tree(answer: impl Fn(u64) -> Answer) -> impl Fn(u64) -> Answer {
        let steps = Cell::new(0);
        move |place| {
            steps.set(steps.get() + 1);
            assert!(steps.get() <= MOST_STEPS, "it goes on for ever");
            answer(place)
        }
    }

    /// The places that were put, in order of their numbers.
    fn put_by(way: impl FnOnce(&dyn Fn(&Link) -> OutboxResult<bool>) -> OutboxResult<u64>) -> Vec<u64> {
        let places = RefCell::new(BTreeSet::new());
        let salvaged = way(&|link| Ok(places.borrow_mut().insert(link.seq))).unwrap();
        let places: Vec<u64> = places.into_inner().into_iter().collect();
        assert_eq!(salvaged, places.len() as u64);
        places
    }

    #[test]
    fn unreadable_places_are_stepped_over_and_patience_ends() {
        let sound = [1, 2, 5, 6, 30];
        let damaged = |place: u64| match sound.into_iter().find(|sound| *sound >= place) {
            // Two pages: what lies before them and behind them is found, they themselves are not.
            _ if [3, 4].contains(&place) || (7..30).contains(&place) => Err(unreadable()),
            found => Ok(found.map(event)),
        };
        assert_eq!(put_by(|put| forwards(1, PATIENCE, tree(damaged), put)), [1, 2, 5, 6]);
        assert_eq!(put_by(|put| forwards(1, 23, tree(damaged), put)), sound);
        assert_eq!(put_by(|put| backwards(tree(|place| damaged(place.min(30))), put)), [30]);
    }

    #[test]
    fn a_tree_that_answers_with_an_earlier_place_is_left_in_the_end() {
        assert_eq!(put_by(|put| forwards(1, PATIENCE, tree(|_| Ok(Some(event(3)))), put)), [3]);
        // A circle of pages, with an event whose hash is wrong.
        let circle = |place: u64| Ok(Some(if place % 2 == 1 { event(place.min(9)) } else { (2, None) }));
        assert_eq!(put_by(|put| forwards(1, PATIENCE, tree(circle), put)), [1, 3, 5, 7, 9]);
    }

    #[test]
    fn a_tree_that_answers_with_a_later_place_is_left_on_the_way_back() {
        let rising = |place: u64| Ok(Some(event(if place == u64::MAX { 5 } else { place + 3 })));
        assert_eq!(put_by(|put| backwards(tree(rising), put)), [5, 7]);
        assert_eq!(put_by(|put| backwards(tree(|_| Ok(Some(event(5)))), put)), [5]);
    }
}
