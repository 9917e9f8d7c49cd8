//! The signed ends of the ledger: one in every acknowledgement, one an hour kept.

use super::{Service, ServiceResult};
use crate::domain::ids::OfficeId;
use crate::domain::ledger::{Checkpoint, Origin};
use crate::protocol::batch::{HexHash, WireCheckpoint, Witnessed};
use crate::server::store::{CheckpointRow, LedgerEnd};
use crate::system::random_array;
use std::collections::BTreeMap;

const HOUR_MS: i64 = 60 * 60 * 1_000;

/// The hour for which each office's checkpoint was kept, so that an hour is worked through once.
pub type DoneHours = BTreeMap<OfficeId, i64>;

impl Service {
    /// The epoch of the server's data; made once, and new when a copy is restored.
    pub(super) async fn data_epoch(&self) -> ServiceResult<u64> {
        let make = || async {
            // One bit less, so that it fits the signed numbers of a database.
            Ok(self.store.data_epoch(u64::from_be_bytes(random_array(&self.random)) >> 1).await?)
        };
        self.epoch.get_or_try_init(make).await.copied()
    }

    /// A fresh checkpoint, with the proof that it continues what a kiosk witnessed of the same data.
    pub(super) async fn proven_checkpoint(
        &self,
        end: LedgerEnd,
        witnessed: Option<Witnessed>,
    ) -> ServiceResult<WireCheckpoint> {
        let data_epoch = self.data_epoch().await?;
        let from = witnessed.filter(|seen| seen.data_epoch == data_epoch && seen.size > 0 && seen.size < end.size);
        let proof = match from {
            Some(seen) => self.store.consistency_proof(end.office, seen.size, end.size).await?,
            None => Vec::new(),
        };
        let consistency = proof.into_iter().map(|hash| HexHash(hash.0)).collect();
        Ok(WireCheckpoint { note: self.sign(end, data_epoch).await?, consistency })
    }

    /// Keeps a checkpoint of every office whose ledger grew, once an hour.
    ///
    /// # Errors
    /// When the store fails; the hour stays due.
    pub async fn keep_checkpoints(&self, done: &mut DoneHours) -> ServiceResult<()> {
        let hour = self.now_ms().div_euclid(HOUR_MS);
        for row in self.store.offices().await? {
            let office = row.office.id;
            if done.get(&office) != Some(&hour) {
                self.keep_checkpoint(office).await?;
                done.insert(office, hour);
            }
        }
        Ok(())
    }

    /// Keeps a checkpoint of an office's ledger now, unless it is empty.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn keep_checkpoint(&self, office: OfficeId) -> ServiceResult<()> {
        let end = self.store.ledger_end(office).await?;
        if end.size == 0 {
            return Ok(());
        }
        let data_epoch = self.data_epoch().await?;
        let note = self.sign(end, data_epoch).await?;
        Ok(self.store.keep_checkpoint(office, &CheckpointRow { data_epoch, size: end.size, note }).await?)
    }

    async fn sign(&self, end: LedgerEnd, data_epoch: u64) -> ServiceResult<String> {
        let origin = Origin { office: end.office, data_epoch };
        let checkpoint = Checkpoint { origin, size: end.size, root: end.root, at_ms: self.now_ms() };
        Ok(checkpoint.sign(self.signing_key().await?))
    }
}
