//! What the office tells its counters: fetched where it changed, tried, kept; or refused, and said so.

use super::alarm;
use super::error::CallError;
use super::note;
use crate::kiosk::configuration::{Configuration, Refusal};
use crate::kiosk::outbox::{KeptBundle, Outbox};
use crate::kiosk::own_settings::OwnSettings;
use crate::protocol::batch::HexHash;
use crate::protocol::bundle::SignedBundle;
use ed25519_dalek::VerifyingKey;
use std::sync::Arc;

/// The configuration in use, and the offer that was not taken.
pub(super) struct Configured {
    own: OwnSettings,
    pub used: Option<Arc<Configuration>>,
    /// Not asked for again while it stays what is offered; after a restart it gets another chance.
    refused: Option<HexHash>,
}

impl Configured {
    /// The best of what was kept; what is wrong with the rest is said, and the best is kept in its place.
    pub fn of_kept(outbox: &Outbox, key: &VerifyingKey, own: OwnSettings) -> Self {
        let kept = outbox.bundles().unwrap_or_else(|error| {
            tracing::error!(%error, "the kept configuration cannot be read");
            Vec::new()
        });
        let (used, complaints) = Configuration::of_kept(&kept, key, &own);
        for complaint in &complaints {
            tracing::error!("{complaint}");
        }
        if let Some(used) = used.as_ref().filter(|_| !complaints.is_empty())
            && let Err(error) = keep(outbox, used, Some(used))
        {
            tracing::error!(%error, "the configuration in use could not be kept anew");
        }
        Self { own, used: used.map(Arc::new), refused: None }
    }

    /// What the server is told that this kiosk knows already.
    pub fn known(&self) -> Option<HexHash> {
        self.refused.or_else(|| Some(self.used.as_ref()?.hash()))
    }

    /// Tries what is offered. Returns it if it is now in use.
    pub fn take(
        &mut self,
        outbox: &Outbox,
        key: &VerifyingKey,
        offered: &SignedBundle,
    ) -> Result<Option<Arc<Configuration>>, CallError> {
        self.refused = None;
        if self.used.as_ref().is_some_and(|used| used.hash() == offered.hash()) {
            // The office is back at what is in use.
            return note::set(outbox, note::CONFIGURATION, None).map(|()| None);
        }
        let tried = match self.used.as_deref() {
            Some(used) => Configuration::try_on(offered, key, &self.own, Some(used)).map(|whole| (whole, None)),
            None => Configuration::first(offered, key, &self.own),
        };
        match tried {
            Ok((new, refusal)) => {
                for remark in new.remarks() {
                    tracing::warn!("the settings of the office: {remark}");
                }
                keep(outbox, &new, self.used.as_deref())?;
                match refusal {
                    Some(refusal) => self.refuse(outbox, offered, &refusal)?,
                    None => note::set(outbox, note::CONFIGURATION, None)?,
                }
                let new = Arc::new(new);
                self.used = Some(new.clone());
                Ok(Some(new))
            }
            Err(refusal) => self.refuse(outbox, offered, &refusal).map(|()| None),
        }
    }

    fn refuse(&mut self, outbox: &Outbox, offered: &SignedBundle, refusal: &Refusal) -> Result<(), CallError> {
        self.refused = Some(offered.hash());
        let instead = if self.used.is_some() { "the last good one stays in use" } else { "the kiosk's own is in use" };
        let sentence = format!("what the office configured cannot be used: {refusal}; {instead}");
        alarm::raise(outbox, note::CONFIGURATION, sentence).map(drop)
    }
}

fn keep(outbox: &Outbox, new: &Configuration, before: Option<&Configuration>) -> Result<(), CallError> {
    let before = before.map(|before| note::json(before.signed())).transpose()?;
    let zone = new.roster.office.zone.clone();
    Ok(outbox.keep_bundle(KeptBundle { bundle: note::json(new.signed())?, before, zone })?)
}
