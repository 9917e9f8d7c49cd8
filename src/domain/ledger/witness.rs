//! What a kiosk makes of a new checkpoint: every kiosk is a witness.

use super::{Checkpoint, NodeHash, verify_consistency};

/// How a new checkpoint stands to the last one kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WitnessOutcome {
    /// There was none yet: this one is the first to be held against the server.
    First,
    /// The same tree.
    Same,
    /// The old tree with so many leaves appended.
    Grown(u64),
    /// Another ledger was begun, as after restoring a backup. The old one is not continued, so people
    /// have to be told.
    NewEpoch,
    /// Leaves are gone.
    Shrunk,
    /// As many leaves, but others: the two signed checkpoints convict the server by themselves.
    Forked,
    /// More leaves, and no proof that the old ones are still among them. Ask for the proof again; a
    /// server that cannot give it has rewritten its history.
    Unproven,
    /// The ledger of another office.
    OtherOffice,
}

impl WitnessOutcome {
    /// Whether the new checkpoint takes the place of the last one.
    #[must_use]
    pub fn is_kept(self) -> bool {
        matches!(self, Self::First | Self::Same | Self::Grown(_) | Self::NewEpoch)
    }

    /// Whether people have to hear of it.
    #[must_use]
    pub fn is_reported(self) -> bool {
        !matches!(self, Self::First | Self::Same | Self::Grown(_))
    }
}

/// Compares a new checkpoint, its signature checked, with the last one kept.
///
/// `consistency` is the proof from the last size to the new one; it is looked at only if the ledger grew.
#[must_use]
pub fn witness(last: Option<&Checkpoint>, new: &Checkpoint, consistency: &[NodeHash]) -> WitnessOutcome {
    let Some(last) = last else { return WitnessOutcome::First };
    if new.origin.office != last.origin.office {
        return WitnessOutcome::OtherOffice;
    }
    if new.origin.data_epoch != last.origin.data_epoch {
        return WitnessOutcome::NewEpoch;
    }
    match new.size.checked_sub(last.size) {
        None => WitnessOutcome::Shrunk,
        Some(0) if new.root == last.root => WitnessOutcome::Same,
        Some(0) => WitnessOutcome::Forked,
        Some(more) if verify_consistency(last.size, last.root, new.size, new.root, consistency) => {
            WitnessOutcome::Grown(more)
        }
        Some(_) => WitnessOutcome::Unproven,
    }
}

#[cfg(test)]
mod tests {
    use super::super::definition::{leaves, mth, planted};
    use super::super::{Origin, consistency_proof};
    use super::WitnessOutcome::{First, Forked, Grown, NewEpoch, OtherOffice, Same, Shrunk, Unproven};
    use super::*;
    use crate::domain::ids::OfficeId;

    fn checkpoint(leaves: &[NodeHash]) -> Checkpoint {
        let origin = Origin { office: OfficeId::try_from(1).unwrap(), data_epoch: 7 };
        Checkpoint { origin, size: leaves.len() as u64, root: mth(leaves), at_ms: 1 }
    }

    #[test]
    fn a_kiosk_accepts_growth_and_nothing_else() {
        let honest = leaves(500);
        let mut rewritten = honest.clone();
        rewritten[17] = rewritten[18];
        let (old, new) = (checkpoint(&honest[..300]), checkpoint(&honest));
        let proof = consistency_proof(&planted(&honest), 300, 500).unwrap();
        let lie = consistency_proof(&planted(&rewritten), 300, 500).unwrap();
        let elsewhere = Origin { office: OfficeId::try_from(2).unwrap(), ..old.origin };
        let restored = Origin { data_epoch: 8, ..old.origin };
        for (last, new, proof, outcome) in [
            (None, old, &[][..], First),
            (Some(old), Checkpoint { at_ms: 2, ..old }, &[], Same),
            (Some(old), new, &proof, Grown(200)),
            (Some(checkpoint(&[])), old, &[], Grown(300)),
            (Some(new), old, &proof, Shrunk),
            (Some(old), checkpoint(&rewritten[..300]), &[], Forked),
            (Some(old), checkpoint(&rewritten), &lie, Unproven),
            (Some(old), checkpoint(&rewritten), &proof, Unproven),
            (Some(old), new, &[], Unproven),
            (Some(old), Checkpoint { origin: restored, ..new }, &proof, NewEpoch),
            (Some(old), Checkpoint { origin: elsewhere, ..new }, &proof, OtherOffice),
        ] {
            assert_eq!(witness(last.as_ref(), &new, proof), outcome, "{last:?} {new:?}");
        }
    }

    #[test]
    fn a_breach_is_reported_and_never_replaces_the_evidence() {
        for (outcome, kept, reported) in [
            (First, true, false),
            (Same, true, false),
            (Grown(1), true, false),
            (NewEpoch, true, true),
            (Shrunk, false, true),
            (Forked, false, true),
            (Unproven, false, true),
            (OtherOffice, false, true),
        ] {
            assert_eq!((outcome.is_kept(), outcome.is_reported()), (kept, reported), "{outcome:?}");
        }
    }
}
