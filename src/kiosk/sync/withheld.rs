//! When bodies that the server refused are tried again: daily, and by every new program.

use super::error::CallError;
use super::note;
use crate::domain::clock::Moment;
use crate::kiosk::outbox::Outbox;
use crate::system::VERSION;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// From now on only the hash of this event goes along.
pub(super) fn begin(outbox: &Outbox, seq: u64) -> Result<(), CallError> {
    tracing::warn!(seq, "the server cannot take this event: its hash goes on, its body is tried again tomorrow");
    outbox.quarantine(seq, "refused in a batch")?;
    all_tried(outbox)
}

/// The events to try now.
pub(super) fn due(outbox: &Outbox, now: &Moment) -> Result<Vec<u64>, CallError> {
    let waiting = outbox.quarantined()?;
    if waiting.is_empty() {
        return Ok(Vec::new());
    }
    let is_upgraded = note::get(outbox, note::TRIED_BY)?.as_deref() != Some(VERSION);
    let due = waiting.iter().filter(|event| event.has_placeholder && (is_upgraded || is_due(&event.tried_at, now)));
    Ok(due.map(|event| event.seq).collect())
}

/// Every withheld event was tried by this version of the program.
pub(super) fn all_tried(outbox: &Outbox) -> Result<(), CallError> {
    if outbox.quarantined()?.is_empty() || note::get(outbox, note::TRIED_BY)?.as_deref() == Some(VERSION) {
        return Ok(());
    }
    note::set(outbox, note::TRIED_BY, Some(VERSION.to_owned()))
}

/// A restart is as rare as a day, and its clock says nothing about the one before.
fn is_due(tried: &Moment, now: &Moment) -> bool {
    tried.boot_id != now.boot_id || now.boot_ms.saturating_sub(tried.boot_ms) >= DAY_MS
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_refused_body_is_tried_daily_and_after_a_restart() {
        let moment = |boot: u128, boot_ms: i64| Moment { boot_id: Uuid::from_u128(boot), boot_ms, wall_ms: 0 };
        for (now, due) in [
            (moment(1, 500), false),
            (moment(1, 500 + DAY_MS - 1), false),
            (moment(1, 500 + DAY_MS), true),
            (moment(2, 0), true),
        ] {
            assert_eq!(is_due(&moment(1, 500), &now), due, "{now:?}");
        }
    }
}
