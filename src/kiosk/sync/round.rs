//! One round: send until nothing waits, try again what was withheld, then fetch configuration and day cards.

use super::News;
use super::anchors::{self, MOST_ANCHORS};
use super::audit::{self, Tour};
use super::caller::Caller;
use super::config::Configured;
use super::error::CallError;
use super::ladder::{Ladder, Outcome};
use super::search::{Next, Search};
use super::standing::{Known, Standing, standing};
use super::witness::{Kept, Testimony, testify};
use super::{alarm, note, withheld};
use crate::domain::clock::Clock;
use crate::domain::event::BodyHash;
use crate::kiosk::configuration::Configuration;
use crate::kiosk::outbox::{Enrolment, Outbox, QueuedEvent, Waiting};
use crate::kiosk::own_settings::OwnSettings;
use crate::protocol::audit::Held;
use crate::protocol::batch::{Ack, Batch, WireEvent, Witnessed, sign_head};
use crate::protocol::bundle::{self, Offer};
use crate::protocol::enrol::read_key;
use crate::protocol::roster::Cards;
use crate::protocol::signing::sha256;
use crate::protocol::{EvaluationServer, MOST_BATCH_BYTES, PROTOCOL_VERSION};
use crate::system::{Random, random_array};
use ed25519_dalek::SigningKey;
use serde_json::value::RawValue;
use std::sync::Arc;

/// Room in a batch for anchors and the other fields around its events.
const ENVELOPE_BYTES: usize = 1_024 + MOST_ANCHORS * 140;

/// How synchronisation stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Events acknowledged by this process.
    pub acknowledged: u64,
    /// Batches sent, answered or not.
    pub attempts: u64,
}

/// What a round is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// To send what waits.
    Events,
    /// That, and to try again what was withheld, fetch the news and compare some of the rows.
    Everything,
}

/// Sends one kiosk's queue to one server.
pub struct Syncer<S> {
    caller: Caller<S>,
    pub(super) ladder: Ladder,
    search: Search,
    kept: Option<Kept>,
    /// Perhaps by an earlier run of this program.
    is_breach_noted: bool,
    tour: Tour,
    configured: Configured,
    last_outcome: Option<Outcome>,
    /// Everything up to here may have left this kiosk.
    sent_through: u64,
    progress: Progress,
}

impl<S: EvaluationServer<Error = CallError>> Syncer<S> {
    /// A sender for an enrolled kiosk; `None` when the pinned server key cannot be read.
    #[must_use]
    pub fn new(
        outbox: Outbox,
        server: S,
        enrolment: Enrolment,
        key: SigningKey,
        clock: Arc<dyn Clock>,
        random: Random,
        own: OwnSettings,
    ) -> Option<Self> {
        let server_key = read_key(&enrolment.server_key)?;
        // An earlier run of this program may have sent all there is.
        let sent_through = outbox.head().ok()?.0;
        // A note by another key is that of a server this kiosk was enrolled at before.
        let kept = outbox.checkpoint().ok().flatten().and_then(|note| Kept::open(note, &server_key));
        let configured = Configured::of_kept(&outbox, &server_key, own);
        Some(Self {
            caller: Caller { outbox, server, enrolment, server_key, key, clock },
            tour: Tour::starting(u64::from_be_bytes(random_array(&random))),
            ladder: Ladder::new(random),
            search: Search::default(),
            kept,
            is_breach_noted: true,
            configured,
            last_outcome: None,
            sent_through,
            progress: Progress::default(),
        })
    }

    /// How it stands.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// Sends everything that waits and fetches the news. Once forked, nothing more is ever sent.
    pub async fn round(&mut self, news: &impl Fn(News)) -> Outcome {
        self.go(Errand::Everything, news).await
    }

    /// Goes on an errand. Once forked, nothing more is ever sent.
    pub async fn go(&mut self, errand: Errand, news: &impl Fn(News)) -> Outcome {
        if self.last_outcome == Some(Outcome::Forked) {
            return Outcome::Forked;
        }
        let result = match errand {
            Errand::Events => self.send_all(errand, news).await,
            Errand::Everything => self.whole_round(news).await,
        };
        let outcome = result.as_ref().map_or_else(CallError::outcome, |()| Outcome::Done);
        if outcome != Outcome::Done
            && let Err(error) = self.caller.outbox.begin_untold(self.sent_through)
        {
            tracing::warn!(%error, "what never left this kiosk could not be noted");
        }
        if let Err(error) = self.tell(outcome, result.err()) {
            tracing::error!(%error, "how the synchronisation stands could not be noted");
        }
        self.last_outcome = Some(outcome);
        outcome
    }

    async fn whole_round(&mut self, news: &impl Fn(News)) -> Result<(), CallError> {
        self.send_all(Errand::Everything, news).await?;
        self.try_withheld(news).await?;
        self.fetch_news(news).await?;
        self.audit(news).await
    }

    /// What the technician reads; a network that is away is nothing special.
    fn tell(&self, outcome: Outcome, error: Option<CallError>) -> Result<(), CallError> {
        if let Some(error) = &error {
            tracing::warn!(%error, "ratings stay in the queue");
        }
        let changed = self.last_outcome != Some(outcome);
        match (outcome, error) {
            (Outcome::Stopped | Outcome::Forked, Some(error)) if changed => {
                note::set(&self.caller.outbox, note::SYNCHRONISATION, Some(error.to_string()))
            }
            (Outcome::Done, _) if changed => note::set(&self.caller.outbox, note::SYNCHRONISATION, None),
            _ => Ok(()),
        }
    }

    /// Sends batch after batch until nothing waits. When it is about everything, an empty one is sent
    /// where nothing waits from the start: its answer says where the server stands.
    ///
    /// # Errors
    /// When the server does not take them; they stay in the queue.
    async fn send_all(&mut self, errand: Errand, news: &impl Fn(News)) -> Result<(), CallError> {
        let sent = self.send_until_drained(errand, news).await;
        self.keep_checkpoint()?;
        sent
    }

    async fn send_until_drained(&mut self, errand: Errand, news: &impl Fn(News)) -> Result<(), CallError> {
        let (mut behind, mut has_asked) = (None, errand == Errand::Events);
        // After a failure too: what never left this kiosk shall not leave it into the void.
        let mut asks_only = self.is_boot_without_anchor()? || self.last_outcome != Some(Outcome::Done);
        loop {
            let mut waiting = match self.search.next() {
                Next::Send(most) => self.waiting(most)?,
                Next::Withhold => {
                    self.withhold_first()?;
                    continue;
                }
            };
            if waiting.events.is_empty() && has_asked {
                self.search = Search::default();
                return Ok(());
            }
            if std::mem::take(&mut asks_only) {
                waiting.events.clear();
            }
            match self.send(&waiting, news).await {
                Ok(Standing::Behind) if behind.replace(waiting.first_seq) == Some(waiting.first_seq) => {
                    return Err(CallError::NotOurServer("it does not take what it says it lacks".to_owned()));
                }
                Ok(Standing::Behind) => self.search = Search::default(),
                Ok(_) => {
                    (behind, has_asked) = (None, true);
                    self.search.taken(waiting.events.len());
                }
                Err(CallError::TooLarge(_)) if !waiting.events.is_empty() => {
                    self.search.too_large(waiting.events.len());
                }
                Err(CallError::Unreadable(_)) if !waiting.events.is_empty() => {
                    self.search.refused(waiting.events.len());
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn waiting(&self, most: usize) -> Result<Waiting, CallError> {
        Ok(self.caller.outbox.waiting(most, MOST_BATCH_BYTES - ENVELOPE_BYTES)?)
    }

    /// Nothing is known of the time in this boot yet, so a cheap call comes before the events.
    fn is_boot_without_anchor(&self) -> Result<bool, CallError> {
        let boot = self.caller.clock.now().boot_id;
        Ok(self.caller.outbox.anchors(vec![boot])?.is_empty())
    }

    /// The event at the front is the one the server refuses: from now on only its hash is sent.
    fn withhold_first(&mut self) -> Result<(), CallError> {
        self.search.withheld();
        match self.waiting(1)?.events.first() {
            Some(event) if event.withheld => {
                Err(CallError::NotOurServer("it refuses even the hash of an event".to_owned()))
            }
            Some(event) => withheld::begin(&self.caller.outbox, event.seq),
            None => Ok(()),
        }
    }

    /// Bodies that were refused some time ago, each as a batch of its own.
    async fn try_withheld(&mut self, news: &impl Fn(News)) -> Result<(), CallError> {
        for seq in withheld::due(&self.caller.outbox, &self.caller.clock.now())? {
            let Some(alone) = self.caller.outbox.quarantined_event(seq)? else { continue };
            match self.send(&alone, news).await {
                Err(CallError::TooLarge(reason) | CallError::Unreadable(reason)) => {
                    self.caller.outbox.quarantine(seq, reason)?;
                }
                other => drop(other?),
            }
        }
        withheld::all_tried(&self.caller.outbox)
    }

    async fn send(&mut self, waiting: &Waiting, news: &impl Fn(News)) -> Result<Standing, CallError> {
        if !waiting.events.is_empty() {
            // Before the first byte leaves: from now on the server may have it, whatever becomes of the answer.
            self.caller.outbox.end_untold()?;
            self.sent_through = self.sent_through.max(waiting.next_seq() - 1);
        }
        let body = self.batch(waiting)?;
        self.progress.attempts += 1;
        let batch_hash = sha256(&body);
        let ack: Ack = match self.caller.call("POST", "batches", body, news).await {
            Err(CallError::Fork(reason)) => return Err(self.forked(&reason)?),
            answered => answered?,
        };
        if ack.batch_hash.0 != batch_hash {
            return Err(CallError::NotOurServer("the answer is about another batch".to_owned()));
        }
        self.take_answer(waiting, &ack)
    }

    /// Verdicts take events off the queue; a server that lacks some gets them again.
    fn take_answer(&mut self, waiting: &Waiting, ack: &Ack) -> Result<Standing, CallError> {
        let outbox = &self.caller.outbox;
        let known = Known {
            first_seq: waiting.first_seq,
            events: waiting.events.len(),
            head_seq: outbox.head()?.0,
            own_hash: outbox.hash_at(ack.next_seq.saturating_sub(1))?,
        };
        let standing = standing(ack, &known);
        match &standing {
            Standing::Joined => {
                note::verdicts(outbox, waiting.first_seq, &ack.verdicts)?;
                outbox.acknowledge(waiting.first_seq, ack.verdicts.clone(), ack.next_seq)?;
                self.progress.acknowledged += ack.verdicts.len() as u64;
            }
            Standing::Behind => {
                tracing::warn!(next_seq = ack.next_seq, "the server lacks what it had: sending again");
                self.tell_lost(waiting, ack)?;
                outbox.rewind(ack.next_seq)?;
            }
            Standing::Forked(reason) => return Err(self.forked(reason)?),
            Standing::Nonsense(reason) => return Err(CallError::NotOurServer(reason.clone())),
        }
        self.witness(ack)?;
        Ok(standing)
    }

    /// A restored server says so by its new data epoch; one that just lacks events was robbed of them.
    fn tell_lost(&self, waiting: &Waiting, ack: &Ack) -> Result<(), CallError> {
        let (outbox, from) = (&self.caller.outbox, ack.next_seq);
        if self.kept.as_ref().is_none_or(|kept| kept.checkpoint.origin.data_epoch != ack.data_epoch) {
            return Ok(());
        }
        let lost = outbox.events(from, waiting.first_seq.saturating_sub(1))?.len();
        if lost == 0 {
            return Ok(());
        }
        let sentence = format!(
            "the server lost {lost} events that it had acknowledged, from event {from} on, and does not say that it \
             came back from an older copy; they are sent again"
        );
        alarm::raise(outbox, note::AUDIT, sentence).map(drop)
    }

    fn forked(&self, reason: &str) -> Result<CallError, CallError> {
        let Enrolment { device, epoch, .. } = self.caller.enrolment;
        self.caller.outbox.keep_evidence("fork", format!("device {device}, epoch {epoch:016x}: {reason}"))?;
        Ok(CallError::Fork(format!("{reason}. Look at both machines, then enrol this one with --enrol CODE")))
    }

    /// Holds the server to the ledger it showed before. A breach never stops the ratings.
    fn witness(&mut self, ack: &Ack) -> Result<(), CallError> {
        let outbox = &self.caller.outbox;
        let seen_before = self.kept.as_ref().map(|kept| kept.note.clone());
        match testify(self.kept.as_ref(), ack, &self.caller.server_key) {
            None => {}
            Some(Testimony::Consistent(new)) => {
                self.kept = Some(new);
                if std::mem::take(&mut self.is_breach_noted) {
                    note::set(outbox, note::LEDGER, None)?;
                }
            }
            Some(Testimony::Restored(new, sentence)) => {
                outbox.keep_evidence("ledger before a restore", seen_before.unwrap_or_default())?;
                self.kept = Some(new);
                alarm::raise(outbox, note::RESTORED, sentence)?;
            }
            Some(Testimony::Breach(sentence)) => {
                self.is_breach_noted = true;
                let is_new = alarm::raise(outbox, note::LEDGER, sentence)?;
                if is_new {
                    outbox.keep_evidence("ledger as seen", seen_before.unwrap_or_default())?;
                    outbox.keep_evidence("ledger that contradicts it", note::json(&ack.checkpoint)?)?;
                }
            }
        }
        Ok(())
    }

    /// Once a round is enough: an older checkpoint is as good a witness.
    fn keep_checkpoint(&self) -> Result<(), CallError> {
        let Some(kept) = &self.kept else { return Ok(()) };
        let outbox = &self.caller.outbox;
        if outbox.checkpoint()?.as_ref() != Some(&kept.note) {
            outbox.set_checkpoint(kept.note.clone())?;
        }
        Ok(())
    }

    /// Compares some of the rows with what the server holds of them, once a day.
    async fn audit(&mut self, news: &impl Fn(News)) -> Result<(), CallError> {
        let (outbox, now) = (&self.caller.outbox, self.caller.clock.now());
        if !self.tour.is_due(&now) {
            return Ok(());
        }
        let (depth, (head, _)) = (outbox.depth()?, outbox.head()?);
        let (lowest, end) = (head + 1 - depth.events.min(head), head + 1 - depth.waiting.min(head));
        let Some((first, last)) = self.tour.go_on(now, lowest, end) else { return Ok(()) };
        let held: Held = match self.caller.call("GET", &format!("events/{first}/{last}"), Vec::new(), news).await {
            // A server of an earlier version has nothing to compare.
            Err(CallError::Refused(_)) => return Ok(()),
            answered => answered?,
        };
        let own = audit::Own {
            events: outbox.events(first, last)?,
            withheld: outbox.quarantined()?.iter().map(|event| event.seq).collect(),
            undone: audit::undone(&outbox.events(first, last + audit::UNDONE_WITHIN)?),
        };
        let differences = audit::differences(&own, &held.events);
        if !differences.is_empty() && alarm::raise(outbox, note::AUDIT, audit::sentence(&differences))? {
            outbox.keep_evidence("events held otherwise", note::json(&held)?)?;
        }
        Ok(())
    }

    /// The bytes of a batch; `sent_at` and the signature are of this attempt.
    fn batch(&self, waiting: &Waiting) -> Result<Vec<u8>, CallError> {
        let Caller { outbox, enrolment, key, clock, .. } = &self.caller;
        let events = waiting.events.iter().map(wire).collect::<Result<_, _>>()?;
        let spans = anchors::spans(waiting.events.iter().map(|event| event.body.as_str()));
        let known = outbox.anchors(spans.keys().copied().collect())?;
        let Enrolment { device, epoch, .. } = *enrolment;
        let batch = Batch {
            protocol: PROTOCOL_VERSION,
            epoch,
            first_seq: waiting.first_seq,
            prev_hash: waiting.prev_hash.into(),
            events,
            head_signature: sign_head(key, device, epoch, waiting.next_seq() - 1, waiting.head()),
            hole: waiting.hole,
            anchors: anchors::choose(&known, &spans),
            awaits: outbox.last_release()?,
            witnessed: self
                .kept
                .as_ref()
                .map(|kept| Witnessed { data_epoch: kept.checkpoint.origin.data_epoch, size: kept.checkpoint.size }),
            config: self.configuration().and_then(|used| used.reported()),
            sent_at: clock.now(),
        };
        serde_json::to_vec(&batch).map_err(|error| CallError::Queue(error.to_string()))
    }

    /// What this kiosk works with, once it knows anything.
    #[must_use]
    pub fn configuration(&self) -> Option<&Arc<Configuration>> {
        self.configured.used.as_ref()
    }

    /// Fetches what the office tells this counter, if it changed, and the day cards of its officers.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn fetch_news(&mut self, news: &impl Fn(News)) -> Result<(), CallError> {
        let call = bundle::call(self.configured.known());
        let offer: Offer = self.caller.call("GET", &call, Vec::new(), news).await?;
        if let Some(offered) = offer.news {
            let Caller { outbox, server_key, .. } = &self.caller;
            if let Some(new) = self.configured.take(outbox, server_key, &offered)? {
                news(News::Configuration(new));
            }
        }
        let cards: Cards = self.caller.call("GET", "cards", Vec::new(), news).await?;
        Ok(self.caller.outbox.set_cards(cards.cards)?)
    }
}

/// An event as it travels: its bytes, or their hash while they are withheld.
fn wire(event: &QueuedEvent) -> Result<WireEvent, CallError> {
    if event.withheld {
        let hash = BodyHash::of(event.body.as_bytes());
        return Ok(WireEvent { id: event.id, body: None, withheld: Some(hash.into()) });
    }
    let body = RawValue::from_string(event.body.clone()).map_err(|error| CallError::Queue(error.to_string()))?;
    Ok(WireEvent { id: event.id, body: Some(body), withheld: None })
}
