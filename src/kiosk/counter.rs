//! The kiosk without its window: session, roster and hands that carry out effects.
//!
//! The window and the headless simulation drive this same code.

use super::hands::SharedAnchor;
use super::session::{Effect, Event, Now, Printing, Screen, Session};
use super::settings::KioskSettings;
use super::watchdog::Pulse;
use crate::domain::clock::{Clock, Moment, civil_day};
use crate::domain::comfort::Comfort;
use crate::domain::ids::OfficerId;
use crate::domain::language::Language;
use crate::protocol::roster::{Roster, RosterOfficer};
use jiff::tz::TimeZone;
use std::sync::{Arc, PoisonError};
use tokio::sync::watch;

/// What carries out effects. Answers come back later as events, by a way of its own.
pub trait Hands {
    /// Starts one effect; never blocks.
    fn carry_out(&mut self, effect: Effect);

    /// Whether there is a voice.
    fn can_speak(&self) -> bool {
        false
    }

    /// Speaks these words instead of whatever is being spoken.
    fn say(&mut self, _words: &str, _language: Language) {}
}

/// One kiosk at its counter.
pub struct Kiosk {
    session: Session,
    roster: Arc<Roster>,
    zone: TimeZone,
    clock: Arc<dyn Clock>,
    anchor: SharedAnchor,
    hands: Box<dyn Hands + Send>,
    standing: watch::Sender<Standing>,
    pulse: Pulse,
}

/// Whether this counter serves: what others may know of it. The same before and after a rating.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Whether the office is open, as far as its hours are known.
    pub open: bool,
    /// Whether an officer has signed on.
    pub on_duty: bool,
    /// Whether that officer is on a break.
    pub paused: bool,
}

/// Everything there is to draw.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// Which screen, with what on it.
    pub screen: &'a Screen,
    /// In which language.
    pub language: Language,
    /// How it is shown and heard.
    pub comfort: Comfort,
    /// How the slip with the code stands.
    pub printing: Printing,
    /// Whether it can be heard at all.
    pub can_speak: bool,
    /// Office, counter, officers.
    pub roster: &'a Roster,
    /// Who serves: nobody while one officer takes over from another.
    pub serving: Option<&'a RosterOfficer>,
    /// Whether somebody is signed on.
    pub is_on_duty: bool,
    /// Whether what is touched counts for nothing.
    pub is_practising: bool,
    /// The announcement in place of the question, by its place in the office's list.
    pub announcement: Option<u32>,
    /// For how many minutes nobody touched it.
    pub rested_min: i64,
}

impl Kiosk {
    /// Puts a kiosk together.
    #[must_use]
    pub fn new(session: Session, roster: Arc<Roster>, clock: Arc<dyn Clock>, hands: Box<dyn Hands + Send>) -> Self {
        let zone = TimeZone::get(&roster.office.zone).unwrap_or(TimeZone::UTC);
        let (standing, _) = watch::channel(Standing::default());
        let (anchor, pulse) = (SharedAnchor::default(), Pulse::default());
        let kiosk = Self { session, roster, zone, clock, anchor, hands, standing, pulse };
        kiosk.tell_standing(kiosk.now());
        kiosk
    }

    /// The same, which knows the server's time as soon as anybody here does.
    #[must_use]
    pub fn knowing(mut self, anchor: SharedAnchor) -> Self {
        self.anchor = anchor;
        self
    }

    /// Tells the session what happened, and starts what it asks for.
    pub fn send(&mut self, event: Event) {
        let now = self.now();
        for effect in self.session.handle(event, now) {
            self.hands.carry_out(effect);
        }
        self.tell_standing(now);
        self.pulse.beat(now.boot_ms);
    }

    fn tell_standing(&self, now: Now) {
        let (on_duty, paused) = (self.session.on_duty().is_some(), self.session.is_paused());
        self.standing.send_replace(Standing { open: now.is_open, on_duty, paused });
    }

    /// Whether this counter serves, now and later.
    #[must_use]
    pub fn standing(&self) -> watch::Receiver<Standing> {
        self.standing.subscribe()
    }

    /// The beats of whoever drives this kiosk.
    #[must_use]
    pub fn pulse(&self) -> Pulse {
        self.pulse.clone()
    }

    /// Speaks what the screen says to everybody, to who asked for a voice; otherwise there is silence.
    pub fn say(&mut self, words: &str) {
        let is_asked_for = self.session.comfort().speech;
        self.hands.say(if is_asked_for { words } else { "" }, self.session.language());
    }

    /// A newer roster from the server.
    pub fn set_roster(&mut self, roster: Arc<Roster>) {
        self.zone = TimeZone::get(&roster.office.zone).unwrap_or(TimeZone::UTC);
        self.roster = roster;
    }

    /// Other settings: what a resident or officer is in the middle of goes on.
    pub fn set_settings(&mut self, settings: &KioskSettings) {
        let now = self.now();
        self.session.set_rules(settings.session_rules(), settings.home_language(), now);
    }

    /// What to draw now.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        View {
            screen: self.session.screen(),
            language: self.session.language(),
            comfort: self.session.comfort(),
            printing: self.session.printing(),
            can_speak: self.hands.can_speak(),
            roster: &self.roster,
            serving: self.session.serving().and_then(|id| self.officer(id)),
            is_on_duty: self.session.on_duty().is_some(),
            is_practising: self.session.is_practising(),
            announcement: self.session.announcement(),
            rested_min: self.session.rested_ms(self.clock.now().boot_ms).div_euclid(60_000),
        }
    }

    /// In how many milliseconds the next [`Event::Tick`] is due.
    #[must_use]
    pub fn tick_in_ms(&self) -> Option<i64> {
        self.session.deadline_ms().map(|deadline| (deadline - self.clock.now().boot_ms).max(0))
    }

    /// In how many milliseconds to send the next [`Event::Tick`] at the latest, so that whoever watches over
    /// this kiosk sees that it works.
    #[must_use]
    pub fn wake_in_ms(&self) -> Option<i64> {
        let beat_ms = self.pulse.due_in_ms(self.clock.now().boot_ms);
        [self.tick_in_ms(), beat_ms].into_iter().flatten().min()
    }

    fn officer(&self, id: OfficerId) -> Option<&RosterOfficer> {
        self.roster.officers.iter().find(|entry| entry.officer.id == id)
    }

    fn now(&self) -> Now {
        let now = self.clock.now();
        Now { boot_ms: now.boot_ms, day: civil_day(now.wall_ms, &self.zone), is_open: self.is_open(&now) }
    }

    /// Whether this is a time at which somebody may come. An office that does not tell its hours never closes.
    fn is_open(&self, now: &Moment) -> bool {
        let Some(hours) = self.roster.office.hours else { return true };
        let anchor = *self.anchor.read().unwrap_or_else(PoisonError::into_inner);
        // A wrong clock must not darken a counter by day.
        let at_ms = anchor.and_then(|anchor| anchor.server_now_ms(now)).unwrap_or(now.wall_ms);
        let open_ms = hours.open_ms(civil_day(at_ms, &self.zone), &self.zone);
        open_ms.is_some_and(|open_ms| open_ms.contains(&at_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::Anchor;
    use crate::domain::ids::{CounterId, OfficeId};
    use crate::domain::office::{Counter, Office};
    use crate::kiosk::own_settings::OwnSettings;
    use std::sync::RwLock;
    use uuid::Uuid;

    /// A machine whose clock stands.
    struct At(i64);

    impl Clock for At {
        fn now(&self) -> Moment {
            Moment { boot_id: Uuid::from_u128(1), boot_ms: 5_000, wall_ms: self.0 }
        }
    }

    struct Nobody;

    impl Hands for Nobody {
        fn carry_out(&mut self, _effect: Effect) {}
    }

    fn kiosk(hours: Option<&str>, wall: &str, server: Option<&str>) -> Kiosk {
        let ms = |at: &str| at.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let office = Office {
            id: OfficeId::try_from(1).unwrap(),
            name: "Kantor Uji".to_owned(),
            zone: "Asia/Jakarta".to_owned(),
            hours: hours.map(|hours| hours.parse().unwrap()),
        };
        let counter = Counter { id: CounterId::try_from(1).unwrap(), name: "Loket 1".to_owned() };
        let roster =
            Roster { office, counter, officers: vec![], services: vec![], public_url: String::new(), releases: None };
        let settings = OwnSettings::default().over(None).unwrap().settings;
        let session = Session::new(settings.session_rules(), settings.home_language(), None);
        let now = At(ms(wall)).now();
        let anchor = server.map(|at| Anchor::between(&now, &now, ms(at)));
        Kiosk::new(session, Arc::new(roster), Arc::new(At(ms(wall))), Box::new(Nobody))
            .knowing(Arc::new(RwLock::new(anchor)))
    }

    #[test]
    fn an_office_is_open_in_its_hours_by_the_servers_time_where_that_is_known() {
        let (hours, day, night) = (Some("mon-fri 08:00-15:30"), "2026-11-25T03:00:00Z", "2026-11-25T13:00:00Z");
        for (hours, wall, server, is_open) in [
            (None, night, None, true),
            (hours, day, None, true),
            (hours, night, None, false),
            (hours, "1970-01-01T20:00:00Z", Some(day), true),
            (hours, day, Some(night), false),
            (hours, "2026-11-28T03:00:00Z", None, false),
        ] {
            assert_eq!(kiosk(hours, wall, server).now().is_open, is_open, "{wall}, {server:?}");
        }
    }
}
