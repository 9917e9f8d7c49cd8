//! Brings the queue to the server, and the server's news to the counter. Never blocks the screen.
//!
//! An answer counts only when the pinned server key signed it for exactly this request: a captive
//! portal's friendly page is no acknowledgement.

mod alarm;
mod anchors;
mod audit;
mod caller;
mod config;
mod enrol;
mod error;
mod http;
mod known_time;
mod ladder;
mod note;
mod round;
mod search;
mod standing;
mod tls;
mod withheld;
mod witness;

pub use enrol::{EnrolError, enrol, simulation_codes};
pub use error::CallError;
pub use http::{BadAddress, HttpServer};
pub use known_time::KnownTime;
pub use ladder::{Ladder, Outcome, Pause};
pub use round::{Errand, Progress, Syncer};

use crate::domain::clock::Anchor;
use crate::kiosk::configuration::Configuration;
use crate::protocol::EvaluationServer;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};
use tokio::time::{Duration, Instant, sleep};

/// Something the counter should know.
#[derive(Clone, Debug)]
pub enum News {
    /// The office tells its counters something else: officers, services, names or settings.
    Configuration(Arc<Configuration>),
    /// The server's time was learnt.
    Time(Anchor),
}

/// Runs until `stop` turns true: sends whenever something waits, and asks for news now and then.
///
/// `nudges` tell of new records. While the server is away the pause grows, but a new record may
/// try again after `ladder::SHORTEST_PAUSE_MS`.
pub async fn run<S>(
    mut syncer: Syncer<S>,
    refresh: Duration,
    mut nudges: mpsc::UnboundedReceiver<()>,
    news: impl Fn(News) + Send + Sync,
    mut stop: watch::Receiver<bool>,
) where
    S: EvaluationServer<Error = CallError> + Sync,
{
    let mut done: Option<Instant> = None;
    while !*stop.borrow() {
        // A new record is sent at once, but is no reason to ask for news as often.
        let errand = match done {
            Some(done) if done.elapsed() < refresh => Errand::Events,
            _ => Errand::Everything,
        };
        let outcome = syncer.go(errand, &news).await;
        if (errand, outcome) == (Errand::Everything, Outcome::Done) {
            done = Some(Instant::now());
        }
        let until_news = refresh.saturating_sub(done.map_or(Duration::ZERO, |done| done.elapsed()));
        let pause = syncer.ladder.after(outcome, u64::try_from(until_news.as_millis()).unwrap_or(u64::MAX));
        tokio::select! {
            _ = stop.changed() => break,
            () = sleep(Duration::from_millis(pause.ms)) => {}
            () = nudged(&mut nudges, pause.least_ms) => syncer.ladder.nudged(),
        }
    }
}

/// Waits for a nudge, but at least `least_ms`.
async fn nudged(nudges: &mut mpsc::UnboundedReceiver<()>, least_ms: u64) {
    let shortest = sleep(Duration::from_millis(least_ms));
    match nudges.recv().await {
        Some(()) => while nudges.try_recv().is_ok() {},
        // Nobody can nudge any more; time alone decides.
        None => std::future::pending::<()>().await,
    }
    shortest.await;
}
