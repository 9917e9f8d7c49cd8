//! Every answer to the survey by the event that gave it, and every event that answers by its row.

use super::{Finding, PAGE, Verification};
use crate::domain::event::{EventBody, What};
use crate::domain::ids::{DeviceId, EventId, VisitId};
use crate::domain::skm::{Form, Respondent, Source};
use crate::server::service::ServiceResult;
use crate::server::service::ingest::read_body;
use crate::server::store::{EventRow, ProvenSurvey, SurveyRow};
use std::collections::BTreeSet;

/// What an event answers, if it does: the row it makes. The day of an answer at the kiosk is not its own.
pub(super) fn answered(id: EventId, sender: DeviceId, body: &EventBody) -> Option<SurveyRow> {
    let at = |serial| VisitId { device: body.device.unwrap_or(sender), serial };
    match &body.what {
        What::Asked { visit, element, answer: Some(answer) } => {
            let answers = [(*element, *answer)].into_iter().collect();
            let (hours, service, respondent) = (None, None, Respondent::default());
            let form = Form { day: jiff::civil::Date::ZERO, hours, service, respondent, answers };
            Some(SurveyRow { id, source: Source::Kiosk, visit: Some(at(*visit)), form })
        }
        What::Surveyed { visit, form, .. } if sender == DeviceId::SERVER => {
            let source = if visit.is_some() { Source::Page } else { Source::Paper };
            Some(SurveyRow { id, source, visit: visit.map(at), form: *form })
        }
        _ => None,
    }
}

impl<F: FnMut(Finding)> Verification<'_, F> {
    /// Compares the answers with the events that gave them.
    pub(super) async fn surveys(&mut self) -> ServiceResult<()> {
        let mut after = None;
        loop {
            let page = self.service.store.surveys_after(self.office, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.row.id);
            for proven in page {
                self.survey(&proven);
            }
        }
        let mut gone: Vec<_> = std::mem::take(&mut self.answered).into_values().collect();
        gone.sort_unstable();
        for (device, seq) in gone {
            self.found(Finding::SurveyMissing { device, seq });
        }
        Ok(())
    }

    /// Compares the services that stand for visits with those that events named.
    pub(super) async fn named_services(&mut self) -> ServiceResult<()> {
        let mut after = None;
        let named = std::mem::take(&mut self.named);
        let mut missing: BTreeSet<VisitId> = named.iter().map(|(visit, _)| *visit).collect();
        loop {
            let page = self.service.store.named_services_after(self.office, after, PAGE).await?;
            let Some((last, _)) = page.last() else { break };
            after = Some(*last);
            for (visit, service) in page {
                // What an event named that was erased, nobody can tell.
                let can_be_told = missing.remove(&visit) || self.summary.erased == 0;
                if can_be_told && !named.contains(&(visit, service)) {
                    self.found(Finding::ServiceDiffers { visit });
                }
            }
        }
        for visit in missing {
            self.found(Finding::ServiceDiffers { visit });
        }
        Ok(())
    }

    fn survey(&mut self, ProvenSurvey { row, rated_on, event }: &ProvenSurvey) {
        self.summary.surveys += 1;
        self.answered.remove(&row.id);
        let Some(event) = event.as_ref().filter(|event| event.parked.is_none()) else {
            return self.found(Finding::SurveyInvented { id: row.id });
        };
        if event.erased {
            return;
        }
        let Some(mut right) = told(event) else {
            return self.found(Finding::SurveyInvented { id: row.id });
        };
        if right.source == Source::Kiosk {
            // Where its visit has no rating, nothing else tells the day.
            right.form.day = rated_on.unwrap_or(row.form.day);
        }
        if right != *row {
            self.found(Finding::SurveyDiffers { id: row.id });
        }
    }
}

fn told(event: &EventRow) -> Option<SurveyRow> {
    answered(event.id, event.device, &read_body(event.body.as_deref()?).ok()?)
}
