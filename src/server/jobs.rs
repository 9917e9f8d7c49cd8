//! What the server does by itself: releases at their fixed times; once an hour a checkpoint, and a look at
//! ratings that may not come from residents.

use super::service::{DoneHours, DoneSlots, Examined, Service};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often to look whether a release is due; releases belong to their slot, not to this moment.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Runs until `stop` turns true.
pub(super) async fn run(service: Arc<Service>, mut stop: watch::Receiver<bool>) {
    let (mut slots, mut hours, mut examined) = (DoneSlots::new(), DoneHours::new(), Examined::new());
    loop {
        if let Err(error) = service.release_due(&mut slots).await {
            tracing::error!(%error, "a release failed and will be tried again");
        }
        if let Err(error) = service.keep_checkpoints(&mut hours).await {
            tracing::error!(%error, "a checkpoint could not be kept and will be tried again");
        }
        if let Err(error) = service.examine_due(&mut examined).await {
            tracing::error!(%error, "ratings could not be examined and will be tried again");
        }
        tokio::select! {
            _ = stop.changed() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}
