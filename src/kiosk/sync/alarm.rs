//! What people have to hear of: noted here, and reported to the server as a health event, which the
//! server cannot drop without breaking this kiosk's chain.

use super::error::CallError;
use super::note;
use crate::domain::event::Health;
use crate::kiosk::outbox::Outbox;
use crate::kiosk::session::Draft;

/// Raises an alarm, unless it sounds already; says whether it is new.
pub(super) fn raise(outbox: &Outbox, key: &str, sentence: String) -> Result<bool, CallError> {
    if note::get(outbox, key)?.as_ref() == Some(&sentence) {
        return Ok(false);
    }
    tracing::error!("{sentence}");
    note::set(outbox, key, Some(sentence.clone()))?;
    let health = Health { program: crate::system::VERSION.to_owned(), alarm: Some(sentence), ..Health::default() };
    outbox.record(Draft::Health(health), |result| {
        if let Err(error) = result {
            tracing::error!(%error, "an alarm could not be recorded");
        }
    });
    Ok(true)
}
