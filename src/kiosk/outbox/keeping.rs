//! The queue as a memory: what a kiosk must still know after a restart without a network.

use super::{CHECKPOINT, ENROLMENT, Enrolment, ON_DUTY, Outbox, OutboxResult, asked, facts, writer};
use crate::domain::day_card::DayCard;
use crate::domain::ids::OfficerId;
use jiff::civil::Date;

/// A bundle to be kept.
#[derive(Clone, Debug)]
pub struct KeptBundle {
    /// As it came.
    pub bundle: String,
    /// The one to go back to, should this one be damaged.
    pub before: Option<String>,
    /// The office's time zone, for its civil days.
    pub zone: String,
}

impl Outbox {
    /// Who this database belongs to, once enrolled.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn enrolment(&self) -> OutboxResult<Option<Enrolment>> {
        self.wait(|writer| facts::get_json(writer.connection(), ENROLMENT))
    }

    /// The bundles that were kept, as they came, newest first. Whether they can still be trusted is not looked at.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn bundles(&self) -> OutboxResult<Vec<String>> {
        self.wait(|writer| writer.bundles())
    }

    /// Keeps what the kiosk works with for the weeks without a network.
    ///
    /// # Errors
    /// When it cannot be committed.
    pub fn keep_bundle(&self, kept: KeptBundle) -> OutboxResult<()> {
        self.wait(move |writer| writer.keep_bundle(&kept))
    }

    /// Who is on duty, and since which day, as far as this database knows.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn on_duty(&self) -> OutboxResult<Option<(OfficerId, Date)>> {
        self.wait(|writer| Ok(facts::get_json(writer.connection(), ON_DUTY)?.flatten()))
    }

    /// How often this kiosk asked about each element of the survey, in the order of the regulation.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn asked(&self) -> OutboxResult<[u32; 9]> {
        self.wait(|writer| asked::counts(writer.connection()))
    }

    /// Keeps the newest day cards.
    ///
    /// # Errors
    /// When they cannot be committed.
    pub fn set_cards(&self, cards: Vec<DayCard>) -> OutboxResult<()> {
        self.wait(move |writer| facts::put_cards(writer.connection(), &cards))
    }

    /// Looks up an officer's newest card of the server.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn card(&self, officer: OfficerId) -> OutboxResult<Option<DayCard>> {
        self.wait(move |writer| facts::card(writer.connection(), officer))
    }

    /// The number of the next attempt to send, never used before.
    ///
    /// # Errors
    /// When it cannot be committed.
    pub fn next_attempt(&self) -> OutboxResult<u64> {
        self.wait(writer::Writer::next_attempt)
    }

    /// Keeps the end of the server's ledger that this kiosk witnessed last: a signed note.
    ///
    /// # Errors
    /// When it cannot be committed.
    pub fn set_checkpoint(&self, note: impl Into<String>) -> OutboxResult<()> {
        let note = note.into();
        self.wait(move |writer| facts::put_json(writer.connection(), CHECKPOINT, &note))
    }

    /// The signed note witnessed last.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn checkpoint(&self) -> OutboxResult<Option<String>> {
        self.wait(|writer| facts::get_json(writer.connection(), CHECKPOINT))
    }

    /// Keeps a statement of the server that contradicts another, once, for people to judge.
    ///
    /// # Errors
    /// When it cannot be committed.
    pub fn keep_evidence(&self, kind: impl Into<String>, text: impl Into<String>) -> OutboxResult<()> {
        let (kind, text) = (kind.into(), text.into());
        self.wait(move |writer| facts::keep_evidence(writer.connection(), &kind, &text))
    }

    /// All such statements as kind and text, in the order in which they came.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn evidence(&self) -> OutboxResult<Vec<(String, String)>> {
        self.wait(|writer| facts::evidence(writer.connection()))
    }

    /// Notes how the synchronisation stands, such as `refused since`, for the technician; `None`
    /// removes the note.
    ///
    /// # Errors
    /// When it cannot be committed.
    pub fn set_note(&self, key: impl Into<String>, value: Option<String>) -> OutboxResult<()> {
        let key = key.into();
        self.wait(move |writer| facts::set_note(writer.connection(), &key, value.as_deref()))
    }

    /// All notes as key and value, by key.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn notes(&self) -> OutboxResult<Vec<(String, String)>> {
        self.wait(|writer| facts::notes(writer.connection()))
    }
}
