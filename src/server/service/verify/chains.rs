//! Every event by its hash, its place in the chain, the ends its device signed, and its leaf.

use super::{Finding, PAGE, Verification, surveys};
use crate::domain::event::{BodyHash, ChainHash, What};
use crate::domain::ids::{DeviceId, VisitId};
use crate::domain::ledger::{Leaf, NodeHash, TILE_WIDTH};
use crate::protocol::batch::is_head_signed;
use crate::server::service::ServiceResult;
use crate::server::service::ingest::{rating_facts, read_body};
use crate::server::store::{ChainRow, EventRow, HoleRow, Repeats, SignedHead};
use std::collections::{BTreeMap, VecDeque};

/// One chain while its links go by.
struct Walk {
    chain: ChainRow,
    holes: VecDeque<HoleRow>,
    heads: Heads,
    /// The place of the next link.
    expected: u64,
    /// The hash before it; unknown after something was missing, until the next signed end.
    link: Option<ChainHash>,
    /// The first link after the last end that was signed.
    since: u64,
}

/// The signed ends of a chain, in pages.
struct Heads {
    ready: VecDeque<SignedHead>,
    after_seq: u64,
    is_last_page: bool,
}

/// The tile of leaves that was looked at last.
#[derive(Default)]
struct LeafTile {
    index: Option<u64>,
    hashes: Vec<NodeHash>,
}

impl<F: FnMut(Finding)> Verification<'_, F> {
    /// Walks along all chains.
    pub(super) async fn chains(&mut self, size: u64) -> ServiceResult<()> {
        let chains = self.service.store.chains(self.office).await?;
        self.summary.chains = chains.len() as u64;
        let mut chains: BTreeMap<DeviceId, ChainRow> = chains.into_iter().map(|chain| (chain.device, chain)).collect();
        let (mut after, mut walk, mut tile) = ((DeviceId::SERVER, 0), None::<Walk>, LeafTile::default());
        loop {
            let page = self.service.store.events_after(self.office, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = (last.device, last.seq);
            for event in page {
                if walk.as_ref().is_none_or(|walk| walk.chain.device != event.device) {
                    if let Some(walk) = walk.take() {
                        self.end(walk).await?;
                    }
                    if let Some(chain) = chains.remove(&event.device) {
                        walk = Some(self.begin(&chain).await?);
                    }
                }
                match &mut walk {
                    Some(walk) => self.step(walk, &event, &mut tile, size).await?,
                    None => self.found(Finding::UnknownDevice { device: event.device, seq: event.seq }),
                }
            }
        }
        if let Some(walk) = walk {
            self.end(walk).await?;
        }
        for chain in chains.into_values() {
            let walk = self.begin(&chain).await?;
            self.end(walk).await?;
        }
        Ok(())
    }

    async fn begin(&mut self, chain: &ChainRow) -> ServiceResult<Walk> {
        let holes = self.service.store.holes(self.office, chain.device).await?;
        self.summary.holes.extend(holes.iter().map(|hole| (chain.device, *hole)));
        let heads = Heads { ready: VecDeque::new(), after_seq: 0, is_last_page: chain.device == DeviceId::SERVER };
        let (expected, link) = (chain.first_seq, Some(ChainHash::START));
        Ok(Walk { chain: *chain, holes: holes.into(), heads, expected, link, since: expected })
    }

    async fn step(&mut self, walk: &mut Walk, event: &EventRow, tile: &mut LeafTile, size: u64) -> ServiceResult<()> {
        self.summary.events += 1;
        self.skip_to(walk, event.seq).await?;
        self.body(event);
        self.leaf(walk.chain.epoch, event, tile, size).await?;
        walk.link = walk.link.map(|link| link.next(event.seq, event.id, event.body_hash));
        walk.expected = event.seq.saturating_add(1);
        self.signed_ends(walk, event.seq).await
    }

    /// Whatever lies between the last link and this place is a known hole, or missing.
    async fn skip_to(&mut self, walk: &mut Walk, seq: u64) -> ServiceResult<()> {
        while walk.expected < seq {
            let hole = walk.holes.front().copied().filter(|hole| hole.from_seq <= walk.expected);
            if let Some(hole) = hole {
                walk.holes.pop_front();
                if hole.to_seq >= walk.expected {
                    (walk.expected, walk.link) = (hole.to_seq.saturating_add(1), Some(hole.head));
                    walk.since = walk.expected;
                }
                continue;
            }
            let from_seq = walk.expected;
            let to_seq = walk.holes.front().map_or(seq, |hole| hole.from_seq.min(seq)) - 1;
            self.found(Finding::EventsMissing { device: walk.chain.device, from_seq, to_seq });
            (walk.expected, walk.link) = (to_seq + 1, None);
            self.signed_ends(walk, to_seq).await?;
            walk.since = walk.expected;
        }
        Ok(())
    }

    /// Compares the chain with every end its device signed up to this place. A signature that holds is
    /// where the next links are measured from, so that one change does not hide another.
    async fn signed_ends(&mut self, walk: &mut Walk, seq: u64) -> ServiceResult<()> {
        let device = walk.chain.device;
        while let Some(head) = self.next_head(walk, seq).await? {
            if !self.is_signed(walk, &head) || head.seq < seq {
                continue;
            }
            if walk.link.is_some_and(|link| link != head.head) {
                self.found(Finding::ChainBroken { device, from_seq: walk.since, to_seq: seq });
            }
            (walk.link, walk.since) = (Some(head.head), seq.saturating_add(1));
        }
        Ok(())
    }

    fn is_signed(&mut self, walk: &Walk, head: &SignedHead) -> bool {
        let ChainRow { device, epoch, key, .. } = walk.chain;
        let is_signed =
            key.is_some_and(|key| is_head_signed(&key, device, epoch, head.seq, head.head, &head.signature));
        if !is_signed {
            self.found(Finding::HeadForged { device, seq: head.seq });
        }
        is_signed
    }

    /// The next signed end up to this place.
    async fn next_head(&self, walk: &mut Walk, seq: u64) -> ServiceResult<Option<SignedHead>> {
        let heads = &mut walk.heads;
        if heads.ready.is_empty() && !heads.is_last_page {
            let store = &self.service.store;
            let page = store.heads_after(self.office, walk.chain.device, heads.after_seq, PAGE).await?;
            heads.is_last_page = page.len() < PAGE as usize;
            heads.after_seq = page.last().map_or(heads.after_seq, |head| head.seq);
            heads.ready = page.into();
        }
        let is_due = heads.ready.front().is_some_and(|head| head.seq <= seq);
        Ok(if is_due { heads.ready.pop_front() } else { None })
    }

    /// The end of a chain is where the server says, and signed.
    async fn end(&mut self, mut walk: Walk) -> ServiceResult<()> {
        let ChainRow { device, next_seq, head, key, .. } = walk.chain;
        self.skip_to(&mut walk, next_seq).await?;
        if walk.expected != next_seq || walk.link.is_some_and(|link| link != head) {
            self.found(Finding::CursorDiffers { device, next_seq });
        }
        if device != DeviceId::SERVER && (key.is_none() || walk.since < walk.expected) {
            let (from_seq, to_seq) = (walk.since, walk.expected.saturating_sub(1));
            self.found(Finding::NotSigned { device, from_seq, to_seq });
        }
        // What the device signed beyond that, was there.
        while let Some(head) = self.next_head(&mut walk, u64::MAX).await? {
            if self.is_signed(&walk, &head) && head.seq >= next_seq {
                self.found(Finding::EventsMissing { device, from_seq: next_seq, to_seq: head.seq });
            }
        }
        Ok(())
    }

    /// The bytes have their hash; what they say is kept for the ratings and the decisions.
    fn body(&mut self, event: &EventRow) {
        let EventRow { device, seq, id, .. } = *event;
        self.summary.parked += u64::from(event.parked.is_some());
        let Some(body) = &event.body else {
            if event.erased {
                self.summary.erased += 1;
            } else if event.parked.is_some() {
                self.summary.withheld += 1;
            } else if event.repeats != Some(Repeats::Duplicate) {
                self.found(Finding::BodyGone { device, seq });
            }
            return;
        };
        if BodyHash::of(body.as_bytes()) != event.body_hash {
            self.found(Finding::BodyChanged { device, seq });
        }
        if event.parked.is_some() || event.repeats.is_some() {
            return;
        }
        let Ok(body) = read_body(body) else { return };
        let at_device = body.device.unwrap_or(device);
        if rating_facts(&body.what, at_device).is_some() {
            self.given.insert(id, (device, seq));
        }
        if surveys::answered(id, device, &body).is_some() {
            self.answered.insert(id, (device, seq));
        }
        match body.what {
            What::Undone { visit, rating } => {
                self.undone.insert((rating, VisitId { device: at_device, serial: visit }));
            }
            What::ServiceNamed { visit, service } => {
                self.named.insert((VisitId { device: at_device, serial: visit }, service));
            }
            what if device == DeviceId::SERVER => self.decided.learn(seq, &body.at, what),
            _ => {}
        }
    }

    async fn leaf(&mut self, epoch: u64, event: &EventRow, tile: &mut LeafTile, size: u64) -> ServiceResult<()> {
        let EventRow { device, seq, id, body_hash, .. } = *event;
        if event.repeats.is_some() && event.leaf_index.is_none() {
            return Ok(());
        }
        let Some(index) = event.leaf_index.filter(|index| *index < size && event.repeats.is_none()) else {
            self.found(Finding::LeafMissing { device, seq });
            return Ok(());
        };
        self.see_leaf(index);
        let leaf = Leaf { office: self.office, device: device.get(), epoch, seq, event: id, body_hash: body_hash.0 };
        if self.leaf_at(index, tile).await? != Some(leaf.hash()) {
            self.found(Finding::LeafDiffers { device, seq, index });
        }
        Ok(())
    }

    async fn leaf_at(&self, index: u64, tile: &mut LeafTile) -> ServiceResult<Option<NodeHash>> {
        let width = TILE_WIDTH as u64;
        if tile.index != Some(index / width) {
            tile.hashes = self.tile(0, index / width).await?;
            tile.index = Some(index / width);
        }
        Ok(usize::try_from(index % width).ok().and_then(|place| tile.hashes.get(place)).copied())
    }
}
