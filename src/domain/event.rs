//! What a kiosk records: immutable events in one hash chain per device.

use super::alone::OwnRelease;
use super::clock::Moment;
use super::ids::{DeviceId, EventId, OfficerId, ServiceId, VisitSerial};
use super::score::Spread;
use super::skm::{Form, SkmAnswer, SkmElement};
use super::stars::{Channel, Stars};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// The version of the event bodies written by this program.
pub const BODY_VERSION: u32 = 1;

/// The canonical content of an event. Its JSON bytes are made once and never again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventBody {
    /// Version of this shape.
    pub v: u32,
    /// Makes the body's hash say nothing once the body is erased.
    pub salt: Salt,
    /// The kiosk where it happened, whoever sends it; `None` before the first enrolment.
    pub device: Option<DeviceId>,
    /// When it happened, as the kiosk knew it.
    pub at: Moment,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// The kinds of event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum What {
    /// An officer signed on; the ratings that follow are theirs.
    DutyStarted {
        /// Who.
        officer: OfficerId,
    },
    /// An officer signed off; what follows belongs to the counter.
    DutyEnded {
        /// Who.
        officer: OfficerId,
    },
    /// An officer went on a break; what follows belongs to the counter.
    DutyPaused {
        /// Who.
        officer: OfficerId,
    },
    /// An officer came back from a break.
    DutyResumed {
        /// Who.
        officer: OfficerId,
    },
    /// A visit got its number before it was rated, because its QR code was shown.
    VisitOpened {
        /// Its number on this kiosk.
        visit: VisitSerial,
        /// Who served, if anybody was signed on.
        officer: Option<OfficerId>,
        /// The service, if known.
        service: Option<ServiceId>,
    },
    /// A resident touched a star.
    Rated {
        /// The visit rated.
        visit: VisitSerial,
        /// What was given.
        stars: Stars,
        /// Who served, if anybody was signed on.
        officer: Option<OfficerId>,
        /// The service, if known.
        service: Option<ServiceId>,
        /// How the touch came about.
        #[serde(default)]
        signals: Signals,
    },
    /// A resident rated on the page behind the QR code. Only the server itself makes these.
    RatedLater {
        /// The visit rated.
        visit: VisitSerial,
        /// What was given.
        stars: Stars,
        /// Who served, if anybody was signed on.
        officer: Option<OfficerId>,
        /// The service, if known.
        service: Option<ServiceId>,
        /// Where it was given.
        channel: Channel,
    },
    /// A person decided about flagged ratings. Only the server itself makes these.
    Reviewed {
        /// The kind of reason for which they were flagged.
        flagged_for: String,
        /// Which ratings.
        ratings: Vec<EventId>,
        /// Whether they are abuse.
        abuse: bool,
        /// Who decided.
        by: String,
    },
    /// A resident said why.
    Reasoned {
        /// The visit rated.
        visit: VisitSerial,
        /// The reasons chosen, in the order of the touch.
        reasons: Vec<ReasonCode>,
    },
    /// A resident said what the visit was about.
    ServiceNamed {
        /// The visit.
        visit: VisitSerial,
        /// The service.
        service: ServiceId,
    },
    /// A resident was asked a question of the survey. Another instrument than the stars.
    Asked {
        /// The visit.
        visit: VisitSerial,
        /// What was asked about.
        element: SkmElement,
        /// The answer; `None` where the resident gave none.
        answer: Option<SkmAnswer>,
    },
    /// A form of the survey was filled in. Only the server itself makes these.
    Surveyed {
        /// The visit on whose page; `None` on paper.
        visit: Option<VisitSerial>,
        /// SHA-256 of the file it was typed into, as 64 hexadecimal digits; `None` on a page.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sheet: Option<String>,
        /// What it says.
        form: Form,
    },
    /// A visit is done, as the queue system says: how many were served, rated or not.
    VisitServed {
        /// Its number on this kiosk, if it has one.
        visit: Option<VisitSerial>,
        /// Who served, if anybody was signed on.
        officer: Option<OfficerId>,
        /// The service, if known.
        service: Option<ServiceId>,
    },
    /// An officer has practised. Never counted.
    Practised {
        /// Who.
        officer: OfficerId,
        /// The stars that were touched.
        spread: Spread,
    },
    /// An officer says that the ratings given in their name just now are not theirs.
    Contested {
        /// Who.
        officer: OfficerId,
        /// Of how many minutes until now.
        span_minutes: u32,
        /// Why.
        reason: ContestReason,
    },
    /// A kiosk let its officer see some of its ratings, as its server was away.
    Released(OwnRelease),
    /// A resident took a rating back, seconds after giving it.
    Undone {
        /// The visit rated.
        visit: VisitSerial,
        /// The rating that shall not count.
        rating: EventId,
    },
    /// The kiosk tells how it is: at its start, and when something is wrong.
    Health(Health),
}

/// How a touch came about: nothing about the resident, only what tells an honest queue of visitors
/// from somebody who fills in ratings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signals {
    /// From the start screen's appearance to the touch, ms.
    pub reaction_ms: Option<u32>,
    /// Since the last rating on this kiosk in this boot, ms.
    pub gap_ms: Option<u32>,
    /// Touches since the start screen appeared, this one included.
    pub touches: u16,
    /// Whether a visit was open: called by the queue, or its code shown.
    pub visit_open: bool,
    /// Since the officer signed on, ms.
    pub duty_ms: Option<u32>,
}

/// Why the ratings of a time are not those of the officer whom they name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContestReason {
    /// The officer was not at the counter.
    Absent,
    /// Somebody else served there.
    SomebodyElse,
    /// They came from a visitor of another counter, or from no visitor at all.
    WrongVisitor,
    /// Something else; the head of office asks.
    Other,
}

impl ContestReason {
    /// All reasons, in the order in which they are offered.
    pub const ALL: [ContestReason; 4] =
        [ContestReason::Absent, ContestReason::SomebodyElse, ContestReason::WrongVisitor, ContestReason::Other];
}

/// A kiosk's report about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// The program's version.
    pub program: String,
    /// Free bytes on the disk of the queue.
    pub disk_free_bytes: Option<u64>,
    /// What became of a damaged queue, if this start found one.
    pub recovery: Option<Recovery>,
    /// What a person should look at, in one sentence.
    pub alarm: Option<String>,
}

/// What a damaged queue was built anew from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovery {
    /// Events that could be read in the damaged database.
    pub salvaged: u64,
    /// Events taken from the second copy.
    pub from_journal: u64,
    /// Events known to be missing from both.
    pub lost: u64,
}

/// The code of a reason chip, such as `ramah`: 1 to 32 lower-case letters, digits and `_`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReasonCode(String);

/// A text that is no code of a reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no code of a reason: use up to 32 lower-case letters, digits and _")]
pub struct NotAReason(String);

impl TryFrom<String> for ReasonCode {
    type Error = NotAReason;

    fn try_from(text: String) -> Result<Self, NotAReason> {
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if (1..=32).contains(&text.len()) && text.bytes().all(fits) { Ok(Self(text)) } else { Err(NotAReason(text)) }
    }
}

impl From<ReasonCode> for String {
    fn from(code: ReasonCode) -> String {
        code.0
    }
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// 128 random bits, written as 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Salt(pub [u8; 16]);

impl Serialize for Salt {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Salt {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).map_err(D::Error::custom)?;
        bytes.try_into().map(Self).map_err(|_length| D::Error::custom("a salt has 32 hexadecimal digits"))
    }
}

/// SHA-256 of an event's body: what the chain and the ledger hold, so that a body can be withheld
/// or erased and everything around it still be proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyHash(pub [u8; 32]);

impl BodyHash {
    /// The hash of these bytes.
    #[must_use]
    pub fn of(body: &[u8]) -> Self {
        Self(Sha256::digest(body).into())
    }
}

/// A link of a device's hash chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainHash(pub [u8; 32]);

impl ChainHash {
    /// The start of every chain.
    pub const START: ChainHash = ChainHash([0; 32]);

    /// `SHA-256(previous || seq || event id || SHA-256(body))`, the sequence as 8 bytes, big endian.
    #[must_use]
    pub fn next(self, seq: u64, id: EventId, body: BodyHash) -> ChainHash {
        let mut sha = Sha256::new();
        sha.update(self.0);
        sha.update(seq.to_be_bytes());
        sha.update(id.0.as_bytes());
        sha.update(body.0);
        ChainHash(sha.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::day_card::Theme;
    use crate::domain::skm::Respondent;
    use uuid::Uuid;

    fn rated() -> EventBody {
        EventBody {
            v: BODY_VERSION,
            salt: Salt([0xAB; 16]),
            device: DeviceId::try_from(7).ok(),
            at: Moment { boot_id: Uuid::nil(), boot_ms: 5, wall_ms: 7 },
            what: What::Rated {
                visit: VisitSerial::try_from(9).unwrap(),
                stars: Stars::try_from(4).unwrap(),
                officer: Some(OfficerId::try_from(2).unwrap()),
                service: None,
                signals: Signals { reaction_ms: Some(900), touches: 1, ..Signals::default() },
            },
        }
    }

    #[test]
    fn the_body_of_version_1_keeps_its_bytes() {
        let text = serde_json::to_string(&rated()).unwrap();
        assert_eq!(
            text,
            r#"{"v":1,"salt":"abababababababababababababababab","device":7,"at":{"boot_id":"00000000-0000-0000-0000-000000000000","boot_ms":5,"wall_ms":7},"kind":"rated","visit":9,"stars":4,"officer":2,"service":null,"signals":{"reaction_ms":900,"gap_ms":null,"touches":1,"visit_open":false,"duty_ms":null}}"#
        );
        assert_eq!(serde_json::from_str::<EventBody>(&text).unwrap(), rated());
    }

    /// Queues of kiosks and ledgers of servers hold these for years.
    #[test]
    fn every_kind_keeps_its_bytes() {
        let (officer, visit) = (OfficerId::try_from(2).unwrap(), VisitSerial::try_from(9).unwrap());
        let service = ServiceId::try_from(3).unwrap();
        let (element, answer) = (SkmElement::Conduct, SkmAnswer::try_from(3).ok());
        let (span_minutes, reason) = (60, ContestReason::SomebodyElse);
        let themes = vec![Theme { code: ReasonCode::try_from("ramah".to_owned()).unwrap(), count: 5 }];
        let spread = Spread([1, 0, 0, 2, 4]);
        let form = Form {
            day: "2026-11-24".parse().unwrap(),
            hours: None,
            service: Some(service),
            respondent: Respondent::default(),
            answers: answer.map(|answer| (element, answer)).into_iter().collect(),
        };
        for (what, bytes) in [
            (What::DutyPaused { officer }, r#"{"kind":"duty_paused","officer":2}"#),
            (What::DutyResumed { officer }, r#"{"kind":"duty_resumed","officer":2}"#),
            (What::ServiceNamed { visit, service }, r#"{"kind":"service_named","visit":9,"service":3}"#),
            (What::Asked { visit, element, answer }, r#"{"kind":"asked","visit":9,"element":"perilaku","answer":3}"#),
            (
                What::Asked { visit, element, answer: None },
                r#"{"kind":"asked","visit":9,"element":"perilaku","answer":null}"#,
            ),
            (
                What::Surveyed { visit: Some(visit), sheet: None, form },
                r#"{"kind":"surveyed","visit":9,"form":{"day":"2026-11-24","service":3,"respondent":{},"answers":{"perilaku":3}}}"#,
            ),
            (What::Practised { officer, spread }, r#"{"kind":"practised","officer":2,"spread":[1,0,0,2,4]}"#),
            (
                What::Contested { officer, span_minutes, reason },
                r#"{"kind":"contested","officer":2,"span_minutes":60,"reason":"somebody_else"}"#,
            ),
            (
                What::Released(OwnRelease { officer, at_ms: 7, spread, themes, visits: vec![visit] }),
                r#"{"kind":"released","officer":2,"at_ms":7,"spread":[1,0,0,2,4],"themes":[{"code":"ramah","count":5}],"visits":[9]}"#,
            ),
            (
                What::VisitServed { visit: None, officer: Some(officer), service: Some(service) },
                r#"{"kind":"visit_served","visit":null,"officer":2,"service":3}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&what).unwrap(), bytes);
            assert_eq!(serde_json::from_str::<What>(bytes).unwrap(), what);
        }
        let reasons = serde_json::to_string(&ContestReason::ALL).unwrap();
        assert_eq!(reasons, r#"["absent","somebody_else","wrong_visitor","other"]"#);
    }

    #[test]
    fn every_part_of_an_event_moves_the_chain() {
        let (id, other) = (EventId(Uuid::from_u128(1)), EventId(Uuid::from_u128(2)));
        let (body, changed) = (BodyHash::of(b"body"), BodyHash::of(b"bodY"));
        let link = ChainHash::START.next(1, id, body);
        assert_ne!(link, ChainHash::START.next(2, id, body));
        assert_ne!(link, ChainHash::START.next(1, other, body));
        assert_ne!(link, ChainHash::START.next(1, id, changed));
        assert_ne!(link, link.next(1, id, body));
    }

    #[test]
    fn a_reason_has_a_plain_code() {
        for good in ["ramah", "a", "cepat_2"] {
            assert!(ReasonCode::try_from(good.to_owned()).is_ok(), "{good}");
        }
        for bad in ["", "Ramah", "tidak ramah", "é", &"x".repeat(33)] {
            assert!(ReasonCode::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
