//! Test: synthetic offices, honest days and days with labelled abuse; how much is found, how much is blamed.
//!
//! Offices differ in pace, service, residents and whether the queue opens visits. Honest days have rushes,
//! families, groups, late residents and officers whom everybody likes. Abuse keeps the kiosk's minimum gap,
//! as the kiosk enforces it, and hides among honest ratings.

use super::*;
use crate::domain::dice::{Dice, run};
use crate::domain::ids::{DeviceId, VisitSerial};
use std::collections::BTreeSet;
use std::slice;
use uuid::Uuid;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const PAST_DAYS: i64 = 20;
const HONEST_DAYS: i64 = 6;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Abuse {
    /// An officer fills in many fives quickly.
    OfficerBurst,
    /// A child plays, with any stars.
    ChildBurst,
    /// Somebody angry gives ones.
    AngryBurst,
    /// After hours, alone.
    Night,
    /// In a quiet hour, one tap a minute or so.
    QuietHour,
    /// One more tap after a resident, all day long.
    AfterEach,
    /// Just before signing off.
    BeforeLeaving,
    /// Saved codes of many visits, used at once.
    SavedCodes,
}

const ABUSES: [Abuse; 8] = [
    Abuse::OfficerBurst,
    Abuse::ChildBurst,
    Abuse::AngryBurst,
    Abuse::Night,
    Abuse::QuietHour,
    Abuse::AfterEach,
    Abuse::BeforeLeaving,
    Abuse::SavedCodes,
];

struct Office {
    dice: Dice,
    per_hour: f64,
    /// Of the time from one resident to the next; a steady service has little.
    evenness: f64,
    stars: [f64; 4],
    families: f64,
    opens_visits: bool,
    phones: f64,
    serial: u32,
}

/// A rating before the kiosk's view of it is made.
struct Tap {
    at_ms: i64,
    stars: usize,
    channel: Channel,
    has_visit: bool,
    is_abuse: bool,
}

struct Day {
    seen: Vec<Seen>,
    shift: Shift,
    open_ms: Range<i64>,
    abuse: BTreeSet<EventId>,
}

impl Office {
    fn new(mut dice: Dice) -> Self {
        let top = 0.45 + 0.45 * dice.share();
        let stars = [0.02, 0.04, 0.12, 1.0 - top];
        Self {
            per_hour: 3.0 + 11.0 * dice.share(),
            evenness: 0.35 + 0.65 * dice.share(),
            stars,
            families: 0.1 * dice.share(),
            opens_visits: dice.chance(0.5),
            phones: 0.2 * dice.share(),
            serial: 0,
            dice,
        }
    }

    /// An honest day from 8 to 16 o'clock; the rate follows the morning rush and lunch.
    fn taps(&mut self, number: i64) -> Vec<Tap> {
        let (opens, closes) = (number * DAY + 8 * HOUR, number * DAY + 16 * HOUR);
        let is_late = self.dice.chance(0.15);
        let last = closes + if is_late { self.dice.between(0, 45 * MINUTE) } else { 0 };
        let mood = (0.25 * self.normal()).exp();
        let group_at = if self.dice.chance(0.05) { opens + self.dice.between(HOUR, 6 * HOUR) } else { i64::MAX };
        let (mut taps, mut at_ms, mut had_group) = (Vec::new(), opens, false);
        loop {
            let pace = self.per_hour * mood * [1.0, 1.5, 1.5, 1.2, 0.4, 0.9, 0.9, 0.6, 0.6][hour(at_ms - opens)];
            at_ms += self.gap(3_600_000.0 / pace);
            if at_ms > last {
                return taps;
            }
            let more = if at_ms > group_at && !had_group {
                had_group = true;
                self.dice.between(6, 11)
            } else if self.dice.chance(self.families) {
                self.dice.between(1, 4)
            } else {
                0
            };
            let between = if more > 4 { (40 * SECOND, 180 * SECOND) } else { (21 * SECOND, 70 * SECOND) };
            let whole_family = self.star();
            taps.push(self.tap(at_ms, whole_family));
            for _ in 0..more {
                at_ms += self.dice.between(between.0, between.1);
                let stars = if self.dice.chance(0.6) { whole_family } else { self.star() };
                taps.push(self.tap(at_ms, stars));
            }
        }
    }

    fn tap(&mut self, at_ms: i64, stars: usize) -> Tap {
        let has_visit = self.opens_visits && self.dice.chance(0.98);
        let channel = if self.dice.chance(self.phones) { Channel::Qr } else { Channel::Kiosk };
        let later = if channel == Channel::Qr { self.dice.between(MINUTE, 5 * HOUR) } else { 0 };
        Tap { at_ms: at_ms + later, stars, channel, has_visit, is_abuse: false }
    }

    /// From one resident to the next, never under the kiosk's minimum.
    fn gap(&mut self, mean_ms: f64) -> i64 {
        let spread = self.evenness;
        let ms = mean_ms * (spread * self.normal() - spread * spread / 2.0).exp();
        whole(ms).max(20 * SECOND)
    }

    fn star(&mut self) -> usize {
        let share = self.dice.share();
        self.stars.iter().take_while(|limit| share >= **limit).count()
    }

    /// Nearly normal: twelve even numbers (central limit).
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.dice.share()).sum::<f64>() - 6.0
    }

    fn abuse(&mut self, kind: Abuse, honest: &[Tap], number: i64) -> Vec<Tap> {
        let opens = number * DAY + 8 * HOUR;
        let some = |dice: &mut Dice, low: i64, high: i64| usize::try_from(dice.between(low, high)).unwrap();
        let inside = opens + self.dice.between(0, 7 * HOUR);
        let (n, start, least, most) = match kind {
            Abuse::OfficerBurst => (some(&mut self.dice, 8, 26), inside, 20 * SECOND, 40 * SECOND),
            Abuse::ChildBurst => (some(&mut self.dice, 6, 21), inside, 20 * SECOND, 30 * SECOND),
            Abuse::AngryBurst => (some(&mut self.dice, 6, 21), inside, 20 * SECOND, 60 * SECOND),
            Abuse::Night => {
                let start = opens + self.dice.between(10 * HOUR, 18 * HOUR);
                (some(&mut self.dice, 4, 31), start, 20 * SECOND, 200 * SECOND)
            }
            Abuse::QuietHour => {
                let pace = self.dice.between(35 * SECOND, 100 * SECOND);
                (some(&mut self.dice, 8, 26), opens + 4 * HOUR, pace * 8 / 10, pace * 12 / 10)
            }
            Abuse::BeforeLeaving => {
                (some(&mut self.dice, 6, 12), opens + 8 * HOUR - 9 * MINUTE, 20 * SECOND, 45 * SECOND)
            }
            Abuse::SavedCodes => (some(&mut self.dice, 6, 21), inside, 4 * SECOND, 40 * SECOND),
            Abuse::AfterEach => return self.after_each(honest),
        };
        // Who knows the kiosk opens a visit before each tap.
        let has_visit = self.opens_visits && self.dice.chance(0.4);
        let mut at_ms = start;
        let channel = if kind == Abuse::SavedCodes { Channel::Qr } else { Channel::Kiosk };
        let steps = (0..n).map(|_| {
            at_ms += self.dice.between(least, most);
            let stars = match kind {
                Abuse::ChildBurst => self.dice.pick(&[0, 1, 2, 3, 4]),
                Abuse::AngryBurst => 0,
                _ => {
                    if self.dice.chance(0.95) {
                        4
                    } else {
                        3
                    }
                }
            };
            Tap { at_ms, stars, channel, has_visit, is_abuse: true }
        });
        steps.collect()
    }

    fn after_each(&mut self, honest: &[Tap]) -> Vec<Tap> {
        let mut taps = Vec::new();
        for pair in honest.windows(2) {
            let has_room = pair[1].at_ms - pair[0].at_ms > 90 * SECOND;
            if has_room && self.dice.chance(0.6) {
                let at_ms = pair[0].at_ms + self.dice.between(20 * SECOND, 38 * SECOND);
                taps.push(Tap { at_ms, stars: 4, channel: Channel::Kiosk, has_visit: false, is_abuse: true });
            }
        }
        taps
    }

    fn day(&mut self, number: i64, kind: Option<Abuse>) -> Day {
        let mut taps = self.taps(number);
        let open_ms = number * DAY + 8 * HOUR..number * DAY + 16 * HOUR;
        let last = taps.iter().filter(|tap| tap.channel == Channel::Kiosk).map(|tap| tap.at_ms).max().unwrap_or(0);
        if let Some(kind) = kind {
            let abuse = self.abuse(kind, &taps, number);
            taps.extend(abuse);
        }
        taps.sort_by_key(|tap| tap.at_ms);
        let officer = OfficerId::try_from(1).unwrap();
        let shift = Shift { officer, from_ms: open_ms.start - 5 * MINUTE, to_ms: Some(last.max(open_ms.end) + MINUTE) };
        let (mut seen, mut abuse, mut before) = (Vec::new(), BTreeSet::new(), None);
        for tap in taps {
            let rating = self.seen(&tap, officer, before);
            if tap.channel == Channel::Kiosk {
                before = Some(tap.at_ms);
            }
            if tap.is_abuse {
                abuse.insert(rating.event);
            }
            seen.push(rating);
        }
        Day { seen, shift, open_ms, abuse }
    }

    fn seen(&mut self, tap: &Tap, officer: OfficerId, before: Option<i64>) -> Seen {
        self.serial += 1;
        let is_touch = tap.channel == Channel::Kiosk;
        let gap_ms = before.and_then(|before| u32::try_from(tap.at_ms - before).ok()).filter(|_| is_touch);
        // The start screen comes back four seconds after a rating.
        let reaction_ms = gap_ms.map(|gap| gap.saturating_sub(4_000));
        Seen {
            event: EventId(Uuid::from_u128(self.serial.into())),
            visit: VisitId {
                device: DeviceId::try_from(1).unwrap(),
                serial: VisitSerial::try_from(self.serial).unwrap(),
            },
            at: Placed { at_ms: tap.at_ms, bound_ms: 500, quality: TimeQuality::Exact },
            stars: Stars::ALL[tap.stars],
            channel: tap.channel,
            officer: Some(officer),
            signals: Signals { reaction_ms, gap_ms, touches: 1, visit_open: tap.has_visit, duty_ms: None },
        }
    }
}

fn hour(ms: i64) -> usize {
    usize::try_from(ms / HOUR).unwrap_or(0).min(8)
}

#[expect(clippy::cast_possible_truncation, reason = "a gap is far smaller")]
fn whole(ms: f64) -> i64 {
    ms as i64
}

#[derive(Default)]
struct Tally {
    days: u32,
    days_flagged: u32,
    found: std::collections::BTreeMap<Option<Abuse>, [usize; 4]>,
}

fn share(part: usize, whole: usize) -> f64 {
    statistics::float(part) / statistics::float(whole.max(1))
}

impl Tally {
    fn add(&mut self, kind: Abuse, day: &Day, flags: &[Flag]) {
        let flagged: BTreeSet<EventId> = flags.iter().map(|flag| flag.event).collect();
        let found = flagged.intersection(&day.abuse).count();
        for key in [Some(kind), None] {
            let sum = self.found.entry(key).or_default();
            let more = [1, usize::from(found > 0), day.abuse.len(), found];
            *sum = [sum[0] + more[0], sum[1] + more[1], sum[2] + more[2], sum[3] + more[3]];
        }
    }
}

#[test]
fn abuse_is_found_and_honest_days_are_left_alone() {
    let (offices, seed) = run("SUARA_OFFICES", 40);
    let limits = Limits::default();
    let mut tally = Tally::default();
    for case in 0..offices {
        let mut office = Office::new(Dice::new(seed, case));
        // In some offices it has been going on for weeks, and nobody looked.
        let spoiled = if office.dice.chance(0.2) { 0.3 } else { 0.0 };
        let unseen = |office: &mut Office| office.dice.chance(spoiled).then(|| office.dice.pick(&ABUSES));
        let mut past = Vec::new();
        for number in 0..PAST_DAYS {
            let kind = unseen(&mut office);
            past.push(office.day(number, kind));
        }
        let mut shifts: Vec<Shift> = past.iter().map(|day| day.shift).collect();
        let past: Vec<Seen> = past.into_iter().flat_map(|day| day.seen).collect();
        let mut look = |day: &Day| {
            shifts.push(day.shift);
            detect(
                &Evidence {
                    day: &day.seen,
                    past: &past,
                    shifts: &shifts,
                    open_ms: Some(slice::from_ref(&day.open_ms)),
                },
                &limits,
            )
        };
        for number in PAST_DAYS..PAST_DAYS + HONEST_DAYS {
            let day = office.day(number, None);
            let flags = look(&day);
            tally.days += 1;
            tally.days_flagged += u32::from(!flags.is_empty());
            if let Some(flag) = flags.first() {
                println!("office {case} blamed: {:?} {:.1} {}", flag.kind, flag.score, flag.sentence.english());
            }
        }
        for (kind, number) in ABUSES.into_iter().zip(PAST_DAYS + HONEST_DAYS..) {
            let day = office.day(number, Some(kind));
            let is_there = !day.abuse.is_empty();
            let flags = look(&day);
            if is_there {
                tally.add(kind, &day, &flags);
            }
        }
    }
    for (kind, [days, found, ratings, flagged]) in &tally.found {
        let kind = kind.map_or("all abuse".to_owned(), |kind| format!("{kind:?}"));
        let (by_day, by_rating) = (100.0 * share(*found, *days), 100.0 * share(*flagged, *ratings));
        println!("{kind}: {by_day:.1} % of {days} days found, {by_rating:.1} % of {ratings} ratings flagged");
    }
    let blamed = f64::from(tally.days_flagged) / f64::from(tally.days);
    println!("{:.2} % of {} honest officer-days flagged", 100.0 * blamed, tally.days);
    let [days, found, ratings, flagged] = tally.found[&None];
    assert!(blamed <= 0.02, "honest days are blamed");
    assert!(share(found, days) >= 0.9 && share(flagged, ratings) >= 0.9, "abuse stays unseen");
}
