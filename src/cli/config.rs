//! `suara-loket admin config`: what an office decides for all its kiosks from afar.

use super::{complain, print};
use crate::domain::ids::OfficeId;
use crate::protocol::office_layer::OfficeLayer;
use crate::server::service::Service;
use anyhow::Context;
use clap::Subcommand;
use std::path::{Path, PathBuf};

/// What can be done with an office's settings.
#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Prints what the office decides, as a file that `set` takes
    Show,
    /// Takes what the office decides from now on, in place of what it decided before: a file with those keys of
    /// kiosk-config/kiosk.toml that shall be different at every kiosk. An empty file decides nothing
    Set {
        /// Settings file, TOML
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Tries a file as every kiosk will, and changes nothing
    Check {
        /// Settings file, TOML
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

pub(super) async fn configure(service: &Service, office: OfficeId, command: ConfigCommand) -> anyhow::Result<()> {
    match command {
        ConfigCommand::Show => {
            let (version, settings) = service.kiosk_settings(office).await?;
            // Beside what can be written into a file and taken again.
            complain(&format!("office {office}, configuration {version}"));
            print(settings.trim_end());
        }
        ConfigCommand::Set { file } => {
            let text = read(&file)?;
            let layer = service.set_kiosk_settings(office, &file.display().to_string(), &text).await?;
            remark(&layer);
            let (version, _) = service.kiosk_settings(office).await?;
            print(&format!(
                "office {office} configuration {version}: its kiosks use it from their next look for news on"
            ));
        }
        ConfigCommand::Check { file } => check(&file)?,
    }
    Ok(())
}

/// The trial, without any office.
pub(super) fn check(file: &Path) -> anyhow::Result<()> {
    let layer = OfficeLayer::check(&file.display().to_string(), &read(file)?)?;
    remark(&layer);
    print("kiosks can use this file");
    Ok(())
}

fn remark(layer: &OfficeLayer) {
    for remark in layer.remarks() {
        tracing::warn!("{remark}");
    }
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}
