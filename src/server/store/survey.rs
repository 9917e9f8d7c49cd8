//! Answers to the survey as they arrive and as they lie in the store, and what a store does with them.

use super::{EventRow, StoreResult};
use crate::domain::ids::{EventId, OfficeId, ServiceId, VisitId};
use crate::domain::skm::{Form, Source, Tally, Weight};
use async_trait::async_trait;
use jiff::civil::Date;
use std::ops::RangeInclusive;

/// Answers as they lie in the store: one row for each event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SurveyRow {
    /// Their event.
    pub id: EventId,
    /// Where they were given.
    pub source: Source,
    /// The visit; paper has none.
    pub visit: Option<VisitId>,
    /// What they say. The day is the kiosk's rating's, where there is one.
    pub form: Form,
}

/// Answers beside the event they were made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenSurvey {
    /// The answers.
    pub row: SurveyRow,
    /// The day of the visit's rating at the kiosk, if there is one.
    pub rated_on: Option<Date>,
    /// Their event, if there is one.
    pub event: Option<EventRow>,
}

/// A filled-in form: an event the server makes itself.
#[derive(Clone, Debug)]
pub struct NewForm {
    /// Its id.
    pub id: EventId,
    /// Its bytes.
    pub body: String,
    /// The visit on whose page; `None` on paper.
    pub visit: Option<VisitId>,
    /// What it says.
    pub form: Form,
    /// When it arrived, ms since 1970.
    pub at_ms: i64,
}

/// A file of paper forms.
#[derive(Clone, Debug)]
pub struct NewSheet {
    /// SHA-256 of the file.
    pub file_hash: [u8; 32],
    /// When it is taken, ms since 1970.
    pub at_ms: i64,
    /// Whether it shall be taken although it was before.
    pub again: bool,
    /// The forms.
    pub forms: Vec<NewForm>,
}

/// What became of a file of paper forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SheetTaken {
    /// All of it is stored.
    Stored,
    /// It was taken before; nothing was stored.
    Before {
        /// When, ms since 1970.
        at_ms: i64,
        /// How many forms it had.
        forms: u64,
    },
}

/// Answers of one source about one service, in a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SurveyCount {
    /// Where they were given.
    pub source: Source,
    /// The service, if known.
    pub service: Option<ServiceId>,
    /// How many people gave them.
    pub respondents: u64,
    /// The answers.
    pub tally: Tally,
}

/// How an office reckons its index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SurveyRule {
    /// What each mean is multiplied with.
    pub weight: Weight,
    /// How many people it serves in a period, if it told.
    pub population: Option<u64>,
}

/// What the use cases of the survey need from a database.
#[async_trait]
pub trait SurveyStore: Send + Sync {
    /// Takes a form from the page of a visit; false if that visit has one, and nothing is stored.
    async fn add_form(&self, office: OfficeId, new: &NewForm) -> StoreResult<bool>;
    /// Whether a form was filled in on the page of a visit.
    async fn has_form(&self, office: OfficeId, visit: VisitId) -> StoreResult<bool>;
    /// Takes a file of paper forms, all or nothing, unless it was taken before.
    async fn add_sheet(&self, office: OfficeId, sheet: NewSheet) -> StoreResult<SheetTaken>;
    /// What was answered from one civil day to another, both included. Where a visit has both an answer at the
    /// kiosk and a form, the form speaks for it.
    async fn survey_counts(&self, office: OfficeId, days: RangeInclusive<Date>) -> StoreResult<Vec<SurveyCount>>;
    /// How many visits were rated in these days.
    async fn rated_visits(&self, office: OfficeId, days: RangeInclusive<Date>) -> StoreResult<u64>;
    /// How an office reckons its index.
    async fn survey_rule(&self, office: OfficeId) -> StoreResult<SurveyRule>;
    /// Keeps that.
    async fn set_survey_rule(&self, office: OfficeId, rule: SurveyRule) -> StoreResult<()>;
    /// For auditors: what residents named as the service of their visit, by visit, after this one.
    async fn named_services_after(
        &self,
        office: OfficeId,
        after: Option<VisitId>,
        most: u32,
    ) -> StoreResult<Vec<(VisitId, ServiceId)>>;
    /// For auditors: the answers beside their events, by event, after this one.
    async fn surveys_after(
        &self,
        office: OfficeId,
        after: Option<EventId>,
        most: u32,
    ) -> StoreResult<Vec<ProvenSurvey>>;
}
