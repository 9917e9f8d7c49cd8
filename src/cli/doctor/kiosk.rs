//! What a kiosk needs: its folder and key, its queue, its server, and the libraries of its window.

use super::folder::Needs;
use super::{Doctor, HOUR_MS, Report, ago};
use crate::kiosk::device::key_file;
use crate::kiosk::facts::ClockQuality;
use crate::kiosk::outbox::{Depth, FILE_NAME, Look, SecondCopyState};
use crate::kiosk::settings::{DEFAULTS, KioskSettings};
use anyhow::Context;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const NEEDS: Needs = Needs {
    least_free_bytes: 8 << 20,
    good_free_bytes: 128 << 20,
    ballast_bytes: 2 << 20,
    most_log_bytes: 4 << 20,
    program: "kiosk",
};
const REBUILD: &str = "start the kiosk again: it builds a new one from its second copy";
const ENROL: &str = "ask for a code with `suara-loket admin enrol`, and start once with --enrol CODE";
const SEND: &str = "check the network and the address of the server; nothing is lost meanwhile";

/// Looks at the kiosk that was named, or at that of the settings where nothing was named.
pub(super) fn examine(report: &mut Report, doctor: &Doctor) -> anyhow::Result<()> {
    let (folder, config) = (doctor.kiosk.as_deref(), doctor.kiosk_config.as_deref());
    if folder.is_none() && config.is_none() && !doctor.names_nothing() {
        return Ok(());
    }
    let settings = crate::layers::load::<KioskSettings>(DEFAULTS, config, &crate::cli::environment()).ok();
    let named = settings.map(|loaded| loaded.settings.storage.data);
    let folder = folder.map(Path::to_owned).or(named).unwrap_or_default();
    if doctor.names_nothing() && !folder.exists() {
        return Ok(());
    }
    report.begin("kiosk", &folder);
    if let Some(settings) = report.settings::<KioskSettings>(DEFAULTS, config) {
        for weak in settings.theme.weak_contrasts() {
            report.warning(weak, "choose other colours");
        }
    }
    report.clock();
    #[cfg(feature = "kiosk")]
    super::libraries::examine(report);
    #[cfg(feature = "kms")]
    super::devices::examine(report);
    if report.folder(&folder, &NEEDS) {
        queue(report, &folder, doctor.checkpoint_to.as_deref())?;
    }
    Ok(())
}

fn queue(report: &mut Report, folder: &Path, checkpoint_to: Option<&Path>) -> anyhow::Result<()> {
    let file = folder.join(FILE_NAME);
    if !file.exists() {
        report.fault(format_args!("there is no queue {}: is the path right? Otherwise {ENROL}", file.display()));
        return Ok(());
    }
    let look = match Look::open(folder) {
        Ok(look) => look,
        Err(error) => {
            report.not_opened(&error, error.is_damage(), REBUILD);
            return Ok(());
        }
    };
    let is_usable = match look.condition() {
        Ok(condition) => report.condition(&condition, &NEEDS, REBUILD),
        Err(error) => {
            report.fault(format_args!("the database is damaged ({error}): {REBUILD}"));
            false
        }
    };
    report.log(&file, &NEEDS);
    if is_usable {
        second_copy(report, &look);
        identity(report, &look, folder)?;
        sending(report, &look)?;
        for_people(report, &look)?;
        if let Some(to) = checkpoint_to {
            let note =
                look.checkpoint()?.context("this kiosk has witnessed no checkpoint yet: has it reached its server?")?;
            std::fs::write(to, note).with_context(|| format!("cannot write {}", to.display()))?;
        }
    }
    Ok(())
}

fn second_copy(report: &mut Report, look: &Look) {
    let start = "start the kiosk again, which fills it up; if that does not help, check the medium it lies on";
    match look.second_copy() {
        Ok(SecondCopyState::Whole) => report.ok("the second copy of the events is whole"),
        Ok(SecondCopyState::Missing) => report.warning("there is no second copy of the events here", start),
        Ok(SecondCopyState::Behind) => report.warning("the second copy of the events lacks some", start),
        Ok(SecondCopyState::Torn) => report.warning("the end of the second copy of the events is torn", start),
        Err(error) => report.warning(format_args!("the second copy of the events cannot be read ({error})"), start),
    }
}

fn identity(report: &mut Report, look: &Look, folder: &Path) -> anyhow::Result<()> {
    let Some(enrolment) = look.enrolment()? else {
        report.fault(format_args!("this kiosk is not enrolled: {ENROL}"));
        return Ok(());
    };
    report.ok(format_args!("enrolled as kiosk {}", enrolment.device));
    let key = key_file(folder, enrolment.epoch);
    match std::fs::metadata(&key) {
        Ok(about) if about.permissions().mode() & 0o077 != 0 => {
            report.warning(
                format_args!("{} can be read by others", key.display()),
                "chmod 600 it, and enrol anew if somebody may have",
            );
        }
        Ok(_) => report.ok("its key is there, and private"),
        Err(_) => report.fault(format_args!("its key {} is gone: {ENROL}", key.display())),
    }
    Ok(())
}

fn sending(report: &mut Report, look: &Look) -> anyhow::Result<()> {
    let (now, survey) = (report.now, look.survey()?);
    let Depth { waiting, events } = survey.depth;
    match survey.oldest_waiting.map(|oldest| oldest.ago_ms(&now)) {
        None => report.ok(format_args!("nothing waits; {events} events are kept")),
        Some(age_ms) => {
            let what = format!("{waiting} of {events} events wait for the server, the oldest from {}", ago(age_ms));
            if age_ms.abs() > HOUR_MS { report.warning(what, SEND) } else { report.ok(what) }
        }
    }
    if let Some(acknowledged) = survey.acknowledged {
        report.ok(format_args!("the server last acknowledged something {}", ago(acknowledged.ago_ms(&now))));
    }
    time_of_the_server(report, ClockQuality::of(survey.anchor.as_ref(), &now));
    for (key, value) in survey.notes {
        report.warning(format_args!("note of the synchronisation, {key}"), value);
    }
    Ok(())
}

/// Of each hour the best answer is kept, so the last one heard may be a little later.
fn time_of_the_server(report: &mut Report, clock: ClockQuality) {
    match clock {
        ClockQuality::Never => report.warning("the server was never heard", SEND),
        ClockQuality::Before { learnt_ago_ms } => {
            let last = ago(learnt_ago_ms);
            report.warning(format_args!("the server was not heard since this machine started, last {last}"), SEND);
        }
        ClockQuality::Known { off_ms, error_ms, learnt_ago_ms } => {
            report.ok(format_args!("the server's time was learnt {}, to {error_ms} ms", ago(learnt_ago_ms)));
            clock_beside(report, off_ms, error_ms);
        }
    }
}

/// Times of events stay right beside a wrong clock; certificates and people do not.
fn clock_beside(report: &mut Report, off_ms: i64, error_ms: i64) {
    if off_ms.abs() > 60_000 + error_ms {
        let what = format!("the clock is {} s off the server's", off_ms / 1_000);
        report.warning(what, "set it, as with `timedatectl set-ntp true`; ratings are dated rightly all the same");
    } else {
        report.ok("the clock agrees with the server's");
    }
}

fn for_people(report: &mut Report, look: &Look) -> anyhow::Result<()> {
    let quarantined = look.quarantined()?;
    if let Some(first) = quarantined.first() {
        let what = format!("{} events are withheld, no server could take them: {}", quarantined.len(), first.reason);
        report.warning(what, "they are tried again every day and after an upgrade. Upgrade the server");
    }
    let evidence = look.evidence()?;
    if let Some((kind, _)) = evidence.last() {
        let what = format!("{} pieces of evidence against the server are kept, the last: {kind}", evidence.len());
        report.warning(what, "show them to the auditor, with `suara-loket verify --checkpoint`");
    }
    Ok(())
}
