//! The session by table and property.

use super::*;
use crate::domain::day_card::DayCard;
use crate::domain::event::Signals;
use crate::domain::ids::{OfficerId, VisitSerial};
use crate::domain::language::Language;
use crate::domain::stars::Stars;
use proptest::prelude::*;

const TIMEOUTS: Timeouts =
    Timeouts { thank_you_ms: 5_000, not_stored_ms: 8_000, rate_later_ms: 60_000, idle_ms: 30_000 };

fn now(boot_ms: i64) -> Now {
    Now { boot_ms, day: "2026-11-24".parse().unwrap() }
}

fn officer(id: u32) -> OfficerId {
    OfficerId::try_from(id).unwrap()
}

fn stars(n: u8) -> Stars {
    Stars::try_from(n).unwrap()
}

fn visit(n: u32) -> VisitSerial {
    VisitSerial::try_from(n).unwrap()
}

fn session() -> Session {
    Session::new(TIMEOUTS, Language::Id, None)
}

fn type_pin(session: &mut Session, correct: bool, at: i64) -> Vec<Effect> {
    for digit in 1..=6 {
        session.handle(Event::DigitTouched(digit), now(at));
    }
    session.handle(Event::PinChecked { correct }, now(at))
}

fn sign_on(session: &mut Session, who: u32) -> Vec<Effect> {
    session.handle(Event::StaffTouched, now(0));
    session.handle(Event::OtherOfficerTouched, now(0));
    session.handle(Event::OfficerTouched(officer(who)), now(0));
    let effects = type_pin(session, true, 0);
    session.handle(Event::BackTouched, now(0));
    effects
}

/// Law 1: no thank-you before the commit was reported.
#[test]
fn the_thank_you_waits_for_the_commit() {
    let mut s = session();
    let effects = s.handle(Event::StarTouched(stars(4)), now(0));
    assert_eq!(
        effects,
        [Effect::Record(Draft::Rated { visit: None, stars: stars(4), officer: None, signals: Signals::default() })]
    );
    assert_eq!(*s.screen(), Screen::Storing);
    s.handle(Event::Tick, now(99_999));
    assert_eq!(*s.screen(), Screen::Storing, "time alone never thanks");
    s.handle(Event::Stored { visit: Some(visit(1)) }, now(100_000));
    assert_eq!(*s.screen(), Screen::ThankYou);
    s.handle(Event::Tick, now(104_999));
    assert_eq!(*s.screen(), Screen::ThankYou);
    s.handle(Event::Tick, now(105_000));
    assert_eq!(*s.screen(), Screen::Start);
}

#[test]
fn a_failed_commit_is_said_honestly() {
    let mut s = session();
    s.handle(Event::StarTouched(stars(5)), now(0));
    s.handle(Event::StoreFailed, now(1));
    assert_eq!(*s.screen(), Screen::NotStored);
    s.handle(Event::Tick, now(8_001));
    assert_eq!(*s.screen(), Screen::Start);
}

#[test]
fn two_fast_touches_are_one_rating() {
    let mut s = session();
    assert_eq!(s.handle(Event::StarTouched(stars(5)), now(0)).len(), 1);
    assert_eq!(s.handle(Event::StarTouched(stars(1)), now(1)), []);
    s.handle(Event::Stored { visit: Some(visit(1)) }, now(2));
    assert_eq!(s.handle(Event::StarTouched(stars(1)), now(3)), []);
}

/// Law 3: the code and the touch of one visit carry the same number.
#[test]
fn a_touch_after_the_code_rates_the_same_visit() {
    let mut s = session();
    let effects = s.handle(Event::RateLaterTouched, now(0));
    assert_eq!(effects, [Effect::Record(Draft::VisitOpened { officer: None })]);
    let effects = s.handle(Event::Stored { visit: Some(visit(7)) }, now(1));
    assert_eq!(effects, [Effect::MakeTicket { visit: visit(7), officer: None }]);
    s.handle(Event::TicketReady { link: "HTTP://X/R/T".into() }, now(2));
    assert_eq!(*s.screen(), Screen::RateLater { link: Some("HTTP://X/R/T".into()) });
    s.handle(Event::BackTouched, now(3));
    let again = s.handle(Event::RateLaterTouched, now(4));
    assert_eq!(again, [Effect::MakeTicket { visit: visit(7), officer: None }], "no second visit");
    s.handle(Event::BackTouched, now(5));
    let effects = s.handle(Event::StarTouched(stars(2)), now(6));
    assert_eq!(
        effects,
        [Effect::Record(Draft::Rated {
            visit: Some(visit(7)),
            stars: stars(2),
            officer: None,
            signals: Signals::default()
        })]
    );
}

#[test]
fn the_next_resident_is_a_new_visit() {
    let mut s = session();
    s.handle(Event::RateLaterTouched, now(0));
    s.handle(Event::Stored { visit: Some(visit(7)) }, now(1));
    s.handle(Event::LanguageTouched(Language::En), now(2));
    s.handle(Event::Tick, now(60_002));
    assert_eq!((s.screen(), s.language()), (&Screen::Start, Language::Id));
    let effects = s.handle(Event::StarTouched(stars(2)), now(60_003));
    assert_eq!(
        effects,
        [Effect::Record(Draft::Rated { visit: None, stars: stars(2), officer: None, signals: Signals::default() })]
    );
}

#[test]
fn ratings_belong_to_who_signed_on_or_to_the_counter() {
    let mut s = session();
    assert_eq!(sign_on(&mut s, 1), [Effect::Record(Draft::DutyStarted(officer(1)))]);
    let rated = s.handle(Event::StarTouched(stars(5)), now(1));
    assert_eq!(
        rated,
        [Effect::Record(Draft::Rated {
            visit: None,
            stars: stars(5),
            officer: Some(officer(1)),
            signals: Signals::default()
        })]
    );
    s.handle(Event::Stored { visit: Some(visit(1)) }, now(1));
    s.handle(Event::BackTouched, now(1));
    let handover = sign_on(&mut s, 2);
    assert_eq!(
        handover,
        [Effect::Record(Draft::DutyEnded(officer(1))), Effect::Record(Draft::DutyStarted(officer(2)))]
    );
    s.handle(Event::StaffTouched, now(2));
    assert_eq!(type_pin(&mut s, true, 2), [], "signed on already: the PIN opens the menu only");
    assert_eq!(s.handle(Event::SignOffTouched, now(3)), [Effect::Record(Draft::DutyEnded(officer(2)))]);
    let rated = s.handle(Event::StarTouched(stars(1)), now(4));
    assert_eq!(
        rated,
        [Effect::Record(Draft::Rated { visit: None, stars: stars(1), officer: None, signals: Signals::default() })]
    );
}

#[test]
fn a_forgotten_sign_off_ends_with_the_day() {
    let mut s = session();
    sign_on(&mut s, 1);
    let tomorrow = Now { boot_ms: 50_000_000, day: "2026-11-25".parse().unwrap() };
    let effects = s.handle(Event::StarTouched(stars(3)), tomorrow);
    assert_eq!(
        effects,
        [
            Effect::Record(Draft::DutyEnded(officer(1))),
            Effect::Record(Draft::Rated { visit: None, stars: stars(3), officer: None, signals: Signals::default() })
        ]
    );
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

/// Law 4: what one star costs, five stars cost.
#[test]
fn every_star_takes_the_same_way() {
    let walk = |n: u8| {
        let mut s = session();
        let effects = s.handle(Event::StarTouched(stars(n)), now(0)).len();
        s.handle(Event::Stored { visit: Some(visit(1)) }, now(3));
        (effects, s.screen().clone(), s.deadline_ms())
    };
    for n in 2..=5 {
        assert_eq!(walk(n), walk(1), "{n} stars");
    }
}

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (1u8..=5).prop_map(|n| Event::StarTouched(stars(n))),
        Just(Event::RateLaterTouched),
        Just(Event::BackTouched),
        Just(Event::LanguageTouched(Language::En)),
        Just(Event::StaffTouched),
        Just(Event::OtherOfficerTouched),
        (1u32..4).prop_map(|n| Event::OfficerTouched(officer(n))),
        (0u8..10).prop_map(Event::DigitTouched),
        Just(Event::EraseTouched),
        Just(Event::DayTouched),
        Just(Event::SignOffTouched),
        (1u32..9).prop_map(|n| Event::Stored { visit: Some(visit(n)) }),
        Just(Event::StoreFailed),
        Just(Event::TicketReady { link: "L".into() }),
        any::<bool>().prop_map(|correct| Event::PinChecked { correct }),
        Just(Event::DayLoaded(None)),
        Just(Event::Tick),
    ]
}

proptest! {
    /// Whatever is touched in whatever order: a rating is asked for only from the start screen, a
    /// thank-you follows only a commit, and every screen but `Storing` finds home by itself.
    #[test]
    fn no_way_leads_astray(events in prop::collection::vec((any_event(), 0i64..20_000), 0..60)) {
        let (mut s, mut at) = (session(), 0);
        for (event, pause_ms) in events {
            at += pause_ms;
            let before = s.screen().clone();
            let stored = matches!(event, Event::Stored { .. });
            let effects = s.handle(event, now(at));
            let rated = effects.iter().any(|e| matches!(e, Effect::Record(Draft::Rated { .. })));
            prop_assert!(!rated || before == Screen::Start);
            let thanked = *s.screen() == Screen::ThankYou && before != Screen::ThankYou;
            prop_assert!(!thanked || (stored && before == Screen::Storing));
        }
        if *s.screen() == Screen::Storing {
            s.handle(Event::StoreFailed, now(at));
        }
        s.handle(Event::Tick, now(at + 60_000));
        prop_assert_eq!(s.screen(), &Screen::Start);
    }
}
