//! Law 8, nothing removed unseen: an office's data held against what nobody can change afterwards, the
//! signatures of its kiosks and the signed ends of its ledger.
//!
//! ```text
//! chains     every event by its hash, its chain, and the ends its device signed
//! ledger     every event as a leaf, every tile by those below, every kept checkpoint by the leaves
//! ratings    every rating by its event, which of a visit counts, every roll-up by its ratings
//! surveys    every answer to the survey, and the service of its visit, by its event
//! decisions  every decision about a flag by its event, and what the second figure leaves out by those
//! ```
//!
//! The data must not change meanwhile: it is meant for a copy, or a server that stands still.

mod chains;
mod decisions;
mod finding;
mod ledger;
mod ratings;
mod surveys;

pub use finding::{Finding, Summary};

use super::{Service, ServiceResult};
use crate::domain::ids::{DeviceId, EventId, OfficeId, ServiceId, VisitId};
use decisions::Decisions;
use std::collections::{HashMap, HashSet};

/// How many rows are asked for at once.
const PAGE: u32 = 1_000;

/// An office while it is verified.
struct Verification<'a, F> {
    service: &'a Service,
    office: OfficeId,
    report: &'a mut F,
    summary: Summary,
    /// Which leaves belong to an event that was seen, 64 in a word.
    leaves_seen: Vec<u64>,
    /// The ratings that events gave, with device and place.
    given: HashMap<EventId, (DeviceId, u64)>,
    /// The ratings that events took back.
    undone: HashSet<(EventId, VisitId)>,
    /// The events that answer to the survey, with device and place.
    answered: HashMap<EventId, (DeviceId, u64)>,
    /// What residents named as the service of their visit, by events.
    named: HashSet<(VisitId, ServiceId)>,
    /// What events of the server decided about flags.
    decided: Decisions,
}

impl Service {
    /// Holds everything an office's store says against what proves it, and reports what does not fit.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn verify<F: FnMut(Finding)>(&self, office: OfficeId, report: &mut F) -> ServiceResult<Summary> {
        let begun = self.store.ledger_end(office).await?;
        let words = usize::try_from(begun.size.div_ceil(64)).unwrap_or(usize::MAX);
        let mut verification = Verification {
            service: self,
            office,
            report,
            summary: Summary { epochs: self.store.epochs(office).await?, ..Summary::default() },
            leaves_seen: vec![0; words],
            given: HashMap::new(),
            undone: HashSet::new(),
            answered: HashMap::new(),
            named: HashSet::new(),
            decided: Decisions::default(),
        };
        verification.ledger(begun).await?;
        verification.chains(begun.size).await?;
        verification.leaves(begun.size);
        verification.ratings().await?;
        verification.surveys().await?;
        verification.named_services().await?;
        verification.decisions().await?;
        verification.summary.moved = self.store.ledger_end(office).await? != begun;
        Ok(verification.summary)
    }
}

impl<F: FnMut(Finding)> Verification<'_, F> {
    fn found(&mut self, finding: Finding) {
        self.summary.findings += 1;
        (self.report)(finding);
    }

    fn see_leaf(&mut self, index: u64) {
        let word = usize::try_from(index / 64).ok().and_then(|word| self.leaves_seen.get_mut(word));
        if let Some(word) = word {
            *word |= 1 << (index % 64);
        }
    }

    /// Names the leaves whose events are gone.
    fn leaves(&mut self, size: u64) {
        let seen = std::mem::take(&mut self.leaves_seen);
        let is_seen = |index: u64| {
            let word = usize::try_from(index / 64).ok().and_then(|word| seen.get(word)).copied().unwrap_or(0);
            word >> (index % 64) & 1 == 1
        };
        for index in (0..size).filter(|index| !is_seen(*index)) {
            self.found(Finding::LeafWithoutEvent { index });
        }
    }
}
