//! `suara-loket doctor`: what is well, what needs a look, what is broken, each with its mend.
//!
//! Only looks, so that it can run beside server and kiosk.

#[cfg(feature = "kms")]
mod devices;
mod folder;
#[cfg(feature = "counter")]
mod kiosk;
#[cfg(feature = "kiosk")]
mod libraries;
#[cfg(feature = "server")]
mod server;

use super::{environment, print};
use crate::domain::clock::{Clock, Moment};
use crate::layers::{self, Loaded};
use crate::system::SystemClock;
use anyhow::bail;
use clap::Args;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use std::fmt::Display;
use std::path::{Path, PathBuf};

/// Looks at a server or a kiosk, and says what is well, what needs a look and what is broken.
///
/// Without a folder, looks at those that the settings name and that are there. Exit code 1: something is
/// broken.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Folder of a server's database
    #[cfg(feature = "server")]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Settings file of the server
    #[cfg(feature = "server")]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder of a kiosk's data
    #[cfg(feature = "counter")]
    #[arg(long, value_name = "DIR")]
    kiosk: Option<PathBuf>,
    /// Settings file of the kiosk
    #[cfg(feature = "counter")]
    #[arg(long, value_name = "FILE")]
    kiosk_config: Option<PathBuf>,
    /// Writes the end of the server's ledger that the kiosk witnessed last, for `suara-loket verify --checkpoint`
    #[cfg(feature = "counter")]
    #[arg(long, value_name = "FILE", requires = "kiosk")]
    checkpoint_to: Option<PathBuf>,
}

impl Doctor {
    /// Looks at what was named, or at what there is.
    ///
    /// # Errors
    /// When something is broken, or there is nothing to look at.
    pub fn run(self) -> anyhow::Result<()> {
        let mut report = Report::new(SystemClock::new().now());
        #[cfg(feature = "server")]
        server::examine(&mut report, self.data.as_deref(), self.config.as_deref(), self.names_nothing())?;
        #[cfg(feature = "counter")]
        kiosk::examine(&mut report, &self)?;
        match (report.lines, report.faults) {
            (0, _) => bail!("there is nothing here to look at: name a folder with --data or --kiosk"),
            (_, 0) => Ok(()),
            (_, faults) => bail!("{faults} of {} checks found a fault", report.lines),
        }
    }

    /// Whether everything shall be looked at that is there.
    fn names_nothing(&self) -> bool {
        #[cfg(feature = "server")]
        let names_server = self.data.is_some() || self.config.is_some();
        #[cfg(not(feature = "server"))]
        let names_server = false;
        #[cfg(feature = "counter")]
        let names_kiosk = self.kiosk.is_some() || self.kiosk_config.is_some();
        #[cfg(not(feature = "counter"))]
        let names_kiosk = false;
        !names_server && !names_kiosk
    }
}

/// The checklist, printed as it grows.
pub(super) struct Report {
    now: Moment,
    lines: u32,
    faults: u32,
    /// Whether the folder under examination can be written; SQLite needs that even to look.
    can_write: bool,
}

impl Report {
    fn new(now: Moment) -> Self {
        Self { now, lines: 0, faults: 0, can_write: false }
    }

    fn begin(&mut self, what: &str, folder: &Path) {
        self.can_write = false;
        print(&format!("{what} in {}", folder.display()));
    }

    fn line(&mut self, kind: &str, text: impl Display) {
        self.lines += 1;
        print(&format!("{kind}: {text}"));
    }

    fn ok(&mut self, what: impl Display) {
        self.line("ok", what);
    }

    fn warning(&mut self, what: impl Display, mend: impl Display) {
        self.line("warning", format_args!("{what}: {mend}"));
    }

    /// Most errors of the library name their mend themselves.
    fn fault(&mut self, what_and_mend: impl Display) {
        self.faults += 1;
        self.line("fault", what_and_mend);
    }

    /// Settings as the program would load them.
    fn settings<T: DeserializeOwned>(&mut self, defaults: &str, file: Option<&Path>) -> Option<T> {
        match layers::load::<T>(defaults, file, &environment()) {
            Ok(Loaded { settings, unknown_keys }) => {
                for key in &unknown_keys {
                    self.warning(format_args!("unknown setting `{key}`"), "is it spelt as in the commented example?");
                }
                if unknown_keys.is_empty() {
                    self.ok("settings");
                }
                Some(settings)
            }
            Err(error) => {
                self.fault(error);
                None
            }
        }
    }

    /// The wall clock can be wrong by years after a battery has died.
    fn clock(&mut self) {
        let (now, built) = (self.now.wall_ms, crate::system::built_ms());
        let year_ms = 365 * 24 * HOUR_MS;
        if now < built {
            let text = format!("the clock says {}, before this program was built", time(now));
            self.fault(format_args!("{text}: set it, as with `timedatectl set-ntp true`"));
        } else if now > built + 20 * year_ms {
            self.warning(format_args!("the clock says {}", time(now)), "is that right?");
        } else {
            self.ok(format_args!("clock says {}", time(now)));
        }
    }
}

const HOUR_MS: i64 = 60 * 60 * 1_000;

/// To the minute, in UTC.
fn time(at_ms: i64) -> String {
    Timestamp::from_millisecond(at_ms).unwrap_or_default().strftime("%Y-%m-%d %H:%MZ").to_string()
}

/// How long ago, in words.
fn ago(span_ms: i64) -> String {
    match span_ms {
        ..0 => "in the future".to_owned(),
        0..120_000 => format!("{} s ago", span_ms / 1_000),
        120_000..7_200_000 => format!("{} min ago", span_ms / 60_000),
        7_200_000..172_800_000 => format!("{} h ago", span_ms / HOUR_MS),
        _ => format!("{} days ago", span_ms / (24 * HOUR_MS)),
    }
}

/// Bytes in the largest unit that leaves a number of two digits or more.
fn size(bytes: u64) -> String {
    match bytes {
        0..10_240 => format!("{bytes} bytes"),
        10_240..10_485_760 => format!("{} KiB", bytes >> 10),
        10_485_760..10_737_418_240 => format!("{} MiB", bytes >> 20),
        _ => format!("{} GiB", bytes >> 30),
    }
}
