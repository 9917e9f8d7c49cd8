//! Every kiosk is a witness: what it makes of the ledger's end in an answer. Pure.

use crate::domain::ledger::{Checkpoint, NodeHash, WitnessOutcome, witness};
use crate::protocol::batch::Ack;
use ed25519_dalek::VerifyingKey;

/// A checkpoint whose signature was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The signed note.
    pub note: String,
    /// What it says.
    pub checkpoint: Checkpoint,
}

impl Kept {
    /// A note that was kept, if it is by this server's key.
    #[must_use]
    pub fn open(note: String, key: &VerifyingKey) -> Option<Self> {
        let checkpoint = Checkpoint::open(&note, key).ok()?;
        Some(Self { note, checkpoint })
    }
}

/// What to do about a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Testimony {
    /// It continues the last one: keep it.
    Consistent(Kept),
    /// A new ledger was begun: keep it, and tell people.
    Restored(Kept, String),
    /// It contradicts the last one, which stays: tell people. The sentence is the same until the
    /// server comes back to its senses.
    Breach(String),
}

/// Holds the ledger's end in an answer against the last one kept; `None` when the answer has none.
#[must_use]
pub fn testify(last: Option<&Kept>, ack: &Ack, key: &VerifyingKey) -> Option<Testimony> {
    let wire = ack.checkpoint.as_ref()?;
    let new = match Checkpoint::open(&wire.note, key) {
        Ok(new) => new,
        Err(error) => return Some(Testimony::Breach(format!("the server's ledger cannot be checked: {error}"))),
    };
    if new.origin.data_epoch != ack.data_epoch {
        let sentence = "the server's checkpoint is of other data than its answer".to_owned();
        return Some(Testimony::Breach(sentence));
    }
    let proof: Vec<NodeHash> = wire.consistency.iter().map(|hash| NodeHash(hash.0)).collect();
    let outcome = witness(last.map(|kept| &kept.checkpoint), &new, &proof);
    let kept = Kept { note: wire.note.clone(), checkpoint: new };
    let size = last.map_or(0, |kept| kept.checkpoint.size);
    Some(match outcome {
        WitnessOutcome::First | WitnessOutcome::Same | WitnessOutcome::Grown(_) => Testimony::Consistent(kept),
        WitnessOutcome::NewEpoch => {
            let sentence = format!(
                "the server began a new ledger of {} records, {:016x}, after {size} of the one before: a backup was \
                 restored",
                new.size, new.origin.data_epoch
            );
            Testimony::Restored(kept, sentence)
        }
        WitnessOutcome::Shrunk => breach(size, "has fewer"),
        WitnessOutcome::Forked | WitnessOutcome::Unproven => breach(size, "changed some of them"),
        WitnessOutcome::OtherOffice => Testimony::Breach("the server shows the ledger of another office".to_owned()),
    })
}

fn breach(size: u64, what: &str) -> Testimony {
    Testimony::Breach(format!(
        "the server's ledger is not the one this kiosk saw: it had {size} records then, and now {what}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::ChainHash;
    use crate::domain::ids::OfficeId;
    use crate::domain::ledger::{Origin, TreeBuilder, leaf_hash, node_hash};
    use crate::protocol::PROTOCOL_VERSION;
    use crate::protocol::batch::{HexHash, WireCheckpoint};
    use ed25519_dalek::SigningKey;

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[2; 32])
    }

    fn leaf(n: u8) -> NodeHash {
        leaf_hash(&[n])
    }

    /// A ledger of these leaves.
    fn checkpoint(data_epoch: u64, leaves: &[u8]) -> Checkpoint {
        let mut tree = TreeBuilder::default();
        for n in leaves {
            tree.push(leaf(*n));
        }
        let origin = Origin { office: OfficeId::try_from(1).unwrap(), data_epoch };
        Checkpoint { origin, size: leaves.len() as u64, root: tree.root(), at_ms: 9 }
    }

    fn kept(data_epoch: u64, leaves: &[u8]) -> Kept {
        let checkpoint = checkpoint(data_epoch, leaves);
        Kept { note: checkpoint.sign(&key()), checkpoint }
    }

    fn ack(data_epoch: u64, note: String, proof: &[NodeHash]) -> Ack {
        let consistency = proof.iter().map(|hash| HexHash(hash.0)).collect();
        Ack {
            protocol: PROTOCOL_VERSION,
            batch_hash: HexHash([0; 32]),
            verdicts: Vec::new(),
            next_seq: 1,
            head_hash: ChainHash::START.into(),
            data_epoch,
            checkpoint: Some(WireCheckpoint { note, consistency }),
        }
    }

    fn testimony(last: Option<&Kept>, ack: &Ack) -> &'static str {
        match testify(last, ack, &key().verifying_key()) {
            None => "nothing",
            Some(Testimony::Consistent(_)) => "consistent",
            Some(Testimony::Restored(..)) => "restored",
            Some(Testimony::Breach(_)) => "breach",
        }
    }

    #[test]
    fn a_ledger_may_grow_and_be_restored_and_nothing_else() {
        let note = |leaves: &[u8]| checkpoint(7, leaves).sign(&key());
        let two = kept(7, &[1, 2]);
        // From two leaves to three, the proof is the third one.
        let grown = ack(7, note(&[1, 2, 3]), &[leaf(3)]);
        for (last, ack, expected) in [
            (None, grown.clone(), "consistent"),
            (Some(&two), grown.clone(), "consistent"),
            (Some(&two), ack(7, note(&[1, 2]), &[]), "consistent"),
            (Some(&two), ack(8, checkpoint(8, &[1]).sign(&key()), &[]), "restored"),
            (Some(&two), ack(7, note(&[1]), &[]), "breach"),
            (Some(&two), ack(7, note(&[1, 9]), &[]), "breach"),
            (Some(&two), ack(7, note(&[1, 9, 3]), &[leaf(3)]), "breach"),
            (Some(&two), ack(7, note(&[1, 2, 3]), &[]), "breach"),
            (Some(&two), ack(8, note(&[1, 2, 3]), &[leaf(3)]), "breach"),
            (Some(&two), ack(7, checkpoint(7, &[1, 2]).sign(&SigningKey::from_bytes(&[3; 32])), &[]), "breach"),
            (Some(&two), Ack { checkpoint: None, ..grown }, "nothing"),
        ] {
            assert_eq!(testimony(last, &ack), expected, "{ack:?}");
        }
        assert_eq!(checkpoint(7, &[1, 2]).root, node_hash(leaf(1), leaf(2)));
    }

    #[test]
    fn a_breach_is_told_in_the_same_words_until_it_ends() {
        let two = kept(7, &[1, 2]);
        let key = key().verifying_key();
        let breach = |leaves: &[u8]| testify(Some(&two), &ack(7, checkpoint(7, leaves).sign(&self::key()), &[]), &key);
        assert_eq!(breach(&[1, 9, 3]), breach(&[1, 9, 3, 4]));
    }
}
