//! One round: send until nothing waits, then fetch the roster and the day cards.

use super::News;
use super::ladder::{Ladder, Outcome};
use crate::domain::clock::{Anchor, Clock};
use crate::kiosk::outbox::{Enrolment, Outbox, OutboxError, Waiting};
use crate::protocol::batch::{Ack, Batch, WireEvent, sign_head};
use crate::protocol::enrol::read_key;
use crate::protocol::problem::Problem;
use crate::protocol::roster::{Cards, Roster};
use crate::protocol::signing::{SignedReply, SignedRequest, sha256};
use crate::protocol::{EvaluationServer, MOST_BATCH_BYTES, MOST_EVENTS, PROTOCOL_VERSION};
use crate::system::Random;
use ed25519_dalek::{SigningKey, VerifyingKey};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::sync::Arc;

/// Room for the fields around the events of a batch.
const ENVELOPE_BYTES: usize = 512;

/// Why a call brought no answer of our server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Nothing there, or a time-out.
    #[error("the server cannot be reached: {0}. Check its address and the network")]
    Unreachable(String),
    /// Something answered, but not our server with an answer to this request.
    #[error("what answered is not the enrolled server: {0}. Is this network behind a log-in page?")]
    NotOurServer(String),
    /// The server asks for a pause.
    #[error("the server is busy")]
    Busy {
        /// How long, if it said so.
        retry_after_ms: Option<u64>,
    },
    /// The batch is too large, or one event in it cannot be read.
    #[error("the server cannot take this batch: {0}")]
    TooBig(String),
    /// The server answered and refused.
    #[error("the server refused: {0}")]
    Refused(String),
    /// The queue itself failed.
    #[error("the queue failed: {0}")]
    Queue(String),
}

impl CallError {
    /// What a refusal of our server means.
    pub(super) fn from_problem(problem: Problem) -> Self {
        match problem.status {
            429 | 503 => Self::Busy { retry_after_ms: problem.retry_after_ms },
            400 | 413 | 422 => Self::TooBig(problem.detail),
            500..=599 => Self::Unreachable(problem.detail),
            _ => Self::Refused(problem.detail),
        }
    }
}

impl From<OutboxError> for CallError {
    fn from(error: OutboxError) -> Self {
        Self::Queue(error.to_string())
    }
}

/// How synchronisation stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Events acknowledged by this process.
    pub acknowledged: u64,
    /// Batches sent, answered or not.
    pub attempts: u64,
}

/// Sends one kiosk's queue to one server.
pub struct Syncer<S> {
    outbox: Outbox,
    server: S,
    enrolment: Enrolment,
    server_key: VerifyingKey,
    key: SigningKey,
    clock: Arc<dyn Clock>,
    pub(super) ladder: Ladder,
    batch_limit: usize,
    roster: Option<Roster>,
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
    ) -> Option<Self> {
        let server_key = read_key(&enrolment.server_key)?;
        let roster = outbox.roster().ok().flatten();
        Some(Self {
            outbox,
            server,
            enrolment,
            server_key,
            key,
            clock,
            ladder: Ladder::new(random),
            batch_limit: MOST_EVENTS,
            roster,
            progress: Progress::default(),
        })
    }

    /// How it stands.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// Sends everything that waits and fetches the news.
    pub async fn round(&mut self, news: &impl Fn(News)) -> Outcome {
        let result = match self.send_all(news).await {
            Ok(()) => self.fetch_news(news).await,
            failed => failed,
        };
        match result {
            Ok(()) => Outcome::Done,
            Err(CallError::Busy { retry_after_ms }) => Outcome::Busy { retry_after_ms },
            Err(error) => {
                tracing::warn!(%error, "ratings stay in the queue");
                Outcome::Away
            }
        }
    }

    /// Sends batch after batch until nothing waits.
    ///
    /// # Errors
    /// When the server does not take them; they stay in the queue.
    pub async fn send_all(&mut self, news: &impl Fn(News)) -> Result<(), CallError> {
        loop {
            let waiting = self.outbox.waiting(self.batch_limit, MOST_BATCH_BYTES - ENVELOPE_BYTES)?;
            if waiting.events.is_empty() {
                self.batch_limit = MOST_EVENTS;
                return Ok(());
            }
            match self.send(&waiting, news).await {
                // Halving finds the one event that is too much, and lets the others through.
                Err(CallError::TooBig(_)) if waiting.events.len() > 1 => self.batch_limit = waiting.events.len() / 2,
                other => other?,
            }
        }
    }

    async fn send(&mut self, waiting: &Waiting, news: &impl Fn(News)) -> Result<(), CallError> {
        let body = self.batch(waiting)?;
        self.progress.attempts += 1;
        let batch_hash = sha256(&body);
        let path = format!("/api/v1/devices/{}/batches", self.enrolment.device);
        let ack: Ack = self.call("POST", path, body, news).await?;
        if ack.batch_hash.0 != batch_hash {
            return Err(CallError::NotOurServer("the answer is about another batch".to_owned()));
        }
        self.take_answer(waiting, ack)
    }

    /// Verdicts take events off the queue; no verdicts mean that the server stands elsewhere.
    fn take_answer(&mut self, waiting: &Waiting, ack: Ack) -> Result<(), CallError> {
        let first_seq = waiting.first_seq;
        if ack.verdicts.is_empty() && ack.next_seq < first_seq {
            tracing::warn!(next_seq = ack.next_seq, "the server came back from an older copy: sending again");
            return Ok(self.outbox.rewind(ack.next_seq)?);
        }
        if ack.verdicts.len() != waiting.events.len() {
            return Err(CallError::NotOurServer("the answer has too few or too many verdicts".to_owned()));
        }
        self.progress.acknowledged += ack.verdicts.len() as u64;
        Ok(self.outbox.acknowledge(first_seq, ack.verdicts, ack.next_seq)?)
    }

    /// The bytes of a batch; `sent_at` is of this attempt.
    fn batch(&self, waiting: &Waiting) -> Result<Vec<u8>, CallError> {
        let unreadable = |error: serde_json::Error| CallError::Queue(error.to_string());
        let mut events = Vec::with_capacity(waiting.events.len());
        for event in &waiting.events {
            let body = RawValue::from_string(event.body.clone()).map_err(unreadable)?;
            events.push(WireEvent { id: event.id, body: Some(body), withheld: None });
        }
        let Enrolment { device, epoch, .. } = self.enrolment;
        let batch = Batch {
            protocol: PROTOCOL_VERSION,
            epoch: self.enrolment.epoch,
            first_seq: waiting.first_seq,
            prev_hash: waiting.prev_hash.into(),
            events,
            head_signature: sign_head(&self.key, device, epoch, waiting.next_seq() - 1, waiting.head()),
            hole: None,
            anchors: Vec::new(),
            witnessed: None,
            sent_at: self.clock.now(),
        };
        serde_json::to_vec(&batch).map_err(unreadable)
    }

    /// Fetches the roster and the day cards of its officers.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn fetch_news(&mut self, news: &impl Fn(News)) -> Result<(), CallError> {
        let device = self.enrolment.device;
        let roster: Roster = self.call("GET", format!("/api/v1/devices/{device}/config"), Vec::new(), news).await?;
        if self.roster.as_ref() != Some(&roster) {
            self.outbox.set_roster(roster.clone())?;
            news(News::Roster(Arc::new(roster.clone())));
            self.roster = Some(roster);
        }
        let cards: Cards = self.call("GET", format!("/api/v1/devices/{device}/cards"), Vec::new(), news).await?;
        Ok(self.outbox.set_cards(cards.cards)?)
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: &str,
        path: String,
        body: Vec<u8>,
        news: &impl Fn(News),
    ) -> Result<T, CallError> {
        let Enrolment { device, epoch, .. } = self.enrolment;
        let attempt = self.outbox.next_attempt()?;
        let request = SignedRequest::new(&self.key, device, epoch, attempt, method, &path, body);
        let asked = self.clock.now();
        let reply: SignedReply = self.server.call(&request).await?;
        if !reply.answers(&request, &self.server_key) {
            return Err(CallError::NotOurServer("the answer is not signed by it".to_owned()));
        }
        news(News::Time(Anchor::between(&asked, &self.clock.now(), reply.time_ms)));
        if reply.status != 200 {
            let problem = serde_json::from_slice(&reply.body);
            let problem =
                problem.map_err(|error| CallError::NotOurServer(format!("its refusal is unreadable: {error}")))?;
            return Err(CallError::from_problem(problem));
        }
        serde_json::from_slice(&reply.body)
            .map_err(|error| CallError::NotOurServer(format!("its answer cannot be read: {error}")))
    }
}
