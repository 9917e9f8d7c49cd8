//! Every decision about a flag by the event that made it, and what the second figure leaves out by those.
//!
//! Flags themselves follow from ratings and can be raised again; what a person decided stands in the ledger
//! alone.

use super::{Finding, Verification};
use crate::domain::clock::Moment;
use crate::domain::event::What;
use crate::domain::ids::EventId;
use crate::server::service::ServiceResult;
use crate::server::store::Decision;
use std::collections::{HashMap, HashSet};

/// What events of the server decided.
#[derive(Default)]
pub(super) struct Decisions {
    /// The last word about each flag, by rating and kind, and the event that has it.
    last: HashMap<(EventId, String), (u64, Decision)>,
    /// The ratings that were abuse by any of them. A figure once shown stays, also after another decision.
    ever_abuse: HashSet<EventId>,
}

impl Decisions {
    /// Learns from an event of the server at this place of its chain; places come in order.
    pub(super) fn learn(&mut self, seq: u64, at: &Moment, what: What) {
        let What::Reviewed { flagged_for, ratings, abuse, by } = what else { return };
        let decision = Decision { abuse, by, at_ms: at.wall_ms };
        for rating in ratings {
            if abuse {
                self.ever_abuse.insert(rating);
            }
            self.last.insert((rating, flagged_for.clone()), (seq, decision.clone()));
        }
    }
}

impl<F: FnMut(Finding)> Verification<'_, F> {
    /// Compares flags and what is left out with the decisions that events made.
    pub(super) async fn decisions(&mut self) -> ServiceResult<()> {
        let Decisions { mut last, ever_abuse } = std::mem::take(&mut self.decided);
        for flag in self.service.store.flags(self.office).await? {
            let (rating, kind) = (flag.event, flag.kind.as_str().to_owned());
            match (flag.decision, last.remove(&(rating, kind.clone()))) {
                (Some(_), None) => self.found(Finding::DecisionInvented { rating, kind }),
                (None, Some((seq, _))) => self.found(Finding::DecisionMissing { rating, kind, seq }),
                (Some(stands), Some((seq, made))) if stands != made => {
                    self.found(Finding::DecisionDiffers { rating, kind, seq });
                }
                _ => {}
            }
        }
        let mut gone: Vec<_> = last.into_iter().map(|((rating, kind), (seq, _))| (seq, rating, kind)).collect();
        gone.sort();
        for (seq, rating, kind) in gone {
            self.found(Finding::DecisionMissing { rating, kind, seq });
        }
        for rating in self.service.store.left_out(self.office).await? {
            if !ever_abuse.contains(&rating) {
                self.found(Finding::LeftOutUndecided { rating });
            }
        }
        Ok(())
    }
}
