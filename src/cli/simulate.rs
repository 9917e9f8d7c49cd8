//! `suara-loket simulate`: headless kiosks on the real session, queue and synchronisation.

use crate::domain::seeded::SplitMix64;
use crate::domain::stars::Stars;
use crate::kiosk::hands::Inbox;
use crate::kiosk::own_settings::OwnSettings;
use crate::kiosk::session::{Event, Screen};
use crate::kiosk::start::{Running, Synchronisation, prepare};
use crate::kiosk::sync::simulation_codes;
use anyhow::{Context, bail};
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Duration, sleep};

/// Simulates residents at many counters, then says what arrived.
#[derive(Debug, Args)]
pub struct Simulate {
    /// Address of the central server
    #[arg(long, value_name = "URL", value_parser = url)]
    server: String,
    /// How many kiosks
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    kiosks: u32,
    /// How many ratings in all, spread evenly over the kiosks
    #[arg(long, default_value_t = 100)]
    ratings: u32,
    /// Makes the same residents again
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Ratings per second in all; as fast as they go when left out
    #[arg(long, value_name = "R")]
    rate: Option<f64>,
    /// File with one enrolment code a line; by default the server is asked for codes, which it
    /// gives only with --allow-simulation
    #[arg(long, value_name = "FILE")]
    codes: Option<PathBuf>,
    /// First fills the queues of all kiosks as if there were no network, then connects all at once
    #[arg(long)]
    reconnect: bool,
    /// Seconds without progress after which waiting for the server ends
    #[arg(long, default_value_t = 60)]
    patience: u64,
}

/// Told apart before anything is made for it: what no server can have.
fn url(text: &str) -> Result<String, String> {
    let rest = ["http://", "https://"].iter().find_map(|scheme| text.strip_prefix(scheme));
    match rest.map(|rest| rest.split('/').next().unwrap_or_default()) {
        None | Some("") => Err("this is not a URL with http:// or https://, such as http://127.0.0.1:8080".to_owned()),
        Some(_host) => Ok(text.to_owned()),
    }
}

#[derive(Debug, Serialize)]
struct Report {
    seed: u64,
    kiosks: u32,
    ratings: u32,
    stored: u64,
    not_stored: u64,
    acknowledged: u64,
    lost: u64,
    seconds: f64,
    /// Until the queues were empty, from the last rating on; with --reconnect, from the first connection.
    drained_in_s: f64,
    acknowledged_per_s: f64,
    tap_to_stored_ms: Percentiles,
}

#[derive(Debug, Serialize)]
struct Percentiles {
    p50: f64,
    p99: f64,
    max: f64,
}

impl Simulate {
    /// Runs the simulation and prints its report as JSON.
    ///
    /// # Errors
    /// When kiosks cannot be enrolled, or ratings stay unacknowledged.
    pub fn run(self) -> anyhow::Result<()> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let report = runtime.block_on(self.simulate())?;
        runtime.shutdown_background();
        super::print(&serde_json::to_string_pretty(&report)?);
        if report.lost > 0 {
            bail!("{} stored ratings were not acknowledged: is the server still there?", report.lost);
        }
        Ok(())
    }

    async fn simulate(&self) -> anyhow::Result<Report> {
        let folder = tempfile::tempdir().context("no temporary folder for the kiosks")?;
        let codes = self.enrolment_codes().await?;
        let settings = Arc::new(self.settings());
        let begun = Instant::now();
        let mut counters = JoinSet::new();
        for (number, code) in (0..self.kiosks).zip(codes) {
            let (settings, data) = (settings.clone(), folder.path().join(number.to_string()));
            let plan = self.plan(number);
            counters.spawn(async move { serve_residents(&data, &settings, &code, plan).await });
        }
        let (mut served, mut kiosks) = (Served::default(), Vec::new());
        while let Some(done) = counters.join_next().await {
            let (more, kiosk) = done??;
            served.add(more);
            kiosks.push(kiosk);
        }
        let connected = Instant::now();
        for kiosk in &mut kiosks {
            kiosk.connect();
        }
        let waiting = self.wait_for_server(&kiosks).await;
        let (drained_in_s, seconds) = (connected.elapsed().as_secs_f64(), begun.elapsed().as_secs_f64());
        served.tap_to_stored_ms.sort_by(f64::total_cmp);
        let acknowledged = served.stored.saturating_sub(waiting);
        let took_s = if self.reconnect { drained_in_s } else { seconds };
        Ok(Report {
            seed: self.seed,
            kiosks: self.kiosks,
            ratings: self.ratings,
            stored: served.stored,
            not_stored: served.not_stored,
            acknowledged,
            lost: waiting,
            seconds,
            drained_in_s,
            acknowledged_per_s: f64::from(u32::try_from(acknowledged).unwrap_or(u32::MAX)) / took_s.max(1e-9),
            tap_to_stored_ms: served.percentiles(),
        })
    }

    fn settings(&self) -> OwnSettings {
        let server = self.server.clone();
        OwnSettings::default().with(move |settings| {
            settings.server.address.clone_from(&server);
            settings.let_residents_hurry();
        })
    }

    async fn enrolment_codes(&self) -> anyhow::Result<Vec<String>> {
        let codes = match &self.codes {
            None => simulation_codes(&self.server, self.kiosks)
                .await
                .with_context(|| format!("cannot enrol kiosks at {}", self.server))?,
            Some(file) => {
                let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
                text.split_whitespace().map(str::to_owned).collect()
            }
        };
        if codes.len() < self.kiosks as usize {
            bail!(
                "{} codes are too few for {} kiosks: make more with `suara-loket admin enrol`",
                codes.len(),
                self.kiosks
            );
        }
        Ok(codes)
    }

    /// What one kiosk does: its share of the ratings, at its share of the rate.
    fn plan(&self, number: u32) -> Plan {
        let share = self.ratings / self.kiosks + u32::from(number < self.ratings % self.kiosks);
        let pause = self.rate.map(|rate| Duration::from_secs_f64(f64::from(self.kiosks) / rate.max(1e-6)));
        Plan {
            ratings: share,
            pause,
            connected: !self.reconnect,
            dice: Dice(SplitMix64(self.seed.wrapping_add(u64::from(number) << 32))),
        }
    }

    /// Waits until nothing waits, or nothing has moved for too long; returns what still waits.
    async fn wait_for_server(&self, kiosks: &[Simulated]) -> u64 {
        let (mut least, mut moved) = (u64::MAX, Instant::now());
        loop {
            let waiting: u64 = kiosks.iter().map(Simulated::waiting).sum();
            if waiting < least {
                (least, moved) = (waiting, Instant::now());
            }
            if waiting == 0 || moved.elapsed().as_secs() >= self.patience {
                return waiting;
            }
            sleep(Duration::from_millis(50)).await;
        }
    }
}

struct Plan {
    ratings: u32,
    pause: Option<Duration>,
    connected: bool,
    dice: Dice,
}

/// A simulated kiosk, connected to the server or not yet.
struct Simulated {
    running: Running,
    synchronisation: Option<Synchronisation>,
}

impl Simulated {
    fn connect(&mut self) {
        if let Some(synchronisation) = self.synchronisation.take() {
            tokio::spawn(synchronisation);
        }
    }

    fn waiting(&self) -> u64 {
        self.running.outbox.backlog().unwrap_or(0)
    }
}

#[derive(Debug, Default)]
struct Served {
    stored: u64,
    not_stored: u64,
    tap_to_stored_ms: Vec<f64>,
}

impl Served {
    fn add(&mut self, other: Served) {
        self.stored += other.stored;
        self.not_stored += other.not_stored;
        self.tap_to_stored_ms.extend(other.tap_to_stored_ms);
    }

    /// Of sorted times.
    fn percentiles(&self) -> Percentiles {
        let times = &self.tap_to_stored_ms;
        let at =
            |hundredths: usize| times.get((times.len() * hundredths / 100).min(times.len().saturating_sub(1))).copied();
        Percentiles { p50: at(50).unwrap_or(0.0), p99: at(99).unwrap_or(0.0), max: at(100).unwrap_or(0.0) }
    }
}

async fn serve_residents(
    data: &std::path::Path,
    own: &OwnSettings,
    code: &str,
    mut plan: Plan,
) -> anyhow::Result<(Served, Simulated)> {
    let prepared = prepare(data, own, Some(code)).await?;
    let (sender, mut answers) = mpsc::unbounded_channel();
    let inbox: Inbox = Arc::new(move |event| drop(sender.send(event)));
    let (running, synchronisation) = prepared.launch(inbox, |_| {})?;
    let mut kiosk = Simulated { running, synchronisation: Some(synchronisation) };
    if plan.connected {
        kiosk.connect();
    }
    let counter = &mut kiosk.running.kiosk;
    let mut served = Served::default();
    for _ in 0..plan.ratings {
        if let Some(pause) = plan.pause {
            sleep(pause).await;
        }
        let touched = Instant::now();
        counter.send(Event::StarTouched(plan.dice.stars()));
        while let Some(answer) = answers.recv().await {
            counter.send(answer);
            match counter.view().screen {
                Screen::ThankYou { .. } => served.stored += 1,
                Screen::NotStored => served.not_stored += 1,
                _ => continue,
            }
            break;
        }
        served.tap_to_stored_ms.push(touched.elapsed().as_secs_f64() * 1_000.0);
        counter.send(Event::BackTouched);
    }
    Ok((served, kiosk))
}

/// Residents who can be repeated.
struct Dice(SplitMix64);

impl Dice {
    /// Mostly content residents, as offices see them.
    fn stars(&mut self) -> Stars {
        let index = match self.0.draw() % 100 {
            0..4 => 0,
            4..9 => 1,
            9..19 => 2,
            19..49 => 3,
            _ => 4,
        };
        Stars::ALL[index]
    }
}
