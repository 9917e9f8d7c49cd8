//! Which anchors go with a batch: those that place its events best, and no more than fit: pure.

use crate::domain::clock::{Anchor, Moment};
use serde::Deserialize;
use std::collections::BTreeMap;
use uuid::Uuid;

/// An anchor takes about 130 bytes of a batch.
pub const MOST_ANCHORS: usize = 24;

/// From when to when a batch has events of a boot, ms of that boot.
pub type Spans = BTreeMap<Uuid, (i64, i64)>;

/// The spans of these bodies. One that tells no moment needs no anchor.
#[must_use]
pub fn spans<'a>(bodies: impl IntoIterator<Item = &'a str>) -> Spans {
    #[derive(Deserialize)]
    struct Dated {
        at: Moment,
    }
    let mut spans = Spans::new();
    for dated in bodies.into_iter().filter_map(|body| serde_json::from_str::<Dated>(body).ok()) {
        let Moment { boot_id, boot_ms, .. } = dated.at;
        let span = spans.entry(boot_id).or_insert((boot_ms, boot_ms));
        *span = (span.0.min(boot_ms), span.1.max(boot_ms));
    }
    spans
}

/// The anchors to send: in each boot those beside the events, with one neighbour on either side;
/// of too many, every n-th.
#[must_use]
pub fn choose(anchors: &[Anchor], spans: &Spans) -> Vec<Anchor> {
    let near: Vec<Anchor> = spans.iter().flat_map(|(boot, span)| of_boot(anchors, *boot, *span)).collect();
    let step = near.len().div_ceil(MOST_ANCHORS).max(1);
    near.into_iter().step_by(step).collect()
}

fn of_boot(anchors: &[Anchor], boot: Uuid, (first, last): (i64, i64)) -> Vec<Anchor> {
    let mut own: Vec<Anchor> = anchors.iter().filter(|anchor| anchor.boot_id == boot).copied().collect();
    own.sort_by_key(|anchor| anchor.boot_ms);
    let begin = own.partition_point(|anchor| anchor.boot_ms <= first).saturating_sub(1);
    let end = (own.partition_point(|anchor| anchor.boot_ms < last) + 1).min(own.len());
    own.get(begin..end).map(<[Anchor]>::to_vec).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anchor(boot: u128, boot_ms: i64) -> Anchor {
        Anchor { boot_id: Uuid::from_u128(boot), boot_ms, server_ms: boot_ms + 1_000_000, error_ms: 5 }
    }

    fn chosen(anchors: &[Anchor], boot: u128, span: (i64, i64)) -> Vec<i64> {
        let spans = Spans::from([(Uuid::from_u128(boot), span)]);
        choose(anchors, &spans).iter().map(|anchor| anchor.boot_ms).collect()
    }

    #[test]
    fn anchors_beside_the_events_and_their_neighbours_go_along() {
        let anchors: Vec<Anchor> = [50, 10, 30, 20, 40].map(|boot_ms| anchor(1, boot_ms)).to_vec();
        for (span, expected) in [
            ((25, 35), &[20, 30, 40][..]),
            ((30, 30), &[30]),
            ((22, 23), &[20, 30]),
            ((0, 5), &[10]),
            ((60, 70), &[50]),
            ((0, 70), &[10, 20, 30, 40, 50]),
        ] {
            assert_eq!(chosen(&anchors, 1, span), expected, "{span:?}");
            assert_eq!(chosen(&anchors, 2, span), [0; 0], "of another boot");
        }
        assert_eq!(chosen(&[], 1, (0, 5)), [0; 0]);
    }

    #[test]
    fn weeks_of_anchors_are_thinned_out() {
        let anchors: Vec<Anchor> = (0..1_000).map(|hour| anchor(1, hour * 3_600_000)).collect();
        let chosen = chosen(&anchors, 1, (0, i64::MAX));
        assert!((MOST_ANCHORS / 2..=MOST_ANCHORS).contains(&chosen.len()), "{}", chosen.len());
    }

    #[test]
    fn the_span_of_a_boot_is_read_from_the_bodies() {
        let body = |boot: u128, boot_ms: i64| {
            format!(r#"{{"v":9,"at":{{"boot_id":"{}","boot_ms":{boot_ms},"wall_ms":0}}}}"#, Uuid::from_u128(boot))
        };
        let bodies = [body(1, 7), body(1, 3), body(2, 5), "{}".to_owned(), "[".to_owned()];
        let expected = Spans::from([(Uuid::from_u128(1), (3, 7)), (Uuid::from_u128(2), (5, 5))]);
        assert_eq!(spans(bodies.iter().map(String::as_str)), expected);
    }
}
