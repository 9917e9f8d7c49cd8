//! The real server on a free port, inside the test's own process.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use suara_loket::domain::ids::{CounterId, OfficeId};
use suara_loket::server::app::{self, App};
use suara_loket::server::service::Service;
use suara_loket::server::store::sqlite::SqliteStore;
use suara_loket::server::store::{RatingRow, Store};
use suara_loket::system::{SystemClock, system_random};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A server; stops with this value, and may be started again on its data and port.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its use cases, to set things up.
    pub service: Arc<Service>,
    folder: PathBuf,
    stop: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<()>>,
}

impl Server {
    /// A server on the data in `folder`, on a free port.
    pub async fn start(folder: &Path) -> Self {
        Self::start_at(folder, "127.0.0.1:0".parse().unwrap()).await
    }

    /// The same data and address again, after [`Server::stop`].
    pub async fn start_again(self) -> Self {
        Self::start_at(&self.folder.clone(), self.address).await
    }

    async fn start_at(folder: &Path, address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&folder.join("server.db")).unwrap());
        let service =
            Arc::new(Service::new(store, Arc::new(SystemClock::new()), system_random(), format!("http://{address}")));
        let (stop, stopped) = oneshot::channel::<()>();
        let app = App::new(service.clone(), true);
        let task = tokio::spawn(async move {
            app::serve(listener, app, async { drop(stopped.await) }).await.unwrap();
        });
        Self { address, service, folder: folder.to_owned(), stop: Some(stop), task: Some(task) }
    }

    /// Ends the server and waits until its port is free.
    pub async fn stop(&mut self) {
        drop(self.stop.take());
        if let Some(task) = self.task.take() {
            task.await.unwrap();
        }
    }

    /// Its address as a kiosk writes it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All ratings of an office.
    pub async fn ratings(&self, office: OfficeId) -> Vec<RatingRow> {
        self.service.store().ratings(office).await.unwrap()
    }

    /// A fresh enrolment code.
    pub async fn code(&self, office: OfficeId, counter: CounterId) -> String {
        self.service.new_enrolment(office, counter).await.unwrap()
    }
}
