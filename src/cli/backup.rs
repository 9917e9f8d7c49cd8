//! `suara-loket backup`: the server's data as one file, which proves itself before it gets its name.

use super::proof::{Proof, prove};
use super::{environment, print};
use crate::domain::clock::Clock;
use crate::layers;
use crate::server::settings::{DEFAULTS, ServerSettings};
use crate::server::store::sqlite::backup::{Copy, NEWEST_SCHEMA, sound_schema};
use crate::storage::whole_file::write_private;
use crate::system::SystemClock;
use anyhow::{Context, bail};
use clap::Args;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

const PREFIX: &str = "suara-loket-";
const SUFFIX: &str = ".db";
const LAST_BACKUP: &str = "last-backup.json";

/// Copies the server's data into one file while the server runs, and proves the copy.
#[derive(Debug, Args)]
pub struct Backup {
    /// Folder of the server's database
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The new file; with --keep the folder of the copies
    #[arg(long, value_name = "PATH")]
    to: PathBuf,
    /// Names the copy by its time, and removes the oldest beyond so many
    #[arg(long, value_name = "N")]
    keep: Option<NonZeroUsize>,
    /// Keeps the copy even if its proof fails, for somebody who looks into that
    #[arg(long)]
    even_unproven: bool,
}

/// What a data folder knows of its last backup.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct LastBackup {
    /// When, ms since 1970.
    pub at_ms: i64,
    /// The copy.
    pub file: PathBuf,
}

impl LastBackup {
    pub(super) fn read(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(folder.join(LAST_BACKUP)).ok()?).ok()
    }

    /// The copy is what matters: a note that cannot be kept is only said.
    fn write(&self, folder: &Path) {
        let written = serde_json::to_vec(self).map_err(std::io::Error::from);
        if let Err(error) = written.and_then(|text| write_private(&folder.join(LAST_BACKUP), &text)) {
            tracing::warn!(%error, "cannot note this backup in the data folder");
        }
    }
}

impl Backup {
    /// Makes one copy.
    ///
    /// # Errors
    /// When it cannot be made or does not prove itself; then there is no file.
    pub fn run(self) -> anyhow::Result<()> {
        let loaded = layers::load::<ServerSettings>(DEFAULTS, None, &environment())?;
        let data = self.data.clone().unwrap_or(loaded.settings.server.data);
        let at_ms = SystemClock::new().now().wall_ms;
        let (beside, to) = self.names(at_ms);
        if to.exists() {
            bail!("{} exists already, and a backup overwrites nothing: choose another name", to.display());
        }
        let copy = Copy::of_folder(&data, &beside)?;
        let schema = sound_schema(copy.path())?;
        let proof = if schema == NEWEST_SCHEMA { Some(self.prove(copy.path())?) } else { None };
        let bytes = std::fs::metadata(copy.path()).map_or(0, |file| file.len());
        copy.keep(&to)?;
        LastBackup { at_ms, file: std::path::absolute(&to)? }.write(&data);
        tell(&to, bytes, schema, proof.as_ref());
        self.keep.map_or(Ok(()), |most| remove_oldest(&self.to, &to, most.get()))
    }

    /// What the part file is named after, and the name of the copy.
    fn names(&self, at_ms: i64) -> (PathBuf, PathBuf) {
        if self.keep.is_none() {
            return (self.to.clone(), self.to.clone());
        }
        let at = Timestamp::from_millisecond(at_ms).unwrap_or_default().strftime("%Y%m%dT%H%M%SZ").to_string();
        // Always the same part file, so that a killed backup leaves one at most.
        (self.to.join("unfinished"), self.to.join(format!("{PREFIX}{at}{SUFFIX}")))
    }

    fn prove(&self, copy: &Path) -> anyhow::Result<Proof> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let mut first = None;
        let proof = runtime.block_on(prove(copy, |_, finding| {
            first.get_or_insert_with(|| finding.to_string());
        }))?;
        let Some(first) = first else { return Ok(proof) };
        let findings = proof.findings();
        if self.even_unproven {
            tracing::warn!("the copy does not prove itself ({findings} findings, the first: {first})");
            return Ok(proof);
        }
        bail!(
            "the copy does not prove itself ({findings} findings, the first: {first}), so it was not kept. \
             See all with `suara-loket verify`; keep it all the same with --even-unproven"
        )
    }
}

fn tell(to: &Path, bytes: u64, schema: usize, proof: Option<&Proof>) {
    let Some(proof) = proof else {
        print(&format!("backup {}: {bytes} bytes, sound; schema {schema} is too old to be proven", to.display()));
        return;
    };
    print(&format!("backup {}: {bytes} bytes, {} events", to.display(), proof.events()));
    proof.ledgers().for_each(|line| print(&line));
    print(&format!("data epoch {}", proof.epoch()));
}

/// Removes the oldest copies of a folder, never the newest one.
fn remove_oldest(folder: &Path, newest: &Path, most: usize) -> anyhow::Result<()> {
    let listed = std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let is_copy = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with(PREFIX) && name.ends_with(SUFFIX) && path != newest
    };
    let mut copies: Vec<PathBuf> = listed.filter_map(|entry| Some(entry.ok()?.path())).filter(is_copy).collect();
    copies.sort();
    let too_many = copies.len().saturating_sub(most - 1);
    for old in copies.into_iter().take(too_many) {
        std::fs::remove_file(&old).with_context(|| format!("cannot remove the old copy {}", old.display()))?;
        print(&format!("removed {}", old.display()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_copies_stay_and_files_of_others() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        for name in ["suara-loket-1.db", "suara-loket-2.db", "suara-loket-3.db", "letter.db", "suara-loket-0.txt"] {
            std::fs::write(file(name), "").unwrap();
        }
        // The clock was wrong once: the newest copy has not the latest name.
        remove_oldest(folder.path(), &file("suara-loket-1.db"), 2).unwrap();
        let mut left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["letter.db", "suara-loket-0.txt", "suara-loket-1.db", "suara-loket-3.db"]);
    }
}
