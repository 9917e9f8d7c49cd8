//! Rating later: what the page behind the QR code of a visit shows and takes.

use super::{Service, ServiceError, ServiceResult};
use crate::domain::clock::civil_day;
use crate::domain::event::{BODY_VERSION, EventBody, Salt, What};
use crate::domain::ids::{EventId, OfficeId};
use crate::domain::ledger::ReceiptCode;
use crate::domain::stars::{Channel, Stars};
use crate::domain::ticket::{Ticket, TicketError, UnverifiedTicket};
use crate::server::store::{DeviceRow, LateEvent, LateRating, RatingFacts};
use crate::system::random_array;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// What a resident sees before rating.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitView {
    /// Name of the office.
    pub office: String,
    /// Name of the counter.
    pub counter: String,
    /// Name and office of the officer who served, if anybody was signed on.
    pub officer: Option<String>,
    /// Name of the service, if known.
    pub service: Option<String>,
    /// Day of the visit, in the office's zone.
    pub day: Date,
}

/// The page of a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TicketPage {
    /// It can be rated.
    Open(VisitView),
    /// It has a rating; if that was given here, with the code by which it is found again.
    Rated(VisitView, Option<ReceiptCode>),
}

/// Why there is no page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketProblem {
    /// Not a ticket of a kiosk of this server.
    Unknown,
    /// Older than seven days.
    Expired,
    /// Its kiosk was revoked.
    Revoked,
}

impl From<TicketError> for TicketProblem {
    fn from(_: TicketError) -> Self {
        Self::Unknown
    }
}

impl Service {
    /// The page of a ticket.
    ///
    /// # Errors
    /// When the store fails; a ticket that is no good is the inner error.
    pub async fn ticket_page(&self, text: &str) -> ServiceResult<Result<TicketPage, TicketProblem>> {
        let (ticket, device) = match self.check_ticket(text).await? {
            Ok(found) => found,
            Err(problem) => return Ok(Err(problem)),
        };
        let view = self.visit_view(&ticket, device.office, &device).await?;
        if !self.store.is_rated(device.office, ticket.visit).await? {
            return Ok(Ok(TicketPage::Open(view)));
        }
        let receipt = self.store.late_receipt(device.office, ticket.visit).await?;
        Ok(Ok(TicketPage::Rated(view, receipt)))
    }

    /// Rates the visit of a ticket, once.
    ///
    /// # Errors
    /// When the store fails; a ticket that is no good is the inner error.
    pub async fn rate_later(&self, text: &str, stars: Stars) -> ServiceResult<Result<LateRating, TicketProblem>> {
        let (ticket, device) = match self.check_ticket(text).await? {
            Ok(found) => found,
            Err(problem) => return Ok(Err(problem)),
        };
        Ok(Ok(self.store.rate_late(device.office, &self.late_event(&ticket, stars)?).await?))
    }

    /// The event of a rating given on the page, as the server records it in a chain of its own.
    fn late_event(&self, ticket: &Ticket, stars: Stars) -> ServiceResult<LateEvent> {
        let at = self.clock.now();
        let Ticket { visit, officer, service, .. } = *ticket;
        let channel = Channel::Qr;
        let body = EventBody {
            v: BODY_VERSION,
            salt: Salt(random_array(&self.random)),
            device: Some(visit.device),
            at,
            what: What::RatedLater { visit: visit.serial, stars, officer, service, channel },
        };
        Ok(LateEvent {
            id: EventId::from_parts(at.wall_ms, random_array(&self.random)),
            body: serde_json::to_string(&body).map_err(|error| ServiceError::Internal(error.to_string()))?,
            facts: RatingFacts { visit, stars, channel, officer, service },
            at_ms: at.wall_ms,
        })
    }

    pub(super) async fn check_ticket(&self, text: &str) -> ServiceResult<Result<(Ticket, DeviceRow), TicketProblem>> {
        let Ok(unverified) = UnverifiedTicket::read(text) else { return Ok(Err(TicketProblem::Unknown)) };
        let Some(device) = self.store.device(unverified.device()).await? else {
            return Ok(Err(TicketProblem::Unknown));
        };
        let Ok(ticket) = unverified.verify(&device.key) else { return Ok(Err(TicketProblem::Unknown)) };
        if device.revoked {
            return Ok(Err(TicketProblem::Revoked));
        }
        let issued_at_ms = self.store.opened_at(device.office, ticket.visit).await?;
        let open = ticket.is_open_at(self.now_ms(), issued_at_ms);
        Ok(if open { Ok((ticket, device)) } else { Err(TicketProblem::Expired) })
    }

    async fn visit_view(&self, ticket: &Ticket, office: OfficeId, device: &DeviceRow) -> ServiceResult<VisitView> {
        let office_row = self.store.office(office).await?;
        let counters = self.store.counters(office).await?;
        let officers = self.store.officers(office).await?;
        let services = self.store.services(office).await?;
        let zone = TimeZone::get(&office_row.office.zone).unwrap_or(TimeZone::UTC);
        let counter = counters.into_iter().find(|counter| counter.id == device.counter);
        Ok(VisitView {
            office: office_row.office.name,
            counter: counter.map(|counter| counter.name).unwrap_or_default(),
            officer: officers.into_iter().find(|row| Some(row.officer.id) == ticket.officer).map(|r| r.officer.name),
            service: services.into_iter().find(|row| Some(row.id) == ticket.service).map(|service| service.name),
            day: civil_day(ticket.issued_minute * 60_000, &zone),
        })
    }
}
