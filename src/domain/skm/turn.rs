//! Whose turn it is: each resident is asked about one element, so the nine have to share.

use super::SkmElement;

/// The element that was asked least, with the counts by [`SkmElement::index`].
///
/// Among equals the first of the regulation's order, begun at a place that `turn` moves (such as the number
/// of the visit): where counts begin anew again and again, no element is always the first.
#[must_use]
pub fn least_asked(counts: &[u32; 9], turn: u32) -> SkmElement {
    let all = SkmElement::ALL;
    let from = usize::try_from(turn).unwrap_or_default() % all.len();
    let in_turn = all.into_iter().cycle().skip(from).take(all.len());
    in_turn.min_by_key(|element| counts[element.index()]).unwrap_or(all[from])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_least_asked_comes_first_and_equals_take_turns() {
        assert_eq!(least_asked(&[3, 3, 2, 3, 3, 3, 3, 3, 3], 7), SkmElement::CompletionTime);
        assert_eq!(least_asked(&[0; 9], 0), SkmElement::Requirements);
        assert_eq!(least_asked(&[0; 9], 8), SkmElement::Facilities);
        assert_eq!(least_asked(&[1, 1, 0, 0, 1, 1, 1, 1, 1], 12), SkmElement::Fee, "12 begins at the fourth");
        assert_eq!(least_asked(&[1, 1, 0, 0, 1, 1, 1, 1, 1], 4), SkmElement::CompletionTime, "and goes round");
    }

    proptest! {
        #[test]
        fn no_element_is_asked_twice_more_than_another(turns in prop::collection::vec(any::<u32>(), 0..200)) {
            let mut counts = [0u32; 9];
            for turn in turns {
                counts[least_asked(&counts, turn).index()] += 1;
                let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
                prop_assert!(most - least <= 1, "{counts:?}");
            }
        }
    }
}
