//! What never left this kiosk, and the releases that it made of that alone.

use super::{LAST_VISIT, Outbox, OutboxResult, QueuedEvent, RELEASES, UNTOLD, draft, facts, rows, writer};
use crate::domain::alone::{OwnRelease, Untold};
use crate::domain::day_card::ShownRelease;
use crate::domain::event::What;
use crate::domain::ids::{EventId, OfficerId};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

/// More than are made in a week.
const MOST_KEPT: usize = 200;

/// The releases made here.
#[derive(Default, Serialize, Deserialize)]
struct Releases {
    /// The place of the last one in the chain.
    last_seq: u64,
    /// The newest ones, as they stand on cards.
    shown: Vec<(OfficerId, ShownRelease)>,
}

/// From where a release may be gathered. It may be made only while this holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standpoint {
    /// What never left this kiosk.
    pub untold: Untold,
    /// The place of the last release.
    pub last_release: u64,
}

impl Outbox {
    /// From where a release may be gathered; `None` while everything may have been sent.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn standpoint(&self) -> OutboxResult<Option<Standpoint>> {
        self.wait(|writer| standpoint(writer.connection()))
    }

    /// Notes that nothing behind this place was ever sent, unless that is noted of an earlier one.
    ///
    /// # Errors
    /// When it cannot be committed.
    pub fn begin_untold(&self, sent_through: u64) -> OutboxResult<()> {
        self.wait(move |writer| begin_untold(writer.connection(), sent_through))
    }

    /// Notes that everything may have been sent from now on.
    ///
    /// # Errors
    /// When it cannot be committed: then nothing may be sent.
    pub fn end_untold(&self) -> OutboxResult<()> {
        self.wait(|writer| end_untold(writer.connection()))
    }

    /// Up to `most` events from a place on, acknowledged or not.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn events_from(&self, first_seq: u64, most: usize) -> OutboxResult<Vec<QueuedEvent>> {
        self.wait(move |writer| Ok(rows::events_from(writer.connection(), first_seq, most)?))
    }

    /// Makes a release that was gathered from there; false if that does not hold any more.
    ///
    /// # Errors
    /// When it cannot be committed.
    pub fn release_alone(&self, from: Standpoint, release: OwnRelease) -> OutboxResult<bool> {
        self.wait(move |writer| release_alone(writer, from, release))
    }

    /// The place of the last release made here, or 0.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn last_release(&self) -> OutboxResult<u64> {
        self.wait(|writer| Ok(read(writer.connection())?.last_seq))
    }

    /// The newest releases of an officer made here, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn own_releases(&self, officer: OfficerId) -> OutboxResult<Vec<ShownRelease>> {
        self.wait(move |writer| {
            let of_officer = read(writer.connection())?.shown.into_iter().filter(|(of, _)| *of == officer);
            Ok(of_officer.map(|(_, release)| release).collect())
        })
    }
}

fn release_alone(writer: &mut writer::Writer, from: Standpoint, release: OwnRelease) -> OutboxResult<bool> {
    // One thread writes, so this still holds at the commit.
    if standpoint(writer.connection())? != Some(from) {
        return Ok(false);
    }
    writer.append(|_| Ok((What::Released(release), None))).map(|_| true)
}

fn standpoint(db: &Connection) -> OutboxResult<Option<Standpoint>> {
    let last_release = read(db)?.last_seq;
    Ok(facts::get_json(db, UNTOLD)?.map(|untold| Standpoint { untold, last_release }))
}

fn begin_untold(db: &Connection, sent_through: u64) -> OutboxResult<()> {
    if facts::get_json::<Untold>(db, UNTOLD)?.is_some() {
        return Ok(());
    }
    let after_visit = facts::get_json::<u32>(db, LAST_VISIT)?.unwrap_or(0);
    facts::put_json(db, UNTOLD, &Untold { from_seq: sent_through + 1, after_visit })
}

pub(super) fn end_untold(db: &Connection) -> OutboxResult<()> {
    match facts::get_json::<Untold>(db, UNTOLD)? {
        Some(_) => facts::remove(db, UNTOLD),
        None => Ok(()),
    }
}

/// Notes a release with its event, once.
pub(super) fn note(step: &Connection, (seq, id): (u64, EventId), what: &What) -> OutboxResult<()> {
    let What::Released(release) = what else { return Ok(()) };
    let mut releases = read(step)?;
    if seq <= releases.last_seq {
        return Ok(());
    }
    releases.last_seq = seq;
    releases.shown.push((release.officer, release.shown(id, &draft::zone(step)?)));
    let surplus = releases.shown.len().saturating_sub(MOST_KEPT);
    releases.shown.drain(..surplus);
    facts::put_json(step, RELEASES, &releases)
}

/// A new enrolment: what was released before is no longer this kiosk's to show.
pub(super) fn forget(step: &Connection) -> OutboxResult<()> {
    end_untold(step)?;
    let last_seq = read(step)?.last_seq;
    facts::put_json(step, RELEASES, &Releases { last_seq, shown: Vec::new() })
}

fn read(db: &Connection) -> OutboxResult<Releases> {
    Ok(facts::get_json(db, RELEASES)?.unwrap_or_default())
}
