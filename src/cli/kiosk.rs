//! `suara-loket kiosk`: one counter, on a touch screen or on lines of text.

use super::{asked_to_end, environment, headless, warn_unknown};
use crate::kiosk::own_settings::OwnSettings;
use crate::kiosk::settings::KioskSettings;
use crate::kiosk::start::{Prepared, prepare};
use crate::notify::Notifier;
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How long an ending program waits for a batch that is under way. What is not acknowledged by
/// then is sent again after the next start.
const LAST_BATCH: Duration = Duration::from_secs(3);

/// Shows the touch screen of a counter.
#[derive(Debug, Args)]
#[command(after_long_help = headless::LINES)]
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
    /// No screen: a line on standard input for each touch, an answer for each on standard output
    #[arg(long, conflicts_with = "windowed")]
    headless: bool,
    /// One-time code from `suara-loket admin enrol`, needed once
    #[arg(long, value_name = "CODE")]
    enrol: Option<String>,
}

impl KioskCommand {
    /// Serves the counter until it is asked to end.
    ///
    /// # Errors
    /// When settings, display, data or enrolment cannot be used.
    pub fn run(self) -> anyhow::Result<()> {
        let own = self.own_settings()?;
        if self.headless { self.read_lines(&headless::settings(own)) } else { self.show(&own) }
    }

    fn read_lines(&self, own: &OwnSettings) -> anyhow::Result<()> {
        let runtime = runtime()?;
        let end = runtime.block_on(async { asked_to_end() })?;
        let prepared = self.prepare(&runtime, own)?;
        headless::run(prepared, &runtime, end)?;
        runtime.shutdown_background();
        Ok(())
    }

    #[cfg(feature = "screen")]
    fn show(&self, own: &OwnSettings) -> anyhow::Result<()> {
        // The window comes first: without a display the code is still unused.
        let window = super::screen::open(&own.over(None)?.settings)?;
        let runtime = runtime()?;
        let end = runtime.block_on(async { asked_to_end() })?;
        let end = super::screen::End::when(end, &window, &runtime);
        let fills_the_screen = own.over(None)?.settings.window.fullscreen;
        let prepared = loop {
            match self.prepare(&runtime, own) {
                Ok(prepared) => break prepared,
                // Nobody reads a terminal behind a full screen.
                Err(error) if fills_the_screen => super::screen::tell_fault(&window, &error)?,
                Err(error) => return Err(error),
            }
            if end.has_come() {
                return Ok(());
            }
        };
        super::screen::show(&window, prepared, &runtime)?;
        runtime.shutdown_background();
        Ok(())
    }

    #[cfg(not(feature = "screen"))]
    #[expect(clippy::unused_self, reason = "the same call with and without a window")]
    fn show(&self, _own: &OwnSettings) -> anyhow::Result<()> {
        anyhow::bail!("this program was built without a window: start the kiosk with --headless")
    }

    fn prepare(&self, runtime: &Runtime, own: &OwnSettings) -> anyhow::Result<Prepared> {
        let data = own.over(None)?.settings.storage.data;
        Ok(runtime.block_on(prepare(&data, own, self.enrol.as_deref()))?)
    }

    fn own_settings(&self) -> anyhow::Result<OwnSettings> {
        let own = OwnSettings::read(self.config.as_deref(), environment())?;
        warn_unknown(&own.over(None)?.unknown_keys);
        let (data, windowed) = (self.data.clone(), self.windowed);
        Ok(own.with(move |settings: &mut KioskSettings| {
            if let Some(data) = &data {
                settings.storage.data.clone_from(data);
            }
            settings.window.fullscreen &= !windowed;
        }))
    }
}

/// Tells the synchronisation to stop, and waits for it a little.
pub(super) fn finish(runtime: &Runtime, stop: &watch::Sender<bool>, synchronisation: JoinHandle<()>) {
    Notifier::from_environment().tell("STOPPING=1");
    let _synchronisation_is_gone = stop.send(true);
    let _too_late = runtime.block_on(async { tokio::time::timeout(LAST_BATCH, synchronisation).await });
}

fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()
}
