//! What a server needs: its folder, its database, its ledger, and a backup.

use super::folder::Needs;
use super::{HOUR_MS, Report, ago};
use crate::cli::backup::LastBackup;
use crate::cli::proof::service_on;
use crate::cli::verify::sentence;
use crate::domain::office::Office;
use crate::server::service::Service;
use crate::server::settings::{DEFAULTS, ServerSettings};
use crate::server::store::sqlite::{FILE_NAME, backup};
use crate::storage::Check;
use std::path::Path;

const RESTORE: &str = "stop the server, keep the folder, and put the last backup in place with `suara-loket restore`";
const BACKUP: &str = "make one every hour with `suara-loket backup --keep 48 --to FOLDER`, on another disk";

/// Looks at the server in `folder`, or at that of the settings where nothing was named.
pub(super) fn examine(
    report: &mut Report,
    folder: Option<&Path>,
    config: Option<&Path>,
    names_nothing: bool,
) -> anyhow::Result<()> {
    if folder.is_none() && config.is_none() && !names_nothing {
        return Ok(());
    }
    let settings = crate::layers::load::<ServerSettings>(DEFAULTS, config, &crate::cli::environment()).ok();
    let named = settings.as_ref().map(|loaded| loaded.settings.server.data.clone());
    let folder = folder.map(Path::to_owned).or(named).unwrap_or_default();
    if names_nothing && !folder.exists() {
        return Ok(());
    }
    report.begin("server", &folder);
    let ballast_mib = report.settings::<ServerSettings>(DEFAULTS, config).map_or(0, |s| s.server.ballast_mib);
    report.clock();
    let needs = Needs {
        least_free_bytes: 64 << 20,
        good_free_bytes: 1 << 30,
        ballast_bytes: u64::from(ballast_mib) << 20,
        most_log_bytes: 64 << 20,
        program: "server",
    };
    if report.folder(&folder, &needs) {
        database(report, &folder, &needs)?;
    }
    Ok(())
}

fn database(report: &mut Report, folder: &Path, needs: &Needs) -> anyhow::Result<()> {
    let file = folder.join(FILE_NAME);
    if !file.exists() {
        let mend = "start `suara-loket server` for a new one, or put a backup in place with `suara-loket restore`";
        report.fault(format_args!("there is no database {}: {mend}", file.display()));
        return Ok(());
    }
    let is_usable = match backup::condition(&file, Check::Quick) {
        Ok(condition) => report.condition(&condition, needs, RESTORE),
        Err(error) => {
            report.not_opened(&error, error.is_damage(), RESTORE);
            false
        }
    };
    report.log(&file, needs);
    last_backup(report, folder);
    if is_usable {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        if let Err(error) = runtime.block_on(offices(report, &file)) {
            report.fault(format_args!("{error}: {RESTORE}"));
        }
    }
    Ok(())
}

fn last_backup(report: &mut Report, folder: &Path) {
    match LastBackup::read(folder) {
        None => report.warning("no backup is known", BACKUP),
        Some(last) => {
            let age_ms = report.now.wall_ms - last.at_ms;
            if age_ms > 26 * HOUR_MS {
                report.warning(format_args!("the last backup was made {}", ago(age_ms)), BACKUP);
            } else {
                report.ok(format_args!("last backup {}: {}", ago(age_ms), last.file.display()));
            }
        }
    }
}

async fn offices(report: &mut Report, file: &Path) -> anyhow::Result<()> {
    let service = service_on(file)?;
    let offices = service.store().offices().await?;
    if offices.is_empty() {
        report.warning("there is no office yet", "create one with `suara-loket admin office add --name …`");
    }
    for row in offices {
        ledger(report, &service, &row.office).await?;
        for_people(report, &service, &row.office).await?;
    }
    Ok(())
}

/// Whether the ledger goes on from the last checkpoint that was signed.
async fn ledger(report: &mut Report, service: &Service, office: &Office) -> anyhow::Result<()> {
    let Office { id, name, .. } = office;
    let end = service.store().ledger_end(*id).await?;
    let Some(last) = service.store().checkpoints(*id).await?.pop() else {
        if end.size > 0 {
            let mend = "the server signs one an hour. Does it run?";
            report.warning(format_args!("office {id} {name}: {} leaves and no checkpoint", end.size), mend);
        }
        return Ok(());
    };
    let kept = service.compare(*id, &last.note).await?;
    if kept.is_continued() {
        report.ok(format_args!("office {id} {name}: ledger of {} leaves goes on from its last checkpoint", end.size));
    } else {
        let says = sentence(kept);
        report.fault(format_args!("office {id} {name}: last checkpoint: {says}. See all with `suara-loket verify`"));
    }
    Ok(())
}

/// What waits for a person.
async fn for_people(report: &mut Report, service: &Service, office: &Office) -> anyhow::Result<()> {
    let Office { id, name, .. } = office;
    let store = service.store();
    let parked = store.parked(*id).await?;
    if let Some((_, reason)) = parked.last() {
        let what = format!("office {id} {name}: {} events are put aside, the last because {reason}", parked.len());
        report.warning(what, "add what is missing, or upgrade the server");
    }
    let conflicts = store.conflicts(*id).await?.len();
    if conflicts > 0 {
        let what = format!("office {id} {name}: {conflicts} events reuse the id of another");
        report.warning(what, "a kiosk may be a copy. See `suara-loket admin device list`");
    }
    for alarm in store.alarms(*id, report.now.wall_ms - 7 * 24 * HOUR_MS).await? {
        let when = ago(report.now.wall_ms - alarm.received_at_ms);
        let said = alarm.report.alarm.unwrap_or_else(|| "its database was damaged and built anew".to_owned());
        report.warning(
            format_args!("office {id} {name}: kiosk {} reported {when}: {said}", alarm.device),
            "look at that kiosk",
        );
    }
    Ok(())
}
