//! `suara-loket kiosk`: the touch screen of one counter.

use super::{asked_to_end, environment, screen, warn_unknown};
use crate::kiosk::settings::{DEFAULTS, KioskSettings};
use crate::kiosk::start::prepare;
use crate::layers;
use clap::Args;
use std::path::PathBuf;

/// Shows the touch screen of a counter.
#[derive(Debug, Args)]
pub struct KioskCommand {
    /// Settings file; the built-in defaults are in kiosk-config/kiosk.toml
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder of the queue and the key
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// A window instead of the full screen
    #[arg(long)]
    windowed: bool,
    /// One-time code from `suara-loket admin enrol`, needed once
    #[arg(long, value_name = "CODE")]
    enrol: Option<String>,
}

impl KioskCommand {
    /// Shows the screen until it is asked to end.
    ///
    /// # Errors
    /// When settings, display, data or enrolment cannot be used.
    pub fn run(self) -> anyhow::Result<()> {
        let settings = self.settings()?;
        // The window comes first: without a display the code is still unused.
        let window = screen::open(&settings)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let end = runtime.block_on(async { asked_to_end() })?;
        let prepared = runtime.block_on(prepare(&settings.storage.data, &settings, self.enrol.as_deref()))?;
        screen::show(&window, prepared, &settings, &runtime, end)?;
        runtime.shutdown_background();
        Ok(())
    }

    fn settings(&self) -> anyhow::Result<KioskSettings> {
        let loaded = layers::load::<KioskSettings>(DEFAULTS, self.config.as_deref(), &environment())?;
        warn_unknown(&loaded.unknown_keys);
        let mut settings = loaded.settings;
        if let Some(data) = &self.data {
            settings.storage.data.clone_from(data);
        }
        settings.window.fullscreen &= !self.windowed;
        Ok(settings)
    }
}
