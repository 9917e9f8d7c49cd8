//! How answers from other threads reach the kiosk, which lives on the window's thread.

use super::generated::{AppWindow, Shell};
use crate::kiosk::session::Event;
use crate::kiosk::settings::KioskSettings;
use crate::protocol::roster::Roster;
use slint::ComponentHandle;
use std::sync::Arc;
use std::sync::mpsc::Sender;

/// Something to tell the kiosk.
#[derive(Clone, Debug)]
pub enum Message {
    /// What the session asked for is done.
    Event(Event),
    /// A newer roster from the server.
    Roster(Arc<Roster>),
    /// Other settings, since the office decided so.
    Settings(Arc<KioskSettings>),
}

/// Where other threads leave their messages. Cheap to clone; never blocks.
#[derive(Clone)]
pub struct Inbox {
    sender: Sender<Message>,
    window: slint::Weak<AppWindow>,
}

impl Inbox {
    pub(super) fn new(sender: Sender<Message>, window: slint::Weak<AppWindow>) -> Self {
        Self { sender, window }
    }

    /// Leaves a message. It is read in the order of arrival, at once while the window is open.
    pub fn post(&self, message: Message) {
        if self.sender.send(message).is_err() {
            return;
        }
        let woken = self.window.upgrade_in_event_loop(|window| window.global::<Shell>().invoke_messages_waiting());
        if let Err(closed) = woken {
            tracing::debug!("the window is closed; a message stays unread: {closed}");
        }
    }

    /// Closes the window, so that [`super::CounterWindow::run`] returns.
    pub fn close(&self) {
        if let Err(closed) = slint::quit_event_loop() {
            tracing::debug!("the window is closed already: {closed}");
        }
    }
}
