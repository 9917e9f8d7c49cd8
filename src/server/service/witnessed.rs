//! Checkpoints that others kept, such as kiosks, held against the ledger as it is now.

use super::{Service, ServiceResult};
use crate::domain::ids::OfficeId;
use crate::domain::ledger::{Checkpoint, NodeHash, TILE_WIDTH, TreeBuilder};
use crate::server::store::EpochRow;

/// How a kept checkpoint stands to the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The ledger continues it.
    Continued {
        /// Its size.
        size: u64,
    },
    /// The ledger continues as much of it as the copy held that was restored; the rest is gone with the
    /// database before, but for what kiosks sent again.
    CutByRestore {
        /// Its size.
        size: u64,
        /// How many leaves the copy held.
        held: u64,
    },
    /// The ledger has fewer leaves now.
    Shrunk {
        /// Its size.
        size: u64,
        /// The ledger's.
        now: u64,
    },
    /// The ledger holds other leaves.
    Differs {
        /// Its size.
        size: u64,
    },
    /// Signed in an epoch these data never had.
    UnknownEpoch {
        /// The epoch.
        data_epoch: u64,
    },
    /// The ledger of another office.
    OtherOffice {
        /// The office.
        office: OfficeId,
    },
    /// Not a checkpoint signed by this server.
    NotOurs,
}

impl Kept {
    /// Whether the ledger continues all of it.
    #[must_use]
    pub fn is_continued(self) -> bool {
        matches!(self, Self::Continued { .. })
    }
}

impl Service {
    /// Compares a kept checkpoint with an office's ledger.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn compare(&self, office: OfficeId, note: &str) -> ServiceResult<Kept> {
        let key = self.signing_key().await?.verifying_key();
        let Ok(kept) = Checkpoint::open(note, &key) else { return Ok(Kept::NotOurs) };
        let Checkpoint { origin, size, .. } = kept;
        if origin.office != office {
            return Ok(Kept::OtherOffice { office: origin.office });
        }
        let end = self.store.ledger_end(office).await?;
        let epochs = self.store.epochs(office).await?;
        let Some(held) = held_of(origin.data_epoch, self.data_epoch().await?, &epochs) else {
            return Ok(Kept::UnknownEpoch { data_epoch: origin.data_epoch });
        };
        if size > held {
            return Ok(Kept::CutByRestore { size, held });
        }
        if size > end.size {
            return Ok(Kept::Shrunk { size, now: end.size });
        }
        let continued = self.root_of_first(office, size).await? == Some(kept.root);
        Ok(if continued { Kept::Continued { size } } else { Kept::Differs { size } })
    }

    /// The root of the first leaves, from the leaves alone: a proof would take the present root on trust.
    async fn root_of_first(&self, office: OfficeId, size: u64) -> ServiceResult<Option<NodeHash>> {
        let mut tree = TreeBuilder::new();
        for index in 0..size.div_ceil(TILE_WIDTH as u64) {
            let leaves = self.store.tile(office, 0, index).await?.unwrap_or_default();
            let wanted = usize::try_from(size - tree.size()).unwrap_or(usize::MAX);
            tree.extend(leaves.into_iter().take(wanted));
        }
        Ok((tree.size() == size).then(|| tree.root()))
    }
}

/// How many leaves of an epoch every copy held that was restored since; `None` if the data never had it.
fn held_of(epoch: u64, present: u64, epochs: &[EpochRow]) -> Option<u64> {
    if epoch == present {
        return Some(u64::MAX);
    }
    let next = epochs.iter().position(|row| row.previous_epoch == Some(epoch))?;
    epochs.iter().skip(next).map(|row| row.start_size).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(data_epoch: u64, start_size: u64, previous: u64) -> EpochRow {
        EpochRow { data_epoch, start_size, previous_epoch: Some(previous), begun_at_ms: 0 }
    }

    #[test]
    fn of_an_earlier_epoch_counts_what_every_later_copy_held() {
        let epochs = [row(2, 100, 1), row(3, 40, 2)];
        assert_eq!(held_of(3, 3, &epochs), Some(u64::MAX));
        assert_eq!(held_of(2, 3, &epochs), Some(40));
        assert_eq!(held_of(1, 3, &epochs), Some(40));
        assert_eq!(held_of(9, 3, &epochs), None);
    }
}
