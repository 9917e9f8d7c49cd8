//! Kiosk and server talking for real.

#[path = "../support/mod.rs"]
mod support;

#[path = "../support/desk.rs"]
mod desk;
#[path = "../support/liar.rs"]
mod liar;
#[path = "../support/tls.rs"]
mod tls;

mod audit;
mod clocks;
mod config;
mod enrolment;
mod identity;
mod journeys;
mod outages;
mod refusals;
mod witness;

use desk::{Desk, Ground};
use liar::Liar;
use std::sync::Arc;
use suara_loket::domain::clock::Clock;
use suara_loket::domain::ids::{CounterId, OfficeId};
use suara_loket::system::SystemClock;
use support::server::{Server, quick_office};
use tempfile::TempDir;

/// A server with an office, and a kiosk enrolled at it.
struct Scene {
    server: Server,
    office: OfficeId,
    counter: CounterId,
    ground: Ground,
    data: TempDir,
    kiosk: TempDir,
}

impl Scene {
    async fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock::new())).await
    }

    /// Where kiosk and server have this clock.
    async fn with_clock(clock: Arc<dyn Clock>) -> Self {
        let (data, kiosk) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let server = Server::start_with_clock(data.path(), clock.clone()).await;
        let office = quick_office(&server.service).await;
        let scene = Self {
            server,
            office: office.office,
            counter: office.counter,
            ground: Ground { clock, ..Ground::new(kiosk.path()) },
            data,
            kiosk,
        };
        let code = scene.code().await;
        scene.ground.enrol(&scene.server.url(), &code).await;
        scene
    }

    async fn code(&self) -> String {
        self.server.code(self.office, self.counter).await
    }

    fn desk(&self) -> Desk<suara_loket::kiosk::sync::HttpServer> {
        self.ground.start(&self.server.url())
    }

    /// The kiosk before a server that can lie.
    async fn lied_to(&self) -> (Desk<Liar>, Liar) {
        let liar = Liar::before(&self.server.service).await;
        (self.ground.start_with(|_, _| liar.clone()), liar)
    }

    /// How many ratings there are, and how many of them count.
    async fn ratings(&self) -> (usize, usize) {
        let ratings = self.server.ratings(self.office).await;
        (ratings.len(), ratings.iter().filter(|rating| rating.counted).count())
    }
}
