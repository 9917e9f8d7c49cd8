//! Answers to the survey: one row for each event, pooled when they are asked for.

use super::super::{
    NewForm, NewSheet, ProvenSurvey, SheetTaken, StoreError, StoreResult, SurveyCount, SurveyRow, SurveyRule,
    SurveyStore,
};
use super::ledger::Ledger;
use super::{SqliteStore, events, rows};
use crate::domain::ids::{EventId, OfficeId, ServiceId, VisitId};
use crate::domain::skm::{
    AgeBand, Answers, Education, Form, Hours, Occupation, Respondent, Sex, SkmAnswer, SkmElement, Source, Tally,
};
use async_trait::async_trait;
use jiff::civil::Date;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};
use std::ops::RangeInclusive;

#[async_trait]
impl SurveyStore for SqliteStore {
    async fn add_form(&self, office: OfficeId, new: &NewForm) -> StoreResult<bool> {
        let new = new.clone();
        self.threads.write(move |db| add_form(db, office, &new)).await
    }

    async fn has_form(&self, office: OfficeId, visit: VisitId) -> StoreResult<bool> {
        self.threads.read(move |db| has_form(db, office, visit)).await
    }

    async fn add_sheet(&self, office: OfficeId, sheet: NewSheet) -> StoreResult<SheetTaken> {
        self.threads.write(move |db| add_sheet(db, office, &sheet)).await
    }

    async fn survey_counts(&self, office: OfficeId, days: RangeInclusive<Date>) -> StoreResult<Vec<SurveyCount>> {
        self.threads.read(move |db| counts(db, office, &days)).await
    }

    async fn rated_visits(&self, office: OfficeId, days: RangeInclusive<Date>) -> StoreResult<u64> {
        self.threads.read(move |db| rated_visits(db, office, &days)).await
    }

    async fn survey_rule(&self, office: OfficeId) -> StoreResult<SurveyRule> {
        self.threads.read(move |db| rule(db, office)).await
    }

    async fn set_survey_rule(&self, office: OfficeId, rule: SurveyRule) -> StoreResult<()> {
        self.threads.write(move |db| set_rule(db, office, rule)).await
    }

    async fn named_services_after(
        &self,
        office: OfficeId,
        after: Option<VisitId>,
        most: u32,
    ) -> StoreResult<Vec<(VisitId, ServiceId)>> {
        self.threads.read(move |db| named_after(db, office, after, most)).await
    }

    async fn surveys_after(
        &self,
        office: OfficeId,
        after: Option<EventId>,
        most: u32,
    ) -> StoreResult<Vec<ProvenSurvey>> {
        self.threads.read(move |db| proven_after(db, office, after, most)).await
    }
}

/// One answer given at a kiosk, to one of the nine.
pub(super) struct KioskAnswer {
    pub id: EventId,
    pub visit: VisitId,
    /// The day as it is known so far.
    pub day: Date,
    pub element: SkmElement,
    pub answer: SkmAnswer,
}

/// Keeps an answer of a kiosk, whose event is new here.
pub(super) fn add_answer(db: &Connection, office: OfficeId, given: &KioskAnswer) -> StoreResult<()> {
    let form = Form {
        day: given.day,
        hours: None,
        service: None,
        respondent: Respondent::default(),
        answers: [(given.element, given.answer)].into_iter().collect(),
    };
    insert(db, office, &SurveyRow { id: given.id, source: Source::Kiosk, visit: Some(given.visit), form })?;
    follow(db, office, given.visit)
}

/// Moves the answers of a visit at the kiosk to the day of its rating: both were given within a minute, and what
/// is known of that time is known of the rating.
pub(super) fn follow(db: &Connection, office: OfficeId, visit: VisitId) -> StoreResult<()> {
    let mut statement = db.prepare_cached(&format!(
        "UPDATE survey_response INDEXED BY survey_by_visit SET day = coalesce({RATED_ON}, day)
         WHERE office_id = ?1 AND device_id = ?2 AND visit_serial = ?3 AND source = 'kiosk'"
    ))?;
    statement.execute([office.get(), visit.device.get(), visit.serial.get()])?;
    Ok(())
}

/// The day of the rating at the kiosk of a response's visit.
const RATED_ON: &str = "(SELECT max(rating.day) FROM rating
    WHERE rating.office_id = survey_response.office_id AND rating.device_id = survey_response.device_id
        AND rating.visit_serial = survey_response.visit_serial AND rating.channel = 'kiosk')";

/// Keeps what a resident said that a visit was about.
pub(super) fn name_service(db: &Connection, office: OfficeId, visit: VisitId, service: ServiceId) -> StoreResult<()> {
    db.prepare_cached(
        "INSERT INTO named_service (office_id, device_id, visit_serial, service_id) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO NOTHING",
    )?
    .execute([office.get(), visit.device.get(), visit.serial.get(), service.get()])?;
    Ok(())
}

fn named_after(
    db: &Connection,
    office: OfficeId,
    after: Option<VisitId>,
    most: u32,
) -> StoreResult<Vec<(VisitId, ServiceId)>> {
    let mut statement = db.prepare_cached(
        "SELECT device_id, visit_serial, service_id FROM named_service
         WHERE office_id = ?1 AND (device_id, visit_serial) > (?2, ?3)
         ORDER BY office_id, device_id, visit_serial LIMIT ?4",
    )?;
    let (device, serial) = after.map_or((0, 0), |visit| (visit.device.get(), visit.serial.get()));
    let found = statement
        .query_map([office.get(), device, serial, most], |row| Ok((visit(row, 0)?, rows::service_id(row, 2)?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn visit(row: &Row<'_>, column: usize) -> rusqlite::Result<VisitId> {
    Ok(VisitId { device: rows::device_id(row, column)?, serial: rows::visit_serial(row, column + 1)? })
}

fn add_form(db: &Connection, office: OfficeId, new: &NewForm) -> StoreResult<bool> {
    if let Some(visit) = new.visit
        && has_form(db, office, visit)?
    {
        return Ok(false);
    }
    let mut ledger = Ledger::load(db, office)?;
    add(db, office, &mut ledger, new)?;
    ledger.save(db)?;
    Ok(true)
}

fn add(db: &Connection, office: OfficeId, ledger: &mut Ledger, new: &NewForm) -> StoreResult<()> {
    let NewForm { id, body, visit, form, at_ms } = new;
    ledger.add_own(db, *id, body, *at_ms)?;
    let source = if visit.is_some() { Source::Page } else { Source::Paper };
    insert(db, office, &SurveyRow { id: *id, source, visit: *visit, form: *form })
}

fn has_form(db: &Connection, office: OfficeId, visit: VisitId) -> StoreResult<bool> {
    let mut statement = db.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM survey_response INDEXED BY survey_page
         WHERE office_id = ?1 AND device_id = ?2 AND visit_serial = ?3 AND source = 'page')",
    )?;
    Ok(statement.query_row([office.get(), visit.device.get(), visit.serial.get()], |row| row.get(0))?)
}

fn add_sheet(db: &Connection, office: OfficeId, sheet: &NewSheet) -> StoreResult<SheetTaken> {
    let before = db
        .prepare_cached("SELECT taken_at_ms, forms FROM survey_sheet WHERE office_id = ?1 AND file_hash = ?2")?
        .query_row(params![office.get(), sheet.file_hash], |row| {
            Ok(SheetTaken::Before { at_ms: row.get(0)?, forms: rows::as_u64(row.get(1)?) })
        })
        .optional()?;
    if let Some(before) = before.filter(|_| !sheet.again) {
        return Ok(before);
    }
    let forms = rows::as_i64(sheet.forms.len() as u64);
    db.prepare_cached(
        "INSERT INTO survey_sheet (office_id, file_hash, taken_at_ms, forms) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (office_id, file_hash) DO UPDATE SET taken_at_ms = excluded.taken_at_ms",
    )?
    .execute(params![office.get(), sheet.file_hash, sheet.at_ms, forms])?;
    let mut ledger = Ledger::load(db, office)?;
    for form in &sheet.forms {
        add(db, office, &mut ledger, form)?;
    }
    ledger.save(db)?;
    Ok(SheetTaken::Stored)
}

/// The columns of the nine, in the order of the regulation.
fn elements() -> String {
    SkmElement::ALL.map(SkmElement::code).join(", ")
}

fn insert(db: &Connection, office: OfficeId, response: &SurveyRow) -> StoreResult<()> {
    let SurveyRow { id, source, visit, form } = response;
    let Respondent { sex, age, education, occupation } = form.respondent;
    let number = |number: Option<u32>| number.map_or(Value::Null, |number| Value::Integer(number.into()));
    let text = |code: Option<&str>| code.map_or(Value::Null, |code| Value::Text(code.to_owned()));
    let answers = SkmElement::ALL.map(|element| number(form.answers.get(element).map(|answer| answer.get().into())));
    let head = [
        number(Some(office.get())),
        Value::Blob(id.0.as_bytes().to_vec()),
        text(Some(source.code())),
        number(visit.map(|visit| visit.device.get())),
        number(visit.map(|visit| visit.serial.get())),
        Value::Text(form.day.to_string()),
        text(form.hours.map(Hours::code)),
        number(form.service.map(ServiceId::get)),
        text(sex.map(Sex::code)),
        text(age.map(AgeBand::code)),
        text(education.map(Education::code)),
        text(occupation.map(Occupation::code)),
    ];
    db.prepare_cached(&format!(
        "INSERT INTO survey_response (office_id, event_id, source, device_id, visit_serial, day, hours, service_id,
            sex, age, education, occupation, {})
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)",
        elements()
    ))?
    .execute(params_from_iter(head.into_iter().chain(answers)))?;
    Ok(())
}

/// The service of a response: its own, or that of its visit.
const SERVICE: &str = "coalesce(response.service_id,
    (SELECT max(rating.service_id) FROM rating WHERE rating.office_id = response.office_id
        AND rating.device_id = response.device_id AND rating.visit_serial = response.visit_serial),
    (SELECT named_service.service_id FROM named_service WHERE named_service.office_id = response.office_id
        AND named_service.device_id = response.device_id AND named_service.visit_serial = response.visit_serial))";

fn counts(db: &Connection, office: OfficeId, days: &RangeInclusive<Date>) -> StoreResult<Vec<SurveyCount>> {
    let of_each = SkmElement::ALL.map(|element| {
        let code = element.code();
        SkmAnswer::ALL.map(|answer| format!("count(CASE WHEN {code} = {} THEN 1 END)", answer.get())).join(", ")
    });
    // One visit is one respondent, however often its kiosk asked.
    let mut statement = db.prepare_cached(&format!(
        "SELECT source, {SERVICE} AS service,
            count(DISTINCT CASE source WHEN 'kiosk' THEN device_id || ' ' || visit_serial ELSE hex(event_id) END), {}
         FROM survey_response AS response INDEXED BY survey_by_day
         WHERE office_id = ?1 AND day BETWEEN ?2 AND ?3 AND NOT (source = 'kiosk' AND EXISTS (
            SELECT 1 FROM survey_response AS form INDEXED BY survey_page WHERE form.office_id = response.office_id
                AND form.device_id = response.device_id AND form.visit_serial = response.visit_serial
                AND form.source = 'page'))
         GROUP BY source, service ORDER BY source, service",
        of_each.join(", ")
    ))?;
    let key = params![office.get(), days.start().to_string(), days.end().to_string()];
    let found = statement.query_map(key, |row| {
        let mut tally = Tally::default();
        let mut column = 3;
        for element in SkmElement::ALL {
            for answer in SkmAnswer::ALL {
                tally.add_many(element, answer, rows::as_u64(row.get(column)?));
                column += 1;
            }
        }
        let respondents = rows::as_u64(row.get(2)?);
        Ok(SurveyCount { source: source(row, 0)?, service: rows::service(row, 1)?, respondents, tally })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn rated_visits(db: &Connection, office: OfficeId, days: &RangeInclusive<Date>) -> StoreResult<u64> {
    let mut statement =
        db.prepare_cached("SELECT coalesce(sum(n), 0) FROM daily WHERE office_id = ?1 AND day BETWEEN ?2 AND ?3")?;
    let key = params![office.get(), days.start().to_string(), days.end().to_string()];
    Ok(statement.query_row(key, |row| row.get(0).map(rows::as_u64))?)
}

fn rule(db: &Connection, office: OfficeId) -> StoreResult<SurveyRule> {
    let mut statement = db.prepare_cached("SELECT weight, population FROM survey_rule WHERE office_id = ?1")?;
    let found = statement.query_row([office.get()], |row| {
        let weight = row.get_ref(0)?.as_str()?.parse().map_err(|error| rows::unreadable(0, error))?;
        Ok(SurveyRule { weight, population: row.get::<_, Option<i64>>(1)?.map(rows::as_u64) })
    });
    Ok(found.optional()?.unwrap_or_default())
}

fn set_rule(db: &Connection, office: OfficeId, rule: SurveyRule) -> StoreResult<()> {
    db.prepare_cached(
        "INSERT INTO survey_rule (office_id, weight, population) VALUES (?1, ?2, ?3)
         ON CONFLICT (office_id) DO UPDATE SET weight = excluded.weight, population = excluded.population",
    )?
    .execute(params![office.get(), rule.weight.code(), rule.population.map(rows::as_i64)])?;
    Ok(())
}

fn proven_after(
    db: &Connection,
    office: OfficeId,
    after: Option<EventId>,
    most: u32,
) -> StoreResult<Vec<ProvenSurvey>> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT survey_response.event_id, source, survey_response.device_id, visit_serial, day, hours, service_id,
            sex, age, education, occupation, {}, CASE source WHEN 'kiosk' THEN {RATED_ON} END, {}
         FROM survey_response LEFT JOIN event INDEXED BY event_by_id
            ON event.office_id = survey_response.office_id AND event.event_id = survey_response.event_id
                AND event.repeats IS NULL
         WHERE survey_response.office_id = ?1 AND survey_response.event_id > ?2
         ORDER BY survey_response.office_id, survey_response.event_id LIMIT ?3",
        elements(),
        events::COLUMNS
    ))?;
    let id = after.as_ref().map_or(&[][..], |id| id.0.as_bytes());
    let found = statement.query_map(params![office.get(), id, most], |row| {
        let rated_on = row.get_ref(20)?.as_str_or_null()?.is_some().then(|| rows::day(row, 20)).transpose()?;
        let event: Option<u32> = row.get(21)?;
        let event = event.map(|_| events::event_row(row, 21)).transpose()?;
        Ok(ProvenSurvey { row: survey_row(row)?, rated_on, event })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn survey_row(row: &Row<'_>) -> rusqlite::Result<SurveyRow> {
    let device = row.get::<_, Option<u32>>(2)?;
    let visit = device.map(|_| visit(row, 2)).transpose()?;
    let mut answers = Answers::default();
    for (column, element) in (11..).zip(SkmElement::ALL) {
        if let Some(value) = row.get::<_, Option<u8>>(column)? {
            answers.set(element, SkmAnswer::try_from(value).map_err(|error| rows::unreadable(column, error))?);
        }
    }
    let respondent = Respondent {
        sex: value(row, 7, Sex::from_code)?,
        age: value(row, 8, AgeBand::from_code)?,
        education: value(row, 9, Education::from_code)?,
        occupation: value(row, 10, Occupation::from_code)?,
    };
    let form = Form {
        day: rows::day(row, 4)?,
        hours: value(row, 5, Hours::from_code)?,
        service: rows::service(row, 6)?,
        respondent,
        answers,
    };
    Ok(SurveyRow { id: rows::event_id(row, 0)?, source: source(row, 1)?, visit, form })
}

fn source(row: &Row<'_>, column: usize) -> rusqlite::Result<Source> {
    value(row, column, Source::from_code)?.ok_or_else(|| strange(column))
}

/// A value by its code; one that no version of this program wrote is an error.
fn value<T>(row: &Row<'_>, column: usize, of: impl Fn(&str) -> Option<T>) -> rusqlite::Result<Option<T>> {
    let code = row.get_ref(column)?.as_str_or_null()?;
    code.map(|code| of(code).ok_or_else(|| strange(column))).transpose()
}

fn strange(column: usize) -> rusqlite::Error {
    rows::unreadable(column, StoreError::Failed("a newer kind of answer".to_owned()))
}
