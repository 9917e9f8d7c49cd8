//! The counter's window on the main thread, and the synchronisation on the runtime's.

use super::attend::attend;
use crate::kiosk::hands::Inbox;
use crate::kiosk::settings::KioskSettings;
use crate::kiosk::start::{Prepared, Running};
use crate::kiosk::ui::{CounterWindow, Message};
use crate::notify::Notifier;
use anyhow::{Context, anyhow};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Runtime;

/// Between two tries to start a counter that cannot be used.
const TRY_AGAIN: Duration = Duration::from_secs(20);

/// An empty window, or what to do where there is no display.
pub(super) fn open(settings: &KioskSettings) -> anyhow::Result<CounterWindow> {
    for weak in settings.theme.weak_contrasts() {
        tracing::warn!("{weak}");
    }
    CounterWindow::new(settings).map_err(|error| {
        tracing::debug!("{error}");
        anyhow!("cannot open a window: {}. {MEND}", missing_display())
    })
}

/// What to do without a display.
const MEND: &str = if cfg!(not(feature = "kms")) {
    "Start it inside a graphical session"
} else if cfg!(not(feature = "kiosk")) {
    "Start it as a user in the groups video and input, on a machine with /dev/dri/card0"
} else {
    "Start it inside a graphical session, or as a user in the groups video and input where /dev/dri/card0 is"
};

/// What is wrong with the display, in words of the machine's operator rather than the toolkit's.
fn missing_display() -> String {
    if cfg!(not(feature = "kiosk")) {
        return "no graphics device can be used".to_owned();
    }
    let named = ["WAYLAND_DISPLAY", "DISPLAY"].into_iter().find_map(|variable| {
        let name = std::env::var(variable).ok().filter(|name| !name.is_empty())?;
        Some(format!("{variable} names `{name}`, which cannot be used"))
    });
    named.unwrap_or_else(|| "neither DISPLAY nor WAYLAND_DISPLAY names a display".to_owned())
}

/// Whether the program was asked to end; its window closes then.
pub(super) struct End(Arc<AtomicBool>);

impl End {
    /// Waits for the wish in the background.
    pub(super) fn when(
        asked: impl Future<Output = ()> + Send + 'static,
        window: &CounterWindow,
        runtime: &Runtime,
    ) -> Self {
        let (has_come, closer) = (Arc::new(AtomicBool::new(false)), window.inbox());
        let told = has_come.clone();
        runtime.spawn(async move {
            asked.await;
            told.store(true, Ordering::Release);
            closer.close();
        });
        Self(has_come)
    }

    pub(super) fn has_come(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Says on the screen that the counter cannot be used, until it is tried again.
pub(super) fn tell_fault(window: &CounterWindow, error: &anyhow::Error) -> anyhow::Result<()> {
    tracing::error!("this counter cannot be used: {error:#}; it is tried again in {} s", TRY_AGAIN.as_secs());
    // A screen that says so is as well as it can be: started anew it would only say it again.
    let manager = Notifier::from_environment();
    manager.tell("READY=1");
    manager.tell("WATCHDOG=1");
    window.tell_fault(&format!("{error:#}"));
    window.wait(TRY_AGAIN).context("the window was lost")?;
    manager.tell("WATCHDOG=1");
    Ok(())
}

/// Shows a kiosk until its window is closed or the program is asked to end.
pub(super) fn show(window: &CounterWindow, prepared: Prepared, runtime: &Runtime) -> anyhow::Result<()> {
    let (answers, changes) = (window.inbox(), window.inbox());
    let settings = prepared.settings().clone();
    window.inbox().post(Message::Settings(Arc::new(settings.clone())));
    let answers: Inbox = Arc::new(move |event| answers.post(Message::Event(event)));
    let (running, synchronisation) = prepared.launch(answers.clone(), move |new| {
        changes.post(Message::Settings(new.settings.clone()));
        changes.post(Message::Roster(new.roster.clone()));
    })?;
    attend(runtime, &settings, &running, answers)?;
    let Running { kiosk, stop, .. } = running;
    let synchronisation = runtime.spawn(synchronisation);
    window.attach(kiosk);
    window.run().context("the window was lost")?;
    super::kiosk::finish(runtime, &stop, synchronisation);
    Ok(())
}
