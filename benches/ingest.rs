//! One batch of 200 ratings into the server's store, beside its floor: a bare loop that inserts the
//! same bytes into one table, in one transaction as durable. Prints the ratio, since machines
//! differ and are noisy.

#![allow(missing_docs, reason = "shares the fixture of the store's tests")]

#[path = "../tests/store/fixture.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod fixture;

use fixture::{Chain, Given, facts, fixture, rated, verdicts};
use rusqlite::{Connection, params};
use std::time::Instant;
use suara_loket::protocol::MOST_EVENTS;
use suara_loket::protocol::batch::Verdict;
use suara_loket::server::store::IncomingBatch;

const BATCHES: u32 = 200;
const FIRST_AT_MS: i64 = 1_795_500_000_000;
const MINUTE_MS: i64 = 60_000;
/// A rating a minute.
const BATCH_MS: i64 = 200 * MINUTE_MS;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let store = runtime.block_on(fixture());
    let mut chain = Chain::of(store.device);
    let mut bare = Bare::new();
    let (mut store_us, mut bare_us) = (Vec::new(), Vec::new());
    // In turn, so that both see the same moods of the machine.
    for number in 0..BATCHES {
        let batch = chain.batch(ratings(&store, number), FIRST_AT_MS + i64::from(number + 1) * BATCH_MS);
        bare_us.push(timed_us(|| bare.insert(&batch)));
        store_us.push(timed_us(|| {
            let taken = verdicts(runtime.block_on(store.store.ingest(batch)).expect("a store that takes it"));
            assert!(taken.iter().all(|verdict| *verdict == Verdict::Stored), "{taken:?}");
        }));
    }
    report(&mut store_us, &mut bare_us);
}

/// Ratings of as many visits, as one busy counter would have queued.
fn ratings(store: &fixture::Fixture, batch: u32) -> Vec<Given> {
    let size = u32::try_from(MOST_EVENTS).expect("a few hundred");
    let rating = |n: u32| {
        let stars = u8::try_from(n % 5 + 1).expect("one to five");
        let at_ms = FIRST_AT_MS + i64::from(batch * size + n) * MINUTE_MS;
        rated(facts(store.device, batch * size + n + 1, stars, Some(store.officers[0])), at_ms)
    };
    (0..size).map(rating).collect()
}

/// The least that any store on SQLite does.
struct Bare {
    database: Connection,
    _folder: tempfile::TempDir,
}

impl Bare {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let database = Connection::open(folder.path().join("bare.db")).expect("a fresh database");
        database.pragma_update(None, "journal_mode", "WAL").expect("a log");
        database.pragma_update(None, "synchronous", "FULL").expect("syncs");
        let table = "CREATE TABLE event (id BLOB PRIMARY KEY, seq INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID";
        database.execute_batch(table).expect("a table");
        Self { database, _folder: folder }
    }

    fn insert(&mut self, batch: &IncomingBatch) {
        let step = self.database.transaction().expect("a transaction");
        for event in &batch.events {
            let seq = i64::try_from(event.seq).expect("a small number");
            step.prepare_cached("INSERT INTO event (id, seq, body) VALUES (?1, ?2, ?3)")
                .and_then(|mut insert| insert.execute(params![event.id.0.as_bytes(), seq, event.body]))
                .expect("a row");
        }
        step.commit().expect("a commit");
    }
}

fn timed_us(work: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    work();
    begun.elapsed().as_secs_f64() * 1e6
}

fn report(store_us: &mut [f64], bare_us: &mut [f64]) {
    println!("a batch of {MOST_EVENTS} ratings into the store ({BATCHES} batches)   p50        p99");
    let (store, bare) = (percentiles(store_us), percentiles(bare_us));
    println!("  store                                           {:8.0} us {:8.0} us", store.0, store.1);
    println!("  floor: bare SQLite inserts                      {:8.0} us {:8.0} us", bare.0, bare.1);
    println!(
        "  ratio                                           {:8.2} x  {:8.2} x",
        store.0 / bare.0,
        store.1 / bare.1
    );
}

fn percentiles(times: &mut [f64]) -> (f64, f64) {
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2], times[times.len() * 99 / 100])
}
