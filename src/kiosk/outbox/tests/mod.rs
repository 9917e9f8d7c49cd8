//! The queue on real files.

mod alone;
mod asked;
mod chains;
mod damage;
mod full;
mod sending;
mod taps;
mod torn;

use super::*;
use crate::domain::clock::{Anchor, Moment};
use crate::domain::event::{ChainHash, EventBody, Signals, What};
use crate::domain::ids::OfficerId;
use crate::domain::seeded::SplitMix64;
use crate::domain::stars::Stars;
use crate::protocol::batch::{Hole, Verdict};
use crate::system::system_random;
use std::sync::atomic::{AtomicI64, Ordering};
use uuid::Uuid;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// A clock that stands until it is moved; its wall clock is whatever a test wants.
#[derive(Clone, Default)]
struct HandClock {
    boot_ms: Arc<AtomicI64>,
    wall_ms: Arc<AtomicI64>,
}

impl HandClock {
    fn pass(&self, ms: i64) {
        self.boot_ms.fetch_add(ms, Ordering::SeqCst);
        self.wall_ms.fetch_add(ms, Ordering::SeqCst);
    }

    /// What the server would say now.
    fn anchor(&self) -> Anchor {
        let now = self.now();
        let server_ms = 1_795_000_000_000 + now.boot_ms;
        Anchor { boot_id: now.boot_id, boot_ms: now.boot_ms, server_ms, error_ms: 20 }
    }
}

impl Clock for HandClock {
    fn now(&self) -> Moment {
        let (boot_ms, wall_ms) = (self.boot_ms.load(Ordering::SeqCst), self.wall_ms.load(Ordering::SeqCst));
        Moment { boot_id: Uuid::from_u128(1), boot_ms, wall_ms: 1_795_000_000_000 + wall_ms }
    }
}

fn open(folder: &Path) -> Outbox {
    Outbox::open(folder, Arc::new(HandClock::default()), system_random()).unwrap()
}

/// Waits until the writer has closed the database.
fn close(outbox: Outbox) {
    let log = PathBuf::from(format!("{}-wal", outbox.path().display()));
    drop(outbox);
    while log.exists() {
        std::thread::yield_now();
    }
}

fn record(outbox: &Outbox, draft: Draft) -> OutboxResult<Stored> {
    let (sender, receiver) = mpsc::channel();
    outbox.record(draft, move |result| sender.send(result).unwrap());
    receiver.recv().unwrap()
}

fn rated(visit: Option<VisitSerial>) -> Draft {
    Draft::Rated {
        visit,
        stars: Stars::try_from(4).unwrap(),
        officer: None,
        service: None,
        signals: Signals::default(),
    }
}

fn record_many(outbox: &Outbox, count: usize) {
    for _ in 0..count {
        record(outbox, rated(None)).unwrap();
    }
}

fn enrolment(device: u32) -> Enrolment {
    Enrolment { device: device.try_into().unwrap(), epoch: u64::from(device) * 11, server_key: "ab".repeat(32) }
}

/// A new enrolment at a server that lacks nothing it acknowledged; returns where its chain begins.
fn begin_epoch(outbox: &Outbox, device: u32) -> u64 {
    let chain_from = outbox.chain_start().unwrap().latest;
    outbox.begin_epoch(enrolment(device), chain_from).unwrap();
    chain_from
}

/// Everything in the queue, over holes.
fn all(outbox: &Outbox) -> Vec<QueuedEvent> {
    outbox.rewind(0).unwrap();
    let mut found = Vec::new();
    loop {
        let part = outbox.waiting(100_000, 1 << 30).unwrap();
        assert_eq!(part.events.last().map_or(part.prev_hash, |_| part.head()), hash_after(outbox, &part));
        if part.events.is_empty() {
            return found;
        }
        acknowledge(outbox, &part);
        found.extend(part.events);
    }
}

fn hash_after(outbox: &Outbox, part: &Waiting) -> ChainHash {
    outbox.hash_at(part.next_seq() - 1).unwrap().unwrap_or(part.prev_hash)
}

fn acknowledge(outbox: &Outbox, sent: &Waiting) {
    outbox.acknowledge(sent.first_seq, vec![Verdict::Stored; sent.events.len()], sent.next_seq()).unwrap();
}

/// Random numbers that repeat for a seed.
struct Dice(SplitMix64);

impl Dice {
    /// From the seed in the environment, or always the same; printed.
    fn thrown() -> Self {
        let seed = std::env::var("SUARA_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_124);
        println!("SUARA_SEED={seed}");
        Self(SplitMix64(seed))
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.0.draw() % limit as u64).unwrap()
    }

    fn noise(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = self.below(256).to_le_bytes()[0];
        }
    }
}

/// How many images a test makes.
fn images() -> usize {
    std::env::var("SUARA_IMAGES").ok().and_then(|images| images.parse().ok()).unwrap_or(25)
}

/// The same files once more, as a power cut would leave what is synced.
fn copied(folder: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    let status = std::process::Command::new("cp").arg("-a").arg(folder.join(".")).arg(copy.path()).status().unwrap();
    assert!(status.success());
    copy
}

/// The newest file of the journal.
fn journal(folder: &Path) -> PathBuf {
    let files = std::fs::read_dir(folder.join(JOURNAL_FOLDER)).unwrap().map(|entry| entry.unwrap().path());
    files.max().unwrap()
}
