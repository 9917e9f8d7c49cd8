//! Where the server says this kiosk's chain stands, held against what the kiosk knows: pure.

use crate::domain::event::ChainHash;
use crate::protocol::batch::Ack;

/// What the kiosk knows when an answer comes.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// The place of the first event of the batch, or where it would have stood.
    pub first_seq: u64,
    /// How many events the batch had.
    pub events: usize,
    /// The last place taken in the kiosk's chain.
    pub head_seq: u64,
    /// The kiosk's own chain hash before the place the server expects next, if it still knows it.
    pub own_hash: Option<ChainHash>,
}

/// What an authentic answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The batch joined the chain, or had nothing to join.
    Joined,
    /// The server lacks what this kiosk thought it had: send again from there.
    Behind,
    /// The server holds another history under this kiosk's name.
    Forked(String),
    /// An answer that makes no sense.
    Nonsense(String),
}

/// Compares an answer with what the kiosk knows.
#[must_use]
pub fn standing(ack: &Ack, known: &Known) -> Standing {
    let Known { first_seq, events, head_seq, own_hash } = *known;
    if ack.next_seq == 0 {
        return Standing::Nonsense("no chain begins at 0".to_owned());
    }
    if ack.next_seq > head_seq + 1 {
        return Standing::Forked(format!(
            "the server has {} events of it, and this machine only {head_seq}: its storage is an older copy",
            ack.next_seq - 1
        ));
    }
    if own_hash.is_some_and(|own| own != ack.head_hash.into()) {
        return Standing::Forked(format!("the server holds another event {} than this machine", ack.next_seq - 1));
    }
    match ack.verdicts.len() {
        verdicts if verdicts == events && ack.next_seq >= first_seq => Standing::Joined,
        0 if ack.next_seq < first_seq => Standing::Behind,
        verdicts => Standing::Nonsense(format!(
            "{verdicts} verdicts on {events} events from {first_seq} on, and {} is expected next",
            ack.next_seq
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::PROTOCOL_VERSION;
    use crate::protocol::batch::{HexHash, Verdict};

    const HASH: ChainHash = ChainHash([7; 32]);

    fn ack(verdicts: usize, next_seq: u64) -> Ack {
        Ack {
            protocol: PROTOCOL_VERSION,
            batch_hash: HexHash([0; 32]),
            verdicts: vec![Verdict::Stored; verdicts],
            next_seq,
            head_hash: HASH.into(),
            data_epoch: 1,
            checkpoint: None,
        }
    }

    /// A kiosk with ten events that sent those from 6 on, or none.
    fn known(events: usize, own_hash: Option<ChainHash>) -> Known {
        Known { first_seq: 6, events, head_seq: 10, own_hash }
    }

    #[test]
    fn every_answer_has_its_meaning() {
        for (verdicts, next_seq, known, expected) in [
            (5, 11, known(5, Some(HASH)), "joined"),
            (5, 11, known(5, None), "joined"),
            (0, 6, known(0, Some(HASH)), "joined"),
            // An answer got lost: the server has more than the kiosk was told.
            (0, 9, known(0, Some(HASH)), "joined"),
            (1, 11, known(1, Some(HASH)), "joined"),
            // Restored from an older copy.
            (0, 3, known(5, Some(HASH)), "behind"),
            (0, 3, known(5, None), "behind"),
            (0, 1, known(0, Some(HASH)), "behind"),
            // Rolled back, or a copy.
            (0, 12, known(0, None), "forked"),
            (5, 12, known(5, Some(HASH)), "forked"),
            (0, 6, known(0, Some(ChainHash([8; 32]))), "forked"),
            (5, 11, known(5, Some(ChainHash([8; 32]))), "forked"),
            (0, 3, known(5, Some(ChainHash([8; 32]))), "forked"),
            // No honest server says this.
            (0, 0, known(0, None), "nonsense"),
            (0, 6, known(5, Some(HASH)), "nonsense"),
            (4, 11, known(5, Some(HASH)), "nonsense"),
            (6, 11, known(5, Some(HASH)), "nonsense"),
            (5, 5, known(5, Some(HASH)), "nonsense"),
            (1, 6, known(0, Some(HASH)), "nonsense"),
        ] {
            let found = match standing(&ack(verdicts, next_seq), &known) {
                Standing::Joined => "joined",
                Standing::Behind => "behind",
                Standing::Forked(_) => "forked",
                Standing::Nonsense(_) => "nonsense",
            };
            assert_eq!(found, expected, "{verdicts} verdicts, next {next_seq}, {known:?}");
        }
    }
}
