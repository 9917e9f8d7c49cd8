//! Rating later: what the page behind the QR code of a visit shows and takes.

use super::{Service, ServiceResult};
use crate::domain::clock::{TimeQuality, civil_day};
use crate::domain::ids::{EventId, OfficeId};
use crate::domain::stars::{Channel, Stars};
use crate::domain::ticket::{Ticket, TicketError, UnverifiedTicket};
use crate::server::store::{DeviceRow, LateRating, RatingFacts};
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
    /// It has a rating.
    Rated(VisitView),
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
        let rated = self.store.is_rated(device.office, ticket.visit).await?;
        Ok(Ok(if rated { TicketPage::Rated(view) } else { TicketPage::Open(view) }))
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
        let now_ms = self.now_ms();
        let facts = RatingFacts {
            visit: ticket.visit,
            stars,
            channel: Channel::Qr,
            officer: ticket.officer,
            service: ticket.service,
            occurred_at_ms: now_ms,
            quality: TimeQuality::Exact,
        };
        let id = EventId::from_parts(now_ms, random_array(&self.random));
        Ok(Ok(self.store.rate_late(device.office, id, &facts, now_ms).await?))
    }

    async fn check_ticket(&self, text: &str) -> ServiceResult<Result<(Ticket, DeviceRow), TicketProblem>> {
        let Ok(unverified) = UnverifiedTicket::read(text) else { return Ok(Err(TicketProblem::Unknown)) };
        let Some(device) = self.store.device(unverified.device()).await? else {
            return Ok(Err(TicketProblem::Unknown));
        };
        let Ok(ticket) = unverified.verify(&device.key) else { return Ok(Err(TicketProblem::Unknown)) };
        if device.revoked {
            return Ok(Err(TicketProblem::Revoked));
        }
        let open = ticket.is_open_at(self.now_ms(), None);
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
