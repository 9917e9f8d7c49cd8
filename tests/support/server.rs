//! The real server on a free port, inside the test's own process.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use suara_loket::domain::clock::Clock;
use suara_loket::domain::ids::{CounterId, OfficeId, OfficerId};
use suara_loket::server::app::{self, App};
use suara_loket::server::service::{NewOfficerInput, Service};
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
    clock: Arc<dyn Clock>,
    stop: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<()>>,
}

impl Server {
    /// A server on the data in `folder`, on a free port.
    pub async fn start(folder: &Path) -> Self {
        Self::start_with_clock(folder, Arc::new(SystemClock::new())).await
    }

    /// The same, at another time.
    pub async fn start_with_clock(folder: &Path, clock: Arc<dyn Clock>) -> Self {
        Self::start_at(folder, "127.0.0.1:0".parse().unwrap(), clock).await
    }

    /// The same data and address again, after [`Server::stop`].
    pub async fn start_again(self) -> Self {
        Self::start_at(&self.folder.clone(), self.address, self.clock.clone()).await
    }

    /// Other data at the same address, after [`Server::stop`].
    pub async fn start_on(self, folder: &Path) -> Self {
        Self::start_at(folder, self.address, self.clock.clone()).await
    }

    async fn start_at(folder: &Path, address: SocketAddr, clock: Arc<dyn Clock>) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(folder).unwrap());
        let url = format!("http://{address}");
        let service = Arc::new(Service::new(store, clock.clone(), system_random(), url));
        let (stop, stopped) = oneshot::channel::<()>();
        let app = App::new(service.clone(), true);
        let task = tokio::spawn(async move {
            app::serve(listener, app, async { drop(stopped.await) }).await.unwrap();
        });
        Self { address, service, folder: folder.to_owned(), clock, stop: Some(stop), task: Some(task) }
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

    /// Its database, beside it.
    pub fn database(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.folder.join("server.db")).unwrap()
    }

    /// A copy of its data as they are now, in another folder.
    pub fn back_up(&self, folder: &Path) {
        let copy = folder.join("server.db");
        self.database().execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
    }

    /// A fresh enrolment code.
    pub async fn code(&self, office: OfficeId, counter: CounterId) -> String {
        self.service.new_enrolment(office, counter).await.unwrap()
    }
}

impl Server {
    /// Sends a rating to the address of a QR code, as a phone would; returns the HTTP status.
    pub async fn scan(&self, link: &str, stars: u8) -> u16 {
        let path = link.rsplit_once("/R/").expect("an address of a ticket").1;
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let form = client.post(format!("{}/R/{path}", self.url()));
        let form = form.header("content-type", "application/x-www-form-urlencoded").body(format!("stars={stars}"));
        form.send().await.unwrap().status().as_u16()
    }
}

/// A small office whose releases come every second.
pub struct QuickOffice {
    pub office: OfficeId,
    pub counter: CounterId,
    pub officer: OfficerId,
}

/// Creates it, with the officer `rani` (PIN 271801, password `sawahlunto-rani`).
pub async fn quick_office(service: &Service) -> QuickOffice {
    let office = service.add_office("Kantor Uji", "Asia/Jakarta", &"every 1 s".parse().unwrap()).await.unwrap();
    let counter = service.add_counter(office, "Loket 1").await.unwrap();
    let input = NewOfficerInput {
        name: "Rani Oktavia".to_owned(),
        login: "rani".to_owned(),
        pin: "271801".to_owned(),
        password: "sawahlunto-rani".to_owned(),
        portrait_svg: "<svg xmlns='http://www.w3.org/2000/svg'/>".to_owned(),
    };
    let officer = service.add_officer(office, input).await.unwrap();
    QuickOffice { office, counter, officer }
}
