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
    /// Whether the resident took it back.
    pub undone: bool,
}

/// The answer that counts: the first by corrected time, whatever arrived first.
///
/// Ties go to the touch at the counter, then to the smaller id, so that every order of arrival
/// gives the same outcome. The others are kept, and shown as not counted. An answer taken back never
/// counts: the next one does, if there is one.
#[must_use]
pub fn counted(answers: &[Answer]) -> Option<&Answer> {
    answers.iter().filter(|answer| !answer.undone).min_by_key(|a| (a.occurred_at_ms, a.channel, a.event_id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn answer() -> impl Strategy<Value = Answer> {
        (any::<u128>(), any::<(bool, bool)>(), 1u8..=5, 0i64..4).prop_map(|(id, (qr, undone), stars, at)| Answer {
            event_id: EventId(Uuid::from_u128(id)),
            channel: if qr { Channel::Qr } else { Channel::Kiosk },
            stars: Stars::try_from(stars).unwrap(),
            occurred_at_ms: at,
            undone,
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

        #[test]
        fn an_answer_counts_exactly_if_one_was_not_taken_back(answers in prop::collection::vec(answer(), 0..6)) {
            let first = counted(&answers);
            prop_assert_eq!(first.is_some(), answers.iter().any(|answer| !answer.undone));
            prop_assert!(first.is_none_or(|first| !first.undone));
        }
    }

    #[test]
    fn no_answer_is_no_rating() {
        assert_eq!(counted(&[]), None);
    }
}
