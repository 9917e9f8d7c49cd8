//! A kiosk without a screen whose rounds are made one by one, so that no test has to wait.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use suara_loket::domain::clock::{Anchor, Clock};
use suara_loket::domain::event::Signals;
use suara_loket::domain::ids::DeviceId;
use suara_loket::domain::stars::Stars;
use suara_loket::kiosk::device::load_key;
use suara_loket::kiosk::hands::SharedAnchor;
use suara_loket::kiosk::outbox::Outbox;
use suara_loket::kiosk::own_settings::OwnSettings;
use suara_loket::kiosk::session::Draft;
use suara_loket::kiosk::sync::{CallError, HttpServer, KnownTime, News, Outcome, Syncer, enrol};
use suara_loket::protocol::EvaluationServer;
use suara_loket::protocol::enrol::read_key;
use suara_loket::system::{SystemClock, system_random};

/// The kiosk; `S` is its way to the server.
pub struct Desk<S> {
    /// Its queue.
    pub outbox: Outbox,
    /// Who it is.
    pub device: DeviceId,
    /// What sends.
    pub syncer: Syncer<S>,
    anchor: SharedAnchor,
}

/// What a kiosk stands on.
#[derive(Clone)]
pub struct Ground {
    /// Its folder.
    pub folder: PathBuf,
    /// Its clock.
    pub clock: Arc<dyn Clock>,
    /// The office's own authority.
    pub authority: Option<PathBuf>,
    /// What is decided at this kiosk.
    pub own: OwnSettings,
}

impl Ground {
    /// An ordinary machine.
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            clock: Arc::new(SystemClock::new()),
            authority: None,
            own: OwnSettings::default(),
        }
    }

    /// The server over HTTP, as seen from here.
    pub fn server(&self, url: &str, anchor: &SharedAnchor) -> HttpServer {
        let time = KnownTime::new(self.clock.clone(), anchor.clone());
        HttpServer::new(url, self.authority.as_deref(), time, system_random()).unwrap()
    }

    /// The queue.
    pub fn outbox(&self) -> Outbox {
        Outbox::open(&self.folder, self.clock.clone(), system_random()).unwrap()
    }

    /// Enrols, for the first time or anew.
    pub async fn enrol(&self, url: &str, code: &str) {
        let outbox = self.outbox();
        enrol(&outbox, &self.server(url, &SharedAnchor::default()), code, &self.folder, &system_random())
            .await
            .unwrap();
    }

    /// Starts on HTTP.
    pub fn start(&self, url: &str) -> Desk<HttpServer> {
        self.start_with(|key, anchor| self.server(url, anchor).pinned(key))
    }

    /// Starts on any way to a server with this key.
    pub fn start_with<S: EvaluationServer<Error = CallError>>(
        &self,
        server: impl FnOnce(ed25519_dalek::VerifyingKey, &SharedAnchor) -> S,
    ) -> Desk<S> {
        let outbox = self.outbox();
        let enrolment = outbox.enrolment().unwrap().expect("enrolled");
        let key = load_key(&self.folder, enrolment.epoch).unwrap();
        let anchor = SharedAnchor::default();
        *anchor.write().unwrap() = outbox.latest_anchor().unwrap();
        let server = server(read_key(&enrolment.server_key).unwrap(), &anchor);
        let device = enrolment.device;
        let syncer =
            Syncer::new(outbox.clone(), server, enrolment, key, self.clock.clone(), system_random(), self.own.clone())
                .unwrap();
        Desk { outbox, device, syncer, anchor }
    }
}

impl<S: EvaluationServer<Error = CallError>> Desk<S> {
    /// A resident rates, and is thanked.
    pub async fn rate(&self, stars: u8) {
        rate(&self.outbox, stars).await;
    }

    /// Several do.
    pub async fn rate_times(&self, times: u8) {
        for n in 0..times {
            self.rate(1 + n % 5).await;
        }
    }

    /// One round.
    pub async fn round(&mut self) -> Outcome {
        let anchor = self.anchor.clone();
        let news = move |news| {
            if let News::Time(new) = news {
                *anchor.write().unwrap_or_else(PoisonError::into_inner) = Some(new);
            }
        };
        self.syncer.round(&news).await
    }

    /// How many batches a round takes, and how it ends.
    pub async fn batches_of_a_round(&mut self) -> (u64, Outcome) {
        let before = self.syncer.progress().attempts;
        let outcome = self.round().await;
        (self.syncer.progress().attempts - before, outcome)
    }

    /// How many events wait.
    pub fn waiting(&self) -> u64 {
        self.outbox.depth().unwrap().waiting
    }

    /// What it believes of the server's time.
    pub fn anchor(&self) -> Option<Anchor> {
        *self.anchor.read().unwrap()
    }

    /// What the technician reads under a word.
    pub fn note(&self, key: &str) -> Option<String> {
        self.outbox.notes().unwrap().into_iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// What is kept for people to judge.
    pub fn evidence(&self, kind: &str) -> Vec<String> {
        self.outbox.evidence().unwrap().into_iter().filter(|(k, _)| k == kind).map(|(_, text)| text).collect()
    }
}

/// A resident rates, and is thanked.
pub async fn rate(outbox: &Outbox, stars: u8) {
    let stars = Stars::try_from(stars).unwrap();
    let (sender, stored) = tokio::sync::oneshot::channel();
    let draft = Draft::Rated { visit: None, stars, officer: None, service: None, signals: Signals::default() };
    outbox.record(draft, |result| drop(sender.send(result)));
    stored.await.unwrap().unwrap();
}

/// Copies a folder of files, as somebody who copies a card.
pub fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
        } else {
            let inner = to.join(path.file_name().unwrap());
            std::fs::create_dir_all(&inner).unwrap();
            copy(&path, &inner);
        }
    }
}
