//! One visit, one rating: which of several answers to the same visit counts.

use super::ids::EventId;
use super::stars::{Channel, Stars};

/// One answer to a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its event.
    pub event_id: EventId,
    /// Where it was given.
    pub channel: Channel,
    /// What was given.
    pub stars: Stars,
    /// When it happened by the server's clock, ms since 1970.
    pub occurred_at_ms: i64,
}

/// The answer that counts: the first by corrected time, whatever arrived first.
///
/// Ties go to the touch at the counter, then to the smaller id, so that every order of arrival
/// gives the same outcome. The others are kept, and shown as not counted.
#[must_use]
pub fn counted(answers: &[Answer]) -> Option<&Answer> {
    answers.iter().min_by_key(|a| (a.occurred_at_ms, a.channel, a.event_id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn answer() -> impl Strategy<Value = Answer> {
        (any::<u128>(), any::<bool>(), 1u8..=5, 0i64..4).prop_map(|(id, qr, stars, at)| Answer {
            event_id: EventId(Uuid::from_u128(id)),
            channel: if qr { Channel::Qr } else { Channel::Kiosk },
            stars: Stars::try_from(stars).unwrap(),
            occurred_at_ms: at,
        })
    }

    proptest! {
        #[test]
        fn the_outcome_does_not_depend_on_the_order_of_arrival(
            (sent, arrived) in prop::collection::vec(answer(), 1..6)
                .prop_flat_map(|a| (Just(a.clone()), Just(a).prop_shuffle()))
        ) {
            prop_assert_eq!(counted(&sent), counted(&arrived));
        }
    }

    #[test]
    fn no_answer_is_no_rating() {
        assert_eq!(counted(&[]), None);
    }
}
