//! A network that drops, delays, repeats, reorders, forges and answers for others: nothing is lost,
//! nothing counted twice, and no acknowledgement believed that the server did not give.
//!
//! Target: 20,000 batches through a proxy that disturbs most calls: 0 lost, 0 doubled, 0 false
//! acknowledgements. The mutant is a kiosk that takes any answer for an acknowledgement.

use crate::lab::archive::Archive;
use crate::lab::proxy::Proxy;
use crate::lab::server::http;
use crate::lab::station::Station;
use crate::lab::{Run, fast_folder, lie};
use crate::support::server::{Server, quick_office};
use ed25519_dalek::SigningKey;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use suara_loket::domain::ids::EventId;
use suara_loket::kiosk::sync::{CallError, HttpServer};
use suara_loket::protocol::EvaluationServer;
use suara_loket::protocol::signing::{SignedReply, SignedRequest};
use suara_loket::system::SystemClock;
use tempfile::TempDir;

const KIOSKS: usize = 6;
/// Of a hundred calls so many are disturbed.
const TROUBLE: u64 = 60;

struct Lab {
    server: Server,
    server_folder: TempDir,
    proxy: Proxy,
    stations: Vec<Station>,
    _home: TempDir,
}

impl Lab {
    async fn new(run: &Run) -> Self {
        let (home, server_folder, mut dice) = (fast_folder(), fast_folder(), run.dice());
        let server = Server::start(server_folder.path()).await;
        let office = quick_office(&server.service).await;
        let mut stations = Vec::new();
        for number in 0..KIOSKS {
            let (folder, place) = (home.path().join(number.to_string()), (office.office, office.counter));
            let clock = Arc::new(SystemClock::new());
            stations.push(Station::enrol(&folder, &server.service, place, clock, dice.split()).await);
        }
        let proxy = Proxy::start(server.address, dice.split(), TROUBLE).await;
        Self { server, server_folder, proxy, stations, _home: home }
    }

    /// What the kiosks hold, and the server does not.
    fn lost(&self, archive: &Archive) -> usize {
        self.stations.iter().map(|station| archive.missing(&station.events()).len()).sum()
    }

    /// What the server holds, and no kiosk.
    fn foreign(&self, archive: &Archive) -> usize {
        let known: BTreeSet<EventId> = self.stations.iter().flat_map(Station::events).collect();
        archive.events().difference(&known).count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_doubled_or_falsely_acknowledged() {
    let run = Run::begin("network chaos", 400, 20_000);
    let mut lab = Lab::new(&run).await;
    let batches = Arc::new(AtomicU64::new(0));
    let counting = Counting { inner: http(&lab.proxy.url()), batches: batches.clone() };
    let archive = Archive::open(lab.server_folder.path());
    let mut false_acknowledgements = 0;
    while batches.load(Ordering::SeqCst) < run.count {
        for station in &mut lab.stations {
            for _ in 0..station.dice.below(4) {
                station.tap().unwrap();
            }
            station.round(counting.clone()).await;
            false_acknowledgements += archive.missing(&station.newly_acknowledged()).len();
        }
    }
    lab.proxy.calm_down();
    for station in &mut lab.stations {
        while station.waiting() > 0 {
            station.round(counting.clone()).await;
        }
    }
    let (lost, doubled) = (lab.lost(&archive), archive.doubled() + lab.foreign(&archive) as u64);
    run.report(format!(
        "{} batches, {} ratings, {lost} lost, {doubled} doubled, {false_acknowledgements} false acknowledgements; {:?}",
        batches.load(Ordering::SeqCst),
        archive.counted(),
        lab.proxy.counted()
    ));
    assert_eq!((lost, doubled, false_acknowledgements), (0, 0, 0));
    lab.server.stop().await;
}

/// The mutant: whatever comes back, or nothing, is taken for the server's signed word.
#[tokio::test(flavor = "multi_thread")]
async fn mutant_a_kiosk_that_believes_everybody_is_found_out() {
    let run = Run::begin("network chaos, mutant believes everybody", 60, 60);
    let mut lab = Lab::new(&run).await;
    let key = SigningKey::from_bytes(&lab.server.service.store().signing_key([0; 32]).await.unwrap());
    let archive = Archive::open(lab.server_folder.path());
    let believer = Believer { inner: http(&lab.proxy.url()), key };
    let mut false_acknowledgements = 0;
    for _ in 0..run.count / KIOSKS as u64 {
        for station in &mut lab.stations {
            station.tap().unwrap();
            station.round(believer.clone()).await;
            false_acknowledgements += archive.missing(&station.newly_acknowledged()).len();
        }
    }
    run.report(format!("{false_acknowledgements} false acknowledgements seen"));
    assert!(false_acknowledgements > 0, "the laboratory does not see false acknowledgements");
}

/// Counts what is sent.
#[derive(Clone)]
struct Counting {
    inner: HttpServer,
    batches: Arc<AtomicU64>,
}

impl EvaluationServer for Counting {
    type Error = CallError;

    async fn call(&self, request: &SignedRequest) -> Result<SignedReply, CallError> {
        self.batches.fetch_add(u64::from(request.method == "POST"), Ordering::SeqCst);
        self.inner.call(request).await
    }
}

#[derive(Clone)]
struct Believer {
    inner: HttpServer,
    key: SigningKey,
}

impl EvaluationServer for Believer {
    type Error = CallError;

    async fn call(&self, request: &SignedRequest) -> Result<SignedReply, CallError> {
        let answer = self.inner.call(request).await;
        let real = answer.ok().filter(|reply| reply.answers(request, &self.key.verifying_key()));
        match real {
            None if request.method == "POST" => Ok(lie(request, &self.key)),
            None => Err(CallError::Unreachable("nothing to believe".to_owned())),
            Some(real) => Ok(real),
        }
    }
}
