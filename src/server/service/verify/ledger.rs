//! Every tile by those below it, the root and every kept checkpoint by the leaves.

use super::{Finding, Verification};
use crate::domain::ledger::{Checkpoint, NodeHash, TILE_WIDTH, TreeBuilder};
use crate::server::service::ServiceResult;
use crate::server::store::{CheckpointRow, LedgerEnd};
use std::collections::VecDeque;

impl<F: FnMut(Finding)> Verification<'_, F> {
    pub(super) async fn ledger(&mut self, end: LedgerEnd) -> ServiceResult<()> {
        self.summary.leaves = end.size;
        let checkpoints = self.service.store.checkpoints(self.office).await?;
        self.summary.checkpoints = checkpoints.len() as u64;
        let mut due: VecDeque<CheckpointRow> = checkpoints.into();
        let (mut tree, mut roots) = (TreeBuilder::new(), Vec::new());
        for index in 0..end.size.div_ceil(TILE_WIDTH as u64) {
            let leaves = self.tile(0, index).await?;
            let expected = (end.size - tree.size()).min(TILE_WIDTH as u64);
            if leaves.len() as u64 != expected {
                // Without these leaves nothing above them can be computed.
                self.found(Finding::TileDiffers { level: 0, index });
                return Ok(());
            }
            for leaf in &leaves {
                tree.push(*leaf);
                while due.front().is_some_and(|checkpoint| checkpoint.size <= tree.size()) {
                    if let Some(checkpoint) = due.pop_front() {
                        self.checkpoint(&checkpoint, &tree).await?;
                    }
                }
            }
            if leaves.len() == TILE_WIDTH {
                roots.push(root_of(&leaves));
            }
        }
        if tree.root() != end.root {
            self.found(Finding::RootDiffers { size: end.size });
        }
        for checkpoint in due {
            self.found(Finding::CheckpointDiffers { size: checkpoint.size });
        }
        self.upper_tiles(roots).await
    }

    async fn checkpoint(&mut self, row: &CheckpointRow, tree: &TreeBuilder) -> ServiceResult<()> {
        let key = self.service.signing_key().await?.verifying_key();
        match Checkpoint::open(&row.note, &key) {
            Ok(signed) if signed.origin.office == self.office && signed.origin.data_epoch == row.data_epoch => {
                if signed.size != row.size || row.size != tree.size() || signed.root != tree.root() {
                    self.found(Finding::CheckpointDiffers { size: row.size });
                }
            }
            _ => self.found(Finding::CheckpointForged { size: row.size }),
        }
        Ok(())
    }

    /// The tiles above the leaves, whose entries follow from the full tiles below.
    async fn upper_tiles(&mut self, mut entries: Vec<NodeHash>) -> ServiceResult<()> {
        let mut level = 1;
        while !entries.is_empty() {
            let mut roots = Vec::new();
            for (index, expected) in (0..).zip(entries.chunks(TILE_WIDTH)) {
                if self.tile(level, index).await? != expected {
                    self.found(Finding::TileDiffers { level, index });
                }
                if expected.len() == TILE_WIDTH {
                    roots.push(root_of(expected));
                }
            }
            (entries, level) = (roots, level + 1);
        }
        Ok(())
    }

    /// A tile as it is stored; one that is gone or cannot be read is empty.
    pub(super) async fn tile(&self, level: u8, index: u64) -> ServiceResult<Vec<NodeHash>> {
        Ok(self.service.store.tile(self.office, level, index).await?.unwrap_or_default())
    }
}

fn root_of(leaves: &[NodeHash]) -> NodeHash {
    let mut tree = TreeBuilder::new();
    tree.extend(leaves.iter().copied());
    tree.root()
}
