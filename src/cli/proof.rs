//! Proving what a server's database file holds, for `verify`, `backup` and `restore`.

use crate::domain::ids::OfficeId;
use crate::domain::office::Office;
use crate::server::service::{Finding, Service, Summary};
use crate::server::store::LedgerEnd;
use crate::server::store::sqlite::SqliteStore;
use crate::system::{SystemClock, system_random};
use std::path::Path;
use std::sync::Arc;

/// What one office's data prove.
pub(super) struct OfficeProof {
    pub office: Office,
    pub end: LedgerEnd,
    pub summary: Summary,
}

/// What a database proves.
pub(super) struct Proof {
    pub offices: Vec<OfficeProof>,
    /// Made when the first kiosk calls.
    pub data_epoch: Option<u64>,
}

impl Proof {
    pub(super) fn events(&self) -> u64 {
        self.offices.iter().map(|office| office.summary.events).sum()
    }

    pub(super) fn findings(&self) -> u64 {
        self.offices.iter().map(|office| office.summary.findings).sum()
    }

    /// One line an office: its ledger as it can be written down and compared.
    pub(super) fn ledgers(&self) -> impl Iterator<Item = String> {
        self.offices.iter().map(|OfficeProof { office, end, .. }| {
            format!("office {} {}: ledger of {} leaves, root {}", office.id, office.name, end.size, end.root)
        })
    }

    pub(super) fn epoch(&self) -> String {
        self.data_epoch.map_or_else(|| "none yet".to_owned(), |epoch| format!("{epoch:016x}"))
    }
}

/// The use cases on what a database file holds at this moment; nothing can be changed through them.
pub(super) fn service_on(file: &Path) -> anyhow::Result<Service> {
    let store = Arc::new(SqliteStore::snapshot(file)?);
    Ok(Service::new(store, Arc::new(SystemClock::new()), system_random(), String::new()))
}

/// Proves everything in a database file, and tells each finding.
pub(super) async fn prove(file: &Path, mut found: impl FnMut(OfficeId, &Finding)) -> anyhow::Result<Proof> {
    let service = service_on(file)?;
    let mut offices = Vec::new();
    for row in service.store().offices().await? {
        let id = row.office.id;
        let summary = service.verify(id, &mut |finding| found(id, &finding)).await?;
        offices.push(OfficeProof { office: row.office, end: service.store().ledger_end(id).await?, summary });
    }
    // There is nothing to make one from here, so a missing one is an error of the store.
    let data_epoch = service.store().data_epoch(0).await.ok();
    Ok(Proof { offices, data_epoch })
}
