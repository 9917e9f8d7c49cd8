//! What the faults share: seeds and counts, disks that lose power, networks that misbehave.

#![allow(dead_code, reason = "each fault uses its own part of this")]
#![allow(missing_docs, reason = "read by its neighbours only")]

pub mod archive;
pub mod device;
pub mod dice;
pub mod disk;
pub mod faketime;
pub mod forger;
pub mod kiosk;
pub mod proxy;
pub mod queue;
pub mod run;
pub mod server;
pub mod station;
pub mod world;

pub use dice::Dice;
pub use run::{Run, in_parallel};

use ed25519_dalek::SigningKey;
use suara_loket::domain::event::{BodyHash, ChainHash};
use suara_loket::protocol::batch::{Ack, Batch, HexHash, Verdict, WireEvent};
use suara_loket::protocol::signing::{SignedReply, SignedRequest, sha256};

/// A temporary folder in memory where there is one: a process that dies loses nothing there either.
pub fn fast_folder() -> tempfile::TempDir {
    let memory = std::path::Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.expect("a temporary folder")
}

/// A signed acknowledgement of a batch that never arrived: what a kiosk sees that believes anything.
pub fn lie(request: &SignedRequest, server_key: &SigningKey) -> SignedReply {
    let batch: Batch = serde_json::from_slice(&request.body).expect("a batch");
    let next = |head: ChainHash, (seq, event): (u64, &WireEvent)| {
        let body = event.body.as_ref().map(|body| BodyHash::of(body.get().as_bytes()));
        head.next(seq, event.id, body.or(event.withheld.map(BodyHash::from)).expect("a body or its hash"))
    };
    let head = (batch.first_seq..).zip(&batch.events).fold(batch.prev_hash.into(), next);
    let ack = Ack {
        protocol: batch.protocol,
        batch_hash: HexHash(sha256(&request.body)),
        verdicts: batch.events.iter().map(|_| Verdict::Stored).collect(),
        next_seq: batch.first_seq + batch.events.len() as u64,
        head_hash: head.into(),
        data_epoch: 1,
        checkpoint: None,
    };
    let time_ms = batch.sent_at.wall_ms;
    SignedReply::new(server_key, request, 200, time_ms, serde_json::to_vec(&ack).expect("JSON"))
}
