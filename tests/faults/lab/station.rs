//! A kiosk's queue and synchronisation without its screen, stepped by hand: nothing happens between
//! two steps, so that a run can be repeated from its seed.

use super::{Dice, kiosk::copy_folder};
use ed25519_dalek::SigningKey;
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use suara_loket::domain::clock::Clock;
use suara_loket::domain::event::Signals;
use suara_loket::domain::ids::{CounterId, EventId, OfficeId};
use suara_loket::domain::stars::Stars;
use suara_loket::kiosk::outbox::{ChainStart, Enrolment, Outbox, OutboxResult, Stored};
use suara_loket::kiosk::own_settings::OwnSettings;
use suara_loket::kiosk::session::Draft;
use suara_loket::kiosk::sync::{CallError, Outcome, Syncer};
use suara_loket::protocol::EvaluationServer;
use suara_loket::protocol::enrol::{EnrolRequest, OldSelf};
use suara_loket::server::service::Service;

pub struct Station {
    home: PathBuf,
    lives: u32,
    pub outbox: Outbox,
    pub enrolment: Enrolment,
    pub key: SigningKey,
    pub clock: Arc<dyn Clock>,
    pub dice: Dice,
    place: (OfficeId, CounterId),
    /// Up to where acknowledgements were looked at.
    looked_at: i64,
}

impl Station {
    /// A new kiosk in a folder of its own below `home`.
    pub async fn enrol(
        home: &Path,
        service: &Service,
        place: (OfficeId, CounterId),
        clock: Arc<dyn Clock>,
        mut dice: Dice,
    ) -> Self {
        let folder = home.join("0");
        std::fs::create_dir_all(&folder).unwrap();
        let outbox = Outbox::open(&folder, clock.clone(), dice.split().into_random()).unwrap();
        let (enrolment, key) = ask(service, place, &outbox, None, &mut dice).await;
        Self { home: home.to_owned(), lives: 0, outbox, enrolment, key, clock, dice, place, looked_at: 1 }
    }

    /// A new code for the same machine: a new key, a new chain, the same events that the server lacks.
    pub async fn enrol_again(&mut self, service: &Service) {
        let old = Some(self.enrolment.as_old_self(&self.key));
        let (enrolment, key) = ask(service, self.place, &self.outbox, old, &mut self.dice).await;
        (self.enrolment, self.key) = (enrolment, key);
    }

    /// The same disk in another machine.
    pub fn cloned(&self, home: &Path, clock: Arc<dyn Clock>, mut dice: Dice) -> Self {
        copy_folder(&self.folder(), &home.join("0"));
        let outbox = Outbox::open(&home.join("0"), clock.clone(), dice.split().into_random()).unwrap();
        let (enrolment, key) = (self.enrolment.clone(), self.key.clone());
        Self { home: home.to_owned(), lives: 0, outbox, enrolment, key, clock, dice, place: self.place, looked_at: 1 }
    }

    pub fn folder(&self) -> PathBuf {
        self.home.join(self.lives.to_string())
    }

    /// A resident touches a star; returns after the commit.
    pub fn tap(&mut self) -> OutboxResult<Stored> {
        let stars = *self.dice.pick(&Stars::ALL);
        self.record(Draft::Rated { visit: None, stars, officer: None, service: None, signals: Signals::default() })
    }

    pub fn record(&self, draft: Draft) -> OutboxResult<Stored> {
        let (sender, stored) = mpsc::channel();
        self.outbox.record(draft, move |result| drop(sender.send(result)));
        stored.recv().expect("an answer")
    }

    /// What sends this station's queue to `server`.
    pub fn syncer<S: EvaluationServer<Error = CallError>>(&mut self, server: S) -> Syncer<S> {
        let random = self.dice.split().into_random();
        let (outbox, enrolment, key) = (self.outbox.clone(), self.enrolment.clone(), self.key.clone());
        Syncer::new(outbox, server, enrolment, key, self.clock.clone(), random, OwnSettings::default())
            .expect("a pinned key")
    }

    /// One round of a synchronisation that begins now, as after a start.
    pub async fn round<S: EvaluationServer<Error = CallError>>(&mut self, server: S) -> Outcome {
        self.syncer(server).round(&|_| {}).await
    }

    /// The machine stops where it is and starts again: what is on its disk is all there is.
    pub fn crash(&mut self) {
        let before = self.folder();
        self.lives += 1;
        copy_folder(&before, &self.folder());
        self.outbox = Outbox::open(&self.folder(), self.clock.clone(), self.dice.split().into_random()).unwrap();
        // The old writer may still be closing its files; nobody looks there any more.
        let _gone = std::fs::remove_dir_all(before);
    }

    pub fn waiting(&self) -> u64 {
        self.outbox.depth().unwrap().waiting
    }

    /// Everything in the queue, acknowledged or not.
    pub fn events(&self) -> BTreeSet<EventId> {
        super::queue::ids(&self.database(), "SELECT event_id FROM outbox")
    }

    /// The ratings in the queue, and those of them that wait. What a kiosk says about its own health
    /// is not among them.
    pub fn ratings(&self) -> (BTreeSet<EventId>, BTreeSet<EventId>) {
        let of = |table: &str| format!("SELECT event_id FROM {table} WHERE body ->> 'kind' = 'rated'");
        let database = self.database();
        (super::queue::ids(&database, &of("outbox")), super::queue::ids(&database, &of("waiting")))
    }

    /// What was acknowledged and not looked at before.
    pub fn newly_acknowledged(&mut self) -> BTreeSet<EventId> {
        let database = self.database();
        let query = "SELECT waiting_from FROM position";
        let waiting_from: i64 = database.query_row(query, [], |row| row.get(0)).unwrap();
        let from = self.looked_at.min(waiting_from);
        self.looked_at = waiting_from;
        let query = format!("SELECT event_id FROM outbox WHERE seq >= {from} AND seq < {waiting_from}");
        super::queue::ids(&database, &query)
    }

    fn database(&self) -> Connection {
        Connection::open(self.folder().join("kiosk.db")).unwrap()
    }
}

async fn ask(
    service: &Service,
    (office, counter): (OfficeId, CounterId),
    outbox: &Outbox,
    old: Option<OldSelf<'_>>,
    dice: &mut Dice,
) -> (Enrolment, SigningKey) {
    let code = service.new_enrolment(office, counter).await.unwrap();
    let mut secret = [0; 32];
    dice.fill(&mut secret);
    let (key, epoch) = (SigningKey::from_bytes(&secret), dice.next() >> 1);
    let ChainStart { earliest, latest } = outbox.chain_start().unwrap();
    let request = EnrolRequest::new(&code, epoch, earliest..=latest, &key, old);
    let reply = service.enrol(&request).await.unwrap();
    let enrolment = Enrolment { device: reply.device, epoch, server_key: reply.server_key };
    outbox.begin_epoch(enrolment.clone(), reply.first_seq).unwrap();
    (enrolment, key)
}
