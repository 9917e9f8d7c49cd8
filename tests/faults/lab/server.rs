//! The server: as a program to kill, and as use cases to set things up with.

use crate::support::Process;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use suara_loket::kiosk::sync::{HttpServer, KnownTime};
use suara_loket::server::service::Service;
use suara_loket::server::store::sqlite::SqliteStore;
use suara_loket::system::{SystemClock, system_random};

/// `suara-loket server`, until this value goes: then it is killed.
pub struct ServerProgram {
    pub process: Process,
    /// As a kiosk writes it.
    pub address: String,
}

impl ServerProgram {
    /// Starts it on a free port, and waits until it serves.
    pub fn start(folder: &Path) -> Self {
        Self::start_at(folder, "127.0.0.1:0")
    }

    pub fn start_at(folder: &Path, listen: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_suara-loket"));
        command.args(["server", "--listen", listen, "--data"]).arg(folder).env("SUARA_LOG", "error");
        let mut process = Process::start(&mut command);
        let line = process.line_with("serves at");
        let address = line.split_whitespace().last().expect("an address").to_owned();
        process.drain();
        Self { process, address }
    }
}

/// The real client of the server at an address.
pub fn http(address: &str) -> HttpServer {
    let time = KnownTime::new(Arc::new(SystemClock::new()), Arc::default());
    HttpServer::new(address, None, time, system_random()).unwrap()
}

/// The use cases on the data in a folder, in this process.
pub fn service_on(folder: &Path) -> Service {
    let store = Arc::new(SqliteStore::open(folder).unwrap());
    Service::new(store, Arc::new(SystemClock::new()), system_random(), "http://127.0.0.1".to_owned())
}
