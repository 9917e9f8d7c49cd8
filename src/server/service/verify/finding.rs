//! What an auditor is told: every finding names the rows it is about.

use crate::domain::ids::{DeviceId, EventId, OfficerId, ServiceId, VisitId};
use crate::server::store::{DailyKey, EpochRow, HoleRow};

/// Something that was removed, changed, reordered or forged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// Links of a chain are gone, and no hole was announced.
    #[error("device {device}: events {from_seq} to {to_seq} are missing")]
    EventsMissing {
        /// Whose chain.
        device: DeviceId,
        /// The first missing link.
        from_seq: u64,
        /// The last.
        to_seq: u64,
    },
    /// An event of a device that was never enrolled here.
    #[error("device {device} was never enrolled here, yet there is its event {seq}")]
    UnknownDevice {
        /// The device it names.
        device: DeviceId,
        /// Its place.
        seq: u64,
    },
    /// The bytes of an event are not those that were accepted.
    #[error("device {device}, event {seq}: its content was changed")]
    BodyChanged {
        /// Whose chain.
        device: DeviceId,
        /// The link.
        seq: u64,
    },
    /// The bytes of an event are gone, and it is marked neither as withheld nor as erased.
    #[error("device {device}, event {seq}: its content is gone")]
    BodyGone {
        /// Whose chain.
        device: DeviceId,
        /// The link.
        seq: u64,
    },
    /// The links do not lead to the end their device signed: one of them was changed, added or reordered.
    #[error("device {device}: events {from_seq} to {to_seq} are not those the device signed")]
    ChainBroken {
        /// Whose chain.
        device: DeviceId,
        /// The first link that may be wrong.
        from_seq: u64,
        /// The last.
        to_seq: u64,
    },
    /// A signature is not that of the device.
    #[error("device {device}: the signature of its chain at event {seq} is forged")]
    HeadForged {
        /// Whose chain.
        device: DeviceId,
        /// The place signed.
        seq: u64,
    },
    /// Links at the end of a chain that its device did not sign.
    #[error("device {device}: events {from_seq} to {to_seq} are not signed")]
    NotSigned {
        /// Whose chain.
        device: DeviceId,
        /// The first link without.
        from_seq: u64,
        /// The last.
        to_seq: u64,
    },
    /// The place where a chain goes on does not fit its last link.
    #[error("device {device}: the end of its chain is not where the server says, at event {next_seq}")]
    CursorDiffers {
        /// Whose chain.
        device: DeviceId,
        /// The place the server expects next.
        next_seq: u64,
    },
    /// An event is not the leaf it should be: it was changed, added or put elsewhere after it was accepted.
    #[error("device {device}, event {seq}: it is not what the ledger holds at leaf {index}")]
    LeafDiffers {
        /// Whose chain.
        device: DeviceId,
        /// The link.
        seq: u64,
        /// The leaf.
        index: u64,
    },
    /// An event without a leaf: it was added, or its place erased.
    #[error("device {device}, event {seq}: it is not in the ledger")]
    LeafMissing {
        /// Whose chain.
        device: DeviceId,
        /// The link.
        seq: u64,
    },
    /// A leaf without an event: it was removed.
    #[error("leaf {index} of the ledger: its event is gone")]
    LeafWithoutEvent {
        /// The leaf.
        index: u64,
    },
    /// A tile of the ledger is gone, or does not follow from the ones below.
    #[error("tile {index} of level {level} of the ledger was changed")]
    TileDiffers {
        /// Its level.
        level: u8,
        /// Its place there.
        index: u64,
    },
    /// The root the server would sign is not that of its leaves.
    #[error("the root of the ledger of {size} leaves is not that of its leaves")]
    RootDiffers {
        /// How many leaves it says to have.
        size: u64,
    },
    /// A kept checkpoint was signed over other leaves.
    #[error("the checkpoint of {size} leaves was signed over other leaves than the ledger holds now")]
    CheckpointDiffers {
        /// Its size.
        size: u64,
    },
    /// A kept checkpoint that this server did not sign.
    #[error("the checkpoint of {size} leaves was not signed by this server")]
    CheckpointForged {
        /// Its size.
        size: u64,
    },
    /// An event is a rating, and the rating is gone.
    #[error("device {device}, event {seq}: its rating is gone")]
    RatingMissing {
        /// Whose chain.
        device: DeviceId,
        /// The link.
        seq: u64,
    },
    /// A rating that no event gave.
    #[error("device {}, visit {}: the rating {} was never given", visit.device, visit.serial, id.0)]
    RatingInvented {
        /// The visit it names.
        visit: VisitId,
        /// The event it names.
        id: EventId,
    },
    /// A rating says something else than its event.
    #[error("device {}, visit {}: the {what} of rating {} differs from its event", visit.device, visit.serial, id.0)]
    RatingDiffers {
        /// The visit.
        visit: VisitId,
        /// The event.
        id: EventId,
        /// What differs.
        what: &'static str,
    },
    /// A roll-up is not the sum of its ratings.
    #[error("the sums of {}, officer {}, service {}, {} are not those of its ratings", key.day,
        key.officer.map_or(0, OfficerId::get),
        key.service.map_or(0, ServiceId::get), key.channel.as_str())]
    DailyDiffers {
        /// Which one.
        key: DailyKey,
    },
    /// An event answers to the survey, and the answer is gone.
    #[error("device {device}, event {seq}: its answer to the survey is gone")]
    SurveyMissing {
        /// Whose chain.
        device: DeviceId,
        /// The link.
        seq: u64,
    },
    /// An answer to the survey that no event gave.
    #[error("the answer {} to the survey was never given", id.0)]
    SurveyInvented {
        /// The event it names.
        id: EventId,
    },
    /// An answer to the survey says something else than its event.
    #[error("the answer {} to the survey differs from its event", id.0)]
    SurveyDiffers {
        /// The event.
        id: EventId,
    },
    /// The service of a visit is not what the resident named at the kiosk.
    #[error("device {}, visit {}: its service is not the one that was named", visit.device, visit.serial)]
    ServiceDiffers {
        /// The visit.
        visit: VisitId,
    },
    /// A decision about a flag that no event made.
    #[error("rating {}, flag {kind}: a decision stands there that nobody made", rating.0)]
    DecisionInvented {
        /// The rating.
        rating: EventId,
        /// The kind of reason.
        kind: String,
    },
    /// A decision about a flag is not the one that was made.
    #[error("rating {}, flag {kind}: the decision is not that of the server's event {seq}", rating.0)]
    DecisionDiffers {
        /// The rating.
        rating: EventId,
        /// The kind of reason.
        kind: String,
        /// The event, in the server's own chain.
        seq: u64,
    },
    /// A decision was made, and it or its flag is gone.
    #[error("rating {}, flag {kind}: the decision of the server's event {seq} is gone", rating.0)]
    DecisionMissing {
        /// The rating.
        rating: EventId,
        /// The kind of reason.
        kind: String,
        /// The event, in the server's own chain.
        seq: u64,
    },
    /// The second figure leaves out a rating that nobody ever called abuse.
    #[error("rating {}: it is left out of the figure without abuse, and nobody confirmed it as such", rating.0)]
    LeftOutUndecided {
        /// The rating.
        rating: EventId,
    },
}

/// What was looked at, and what is known to be incomplete for a reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Chains, the server's own included.
    pub chains: u64,
    /// Links of chains.
    pub events: u64,
    /// Leaves of the ledger.
    pub leaves: u64,
    /// Checkpoints kept.
    pub checkpoints: u64,
    /// Ratings.
    pub ratings: u64,
    /// Answers to the survey: what the kiosk asked, and forms.
    pub surveys: u64,
    /// Events put aside because they were not understood.
    pub parked: u64,
    /// Events whose content a kiosk withholds.
    pub withheld: u64,
    /// Events whose content was erased; their ratings cannot be compared with it.
    pub erased: u64,
    /// Parts of chains that their kiosks announced to be missing.
    pub holes: Vec<(DeviceId, HoleRow)>,
    /// Restored copies: kiosks report what those lost.
    pub epochs: Vec<EpochRow>,
    /// How much was found.
    pub findings: u64,
    /// Whether events arrived meanwhile: findings may then be about what was half seen. Verify a copy.
    pub moved: bool,
}
