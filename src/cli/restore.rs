//! `suara-loket restore`: a backup in place of the server's data, under a new epoch.

use super::proof::{Proof, prove};
use super::server::open_service;
use super::{environment, print};
use crate::domain::clock::Clock;
use crate::layers;
use crate::server::settings::{DEFAULTS, ServerSettings};
use crate::server::store::sqlite::FILE_NAME;
use crate::server::store::sqlite::backup::sound_schema;
use crate::server::store::sqlite::restore::{Renewed, Restore};
use crate::system::{SystemClock, random_array, system_random};
use anyhow::{Context, bail};
use clap::Args;
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use tokio::runtime::Runtime;

/// Puts a backup in place of the data of a server that is stopped.
#[derive(Debug, Args)]
pub struct RestoreCommand {
    /// Folder of the server's database
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The backup
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// Takes the backup even if its proof fails, where there is no better one
    #[arg(long)]
    even_unproven: bool,
}

impl RestoreCommand {
    /// Restores one backup.
    ///
    /// # Errors
    /// When it cannot be used, or somebody works in the folder; then nothing was changed.
    pub fn run(self) -> anyhow::Result<()> {
        let loaded = layers::load::<ServerSettings>(DEFAULTS, None, &environment())?;
        let data = self.data.clone().unwrap_or(loaded.settings.server.data);
        std::fs::create_dir_all(&data).with_context(|| format!("cannot create the folder {}", data.display()))?;
        let now_ms = SystemClock::new().now().wall_ms;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;

        sound_schema(&self.from)?;
        let restore = Restore::bring(&data, &self.from)?;
        // One bit less, so that it fits the signed numbers of a database.
        let epoch = u64::from_be_bytes(random_array(&system_random())) >> 1;
        let renewed = restore.renew(epoch, now_ms)?;
        let proof = self.prove(&runtime, restore.incoming())?;
        let aside = restore.place(&stamp(now_ms))?;
        tell(&data.join(FILE_NAME), &self.from, aside.as_deref(), &proof, renewed);
        runtime.block_on(sign_beginning(&data, &proof))
    }

    /// Proves the copy as it will be placed.
    fn prove(&self, runtime: &Runtime, incoming: &Path) -> anyhow::Result<Proof> {
        let mut first = None;
        let proof = runtime.block_on(prove(incoming, |_, finding| {
            first.get_or_insert_with(|| finding.to_string());
        }))?;
        match first {
            Some(first) if !self.even_unproven => bail!(
                "{} does not prove itself ({} findings, the first: {first}). Use an older copy, or see all with \
                 `suara-loket verify --file`; take it all the same with --even-unproven",
                self.from.display(),
                proof.findings()
            ),
            _ => Ok(proof),
        }
    }
}

fn stamp(now_ms: i64) -> String {
    Timestamp::from_millisecond(now_ms).unwrap_or_default().strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Signs where the ledgers go on, so that everybody can hold the server to it.
async fn sign_beginning(data: &Path, proof: &Proof) -> anyhow::Result<()> {
    let service = open_service(data, String::new())?;
    for office in &proof.offices {
        service.keep_checkpoint(office.office.id).await?;
    }
    Ok(())
}

fn tell(database: &Path, from: &Path, aside: Option<&Path>, proof: &Proof, renewed: Renewed) {
    print(&format!("restored {} from {}: {} events", database.display(), from.display(), proof.events()));
    match aside {
        Some(aside) => print(&format!("the database before lies at {}", aside.display())),
        None => print("there was no database before"),
    }
    proof.ledgers().for_each(|line| print(&line));
    let before = renewed.epoch_before.map_or_else(|| "none".to_owned(), |epoch| format!("{epoch:016x}"));
    print(&format!("data epoch {}, before {before}", proof.epoch()));
    print(&format!("ended: {} web log-ins, {} enrolment codes that nobody had used", renewed.logins, renewed.codes));
    print("now start the server. Every kiosk notices the new epoch at its next call, keeps the old checkpoint");
    print("as evidence, and sends again what it collected in the last 35 days and this copy lacks.");
    print("not coming back by themselves: ratings by QR code since the copy was made; kiosks enrolled since");
    print("then (enrol them anew, and they bring theirs back); kiosks revoked since then (revoke them again:");
    print("`suara-loket admin device list`).");
}
