//! An office with a server and a kiosk, as an operator has them: two folders and the program.

use crate::support::Process;
use crate::support::counter::Counter;
use crate::support::server::{QuickOffice, quick_office};
use crate::{server, suara_loket};
use rusqlite::Connection;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use suara_loket::server::service::Service;
use suara_loket::server::store::sqlite::SqliteStore;
use suara_loket::system::{SystemClock, system_random};
use tempfile::TempDir;

pub struct Scene {
    pub data: TempDir,
    pub kiosk: TempDir,
    /// Where copies go.
    pub elsewhere: TempDir,
    pub office: QuickOffice,
    pub url: String,
    pub server: Option<Process>,
    pub counter: Option<Counter>,
}

impl Scene {
    /// A server that runs, and a kiosk enrolled at it.
    pub async fn new() -> Self {
        let [data, kiosk, elsewhere] = [(); 3].map(|()| tempfile::tempdir().unwrap());
        let office = {
            let store = Arc::new(SqliteStore::open(data.path()).unwrap());
            let service = Service::new(store, Arc::new(SystemClock::new()), system_random(), String::new());
            quick_office(&service).await
        };
        let (server, url) = server(data.path(), &["--allow-simulation"]);
        let mut scene = Self { data, kiosk, elsewhere, office, url, server: Some(server), counter: None };
        let code = scene.said(&["admin", "enrol", "--counter", "1"]);
        scene.counter = Some(Counter::start(scene.kiosk.path(), &scene.url, Some(code.trim())).await);
        scene
    }

    /// So many residents rate, and the server knows it.
    pub async fn rate(&mut self, ratings: u32) {
        let stars: Vec<u8> = (1..=5).cycle().take(ratings as usize).collect();
        self.rate_each(&stars).await;
    }

    /// Residents give these stars, and the server knows it.
    pub async fn rate_each(&mut self, stars: &[u8]) {
        let counter = self.counter.as_mut().unwrap();
        for stars in stars {
            counter.rate(*stars).await;
        }
        counter.drained().await;
    }

    pub fn stop_server(&mut self) {
        let mut server = self.server.take().unwrap();
        server.terminate();
        assert!(server.wait().success());
    }

    /// The server again, where the kiosk looks for it.
    pub fn start_server(&mut self) {
        let address = self.url.strip_prefix("http://").unwrap().to_owned();
        let mut command = suara_loket(self.data.path(), &["server", "--listen", &address]);
        let mut server = Process::start(command.env("SUARA_LOG", "warn").env("SUARA_SERVER_BALLAST_MIB", "1"));
        server.line_with("Suara Loket serves at");
        server.drain();
        self.server = Some(server);
    }

    pub fn database(&self) -> PathBuf {
        self.data.path().join("server.db")
    }

    pub fn copy(&self, name: &str) -> PathBuf {
        self.elsewhere.path().join(name)
    }

    /// The program on the server's folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        suara_loket(self.data.path(), arguments)
    }

    /// What a command says that must succeed.
    pub fn said(&self, arguments: &[&str]) -> String {
        succeeded(&self.command(arguments).output().unwrap())
    }

    pub fn backup(&self, name: &str) -> String {
        self.said(&["backup", "--to", self.copy(name).to_str().unwrap()])
    }

    pub fn restore(&self, name: &str) -> String {
        self.said(&["restore", "--from", self.copy(name).to_str().unwrap()])
    }

    /// What `verify` proves of the server's database.
    pub fn verified(&self) -> Value {
        verified(&self.database())
    }

    /// How many ratings there are; nothing may have been found.
    pub fn ratings(&self) -> u64 {
        let verified = self.verified();
        assert_eq!(verified["sound"], true, "{verified}");
        verified["offices"][0]["ratings"].as_u64().unwrap()
    }

    /// How many events there are.
    pub fn events(&self) -> u64 {
        self.verified()["offices"][0]["events"].as_u64().unwrap()
    }

    /// Changes the database behind the program's back.
    pub fn tamper(&self, sql: &str) {
        tamper(&self.database(), sql);
    }
}

pub fn tamper(database: &Path, sql: &str) {
    let db = Connection::open(database).unwrap();
    db.pragma_update(None, "foreign_keys", false).unwrap();
    assert!(db.execute(sql, []).unwrap() > 0, "{sql} changed nothing");
}

pub fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What `verify --json` says of a file, sound or not.
pub fn verified(file: &Path) -> Value {
    let output = verify(&["--json", "--file", file.to_str().unwrap()]);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

pub fn verify(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_suara-loket")).arg("verify").args(arguments).output().unwrap()
}

/// The names in a folder, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let listed = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = listed.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
