//! Who touches the database: one writing thread with a bounded queue, and readers in turn.
//!
//! A commit costs a sync of the disk, whatever is in it. So the writer takes what waits into one
//! transaction, each write in a savepoint of its own, and answers all of them after the commit.

use super::super::{StoreError, StoreResult};
use rusqlite::{Connection, TransactionBehavior};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Semaphore, mpsc, oneshot};

/// How many connections read at once.
pub(super) const READERS: usize = 2;
/// How many writes may wait; beyond that callers hear that the store is busy.
const MOST_WAITING_WRITES: usize = 256;
/// How many writes share a commit: enough to share its cost, few enough that none waits long for it.
const MOST_TOGETHER: usize = 32;
/// Every statement of the store stays prepared.
const STATEMENTS: usize = 128;
/// What the writer keeps of the database in memory, KiB: the ends of all tables and indexes, and more.
const WRITER_CACHE_KIB: i64 = 32 * 1_024;

/// One write: does its work, or hears why it cannot, and says how to answer.
type Job = Box<dyn FnOnce(StoreResult<&Connection>) -> Done + Send>;

/// A write after its work.
struct Done {
    /// Whether its changes stay.
    keep: bool,
    /// Tells the caller, once it is known whether the transaction was committed.
    answer: Box<dyn FnOnce(StoreResult<()>)>,
}

pub(super) struct Threads {
    queue: mpsc::Sender<Job>,
    readers: Arc<Mutex<Vec<Connection>>>,
    free_readers: Arc<Semaphore>,
}

impl Threads {
    pub(super) fn start(writer: Connection, readers: Vec<Connection>) -> Self {
        let (queue, jobs) = mpsc::channel::<Job>(MOST_WAITING_WRITES);
        for db in readers.iter().chain([&writer]) {
            db.set_prepared_statement_cache_capacity(STATEMENTS);
        }
        if let Err(error) = writer.pragma_update(None, "cache_size", -WRITER_CACHE_KIB) {
            tracing::warn!(%error, "the database keeps less in memory than it could");
        }
        std::thread::spawn(move || run(writer, jobs));
        let free_readers = Arc::new(Semaphore::new(readers.len()));
        Self { queue, readers: Arc::new(Mutex::new(readers)), free_readers }
    }

    /// Nobody writes: whoever wants to hears that it is closed.
    pub(super) fn only_reading(reader: Connection) -> Self {
        reader.set_prepared_statement_cache_capacity(STATEMENTS);
        let (queue, _nobody) = mpsc::channel(1);
        Self { queue, readers: Arc::new(Mutex::new(vec![reader])), free_readers: Arc::new(Semaphore::new(1)) }
    }

    /// Runs `work` on the writing thread, all or nothing; it is committed before the answer.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |db| match db.and_then(work) {
            Ok(value) => Done { keep: true, answer: Box::new(|committed| drop(reply.send(committed.map(|()| value)))) },
            Err(error) => Done { keep: false, answer: Box::new(|_| drop(reply.send(Err(error)))) },
        });
        self.queue.try_send(job).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(_) => StoreError::Busy,
            mpsc::error::TrySendError::Closed(_) => closed(),
        })?;
        answer.await.map_err(|_closed| closed())?
    }

    /// Runs `work` on a connection that cannot write, and sees one state of the database.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        let turn = self.free_readers.clone().acquire_owned().await.map_err(|_closed| closed())?;
        let readers = self.readers.clone();
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let take = || readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let db = take().ok_or_else(closed)?;
            let result = in_one_state(&db, work);
            readers.lock().unwrap_or_else(PoisonError::into_inner).push(db);
            result
        });
        done.await.map_err(|_stopped| closed())?
    }
}

/// Sees one state of the database; a connection within a transaction sees the same as before.
fn in_one_state<T>(db: &Connection, work: impl FnOnce(&Connection) -> StoreResult<T>) -> StoreResult<T> {
    if db.is_autocommit() { work(&*db.unchecked_transaction()?) } else { work(db) }
}

/// The writing thread: until nobody can ask any more.
fn run(mut db: Connection, mut jobs: mpsc::Receiver<Job>) {
    while let Some(first) = jobs.blocking_recv() {
        let mut done = Vec::new();
        let committed = commit_together(&mut db, first, &mut jobs, &mut done);
        for job in done {
            (job.answer)(committed.clone());
        }
    }
}

/// Does the first write and those that wait behind it, and commits them.
fn commit_together(
    db: &mut Connection,
    first: Job,
    jobs: &mut mpsc::Receiver<Job>,
    done: &mut Vec<Done>,
) -> StoreResult<()> {
    let group = match db.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(group) => group,
        Err(error) => {
            done.push(first(Err(error.into())));
            return Ok(());
        }
    };
    let mut next = Some(first);
    while let Some(job) = next {
        done.push(in_savepoint(&group, job)?);
        // A disk that is full may end the whole transaction: then nothing of the group can be kept.
        let goes_on = done.len() < MOST_TOGETHER && !group.is_autocommit();
        next = if goes_on { jobs.try_recv().ok() } else { None };
    }
    Ok(group.commit()?)
}

/// Does one write; what it changed before it failed is undone, and nothing else.
fn in_savepoint(db: &Connection, job: Job) -> StoreResult<Done> {
    if let Err(error) = db.prepare_cached("SAVEPOINT job").and_then(|mut begin| begin.execute([])) {
        return Ok(job(Err(error.into())));
    }
    let done = job(Ok(db));
    if db.is_autocommit() {
        return Ok(done);
    }
    if !done.keep {
        db.prepare_cached("ROLLBACK TO job")?.execute([])?;
    }
    db.prepare_cached("RELEASE job")?.execute([])?;
    Ok(done)
}

fn closed() -> StoreError {
    StoreError::Failed("it is closed".to_owned())
}
