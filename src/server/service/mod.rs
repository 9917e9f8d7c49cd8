//! What the server can do, in words of the field; knows no HTTP and no SQL.

mod audit;
mod config;
mod day;
mod device_calls;
mod devices;
mod ingest;
mod ledger;
mod login;
mod office;
mod problem;
mod rate_later;
mod receipt;
mod review;
mod survey;
mod technician;
mod verify;
mod witnessed;

pub use day::DoneSlots;
pub use devices::Refusal;
pub use ledger::DoneHours;
pub use login::{LoginSecret, SignedIn};
pub use office::{BadInput, NewOfficerInput};
pub use rate_later::{TicketPage, TicketProblem, VisitView};
pub use review::{Case, Examined};
pub use survey::{FilledIn, FormPage, Population, SheetReport, SkmReport};
pub use verify::{Finding, Summary};
pub use witnessed::Kept;

use super::store::{Store, StoreError};
use crate::domain::clock::Clock;
use crate::protocol::office_layer::BadLayer;
use crate::sheet::SheetError;
use crate::system::{Random, random_array};
use ed25519_dalek::SigningKey;
use std::sync::{Arc, Mutex};
use tokio::sync::{OnceCell, Semaphore};

/// How many password checks run at once; each takes a processor and 19 MiB for a while.
const PASSWORD_CHECKS: usize = 2;

/// Why a use case did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The store failed or does not know the thing.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was asked for makes no sense.
    #[error(transparent)]
    BadInput(#[from] BadInput),
    /// Kiosks could not use these settings.
    #[error(transparent)]
    BadSettings(#[from] BadLayer),
    /// A file of forms cannot be used.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// A device may not do this.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The server itself failed.
    #[error("the server failed: {0}")]
    Internal(String),
}

/// Result of a use case.
pub type ServiceResult<T> = Result<T, ServiceError>;

/// The use cases on a store.
pub struct Service {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    random: Random,
    public_url: String,
    key: OnceCell<SigningKey>,
    epoch: OnceCell<u64>,
    password_turns: Semaphore,
    unknown_codes: Mutex<devices::UnknownCodes>,
}

impl Service {
    /// Use cases on `store`; `public_url` is where residents' phones find this server.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, random: Random, public_url: String) -> Self {
        let password_turns = Semaphore::new(PASSWORD_CHECKS);
        let unknown_codes = Mutex::default();
        let (key, epoch) = (OnceCell::new(), OnceCell::new());
        Self { store, clock, random, public_url, key, epoch, password_turns, unknown_codes }
    }

    /// The store, for looking things up that need no rule.
    #[must_use]
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// Where residents' phones find this server.
    #[must_use]
    pub fn public_url(&self) -> &str {
        &self.public_url
    }

    fn now_ms(&self) -> i64 {
        self.clock.now().wall_ms
    }

    /// The key that signs replies; made once for this data.
    async fn signing_key(&self) -> ServiceResult<&SigningKey> {
        let load = || async {
            let secret = self.store.signing_key(random_array(&self.random)).await?;
            Ok::<_, ServiceError>(SigningKey::from_bytes(&secret))
        };
        self.key.get_or_try_init(load).await
    }
}
