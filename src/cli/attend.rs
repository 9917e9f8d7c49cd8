//! What runs beside a counter: its signs of life for the service manager, and its ear for the office's
//! queue system.

use crate::kiosk::hands::Inbox;
use crate::kiosk::queue_api::{Access, QueueApi, QueueDesk};
use crate::kiosk::settings::KioskSettings;
use crate::kiosk::start::Running;
use crate::kiosk::watchdog::Watchdog;
use crate::notify::Notifier;
use tokio::runtime::Runtime;

/// Starts both, as far as there is anybody to speak to. `inbox` is where the counter hears of visits.
pub(super) fn attend(
    runtime: &Runtime,
    settings: &KioskSettings,
    running: &Running,
    inbox: Inbox,
) -> anyhow::Result<()> {
    let Running { kiosk, outbox, roster, clock, .. } = running;
    if let Some(access) = Access::of(&settings.queue)? {
        let api = runtime.block_on(QueueApi::bind(access))?;
        tracing::info!("the queue system is listened for at {}", api.address()?);
        runtime.spawn(api.serve(QueueDesk { inbox, roster: roster.clone(), standing: kiosk.standing() }));
    }
    let notifier = Notifier::from_environment();
    if notifier.has_listener() {
        runtime.spawn(Watchdog::new(notifier, kiosk.pulse(), outbox.clone(), clock.clone()).watch());
    }
    Ok(())
}
