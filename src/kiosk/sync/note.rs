//! What the synchronisation writes down for the technician.

use super::error::CallError;
use crate::kiosk::outbox::Outbox;
use crate::protocol::batch::Verdict;
use serde::Serialize;

/// Why nothing is sent.
pub const SYNCHRONISATION: &str = "synchronisation";
/// How the server's ledger contradicts what this kiosk saw of it.
pub const LEDGER: &str = "ledger";
/// The last time the server began a new ledger.
pub const RESTORED: &str = "restored";
/// Where the server holds something else than this kiosk.
pub const AUDIT: &str = "audit";
/// Why the newest configuration of the office is not used.
pub const CONFIGURATION: &str = "configuration";
/// The last event the server put aside.
pub const PUT_ASIDE: &str = "put aside";
/// The version of the program that tried the withheld events last.
pub const TRIED_BY: &str = "withheld events tried by version";

pub(super) fn set(outbox: &Outbox, key: &str, value: Option<String>) -> Result<(), CallError> {
    Ok(outbox.set_note(key, value)?)
}

pub(super) fn get(outbox: &Outbox, key: &str) -> Result<Option<String>, CallError> {
    Ok(outbox.notes()?.into_iter().find(|(name, _)| name == key).map(|(_, value)| value))
}

/// Notes the last event that the server kept, but only for a person to look at.
pub(super) fn verdicts(outbox: &Outbox, first_seq: u64, verdicts: &[Verdict]) -> Result<(), CallError> {
    let aside = (first_seq..).zip(verdicts).filter_map(|(seq, verdict)| match verdict {
        Verdict::Stored | Verdict::Duplicate => None,
        Verdict::Parked { reason } => Some(format!("event {seq} is not understood there: {reason}")),
        Verdict::Conflict => Some(format!("event {seq} has the id of another event there")),
    });
    match aside.last() {
        Some(sentence) => {
            tracing::warn!("the server put something aside: {sentence}");
            set(outbox, PUT_ASIDE, Some(sentence))
        }
        None => Ok(()),
    }
}

pub(super) fn json(value: &impl Serialize) -> Result<String, CallError> {
    serde_json::to_string(value).map_err(|error| CallError::Queue(error.to_string()))
}
