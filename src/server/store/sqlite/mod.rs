//! The store on SQLite: one thread writes, a few connections read.

mod alone;
mod audit;
pub mod backup;
mod config;
mod contests;
mod devices;
mod events;
mod flags;
mod heads;
mod health;
mod ingest;
mod leaves;
mod ledger;
mod logins;
mod office;
mod order;
mod ratings;
mod receipts;
mod releases;
pub mod restore;
mod rows;
mod surveys;
#[cfg(test)]
mod tests;
mod themes;
mod threads;
mod times;

use super::{
    ChainRow, CheckpointRow, DailyRow, DeviceRow, DeviceStanding, Enrolled, Enrolling, EpochRow, EventRow, FlagRow,
    HealthRow, HeldEvent, HoleRow, IncomingBatch, Ingested, LateEvent, LateRating, LedgerEnd, NewDecision,
    NewEnrolment, NewOfficer, OfficeRow, OfficerRow, ProvenRating, RatingRow, SignedHead, Store, StoreError,
    StoreResult,
};
use crate::domain::clock::Anchor;
use crate::domain::day_card::DayCard;
use crate::domain::honesty::Released;
use crate::domain::ids::{CounterId, DeviceId, EventId, OfficeId, OfficerId, ServiceId, VisitId};
use crate::domain::ledger::{NodeHash, ReceiptCode, Tiles};
use crate::domain::office::{Counter, Service};
use crate::domain::opening_hours::OpeningHours;
use crate::domain::release::ReleaseSchedule;
use crate::protocol::batch::HexHash;
use crate::storage::{self, InUse, Schema, StorageError};
use async_trait::async_trait;
use jiff::civil::Date;
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use threads::Threads;
use uuid::Uuid;

const SCHEMA: Schema = Schema {
    name: "server",
    application_id: 0x534C_5331, // "SLS1"
    migrations: &[include_str!("migrations/0001_start.sql")],
    wal_autocheckpoint_pages: 1_000,
};

/// The file name of the database in the server's data folder.
pub const FILE_NAME: &str = "server.db";

/// One SQLite database.
pub struct SqliteStore {
    threads: Threads,
    _in_use: Option<InUse>,
}

impl SqliteStore {
    /// Opens or creates the database in a folder.
    ///
    /// # Errors
    /// When the file cannot be opened, is not a server's, is newer than this program, or is being replaced.
    pub fn open(folder: &Path) -> Result<Self, StorageError> {
        let path = folder.join(FILE_NAME);
        // Where nothing can be written, opening the database says so best.
        let in_use = match InUse::together(folder) {
            Ok(None) => return Err(StorageError::Replaced { folder: folder.to_owned() }),
            held => held.ok().flatten(),
        };
        let writer = storage::open(&path, &SCHEMA)?;
        let readers =
            (0..threads::READERS).map(|_| storage::open_reader(&path, &SCHEMA)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { threads: Threads::start(writer, readers), _in_use: in_use })
    }

    /// What a database held at this moment, whoever goes on writing it. Nothing can be changed through
    /// this store.
    ///
    /// # Errors
    /// When the file cannot be opened, is not a server's, or is newer than this program.
    pub fn snapshot(file: &Path) -> Result<Self, StorageError> {
        let db = storage::open_to_look(file, &SCHEMA)?;
        let failed = |source| StorageError::Open { name: SCHEMA.name, path: file.to_owned(), source };
        // One transaction, begun by its first look, and never ended: every look sees the same.
        db.execute_batch("BEGIN; SELECT count(*) FROM server_meta").map_err(failed)?;
        Ok(Self { threads: Threads::only_reading(db), _in_use: None })
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn add_office(&self, name: &str, zone: &str, releases: &ReleaseSchedule) -> StoreResult<OfficeId> {
        let (name, zone, releases) = (name.to_owned(), zone.to_owned(), releases.to_string());
        self.threads.write(move |db| office::add_office(db, &name, &zone, &releases)).await
    }

    async fn set_hours(&self, office: OfficeId, hours: Option<OpeningHours>) -> StoreResult<()> {
        let hours = hours.map(|hours| hours.to_string());
        self.threads.write(move |db| office::set_hours(db, office, hours.as_deref())).await
    }

    async fn offices(&self) -> StoreResult<Vec<OfficeRow>> {
        self.threads.read(office::offices).await
    }

    async fn office(&self, office: OfficeId) -> StoreResult<OfficeRow> {
        let offices = self.offices().await?;
        let found = offices.into_iter().find(|row| row.office.id == office);
        found.ok_or_else(|| StoreError::Missing(format!("office {office}")))
    }

    async fn add_counter(&self, office: OfficeId, name: &str) -> StoreResult<CounterId> {
        let name = name.to_owned();
        self.threads.write(move |db| office::add_counter(db, office, &name)).await
    }

    async fn counters(&self, office: OfficeId) -> StoreResult<Vec<Counter>> {
        self.threads.read(move |db| office::counters(db, office)).await
    }

    async fn add_service(&self, office: OfficeId, code: &str, name: &str) -> StoreResult<ServiceId> {
        let (code, name) = (code.to_owned(), name.to_owned());
        self.threads.write(move |db| office::add_service(db, office, &code, &name)).await
    }

    async fn services(&self, office: OfficeId) -> StoreResult<Vec<Service>> {
        self.threads.read(move |db| office::services(db, office)).await
    }

    async fn add_officer(&self, office: OfficeId, new: &NewOfficer) -> StoreResult<OfficerId> {
        let new = new.clone();
        self.threads.write(move |db| office::add_officer(db, office, &new)).await
    }

    async fn officers(&self, office: OfficeId) -> StoreResult<Vec<OfficerRow>> {
        self.threads.read(move |db| office::officers(db, office)).await
    }

    async fn officer_by_login(&self, login: &str) -> StoreResult<Option<OfficerRow>> {
        let login = login.to_owned();
        self.threads.read(move |db| office::officer_by_login(db, &login)).await
    }

    async fn add_enrolment(&self, new: &NewEnrolment) -> StoreResult<()> {
        let new = new.clone();
        self.threads.write(move |db| devices::add_enrolment(db, &new)).await
    }

    async fn enrol(&self, new: &Enrolling) -> StoreResult<Option<Enrolled>> {
        let new = new.clone();
        self.threads.write(move |db| devices::enrol(db, &new)).await
    }

    async fn device(&self, device: DeviceId) -> StoreResult<Option<DeviceRow>> {
        self.threads.read(move |db| devices::device(db, device)).await
    }

    async fn devices(&self, office: OfficeId) -> StoreResult<Vec<DeviceStanding>> {
        self.threads.read(move |db| devices::all(db, office)).await
    }

    async fn revoke(&self, office: OfficeId, device: DeviceId, now_ms: i64) -> StoreResult<bool> {
        self.threads.write(move |db| devices::revoke(db, office, device, now_ms)).await
    }

    async fn kiosk_settings(&self, office: OfficeId) -> StoreResult<String> {
        self.threads.read(move |db| config::settings(db, office)).await
    }

    async fn set_kiosk_settings(&self, office: OfficeId, toml: &str) -> StoreResult<()> {
        let toml = toml.to_owned();
        self.threads.write(move |db| config::set_settings(db, office, &toml)).await
    }

    async fn config_version(&self, office: OfficeId, digest: [u8; 32]) -> StoreResult<u64> {
        // Thousands of kiosks ask, and hardly ever has anything changed.
        match self.threads.read(move |db| config::version_of(db, office, digest)).await? {
            Some(version) => Ok(version),
            None => self.threads.write(move |db| config::next_version(db, office, digest)).await,
        }
    }

    async fn keep_bundle(&self, office: OfficeId, hash: HexHash, version: u64) -> StoreResult<()> {
        self.threads.write(move |db| config::keep_bundle(db, office, hash, version)).await
    }

    async fn note_config(&self, office: OfficeId, device: DeviceId, hash: HexHash) -> StoreResult<()> {
        self.threads.write(move |db| config::note(db, office, device, hash)).await
    }

    async fn officer_ids(&self, office: OfficeId) -> StoreResult<BTreeSet<OfficerId>> {
        self.threads.read(move |db| office::officer_ids(db, office)).await
    }

    async fn ingest(&self, batch: IncomingBatch) -> StoreResult<Ingested> {
        if batch.events.is_empty() && batch.anchors.is_empty() {
            // A question only: thousands of kiosks that ask must not hinder those that tell.
            return self.threads.read(move |db| ingest::ingest(db, &batch)).await;
        }
        self.threads.write(move |db| ingest::ingest(db, &batch)).await
    }

    async fn rate_late(&self, office: OfficeId, new: &LateEvent) -> StoreResult<LateRating> {
        let new = new.clone();
        self.threads.write(move |db| ingest::rate_late(db, office, &new)).await
    }

    async fn is_rated(&self, office: OfficeId, visit: VisitId) -> StoreResult<bool> {
        self.threads.read(move |db| ratings::is_rated(db, office, visit)).await
    }

    async fn opened_at(&self, office: OfficeId, visit: VisitId) -> StoreResult<Option<i64>> {
        self.threads.read(move |db| ratings::opened_at(db, office, visit)).await
    }

    async fn ratings(&self, office: OfficeId) -> StoreResult<Vec<RatingRow>> {
        self.threads.read(move |db| ratings::ratings(db, office)).await
    }

    async fn dailies(&self, office: OfficeId) -> StoreResult<Vec<DailyRow>> {
        self.threads.read(move |db| ratings::dailies(db, office)).await
    }

    async fn parked(&self, office: OfficeId) -> StoreResult<Vec<(EventId, String)>> {
        self.threads.read(move |db| events::parked(db, office)).await
    }

    async fn conflicts(&self, office: OfficeId) -> StoreResult<Vec<EventRow>> {
        self.threads.read(move |db| events::conflicts(db, office)).await
    }

    async fn alarms(&self, office: OfficeId, since_ms: i64) -> StoreResult<Vec<HealthRow>> {
        self.threads.read(move |db| health::alarms(db, office, since_ms)).await
    }

    async fn ledger_end(&self, office: OfficeId) -> StoreResult<LedgerEnd> {
        self.threads.read(move |db| Ok(ledger::Ledger::load(db, office)?.end())).await
    }

    async fn consistency_proof(&self, office: OfficeId, old_size: u64, new_size: u64) -> StoreResult<Vec<NodeHash>> {
        self.threads.read(move |db| ledger::proof(db, office, old_size, new_size)).await
    }

    async fn tile(&self, office: OfficeId, level: u8, index: u64) -> StoreResult<Option<Vec<NodeHash>>> {
        self.threads.read(move |db| ledger::StoredTiles { db, office }.tile(level, index)).await
    }

    async fn keep_checkpoint(&self, office: OfficeId, checkpoint: &CheckpointRow) -> StoreResult<()> {
        let checkpoint = checkpoint.clone();
        self.threads.write(move |db| ledger::keep_checkpoint(db, office, &checkpoint)).await
    }

    async fn checkpoints(&self, office: OfficeId) -> StoreResult<Vec<CheckpointRow>> {
        self.threads.read(move |db| ledger::checkpoints(db, office)).await
    }

    async fn epochs(&self, office: OfficeId) -> StoreResult<Vec<EpochRow>> {
        self.threads.read(move |db| ledger::epochs(db, office)).await
    }

    async fn is_included(&self, office: OfficeId, receipt: ReceiptCode) -> StoreResult<bool> {
        self.threads.read(move |db| receipts::is_included(db, office, receipt)).await
    }

    async fn late_receipt(&self, office: OfficeId, visit: VisitId) -> StoreResult<Option<ReceiptCode>> {
        self.threads.read(move |db| receipts::late(db, office, visit)).await
    }

    async fn chains(&self, office: OfficeId) -> StoreResult<Vec<ChainRow>> {
        self.threads.read(move |db| audit::chains(db, office)).await
    }

    async fn events_after(&self, office: OfficeId, after: (DeviceId, u64), most: u32) -> StoreResult<Vec<EventRow>> {
        self.threads.read(move |db| events::after(db, office, after, most)).await
    }

    async fn heads_after(
        &self,
        office: OfficeId,
        device: DeviceId,
        after_seq: u64,
        most: u32,
    ) -> StoreResult<Vec<SignedHead>> {
        self.threads.read(move |db| heads::after(db, office, device, after_seq, most)).await
    }

    async fn holes(&self, office: OfficeId, device: DeviceId) -> StoreResult<Vec<HoleRow>> {
        self.threads.read(move |db| heads::holes(db, office, device)).await
    }

    async fn ratings_after(
        &self,
        office: OfficeId,
        after: Option<(VisitId, EventId)>,
        most: u32,
    ) -> StoreResult<Vec<ProvenRating>> {
        self.threads.read(move |db| audit::ratings_after(db, office, after, most)).await
    }

    async fn anchors(&self, office: OfficeId, boot: Uuid) -> StoreResult<Vec<Anchor>> {
        self.threads.read(move |db| times::of_boot(db, office, boot)).await
    }

    async fn held_events(&self, device: &DeviceRow, first_seq: u64, last_seq: u64) -> StoreResult<Vec<HeldEvent>> {
        let device = device.clone();
        self.threads.read(move |db| audit::held_events(db, &device, first_seq, last_seq)).await
    }

    async fn answers_to(&self, office: OfficeId, visits: &[VisitId]) -> StoreResult<Vec<RatingRow>> {
        let visits = visits.to_vec();
        let find = move |db: &Connection| {
            let found = visits.into_iter().map(|visit| ratings::answers(db, office, visit));
            Ok(found.collect::<StoreResult<Vec<_>>>()?.into_iter().flatten().collect())
        };
        self.threads.read(find).await
    }

    async fn release(&self, office: OfficeId, slot_ms: i64, day: Date) -> StoreResult<u32> {
        self.threads.write(move |db| releases::release(db, office, slot_ms, day)).await
    }

    async fn day_card(&self, office: OfficeId, officer: OfficerId, day: Date) -> StoreResult<DayCard> {
        self.threads.read(move |db| releases::day_card(db, office, officer, day)).await
    }

    async fn counter_days(&self, office: OfficeId, since_ms: i64) -> StoreResult<Vec<(CounterId, Date)>> {
        self.threads.read(move |db| flags::counter_days(db, office, since_ms)).await
    }

    async fn counter_ratings(
        &self,
        office: OfficeId,
        counter: CounterId,
        span_ms: Range<i64>,
    ) -> StoreResult<Vec<ProvenRating>> {
        self.threads.read(move |db| flags::counter_ratings(db, office, counter, &span_ms)).await
    }

    async fn duties(&self, office: OfficeId, counter: CounterId, since_ms: i64) -> StoreResult<Vec<String>> {
        self.threads.read(move |db| flags::duties(db, office, counter, since_ms)).await
    }

    async fn keep_flags(&self, office: OfficeId, flags: Vec<FlagRow>) -> StoreResult<()> {
        self.threads.write(move |db| flags::keep(db, office, &flags)).await
    }

    async fn flags(&self, office: OfficeId) -> StoreResult<Vec<FlagRow>> {
        self.threads.read(move |db| flags::all(db, office)).await
    }

    async fn decide(&self, office: OfficeId, new: NewDecision) -> StoreResult<()> {
        self.threads.write(move |db| flags::decide(db, office, &new)).await
    }

    async fn released(&self, office: OfficeId, officer: OfficerId) -> StoreResult<Vec<Released>> {
        self.threads.read(move |db| flags::released(db, office, officer)).await
    }

    async fn left_out(&self, office: OfficeId) -> StoreResult<Vec<EventId>> {
        self.threads.read(move |db| flags::left_out(db, office)).await
    }

    async fn add_login(&self, token_hash: [u8; 32], officer: &OfficerRow, now_ms: i64) -> StoreResult<()> {
        let (office, officer) = (officer.office, officer.officer.id);
        self.threads.write(move |db| logins::add(db, token_hash, office, officer, now_ms)).await
    }

    async fn use_login(
        &self,
        token_hash: [u8; 32],
        now_ms: i64,
        idle_since_ms: i64,
        begun_since_ms: i64,
    ) -> StoreResult<Option<OfficerRow>> {
        self.threads.write(move |db| logins::touch(db, token_hash, now_ms, idle_since_ms, begun_since_ms)).await
    }

    async fn end_login(&self, token_hash: [u8; 32]) -> StoreResult<()> {
        self.threads.write(move |db| logins::end(db, token_hash)).await
    }

    async fn signing_key(&self, make: [u8; 32]) -> StoreResult<[u8; 32]> {
        if let Some(key) = self.threads.read(|db| devices::fact(db, devices::SIGNING_KEY)).await? {
            return Ok(key);
        }
        self.threads.write(move |db| devices::once(db, devices::SIGNING_KEY, make)).await
    }

    async fn data_epoch(&self, make: u64) -> StoreResult<u64> {
        if let Some(epoch) = self.threads.read(|db| devices::fact(db, devices::DATA_EPOCH)).await? {
            return Ok(u64::from_be_bytes(epoch));
        }
        let bytes = self.threads.write(move |db| devices::once(db, devices::DATA_EPOCH, make.to_be_bytes())).await?;
        Ok(u64::from_be_bytes(bytes))
    }

    async fn begin_data_epoch(&self, epoch: u64, now_ms: i64) -> StoreResult<()> {
        self.threads.write(move |db| devices::begin_data_epoch(db, epoch, now_ms)).await
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error.to_string())
    }
}
