//! What runs beside a counter: its signs of life for the service manager.

use crate::kiosk::start::Running;
use crate::kiosk::watchdog::Watchdog;
use crate::notify::Notifier;
use tokio::runtime::Runtime;

/// Starts it, if there is anybody to speak to.
pub(super) fn attend(runtime: &Runtime, running: &Running) {
    let Running { kiosk, outbox, clock, .. } = running;
    let notifier = Notifier::from_environment();
    if notifier.has_listener() {
        runtime.spawn(Watchdog::new(notifier, kiosk.pulse(), outbox.clone(), clock.clone()).watch());
    }
}
