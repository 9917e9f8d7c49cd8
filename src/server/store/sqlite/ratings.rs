//! Ratings, which of them counts for its visit, and the roll-ups: always changed together.

use super::super::{DailyKey, DailyRow, RatingFacts, RatingRow, RatingTime, StoreResult};
use super::order::{Links, PlacedRating};
use super::times::{self, Stretch};
use super::{rows, surveys};
use crate::domain::clock::{InChain, Known, Moment, Placed, TimeQuality, civil_day, place};
use crate::domain::ids::{DeviceId, EventId, OfficeId, OfficerId, ServiceId, VisitId};
use crate::domain::stars::Stars;
use crate::domain::visit::{Answer, counted};
use jiff::tz::TimeZone;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The ratings of an office while a transaction changes them; [`Books::close`] writes the roll-ups.
pub(super) struct Books<'a> {
    pub(super) db: &'a Connection,
    pub(super) office: OfficeId,
    zone: &'a TimeZone,
    changes: BTreeMap<DailyKey, [i64; 5]>,
    /// The highest visit rated at each device: a later one has no other answer yet.
    highest: BTreeMap<DeviceId, u32>,
    /// Where ratings may be out of the order of their chain.
    pub(super) unsettled: BTreeMap<DeviceId, Links>,
}

/// A rating that arrives.
pub(super) struct NewRating<'a> {
    pub id: EventId,
    pub facts: &'a RatingFacts,
    /// The kiosk's clocks; the server's own ratings have none.
    pub at: Option<Moment>,
    pub placed: Placed,
    pub received_at_ms: i64,
    pub forked: bool,
    /// The device whose own release it may be in.
    pub held_by: Option<DeviceId>,
}

/// An answer to a visit as it lies in the store.
struct Held {
    answer: Answer,
    key: DailyKey,
    counted: bool,
    release: Option<u32>,
}

/// A rating whose time is not known well.
struct Doubtful {
    /// The link of a chain that brought it.
    link: (DeviceId, u64),
    at: Moment,
    held: PlacedRating,
}

impl<'a> Books<'a> {
    pub(super) fn open(db: &'a Connection, office: OfficeId, zone: &'a TimeZone) -> Self {
        Self { db, office, zone, changes: BTreeMap::new(), highest: BTreeMap::new(), unsettled: BTreeMap::new() }
    }

    /// Adds a rating.
    pub(super) fn rate(&mut self, new: &NewRating<'_>) -> StoreResult<()> {
        let RatingFacts { visit, stars, channel, officer, service } = *new.facts;
        let day = civil_day(new.placed.at_ms, self.zone);
        let undone = self.is_undone(new.id, visit)?;
        let is_alone = self.is_first_answer(visit)?;
        let counts = is_alone && !undone;
        self.db
            .prepare_cached(
                "INSERT INTO rating (office_id, device_id, visit_serial, event_id, officer_id, service_id, stars, channel,
                    boot_id, boot_ms, wall_ms, occurred_at_ms, bound_ms, time_quality, day, received_at_ms,
                    undone, forked, counted, held_by)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
            )?
            .execute(params![
                self.office.get(),
                visit.device.get(),
                visit.serial.get(),
                new.id.0.as_bytes(),
                officer.map(OfficerId::get),
                service.map(ServiceId::get),
                stars.get(),
                channel.as_str(),
                new.at.as_ref().map(|at| at.boot_id.as_bytes()),
                new.at.map(|at| at.boot_ms),
                new.at.map(|at| at.wall_ms),
                new.placed.at_ms,
                new.placed.bound_ms,
                new.placed.quality.as_str(),
                day.to_string(),
                new.received_at_ms,
                undone,
                new.forked,
                counts,
                new.held_by.map(DeviceId::get)
            ])?;
        if counts {
            self.change(DailyKey { day, officer, service, channel }, stars, 1);
        }
        if is_alone { Ok(()) } else { self.count_one(visit) }
    }

    /// Takes a rating back, whether it is there yet or not.
    pub(super) fn undo(&mut self, visit: VisitId, rating: EventId) -> StoreResult<()> {
        let key = params![self.office.get(), rating.0.as_bytes(), visit.device.get(), visit.serial.get()];
        self.db
            .prepare_cached(
                "INSERT INTO undone (office_id, rating_id, device_id, visit_serial) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO NOTHING",
            )?
            .execute(key)?;
        let changed = self
            .db
            .prepare_cached(
                "UPDATE rating SET undone = 1
                 WHERE office_id = ?1 AND device_id = ?3 AND visit_serial = ?4 AND event_id = ?2 AND undone = 0",
            )?
            .execute(key)?;
        if changed > 0 { self.count_one(visit) } else { Ok(()) }
    }

    /// Places the ratings of boots again of which more is known now.
    pub(super) fn place_again(&mut self, better: &BTreeMap<Uuid, Stretch>) -> StoreResult<()> {
        let mut visits = BTreeSet::new();
        for (boot, stretch) in better {
            visits.extend(self.place_boot_again(*boot, *stretch)?);
        }
        visits.into_iter().try_for_each(|visit| self.count_one(visit))
    }

    fn place_boot_again(&mut self, boot: Uuid, stretch: Stretch) -> StoreResult<Vec<VisitId>> {
        // Everything between the neighbours of what is new may be known better.
        let neighbours =
            times::around(self.db, self.office, boot, (stretch.0.saturating_sub(1), stretch.1.saturating_add(1)))?;
        let ends = neighbours.iter().map(|anchor| anchor.boot_ms);
        let before = ends.clone().filter(|ms| *ms < stretch.0).max().unwrap_or(i64::MIN);
        let after = ends.filter(|ms| *ms > stretch.1).min().unwrap_or(i64::MAX);
        let mut moved = Vec::new();
        for Doubtful { link: (device, seq), at, held } in self.not_well_placed(boot, (before, after))? {
            let InChain { placed: before, received_ms } = held.in_chain;
            let known = Known { anchors: &neighbours, not_before_ms: None, follows_ms: None, sent: &at, received_ms };
            let placed = place(&at, &known);
            // Half of a doubt is worth a write, a few milliseconds are not.
            if placed.bound_ms.saturating_mul(2) <= before.bound_ms {
                self.place_anew(&held, &placed)?;
                self.unsettle(device, seq);
                moved.push(held.visit);
            }
        }
        Ok(moved)
    }

    /// The ratings in a stretch of a boot that may be placed better.
    fn not_well_placed(&self, boot: Uuid, (from_ms, to_ms): Stretch) -> StoreResult<Vec<Doubtful>> {
        let mut statement = self.db.prepare_cached(
            "SELECT rating.event_id, rating.device_id, visit_serial, boot_id, boot_ms, wall_ms, occurred_at_ms, bound_ms,
                    time_quality, rating.received_at_ms, day, officer_id, service_id, channel, stars, counted,
                    event.device_id, seq
             FROM rating INDEXED BY rating_boot JOIN event INDEXED BY event_by_id
                ON event.office_id = rating.office_id AND event.event_id = rating.event_id AND event.repeats IS NULL
             WHERE rating.office_id = ?1 AND boot_id = ?2 AND boot_ms BETWEEN ?3 AND ?4 AND bound_ms > 1000",
        )?;
        let found = statement.query_map(params![self.office.get(), boot.as_bytes(), from_ms, to_ms], |row| {
            let Some(at) = rows::moment(row, 3)? else { return Ok(None) };
            let held = PlacedRating::read(row, (rows::event_id(row, 0)?, visit(row, 1)?), 6)?;
            let link = (rows::device_id(row, 16)?, rows::as_u64(row.get(17)?));
            Ok(Some(Doubtful { link, at, held }))
        })?;
        Ok(found.filter_map(Result::transpose).collect::<Result<_, _>>()?)
    }

    /// Moves a rating, and what it counts for.
    pub(super) fn place_anew(&mut self, held: &PlacedRating, placed: &Placed) -> StoreResult<()> {
        self.move_to(held.id, held.visit, placed)?;
        if held.counted {
            self.change(held.key, held.stars, -1);
            self.change(DailyKey { day: civil_day(placed.at_ms, self.zone), ..held.key }, held.stars, 1);
        }
        Ok(())
    }

    fn move_to(&self, id: EventId, visit: VisitId, placed: &Placed) -> StoreResult<()> {
        self.db
            .prepare_cached(
                "UPDATE rating SET occurred_at_ms = ?5, bound_ms = ?6, time_quality = ?7, day = ?8
                 WHERE office_id = ?1 AND device_id = ?2 AND visit_serial = ?3 AND event_id = ?4",
            )?
            .execute(params![
                self.office.get(),
                visit.device.get(),
                visit.serial.get(),
                id.0.as_bytes(),
                placed.at_ms,
                placed.bound_ms,
                placed.quality.as_str(),
                civil_day(placed.at_ms, self.zone).to_string()
            ])?;
        surveys::follow(self.db, self.office, visit)
    }

    /// Marks the one answer of a visit that counts. Once a visit was released, all its answers belong to
    /// that release: cards are frozen, and none of them may ever look new.
    pub(super) fn count_one(&mut self, visit: VisitId) -> StoreResult<()> {
        let held = self.held(visit)?;
        let answers: Vec<Answer> = held.iter().map(|held| held.answer).collect();
        let first = counted(&answers).map(|answer| answer.event_id);
        let release = held.iter().find_map(|held| held.release);
        let is_right = |held: &Held| held.counted == (Some(held.answer.event_id) == first) && held.release == release;
        if held.iter().all(is_right) {
            return Ok(());
        }
        for held in &held {
            let counts = Some(held.answer.event_id) == first;
            self.change(held.key, held.answer.stars, i64::from(counts) - i64::from(held.counted));
        }
        let key = params![
            self.office.get(),
            visit.device.get(),
            visit.serial.get(),
            first.as_ref().map_or(&[][..], |id| id.0.as_bytes()),
            release
        ];
        self.db
            .prepare_cached(
                "UPDATE rating SET counted = (event_id = ?4), release_no = ?5
                 WHERE office_id = ?1 AND device_id = ?2 AND visit_serial = ?3",
            )?
            .execute(key)?;
        Ok(())
    }

    fn held(&self, visit: VisitId) -> StoreResult<Vec<Held>> {
        let mut statement = self.db.prepare_cached(
            "SELECT event_id, occurred_at_ms, undone, counted, release_no, day, officer_id, service_id, channel, stars
             FROM rating WHERE office_id = ?1 AND device_id = ?2 AND visit_serial = ?3",
        )?;
        let held = statement.query_map([self.office.get(), visit.device.get(), visit.serial.get()], |row| {
            let key = daily_key(row, 5)?;
            let answer = Answer {
                event_id: rows::event_id(row, 0)?,
                channel: key.channel,
                stars: rows::stars(row, 9)?,
                occurred_at_ms: row.get(1)?,
                undone: row.get(2)?,
            };
            Ok(Held { answer, key, counted: row.get(3)?, release: row.get(4)? })
        })?;
        Ok(held.collect::<Result<_, _>>()?)
    }

    fn is_undone(&self, rating: EventId, visit: VisitId) -> StoreResult<bool> {
        Ok(self
            .db
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM undone
                 WHERE office_id = ?1 AND rating_id = ?2 AND device_id = ?3 AND visit_serial = ?4)",
            )?
            .query_row(
                params![self.office.get(), rating.0.as_bytes(), visit.device.get(), visit.serial.get()],
                |row| row.get(0),
            )?)
    }

    /// Whether the visit is later than all that were rated at its device; it counts as rated from now on.
    fn is_first_answer(&mut self, visit: VisitId) -> StoreResult<bool> {
        let serial = visit.serial.get();
        let known = match self.highest.get(&visit.device) {
            Some(known) => *known,
            None => self.highest_visit(visit.device)?,
        };
        self.highest.insert(visit.device, known.max(serial));
        Ok(serial > known)
    }

    fn highest_visit(&self, device: DeviceId) -> StoreResult<u32> {
        let highest = self
            .db
            .prepare_cached(
                "SELECT visit_serial FROM rating WHERE office_id = ?1 AND device_id = ?2
                 ORDER BY visit_serial DESC LIMIT 1",
            )?
            .query_row([self.office.get(), device.get()], |row| row.get(0))
            .optional()?;
        Ok(highest.unwrap_or(0))
    }

    fn change(&mut self, key: DailyKey, stars: Stars, by: i64) {
        if let Some(n) = self.changes.entry(key).or_default().get_mut(stars.index()) {
            *n += by;
        }
    }

    /// Puts in order what may be out of it, and writes the roll-ups that changed.
    pub(super) fn close(mut self) -> StoreResult<()> {
        self.put_in_order()?;
        let mut write = self.db.prepare_cached(
            "INSERT INTO daily (office_id, day, officer_id, service_id, channel, n, sum,
                                stars_1, stars_2, stars_3, stars_4, stars_5)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
             ON CONFLICT (office_id, day, officer_id, service_id, channel) DO UPDATE SET
                n = daily.n + excluded.n, sum = daily.sum + excluded.sum,
                stars_1 = daily.stars_1 + excluded.stars_1, stars_2 = daily.stars_2 + excluded.stars_2,
                stars_3 = daily.stars_3 + excluded.stars_3, stars_4 = daily.stars_4 + excluded.stars_4,
                stars_5 = daily.stars_5 + excluded.stars_5",
        )?;
        for (key, stars) in self.changes.iter().filter(|(_, stars)| **stars != [0; 5]) {
            let [one, two, three, four, five] = *stars;
            let (n, sum) = (one + two + three + four + five, one + 2 * two + 3 * three + 4 * four + 5 * five);
            let officer = key.officer.map_or(0, OfficerId::get);
            let service = key.service.map_or(0, ServiceId::get);
            write.execute(params![
                self.office.get(),
                key.day.to_string(),
                officer,
                service,
                key.channel.as_str(),
                n,
                sum,
                one,
                two,
                three,
                four,
                five
            ])?;
        }
        Ok(())
    }
}

pub(super) fn is_rated(db: &Connection, office: OfficeId, visit: VisitId) -> StoreResult<bool> {
    let mut statement = db.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM rating
         WHERE office_id = ?1 AND device_id = ?2 AND visit_serial = ?3 AND undone = 0)",
    )?;
    Ok(statement.query_row([office.get(), visit.device.get(), visit.serial.get()], |row| row.get(0))?)
}

pub(super) fn open_visit(db: &Connection, office: OfficeId, visit: VisitId, opened_at_ms: i64) -> StoreResult<()> {
    db.prepare_cached(
        "INSERT INTO visit (office_id, device_id, visit_serial, opened_at_ms) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO NOTHING",
    )?
    .execute(params![office.get(), visit.device.get(), visit.serial.get(), opened_at_ms])?;
    Ok(())
}

pub(super) fn opened_at(db: &Connection, office: OfficeId, visit: VisitId) -> StoreResult<Option<i64>> {
    let mut statement = db.prepare_cached(
        "SELECT opened_at_ms FROM visit WHERE office_id = ?1 AND device_id = ?2 AND visit_serial = ?3",
    )?;
    let key = [office.get(), visit.device.get(), visit.serial.get()];
    Ok(statement.query_row(key, |row| row.get(0)).optional()?)
}

/// The columns of [`rating_row`], of a table named `rating`.
pub(super) const COLUMNS: &str =
    "rating.event_id, rating.device_id, rating.visit_serial, rating.day, rating.officer_id,
    rating.service_id, rating.channel, rating.stars, rating.occurred_at_ms, rating.bound_ms, rating.time_quality,
    rating.received_at_ms, rating.undone, rating.forked, rating.counted";

pub(super) fn rating_row(row: &Row<'_>) -> rusqlite::Result<RatingRow> {
    let DailyKey { day, officer, service, channel } = daily_key(row, 3)?;
    Ok(RatingRow {
        id: rows::event_id(row, 0)?,
        facts: RatingFacts { visit: visit(row, 1)?, stars: rows::stars(row, 7)?, channel, officer, service },
        time: RatingTime {
            occurred_at_ms: row.get(8)?,
            bound_ms: row.get(9)?,
            quality: TimeQuality::from_name(row.get_ref(10)?.as_str()?),
            day,
        },
        received_at_ms: row.get(11)?,
        undone: row.get(12)?,
        forked: row.get(13)?,
        counted: row.get(14)?,
    })
}

fn visit(row: &Row<'_>, column: usize) -> rusqlite::Result<VisitId> {
    Ok(VisitId { device: rows::device_id(row, column)?, serial: rows::visit_serial(row, column + 1)? })
}

/// Day, officer, service and channel, in this order of columns.
pub(super) fn daily_key(row: &Row<'_>, column: usize) -> rusqlite::Result<DailyKey> {
    Ok(DailyKey {
        day: rows::day(row, column)?,
        officer: rows::officer(row, column + 1)?,
        service: rows::service(row, column + 2)?,
        channel: rows::channel(row, column + 3)?,
    })
}

pub(super) fn ratings(db: &Connection, office: OfficeId) -> StoreResult<Vec<RatingRow>> {
    let mut statement = db.prepare_cached(&format!("SELECT {COLUMNS} FROM rating WHERE office_id = ?1"))?;
    let found = statement.query_map([office.get()], rating_row)?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// All answers to a visit.
pub(super) fn answers(db: &Connection, office: OfficeId, visit: VisitId) -> StoreResult<Vec<RatingRow>> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM rating WHERE office_id = ?1 AND device_id = ?2 AND visit_serial = ?3"
    ))?;
    let found = statement.query_map([office.get(), visit.device.get(), visit.serial.get()], rating_row)?;
    Ok(found.collect::<Result<_, _>>()?)
}

pub(super) fn dailies(db: &Connection, office: OfficeId) -> StoreResult<Vec<DailyRow>> {
    let mut statement = db.prepare_cached(
        "SELECT day, nullif(officer_id, 0), nullif(service_id, 0), channel, n, sum,
                stars_1, stars_2, stars_3, stars_4, stars_5
         FROM daily WHERE office_id = ?1",
    )?;
    let found = statement.query_map([office.get()], |row| {
        let mut stars = [0; 5];
        for (index, n) in stars.iter_mut().enumerate() {
            *n = row.get(6 + index)?;
        }
        Ok(DailyRow { key: daily_key(row, 0)?, n: row.get(4)?, sum: row.get(5)?, stars })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}
