//! The survey of an office: the form behind a visit's QR code, files of paper forms, and the report of a period.

use super::rate_later::TicketProblem;
use super::{Service, ServiceError, ServiceResult};
use crate::domain::clock::civil_day;
use crate::domain::event::{BODY_VERSION, EventBody, Salt, What};
use crate::domain::ids::{EventId, OfficeId, ServiceId, VisitId};
use crate::domain::office;
use crate::domain::skm::{Answers, Form, Group, Respondent, Source, sample_target};
use crate::protocol::signing::sha256;
use crate::server::store::{NewForm, NewSheet, SheetTaken, SurveyCount, SurveyRule};
use crate::sheet::{Forms, Known, SeparatedRows, Workbook, forms};
use crate::system::random_array;
use data_encoding::HEXLOWER;
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// The page of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormPage {
    /// It can be filled in.
    Open {
        /// Name of the office.
        office: String,
        /// The services to choose from, unless the service of the visit is known.
        services: Vec<office::Service>,
    },
    /// It was filled in.
    Filled,
}

/// What was filled in on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilledIn {
    /// The answers, at least one.
    pub answers: Answers,
    /// The service, where it was chosen.
    pub service: Option<ServiceId>,
    /// About the respondent.
    pub respondent: Respondent,
}

/// A file of paper forms that was taken, or would have been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetReport {
    /// What became of it.
    pub taken: SheetTaken,
    /// How many forms it has.
    pub forms: u64,
    /// How many rows have no answer.
    pub without_answer: u64,
    /// Columns that nobody reads.
    pub unknown_columns: Vec<String>,
}

/// How many people an office served in a period: what a sample is measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Population {
    /// As the office told.
    Told(u64),
    /// The visits that were rated, or the respondents where they are more: there were at least so many.
    Counted(u64),
}

impl Population {
    /// The number.
    #[must_use]
    pub fn get(self) -> u64 {
        match self {
            Population::Told(n) | Population::Counted(n) => n,
        }
    }
}

/// What was answered in a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkmReport {
    /// The days, both included.
    pub days: RangeInclusive<Date>,
    /// All respondents, whose index is the office's.
    pub all: Group,
    /// Those of each service by name; without a name, where it is not known.
    pub services: BTreeMap<String, Group>,
    /// Those of each source: never mixed without being told.
    pub sources: BTreeMap<Source, Group>,
    /// How the office reckons.
    pub rule: SurveyRule,
    /// How many people it served.
    pub population: Population,
    /// How many respondents that needs.
    pub target: u64,
}

impl Service {
    /// The page of the form of a visit.
    ///
    /// # Errors
    /// When the store fails; a ticket that is no good is the inner error.
    pub async fn form_page(&self, text: &str) -> ServiceResult<Result<FormPage, TicketProblem>> {
        let (ticket, device) = match self.check_ticket(text).await? {
            Ok(found) => found,
            Err(problem) => return Ok(Err(problem)),
        };
        if self.store.has_form(device.office, ticket.visit).await? {
            return Ok(Ok(FormPage::Filled));
        }
        let services = match ticket.service {
            Some(_) => Vec::new(),
            None => self.store.services(device.office).await?,
        };
        Ok(Ok(FormPage::Open { office: self.store.office(device.office).await?.office.name, services }))
    }

    /// Takes the form of a visit, once; false if there is one, and nothing was stored.
    ///
    /// # Errors
    /// When the store fails; a ticket that is no good is the inner error.
    pub async fn fill_in(&self, text: &str, filled: &FilledIn) -> ServiceResult<Result<bool, TicketProblem>> {
        let (ticket, device) = match self.check_ticket(text).await? {
            Ok(found) => found,
            Err(problem) => return Ok(Err(problem)),
        };
        let services = self.store.services(device.office).await?;
        let chosen = filled.service.filter(|chosen| services.iter().any(|service| service.id == *chosen));
        let form = Form {
            day: civil_day(self.now_ms(), &self.zone(device.office).await?),
            hours: None,
            service: ticket.service.or(chosen),
            respondent: filled.respondent,
            answers: filled.answers,
        };
        let new = self.new_form(Some(ticket.visit), None, form)?;
        Ok(Ok(self.store.add_form(device.office, &new).await?))
    }

    /// Takes a file of paper forms, all of it or nothing; a file that was taken before only `again`.
    ///
    /// # Errors
    /// When the file cannot be used, or the store fails.
    pub async fn import_sheet(&self, office: OfficeId, file: &[u8], again: bool) -> ServiceResult<SheetReport> {
        let services = self.store.services(office).await?;
        let today = civil_day(self.now_ms(), &self.zone(office).await?);
        let known = Known { services: &services, today };
        let Forms { forms, without_answer, unknown_columns } = if Workbook::is_one(file) {
            forms(&mut Workbook::open(file)?.rows()?, &known)?
        } else {
            forms(&mut SeparatedRows::new(file), &known)?
        };
        let file_hash = sha256(file);
        let sheet = HEXLOWER.encode(&file_hash);
        let new: ServiceResult<Vec<_>> = forms.iter().map(|form| self.new_form(None, Some(&sheet), *form)).collect();
        let sheet = NewSheet { file_hash, at_ms: self.now_ms(), again, forms: new? };
        let count = forms.len() as u64;
        Ok(SheetReport {
            taken: self.store.add_sheet(office, sheet).await?,
            forms: count,
            without_answer,
            unknown_columns,
        })
    }

    /// A form as the server records it in a chain of its own.
    fn new_form(&self, visit: Option<VisitId>, sheet: Option<&str>, form: Form) -> ServiceResult<NewForm> {
        let at = self.clock.now();
        let body = EventBody {
            v: BODY_VERSION,
            salt: Salt(random_array(&self.random)),
            device: visit.map(|visit| visit.device),
            at,
            what: What::Surveyed { visit: visit.map(|visit| visit.serial), sheet: sheet.map(str::to_owned), form },
        };
        Ok(NewForm {
            id: EventId::from_parts(at.wall_ms, random_array(&self.random)),
            body: serde_json::to_string(&body).map_err(|error| ServiceError::Internal(error.to_string()))?,
            visit,
            form,
            at_ms: at.wall_ms,
        })
    }

    /// What was answered from one civil day to another, both included.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn skm_report(&self, office: OfficeId, days: RangeInclusive<Date>) -> ServiceResult<SkmReport> {
        let counts = self.store.survey_counts(office, days.clone()).await?;
        let names: BTreeMap<_, _> =
            self.store.services(office).await?.into_iter().map(|service| (service.id, service.name)).collect();
        let rule = self.store.survey_rule(office).await?;
        let population = if let Some(told) = rule.population {
            Population::Told(told)
        } else {
            let rated = self.store.rated_visits(office, days.clone()).await?;
            Population::Counted(rated.max(counts.iter().map(|count| count.respondents).sum()))
        };
        let mut report = SkmReport {
            days,
            all: Group::default(),
            services: BTreeMap::new(),
            sources: BTreeMap::new(),
            rule,
            population,
            target: sample_target(population.get()),
        };
        for SurveyCount { source, service, respondents, tally } in counts {
            let group = Group { respondents, tally };
            let name = service
                .map_or_else(String::new, |id| names.get(&id).cloned().unwrap_or_else(|| format!("service {id}")));
            report.all = report.all.plus(&group);
            let of_service = report.services.entry(name).or_default();
            *of_service = of_service.plus(&group);
            let of_source = report.sources.entry(source).or_default();
            *of_source = of_source.plus(&group);
        }
        Ok(report)
    }
}
