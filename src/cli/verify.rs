//! `suara-loket verify`: an auditor's proof that nothing was removed or changed.

use super::proof::{OfficeProof, Proof, prove, service_on};
use super::{CannotTell, environment, in_one_line, print};
use crate::domain::ids::OfficeId;
use crate::layers;
use crate::server::service::{Kept, Summary};
use crate::server::settings::{DEFAULTS, ServerSettings};
use crate::server::store::sqlite::FILE_NAME;
use anyhow::{Context, bail};
use clap::Args;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Proves that nothing was removed from a server's data or changed in it, and names what was.
///
/// Exit code 0: sound. 1: something was found. 2: it could not be verified.
#[derive(Debug, Args)]
pub struct Verify {
    /// Folder of the server's database; the server may run
    #[arg(long, value_name = "DIR", conflicts_with = "file")]
    data: Option<PathBuf>,
    /// A backup instead
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Only this office
    #[arg(long, value_name = "ID")]
    office: Option<u32>,
    /// A checkpoint that somebody kept, such as a kiosk (`suara-loket doctor --checkpoint-to`); may be repeated
    #[arg(long, value_name = "FILE")]
    checkpoint: Vec<PathBuf>,
    /// One JSON document instead of lines
    #[arg(long)]
    json: bool,
}

/// Everything that was found out.
struct Outcome {
    proof: Proof,
    findings: Vec<(OfficeId, String)>,
    checkpoints: Vec<(PathBuf, Kept)>,
}

impl Verify {
    /// Verifies one database.
    ///
    /// # Errors
    /// When something was found, or it could not be verified.
    pub fn run(self) -> anyhow::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let outcome = runtime.block_on(self.verify()).map_err(|error| CannotTell(in_one_line(&error)))?;
        if self.json {
            print(&outcome.json().to_string());
        } else {
            outcome.tell();
        }
        match outcome.found() {
            0 => Ok(()),
            n => bail!(
                "{n} findings: something was removed or changed. Keep this database as it is, and compare it with a backup"
            ),
        }
    }

    async fn verify(&self) -> anyhow::Result<Outcome> {
        let file = self.database()?;
        let notes = self.notes()?;
        let mut findings = Vec::new();
        let asked = |office: OfficeId| self.office.is_none_or(|asked| office.get() == asked);
        let mut proof = prove(&file, |office, finding| findings.push((office, finding.to_string()))).await?;
        proof.offices.retain(|office| asked(office.office.id));
        findings.retain(|(office, _)| asked(*office));
        if let (Some(office), []) = (self.office, &proof.offices[..]) {
            bail!("there is no office {office} in {}: see `suara-loket admin office list`", file.display());
        }
        let mut checkpoints = Vec::new();
        for (path, note) in notes {
            checkpoints.push((path, self.compare(&file, &proof, &note).await?));
        }
        Ok(Outcome { proof, findings, checkpoints })
    }

    fn database(&self) -> anyhow::Result<PathBuf> {
        if let Some(file) = &self.file {
            return Ok(file.clone());
        }
        let loaded = layers::load::<ServerSettings>(DEFAULTS, None, &environment())?;
        Ok(self.data.as_ref().unwrap_or(&loaded.settings.server.data).join(FILE_NAME))
    }

    fn notes(&self) -> anyhow::Result<Vec<(PathBuf, String)>> {
        let read = |path: &PathBuf| {
            let note = std::fs::read_to_string(path)
                .with_context(|| format!("cannot read the checkpoint {}", path.display()))?;
            Ok((path.clone(), note))
        };
        self.checkpoint.iter().map(read).collect()
    }

    /// Compares a note with the ledger of its office.
    async fn compare(&self, file: &Path, proof: &Proof, note: &str) -> anyhow::Result<Kept> {
        let service = service_on(file)?;
        let mut answer = Kept::NotOurs;
        for OfficeProof { office, .. } in &proof.offices {
            answer = service.compare(office.id, note).await?;
            if !matches!(answer, Kept::OtherOffice { .. }) {
                break;
            }
        }
        Ok(answer)
    }
}

impl Outcome {
    fn found(&self) -> usize {
        self.findings.len() + self.checkpoints.iter().filter(|(_, kept)| !kept.is_continued()).count()
    }

    fn tell(&self) {
        for (office, finding) in &self.findings {
            print(&format!("office {office}: {finding}"));
        }
        for (path, kept) in &self.checkpoints {
            print(&format!("checkpoint {}: {}", path.display(), sentence(*kept)));
        }
        for (office, line) in self.proof.offices.iter().zip(self.proof.ledgers()) {
            print(&line);
            for (device, hole) in &office.summary.holes {
                let reason = hole.reason.as_str();
                print(&format!(
                    "  device {device}: its kiosk announced events {} to {} as {reason}",
                    hole.from_seq, hole.to_seq
                ));
            }
            for epoch in &office.summary.epochs {
                print(&format!(
                    "  restored from a copy of {} leaves: epoch {:016x}",
                    epoch.start_size, epoch.data_epoch
                ));
            }
            print(&format!("  {}", counts(&office.summary)));
        }
        print(&format!("data epoch {}; checkpoints compared: {}", self.proof.epoch(), self.checkpoints.len()));
        print(if self.found() == 0 { "sound: nothing was removed or changed" } else { "NOT SOUND" });
    }

    fn json(&self) -> Value {
        let office = |proof: &OfficeProof| {
            let OfficeProof { office, end, summary } = proof;
            let found = self.findings.iter().filter(|(id, _)| *id == office.id).map(|(_, finding)| finding);
            json!({
                "office": office.id.get(), "name": office.name, "leaves": end.size, "root": end.root.to_string(),
                "chains": summary.chains, "events": summary.events, "ratings": summary.ratings, "surveys": summary.surveys,
                "holes": summary.holes.len(), "parked": summary.parked, "withheld": summary.withheld,
                "erased": summary.erased, "checkpoints": summary.checkpoints, "restores": summary.epochs.len(),
                "findings": found.collect::<Vec<_>>(),
            })
        };
        let checkpoint = |(path, kept): &(PathBuf, Kept)| json!({ "file": path, "continued": kept.is_continued(), "says": sentence(*kept) });
        json!({
            "sound": self.found() == 0,
            "data_epoch": self.proof.data_epoch.map(|epoch| format!("{epoch:016x}")),
            "offices": self.proof.offices.iter().map(office).collect::<Vec<_>>(),
            "checkpoints": self.checkpoints.iter().map(checkpoint).collect::<Vec<_>>(),
        })
    }
}

fn counts(summary: &Summary) -> String {
    let Summary { chains, events, ratings, surveys, parked, withheld, erased, checkpoints, holes, .. } = summary;
    format!(
        "{events} events in {chains} chains, {ratings} ratings, {surveys} answers to the survey, {} holes, {parked} parked, {withheld} withheld, \
         {erased} erased, {checkpoints} checkpoints of its own",
        holes.len()
    )
}

/// What became of a kept checkpoint.
pub(super) fn sentence(kept: Kept) -> String {
    match kept {
        Kept::Continued { size } => format!("the ledger continues these {size} leaves"),
        Kept::CutByRestore { size, held } => format!(
            "it has {size} leaves, the copy restored since held {held}: the rest is there again only as far as kiosks sent it"
        ),
        Kept::Shrunk { size, now } => format!("it has {size} leaves, the ledger only {now}: leaves were removed"),
        Kept::Differs { size } => format!("the ledger does not continue these {size} leaves: some were changed"),
        Kept::UnknownEpoch { data_epoch } => {
            format!("its epoch {data_epoch:016x} is unknown here: these are not the data it was made of")
        }
        Kept::OtherOffice { office } => format!("it is of office {office}, which was not verified"),
        Kept::NotOurs => "it is no checkpoint signed by this server".to_owned(),
    }
}
