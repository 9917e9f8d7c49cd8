//! What a call means at this counter.

use super::call::{Call, service_code};
use super::refusal::Refusal;
use crate::domain::ids::ServiceId;
use crate::kiosk::counter::Standing;
use crate::kiosk::hands::{Inbox, SharedRoster};
use crate::kiosk::session::Event;
use crate::protocol::roster::Roster;
use hyper::StatusCode;
use serde_json::{Value, json};
use std::sync::{Arc, PoisonError};
use tokio::sync::watch;

/// The counter as a queue system sees it.
#[derive(Clone)]
pub struct QueueDesk {
    /// Where events for the session go.
    pub inbox: Inbox,
    /// Whose codes of services count.
    pub roster: SharedRoster,
    /// Whether the counter serves.
    pub standing: watch::Receiver<Standing>,
}

impl QueueDesk {
    /// Follows a call; what is answered, and with which status.
    pub(super) fn follow(&self, call: Call, body: &[u8]) -> Result<(StatusCode, Value), Refusal> {
        let roster = self.roster();
        let event = match call {
            Call::State => return Ok((StatusCode::OK, self.state(&roster))),
            Call::Called => Event::VisitCalled { service: service(body, &roster)? },
            Call::Served => Event::VisitServed { service: service(body, &roster)? },
        };
        (self.inbox)(event);
        Ok((StatusCode::ACCEPTED, json!({ "accepted": true })))
    }

    /// The same before and after a rating.
    fn state(&self, roster: &Roster) -> Value {
        let Standing { open, on_duty, paused } = *self.standing.borrow();
        json!({ "counter": roster.counter.name, "open": open, "officer_on_duty": on_duty, "paused": paused })
    }

    fn roster(&self) -> Arc<Roster> {
        self.roster.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn service(body: &[u8], roster: &Roster) -> Result<Option<ServiceId>, Refusal> {
    let Some(code) = service_code(body)? else { return Ok(None) };
    let known = roster.services.iter().find(|service| service.code == code);
    let codes = || roster.services.iter().map(|service| service.code.clone()).collect();
    known.map(|service| Some(service.id)).ok_or_else(|| Refusal::UnknownService { code, known: codes() })
}
