//! The session by table and property.

mod comfort;
mod counter;
mod honesty;
mod laws;
mod practice;
mod printing;
mod staff;
mod technician;
mod why;

use super::*;
use crate::domain::comfort::Comfort;
use crate::domain::day_card::DayCard;
use crate::domain::event::Signals;
use crate::domain::ids::{EventId, OfficerId, ServiceId, VisitSerial};
use crate::domain::language::Language;
use crate::domain::ledger::ReceiptCode;
use crate::domain::stars::Stars;

const RULES: Rules = Rules {
    timeouts: Timeouts {
        thank_you_ms: 5_000,
        not_stored_ms: 8_000,
        rate_later_ms: 60_000,
        why_ms: 12_000,
        idle_ms: 30_000,
        sleep_ms: 300_000,
    },
    honesty: Honesty { debounce_ms: 700, min_gap_ms: 20_000, prompt: Prompt::Always, open_ms: 900_000 },
    asks: Asks { why: false, service: false, question: false },
    thanks_with_code: false,
    prints: false,
    hand_over_ms: 60_000,
    attract: Attract { announcements: 0, after_ms: 20_000, turn_ms: 12_000 },
    comfort: Comfort { large: false, contrast: false, low: false, left: false, speech: false },
};

fn now(boot_ms: i64) -> Now {
    Now { boot_ms, day: "2026-11-24".parse().unwrap(), is_open: true }
}

fn officer(id: u32) -> OfficerId {
    OfficerId::try_from(id).unwrap()
}

fn service(n: u32) -> ServiceId {
    ServiceId::try_from(n).unwrap()
}

fn stars(n: u8) -> Stars {
    Stars::try_from(n).unwrap()
}

fn visit(n: u32) -> VisitSerial {
    VisitSerial::try_from(n).unwrap()
}

fn id(n: u32) -> EventId {
    EventId(uuid::Uuid::from_u128(n.into()))
}

fn session() -> Session {
    Session::new(RULES, Language::Id, None)
}

/// The record of a visit is committed.
fn stored(n: u32) -> Event {
    Event::Stored { seq: n.into(), id: id(n), visit: Some(visit(n)) }
}

fn failed() -> Event {
    Event::StoreFailed { reason: "the disk is full".to_owned() }
}

fn thanks(n: u32) -> Screen {
    Screen::ThankYou { receipt: ReceiptCode::of(id(n)), link: None, undo: true }
}

fn rated(visit: Option<VisitSerial>, n: u8, officer: Option<OfficerId>) -> Effect {
    Effect::Record(Draft::Rated { visit, stars: stars(n), officer, service: None, signals: Signals::default() })
}

/// The effects without the signals of a rating, which have tests of their own.
fn plain(mut effects: Vec<Effect>) -> Vec<Effect> {
    for effect in &mut effects {
        if let Effect::Record(Draft::Rated { signals, .. }) = effect {
            *signals = Signals::default();
        }
    }
    effects
}

fn signals(effects: &[Effect]) -> Signals {
    let [Effect::Record(Draft::Rated { signals, .. })] = effects else { panic!("{effects:?}") };
    *signals
}

fn type_pin(session: &mut Session, correct: bool, at: i64) -> Vec<Effect> {
    for digit in 1..=6 {
        session.handle(Event::DigitTouched(digit), now(at));
    }
    session.handle(Event::PinChecked { correct }, now(at))
}

fn sign_on(session: &mut Session, who: u32, at: i64) -> Vec<Effect> {
    session.handle(Event::StaffTouched, now(at));
    session.handle(Event::OtherOfficerTouched, now(at));
    session.handle(Event::OfficerTouched(officer(who)), now(at));
    let effects = type_pin(session, true, at);
    session.handle(Event::BackTouched, now(at));
    effects
}

/// Law 1: no thank-you before the commit was reported.
#[test]
fn the_thank_you_waits_for_the_commit() {
    let mut s = session();
    assert_eq!(plain(s.handle(Event::StarTouched(stars(4)), now(0))), [rated(None, 4, None)]);
    assert_eq!(*s.screen(), Screen::Storing);
    s.handle(Event::Tick, now(99_999));
    assert_eq!(*s.screen(), Screen::Storing, "time alone never thanks");
    s.handle(stored(1), now(100_000));
    assert_eq!(*s.screen(), thanks(1));
    s.handle(Event::Tick, now(104_999));
    assert_eq!(*s.screen(), thanks(1));
    s.handle(Event::Tick, now(105_000));
    assert_eq!(*s.screen(), Screen::Start);
}

/// The commit of another record is no reason for thanks: answers come in the order of the records.
#[test]
fn the_thank_you_waits_for_its_own_commit() {
    let mut s = session();
    s.handle(Event::RateLaterTouched, now(0));
    s.handle(Event::BackTouched, now(1));
    s.handle(Event::StarTouched(stars(2)), now(1_000));
    s.handle(stored(1), now(1_001));
    assert_eq!(*s.screen(), Screen::Storing, "that was the visit's");
    s.handle(stored(2), now(1_002));
    assert_eq!(*s.screen(), thanks(2));
}

#[test]
fn two_fast_touches_are_one_rating() {
    let mut s = session();
    assert_eq!(s.handle(Event::StarTouched(stars(5)), now(0)).len(), 1);
    assert_eq!(s.handle(Event::StarTouched(stars(1)), now(1)), []);
    s.handle(stored(1), now(2));
    assert_eq!(s.handle(Event::StarTouched(stars(1)), now(3)), []);
}

// --- not stored

#[test]
fn a_failed_commit_is_said_honestly() {
    let mut s = session();
    s.handle(Event::StarTouched(stars(5)), now(0));
    s.handle(failed(), now(1));
    assert_eq!(*s.screen(), Screen::NotStored);
    s.handle(Event::Tick, now(8_001));
    assert_eq!(*s.screen(), Screen::Start);
    assert_eq!(s.handle(Event::Tick, now(20_000)), [], "what was given up is never tried again");
}

#[test]
fn a_failed_rating_is_tried_again_until_it_is_stored() {
    let mut s = session();
    let first = s.handle(Event::StarTouched(stars(2)), now(0));
    s.handle(failed(), now(1));
    assert_eq!(s.deadline_ms(), Some(3_001));
    assert_eq!(s.handle(Event::Tick, now(3_000)), []);
    assert_eq!(s.handle(Event::Tick, now(3_001)), first, "the same record, signals and all");
    assert_eq!(s.handle(Event::Tick, now(3_002)), [], "one try at a time");
    s.handle(failed(), now(3_010));
    assert_eq!(*s.screen(), Screen::NotStored);
    assert_eq!(s.handle(Event::Tick, now(6_010)), first);
    s.handle(stored(1), now(6_011));
    assert_eq!(*s.screen(), thanks(1));
}

/// "Not stored", then stored after all without a word, and rated again: that would be two ratings.
#[test]
fn nobody_leaves_while_a_try_is_under_way() {
    for leave in [Event::BackTouched, Event::Tick] {
        let outcome = |answer: Event| {
            let mut s = session();
            s.handle(Event::StarTouched(stars(2)), now(0));
            s.handle(failed(), now(1));
            s.handle(Event::Tick, now(3_001));
            s.handle(leave.clone(), now(9_000));
            assert_eq!((s.screen(), s.deadline_ms()), (&Screen::NotStored, None), "{leave:?}");
            s.handle(answer, now(9_001));
            s.screen().clone()
        };
        assert_eq!(outcome(stored(1)), thanks(1));
        assert_eq!(outcome(failed()), Screen::Start, "it was said, and now it is over");
    }
}

#[test]
fn a_code_that_failed_is_made_once_it_can_be() {
    let mut s = session();
    let first = s.handle(Event::RateLaterTouched, now(0));
    s.handle(failed(), now(1));
    assert_eq!(*s.screen(), Screen::NotStored);
    assert_eq!(s.handle(Event::Tick, now(3_001)), first);
    assert_eq!(s.handle(stored(3), now(3_002)), [Effect::MakeTicket { visit: visit(3), officer: None, service: None }]);
    assert_eq!(*s.screen(), Screen::RateLater { link: None });
}

// --- one visit

/// Law 3: the code and the touch of one visit carry the same number.
#[test]
fn a_touch_after_the_code_rates_the_same_visit() {
    let mut s = session();
    let effects = s.handle(Event::RateLaterTouched, now(0));
    assert_eq!(effects, [Effect::Record(Draft::VisitOpened { officer: None, service: None })]);
    let effects = s.handle(stored(7), now(1));
    assert_eq!(effects, [Effect::MakeTicket { visit: visit(7), officer: None, service: None }]);
    s.handle(Event::TicketReady { visit: visit(7), link: "HTTP://X/R/T".into() }, now(2));
    assert_eq!(*s.screen(), Screen::RateLater { link: Some("HTTP://X/R/T".into()) });
    s.handle(Event::BackTouched, now(3));
    let again = s.handle(Event::RateLaterTouched, now(4));
    assert_eq!(again, [Effect::MakeTicket { visit: visit(7), officer: None, service: None }], "no second visit");
    s.handle(Event::BackTouched, now(5));
    assert_eq!(plain(s.handle(Event::StarTouched(stars(2)), now(1_000))), [rated(Some(visit(7)), 2, None)]);
}

#[test]
fn the_next_resident_is_a_new_visit() {
    let mut s = session();
    s.handle(Event::RateLaterTouched, now(0));
    s.handle(stored(7), now(1));
    s.handle(Event::LanguageTouched(Language::En), now(2));
    s.handle(Event::Tick, now(60_002));
    assert_eq!((s.screen(), s.language()), (&Screen::Start, Language::Id));
    assert_eq!(plain(s.handle(Event::StarTouched(stars(2)), now(61_000))), [rated(None, 2, None)]);
}

#[test]
fn a_rating_taken_back_is_given_again_for_the_same_visit() {
    let mut s = session();
    s.handle(Event::StarTouched(stars(1)), now(0));
    s.handle(stored(4), now(1));
    let undone = Effect::Record(Draft::Undone { visit: visit(4), rating: id(4) });
    assert_eq!(s.handle(Event::UndoTouched, now(2_000)), [undone]);
    assert_eq!(*s.screen(), Screen::Storing, "a new touch must not overtake it");
    s.handle(Event::Stored { seq: 5, id: id(5), visit: Some(visit(4)) }, now(2_001));
    assert_eq!(*s.screen(), Screen::Start);
    let again = s.handle(Event::StarTouched(stars(5)), now(3_000));
    assert_eq!(signals(&again).gap_ms, None, "a correction is no quick rating");
    assert_eq!(plain(again), [rated(Some(visit(4)), 5, None)]);
}

#[test]
fn nothing_is_taken_back_after_five_seconds_or_twice() {
    let mut s = Session::new(
        Rules { timeouts: Timeouts { thank_you_ms: 9_000, ..RULES.timeouts }, ..RULES },
        Language::Id,
        None,
    );
    assert_eq!(s.handle(Event::UndoTouched, now(0)), []);
    s.handle(Event::StarTouched(stars(1)), now(0));
    s.handle(stored(4), now(0));
    s.handle(Event::Tick, now(5_000));
    assert_eq!(*s.screen(), Screen::ThankYou { receipt: ReceiptCode::of(id(4)), link: None, undo: false });
    assert_eq!(s.handle(Event::UndoTouched, now(5_001)), []);
    s.handle(Event::Tick, now(9_000));
    assert_eq!(*s.screen(), Screen::Start);
    assert_eq!(s.handle(Event::UndoTouched, now(9_001)), []);
}

// --- officers

#[test]
fn ratings_belong_to_who_signed_on_or_to_the_counter() {
    let mut s = session();
    assert_eq!(sign_on(&mut s, 1, 0), [Effect::Record(Draft::DutyStarted(officer(1)))]);
    let effects = s.handle(Event::StarTouched(stars(5)), now(1_000));
    assert_eq!(plain(effects), [rated(None, 5, Some(officer(1)))]);
    s.handle(stored(1), now(1_001));
    s.handle(Event::BackTouched, now(1_002));
    let handover = sign_on(&mut s, 2, 1_003);
    assert_eq!(
        handover,
        [Effect::Record(Draft::DutyEnded(officer(1))), Effect::Record(Draft::DutyStarted(officer(2)))]
    );
    s.handle(Event::StaffTouched, now(2_000));
    assert_eq!(type_pin(&mut s, true, 2_000), [], "signed on already: the PIN opens the menu only");
    assert_eq!(s.handle(Event::SignOffTouched, now(2_001)), [Effect::Record(Draft::DutyEnded(officer(2)))]);
    assert_eq!(plain(s.handle(Event::StarTouched(stars(1)), now(3_000))), [rated(None, 1, None)]);
}

#[test]
fn an_officer_can_be_said_to_have_left() {
    let mut s = session();
    assert_eq!(s.handle(Event::OffDuty, now(0)), []);
    sign_on(&mut s, 1, 0);
    s.handle(Event::StarTouched(stars(5)), now(1_000));
    assert_eq!(s.handle(Event::OffDuty, now(1_001)), [Effect::Record(Draft::DutyEnded(officer(1)))]);
    assert_eq!(*s.screen(), Screen::Storing, "the resident is still thanked");
    s.handle(stored(1), now(1_002));
    assert_eq!(*s.screen(), thanks(1));
}

#[test]
fn a_forgotten_sign_off_ends_with_the_day() {
    let mut s = session();
    sign_on(&mut s, 1, 0);
    let tomorrow = Now { boot_ms: 50_000_000, day: "2026-11-25".parse().unwrap(), is_open: true };
    let effects = plain(s.handle(Event::StarTouched(stars(3)), tomorrow));
    assert_eq!(effects, [Effect::Record(Draft::DutyEnded(officer(1))), rated(None, 3, None)]);
}

#[test]
fn five_wrong_pins_lock_the_pad_for_a_minute() {
    let mut s = session();
    s.handle(Event::StaffTouched, now(0));
    s.handle(Event::OfficerTouched(officer(1)), now(0));
    for _ in 0..5 {
        type_pin(&mut s, false, 0);
    }
    let Screen::Pin(pin) = s.screen().clone() else { panic!("{:?}", s.screen()) };
    assert_eq!(pin.notice, PinNotice::Locked);
    assert_eq!(s.handle(Event::DigitTouched(1), now(59_999)), []);
    let Screen::Pin(pin) = s.screen() else { panic!() };
    assert_eq!(pin.entered, 0, "no digit is taken while locked");
    assert_eq!(type_pin(&mut s, true, 60_000), [Effect::Record(Draft::DutyStarted(officer(1)))]);
}

#[test]
fn a_day_opens_only_after_the_pin_and_only_the_own() {
    let mut s = session();
    assert_eq!(s.handle(Event::DayTouched, now(0)), []);
    s.handle(Event::StaffTouched, now(0));
    s.handle(Event::OfficerTouched(officer(1)), now(0));
    type_pin(&mut s, true, 0);
    assert_eq!(s.handle(Event::DayTouched, now(0)), [Effect::LoadDay(officer(1))]);
    let foreign = DayCard::empty(officer(2), "2026-11-24".parse().unwrap());
    s.handle(Event::DayLoaded(Some(foreign)), now(0));
    assert_eq!(*s.screen(), Screen::Day { officer: officer(1), card: DayView::Loaded(None) });
    s.handle(Event::Tick, now(30_000));
    assert_eq!(*s.screen(), Screen::Start);
}
