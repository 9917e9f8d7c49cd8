//! Who touches the database: one writing thread with a bounded queue, and readers in turn.

use super::super::{StoreError, StoreResult};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Semaphore, mpsc, oneshot};

/// How many connections read at once.
pub(super) const READERS: usize = 2;
/// How many writes may wait; beyond that callers wait, and feel the load.
const MOST_WAITING_WRITES: usize = 256;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

pub(super) struct Threads {
    queue: mpsc::Sender<Job>,
    readers: Arc<Mutex<Vec<Connection>>>,
    free_readers: Arc<Semaphore>,
}

impl Threads {
    pub(super) fn start(mut writer: Connection, readers: Vec<Connection>) -> Self {
        let (queue, mut jobs) = mpsc::channel::<Job>(MOST_WAITING_WRITES);
        std::thread::spawn(move || {
            while let Some(job) = jobs.blocking_recv() {
                job(&mut writer);
            }
        });
        let free_readers = Arc::new(Semaphore::new(readers.len()));
        Self { queue, readers: Arc::new(Mutex::new(readers)), free_readers }
    }

    /// Runs `work` in one transaction on the writing thread; it is committed before the answer.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |db| drop(reply.send(in_transaction(db, work))));
        self.queue.send(job).await.map_err(|_closed| closed())?;
        answer.await.map_err(|_closed| closed())?
    }

    /// Runs `work` on a connection that cannot write.
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
            let result = work(&db);
            readers.lock().unwrap_or_else(PoisonError::into_inner).push(db);
            result
        });
        done.await.map_err(|_stopped| closed())?
    }
}

fn in_transaction<T>(db: &mut Connection, work: impl FnOnce(&Transaction<'_>) -> StoreResult<T>) -> StoreResult<T> {
    let step = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let result = work(&step)?;
    step.commit()?;
    Ok(result)
}

fn closed() -> StoreError {
    StoreError::Failed("it is closed".to_owned())
}
