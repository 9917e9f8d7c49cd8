//! Brings the database up to what the other files beside it know: a later enrolment, events that
//! only the journal still has. What nobody has is counted.

use super::identity::Identity;
use super::journal::Journal;
use super::ranges::{self, Run};
use super::rows::{self, Link, as_i64};
use super::{BUNDLE, EPOCHS, LAST_VISIT, OutboxResult, RECOVERY, ZONE, alone, draft, epoch, facts, position, proof};
use crate::domain::event::Recovery;
use rusqlite::{Connection, params};

/// What a database was built anew from, before the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rebuilt {
    /// Events read in the damaged file.
    pub salvaged: u64,
    /// How far the next numbers must be from the last known ones, since newer events may be lost.
    pub jump: u64,
}

/// Mends in one transaction. `RECOVERY` says afterwards what a person has to know.
pub(super) fn mend(
    db: &Connection,
    journal: &Journal,
    identity: &Identity,
    rebuilt: Option<Rebuilt>,
) -> OutboxResult<()> {
    let step = db.unchecked_transaction()?;
    take_identity(&step, identity)?;
    let from_journal = take_events(&step, journal)?;
    let lost = count_lost(&step)?;
    if rebuilt.is_some() || from_journal > 0 {
        // What was noted may be older than what was sent.
        alone::end_untold(&step)?;
        draft::follow(&step)?;
    }
    if let Some(Rebuilt { jump, .. }) = rebuilt {
        jump_over(&step, jump)?;
    }
    if from_journal > 0 {
        tracing::warn!(events = from_journal, "took events from the second copy");
    }
    if rebuilt.is_some() || lost > 0 {
        let recovery = Recovery { salvaged: rebuilt.map_or(0, |rebuilt| rebuilt.salvaged), from_journal, lost };
        tracing::error!(?recovery, "the queue of this kiosk was damaged");
        facts::put_json(&step, RECOVERY, &recovery)?;
    }
    Ok(step.commit()?)
}

/// The database lost its newest enrolment: what came with it is done again.
fn take_identity(step: &Connection, identity: &Identity) -> OutboxResult<()> {
    if let Some(enrolment) = &identity.enrolment
        && identity.epochs.len() > epoch::all(step)?.len()
    {
        epoch::begin(step, enrolment, identity.chain_from)?;
        facts::put_json(step, EPOCHS, &identity.epochs)?;
    }
    for (key, text) in [(BUNDLE, &identity.bundle), (ZONE, &identity.zone)] {
        if let Some(text) = text
            && facts::get_text(step, key)?.is_none()
        {
            facts::put_text(step, key, text)?;
        }
    }
    Ok(())
}

/// Takes in what only the journal holds; returns how many events.
fn take_events(step: &Connection, journal: &Journal) -> OutboxResult<u64> {
    let (empty, used) = (proof::empty(step)?, rows::last_used(step)?);
    let is_wanted = |place: u64| place > used || ranges::contain(&empty, place);
    let is_wanted_run =
        |run: Run| *run.end() > used || empty.iter().any(|gap| gap.start() <= run.end() && run.start() <= gap.end());
    if !journal.runs().any(is_wanted_run) {
        return Ok(0);
    }
    let epochs = epoch::all(step)?;
    let is_ours = |link: &Link| link.epoch == 0 || epochs.is_empty() || epochs.contains(&link.epoch);
    let before = rows::count(step)?;
    let mut taken = Ok(());
    journal.read(|link| {
        if taken.is_ok() && is_wanted(link.seq) && is_ours(&link) {
            taken = rows::restore_latest(step, &link);
        }
    });
    taken?;
    // A frame of the chain before may be all that is left of an event.
    if let Some(epoch) = epochs.last() {
        epoch::chain(step, *epoch, position::read(step)?.chain_from)?;
    }
    Ok(rows::count(step)? - before)
}

/// Notes places that hold nothing any more; returns how many are new.
fn count_lost(step: &Connection) -> OutboxResult<u64> {
    let missing = proof::missing(step)?;
    note_lost(step, &missing)?;
    Ok(ranges::count(&missing))
}

fn note_lost(step: &Connection, runs: &[Run]) -> OutboxResult<()> {
    for run in runs {
        step.prepare_cached("INSERT OR REPLACE INTO lost (first_seq, last_seq) VALUES (?1, ?2)")?
            .execute(params![as_i64(*run.start()), as_i64(*run.end())])?;
    }
    Ok(())
}

/// Makes the next numbers larger than any that may have been lost: the server must never see one
/// number twice.
fn jump_over(step: &Connection, jump: u64) -> OutboxResult<()> {
    if jump == 0 {
        return Ok(());
    }
    let used = rows::last_used(step)?;
    rows::use_up_to(step, used + jump)?;
    note_lost(step, std::slice::from_ref(&(used + 1..=used + jump)))?;
    let last_visit = facts::get_json::<u32>(step, LAST_VISIT)?.unwrap_or(0);
    facts::put_json(step, LAST_VISIT, &last_visit.saturating_add(u32::try_from(jump).unwrap_or(u32::MAX)))
}
