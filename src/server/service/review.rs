//! Ratings that may not come from residents: looked for every hour, decided about by people, never dropped.

use super::ingest::read_body;
use super::{Service, ServiceError, ServiceResult};
use crate::domain::clock::Placed;
use crate::domain::event::{BODY_VERSION, EventBody, Salt, Signals, What};
use crate::domain::honesty::{Evidence, FlagKind, Limits, Seen, Shift, both_figures, detect};
use crate::domain::ids::{CounterId, EventId, OfficeId, OfficerId};
use crate::domain::opening_hours::OpeningHours;
use crate::domain::score::Spread;
use crate::protocol::signing::sha256;
use crate::server::store::{Decision, FlagRow, NewDecision, ProvenRating};
use crate::system::random_array;
use data_encoding::BASE32_NOPAD;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use uuid::Uuid;

const HOUR_MS: i64 = 60 * 60 * 1_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// The usual of a counter is learnt from so many days before.
const PAST_DAYS: i64 = 28;
/// After a start, ratings received in so many days are looked at again.
const FIRST_LOOK_DAYS: i64 = 3;

/// When each office was examined last, ms since 1970.
pub type Examined = BTreeMap<OfficeId, i64>;

/// Flags of one kind and one reason at one counter's day: what a person decides about at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// A short name, the same as long as the reason is.
    pub code: String,
    /// Where.
    pub counter: CounterId,
    /// When.
    pub day: Date,
    /// The kind of reason.
    pub kind: FlagKind,
    /// The numbers of the sentence.
    pub numbers: Vec<u64>,
    /// Which ratings.
    pub ratings: Vec<EventId>,
    /// What was decided.
    pub decision: Option<Decision>,
}

impl Case {
    /// The reason in one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        self.kind.says(self.numbers.clone()).english()
    }
}

/// One day of one counter, and when its office is open.
struct CounterDay<'a> {
    counter: CounterId,
    day: Date,
    zone: &'a TimeZone,
    hours: Option<&'a OpeningHours>,
}

impl Service {
    /// Looks at the days of counters that got ratings since the last look, once an hour.
    ///
    /// # Errors
    /// When the store fails; the hour stays due.
    pub async fn examine_due(&self, done: &mut Examined) -> ServiceResult<()> {
        let now_ms = self.now_ms();
        for row in self.store.offices().await? {
            let office = row.office.id;
            let since_ms = done.get(&office).copied().unwrap_or(now_ms - FIRST_LOOK_DAYS * DAY_MS);
            if done.contains_key(&office) && now_ms - since_ms < HOUR_MS {
                continue;
            }
            self.examine(office, since_ms).await?;
            done.insert(office, now_ms);
        }
        Ok(())
    }

    /// Looks at the days of an office's counters that got ratings since then.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn examine(&self, office: OfficeId, since_ms: i64) -> ServiceResult<()> {
        let days = self.store.counter_days(office, since_ms).await?;
        if days.is_empty() {
            return Ok(());
        }
        let (zone, hours) = (self.zone(office).await?, self.store.office(office).await?.office.hours);
        let flags = self.store.flags(office).await?;
        let abuse = flags.into_iter().filter(|flag| flag.decision.as_ref().is_some_and(|decision| decision.abuse));
        let abuse: BTreeSet<EventId> = abuse.map(|flag| flag.event).collect();
        for (counter, day) in days {
            let looked_at = CounterDay { counter, day, zone: &zone, hours: hours.as_ref() };
            let raised = self.flags_of(office, &looked_at, &abuse).await?;
            if !raised.is_empty() {
                tracing::info!(office = office.get(), counter = counter.get(), %day, flags = raised.len(), "flagged");
                self.store.keep_flags(office, raised).await?;
            }
        }
        Ok(())
    }

    async fn flags_of(
        &self,
        office: OfficeId,
        &CounterDay { counter, day, zone, hours }: &CounterDay<'_>,
        abuse: &BTreeSet<EventId>,
    ) -> ServiceResult<Vec<FlagRow>> {
        let Some(day_ms) = span_ms(day, zone) else { return Ok(Vec::new()) };
        let from_ms = day_ms.start - PAST_DAYS * DAY_MS;
        let ratings = self.store.counter_ratings(office, counter, from_ms..day_ms.end).await?;
        let duties = self.store.duties(office, counter, from_ms).await?;
        let shifts = shifts(&duties, &ratings);
        let given = ratings.iter().filter(|proven| !proven.rating.undone);
        let (of_day, before): (Vec<_>, Vec<_>) = given.partition(|proven| proven.rating.time.day == day);
        let of_day: Vec<Seen> = of_day.into_iter().map(seen).collect();
        let before: Vec<Seen> = before.into_iter().filter(|p| !abuse.contains(&p.rating.id)).map(seen).collect();
        let open_ms = hours.map(|hours| hours.around_ms(day, zone));
        let evidence = Evidence { day: &of_day, past: &before, shifts: &shifts, open_ms: open_ms.as_deref() };
        let raised_at_ms = self.now_ms();
        let flags = detect(&evidence, &Limits::default()).into_iter().map(|flag| FlagRow {
            event: flag.event,
            kind: flag.kind,
            counter,
            day,
            raised_at_ms,
            score: flag.score,
            numbers: flag.sentence.numbers,
            decision: None,
        });
        Ok(flags.collect())
    }

    /// What there is to decide about, and what was decided, newest day first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn cases(&self, office: OfficeId) -> ServiceResult<Vec<Case>> {
        let mut cases: Vec<Case> = Vec::new();
        for flag in self.store.flags(office).await? {
            let code = code(&flag);
            match cases.iter_mut().find(|case| case.code == code && case.decision == flag.decision) {
                Some(case) => case.ratings.push(flag.event),
                None => cases.push(Case {
                    code,
                    counter: flag.counter,
                    day: flag.day,
                    kind: flag.kind,
                    numbers: flag.numbers,
                    ratings: vec![flag.event],
                    decision: flag.decision,
                }),
            }
        }
        Ok(cases)
    }

    /// Decides about a case, for the first time or anew; returns how many ratings that concerns. Nothing is
    /// removed: the second figure leaves abuse out, as soon as that tells nobody's rating.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn decide(&self, office: OfficeId, case: &Case, abuse: bool, by: &str) -> ServiceResult<()> {
        let at = self.clock.now();
        let what = What::Reviewed {
            flagged_for: case.kind.as_str().to_owned(),
            ratings: case.ratings.clone(),
            abuse,
            by: by.to_owned(),
        };
        let body = EventBody { v: BODY_VERSION, salt: Salt(random_array(&self.random)), device: None, at, what };
        let decision = NewDecision {
            id: EventId::from_parts(at.wall_ms, random_array(&self.random)),
            body: serde_json::to_string(&body).map_err(|error| ServiceError::Internal(error.to_string()))?,
            kind: case.kind,
            ratings: case.ratings.clone(),
            decision: Decision { abuse, by: by.to_owned(), at_ms: at.wall_ms },
        };
        Ok(self.store.decide(office, decision).await?)
    }

    /// Both figures of an officer of a period, as of their last release: all ratings, and those without
    /// confirmed abuse. First and last day are included; a rating belongs to the day of its release, as on
    /// the day cards (law 5), which is that of the office's zone.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn figures(
        &self,
        office: OfficeId,
        officer: OfficerId,
        days: &RangeInclusive<Date>,
    ) -> ServiceResult<(Spread, Spread)> {
        let released = self.store.released(office, officer).await?;
        let last_no = released.iter().map(|rating| rating.since_no).max().unwrap_or(0);
        Ok(both_figures(&released, days, last_no))
    }
}

/// Six characters that stand for a reason.
fn code(flag: &FlagRow) -> String {
    let reason = format!("{} {} {} {:?}", flag.counter, flag.day, flag.kind.as_str(), flag.numbers);
    BASE32_NOPAD.encode(&sha256(reason.as_bytes())[..4]).chars().take(6).collect()
}

/// A civil day from its first moment to that of the next.
fn span_ms(day: Date, zone: &TimeZone) -> Option<std::ops::Range<i64>> {
    let begin = |day: Date| Some(zone.to_timestamp(day.at(0, 0, 0, 0)).ok()?.as_millisecond());
    Some(begin(day)?..begin(day.tomorrow().ok()?)?)
}

fn seen(proven: &ProvenRating) -> Seen {
    let rating = &proven.rating;
    let body = proven.event.as_ref().and_then(|event| event.body.as_deref());
    let signals = match body.and_then(|body| read_body(body).ok()).map(|body| body.what) {
        Some(What::Rated { signals, .. }) => signals,
        _ => Signals::default(),
    };
    let time = rating.time;
    Seen {
        event: rating.id,
        visit: rating.facts.visit,
        at: Placed { at_ms: time.occurred_at_ms, bound_ms: time.bound_ms, quality: time.quality },
        stars: rating.facts.stars,
        channel: rating.facts.channel,
        officer: rating.facts.officer,
        signals,
    }
}

/// Shifts of which the boots are known by ratings: those tell what a boot's clock meant.
fn shifts(duties: &[String], ratings: &[ProvenRating]) -> Vec<Shift> {
    let by_boot = ratings.iter().filter_map(|p| p.at.map(|at| (at.boot_id, p.rating.time.occurred_at_ms - at.boot_ms)));
    let boots: BTreeMap<Uuid, i64> = by_boot.collect();
    let mut shifts: Vec<Shift> = Vec::new();
    for body in duties.iter().filter_map(|body| read_body(body).ok()) {
        // A break is no end of a shift.
        if matches!(body.what, What::DutyPaused { .. } | What::DutyResumed { .. }) {
            continue;
        }
        let Some(begun_ms) = boots.get(&body.at.boot_id) else { continue };
        let at_ms = begun_ms + body.at.boot_ms;
        // Whoever was on duty before is not any more.
        if let Some(last) = shifts.last_mut().filter(|last| last.to_ms.is_none()) {
            last.to_ms = Some(at_ms);
        }
        if let What::DutyStarted { officer } = body.what {
            shifts.push(Shift { officer, from_ms: at_ms, to_ms: None });
        }
    }
    shifts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::civil_day;

    #[test]
    fn a_day_lasts_from_midnight_to_midnight_of_its_zone() {
        let zone = TimeZone::get("Asia/Jakarta").unwrap();
        let day: Date = "2026-11-24".parse().unwrap();
        let span = span_ms(day, &zone).unwrap();
        assert_eq!(span.end - span.start, DAY_MS);
        assert_eq!((civil_day(span.start, &zone), civil_day(span.start - 1, &zone)), (day, day.yesterday().unwrap()));
    }
}
