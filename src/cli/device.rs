//! `suara-loket admin device`: which kiosks there are, and taking one's rights away, a technician's code.

use super::print;
use crate::domain::ids::{DeviceId, OfficeId};
use crate::domain::unlock::Challenge;
use crate::protocol::words::fingerprint;
use crate::server::service::Service;
use crate::server::store::DeviceStanding;
use anyhow::bail;
use clap::Subcommand;
use jiff::Timestamp;

/// What can be done with kiosks.
#[derive(Debug, Subcommand)]
pub(super) enum DeviceCommand {
    /// Lists kiosks: number, key in four words, counter, last event and when it came, configuration, state
    List,
    /// Lets a kiosk send nothing more, as when it was stolen; what it sent stays
    Revoke {
        /// Number of the kiosk
        #[arg(value_name = "ID")]
        device: u32,
    },
    /// Prints the code that lets a technician in at a kiosk, which may be without a network
    Unlock {
        /// Number of the kiosk
        #[arg(value_name = "ID")]
        device: u32,
        /// The six digits that its screen shows
        #[arg(long, value_name = "DIGITS")]
        challenge: Challenge,
    },
}

pub(super) async fn devices(service: &Service, office: OfficeId, command: DeviceCommand) -> anyhow::Result<()> {
    match command {
        DeviceCommand::List => {
            let (present, _) = service.kiosk_settings(office).await?;
            for standing in service.store().devices(office).await? {
                print(&line(&standing, present));
            }
        }
        DeviceCommand::Revoke { device } => {
            let known = DeviceId::try_from(device).ok().filter(|device| device.get() > 0);
            let revoked = match known {
                Some(device) => service.revoke(office, device).await?,
                None => false,
            };
            if !revoked {
                bail!(
                    "there is no kiosk {device} in this office that could be revoked: see `suara-loket admin device list`"
                );
            }
            print(&format!("kiosk {device} is revoked: it is refused from its next call on"));
        }
        DeviceCommand::Unlock { device, challenge } => {
            let code = match DeviceId::try_from(device) {
                Ok(device) => service.unlock_code(office, device, challenge).await?,
                Err(_) => None,
            };
            let Some(code) = code else {
                bail!("there is no kiosk {device} in this office: see `suara-loket admin device list`");
            };
            print(&code.to_string());
        }
    }
    Ok(())
}

fn line(standing: &DeviceStanding, present: u64) -> String {
    let DeviceStanding { row, counter_name, cursor, last_event_ms, enrolled_at_ms, config_version: _ } = standing;
    let last = match last_event_ms {
        Some(at_ms) => format!("event {} at {}", cursor.next_seq.saturating_sub(1), time(*at_ms)),
        None => "no event yet".to_owned(),
    };
    let state = if row.revoked { "revoked" } else { "may send" };
    let (enrolled, config) = (time(*enrolled_at_ms), config(standing, present));
    let words = fingerprint(&row.key);
    format!("{}\t{words}\t{counter_name}\tenrolled {enrolled}\t{last}\t{config}\t{state}", row.device)
}

/// What the kiosk uses beside what it is told at present.
fn config(standing: &DeviceStanding, present: u64) -> String {
    match (standing.row.config, standing.config_version) {
        (_, Some(version)) if version == present => format!("configuration {present}: current"),
        (_, Some(version)) => format!("configuration {version} of {present}: behind"),
        (Some(_), None) => format!("configuration of other data, {present} here: behind"),
        (None, _) => "configuration not told yet".to_owned(),
    }
}

/// To the minute, in UTC.
fn time(at_ms: i64) -> String {
    Timestamp::from_millisecond(at_ms).unwrap_or_default().strftime("%Y-%m-%d %H:%MZ").to_string()
}
