//! The technician's way in and what is behind it.

use super::*;
use crate::domain::ids::DeviceId;
use crate::kiosk::facts::Facts;

fn facts() -> Box<Facts> {
    Box::new(Facts {
        program: "0.1.0".to_owned(),
        built_ms: 0,
        device: DeviceId::try_from(3).unwrap(),
        fingerprint: "a b c d".to_owned(),
        server: "https://suara.example".to_owned(),
        waiting: Some(2),
        oldest_waiting_ms: Some(90_000),
        withheld: 0,
        last_answer_ms: None,
        trouble: None,
        clock_error_ms: None,
        clock_off_ms: None,
        disk_free_bytes: None,
        configuration: "5 (3fa1b2c4)".to_owned(),
    })
}

fn gesture(s: &mut Session, at: i64) -> Vec<Effect> {
    (0..5).flat_map(|n| s.handle(Event::CornerTouched, now(at + n * 500))).collect()
}

fn enter(s: &mut Session, at: i64) -> Vec<Effect> {
    s.handle(Event::ChallengeReady { challenge: "123456".to_owned() }, now(at));
    (1..=8).flat_map(|digit| s.handle(Event::DigitTouched(digit), now(at))).collect()
}

fn unlock_notice(s: &Session) -> PinNotice {
    let Screen::Unlock(unlock) = s.screen() else { panic!("{:?}", s.screen()) };
    unlock.notice
}

#[test]
fn five_quick_touches_and_a_code_open_the_technicians_page() {
    let mut s = session();
    assert_eq!(gesture(&mut s, 0), [Effect::MakeChallenge]);
    assert_eq!(s.handle(Event::DigitTouched(1), now(2_500)), [], "there is no challenge yet");
    let check = Effect::CheckUnlock { challenge: "123456".to_owned(), code: "12345678".to_owned() };
    assert_eq!(enter(&mut s, 3_000), [check]);
    assert_eq!(unlock_notice(&s), PinNotice::Checking);
    assert_eq!(s.handle(Event::UnlockChecked { correct: true }, now(3_001)), [Effect::LoadFacts]);
    s.handle(Event::FactsLoaded(facts()), now(3_002));
    assert_eq!(*s.screen(), Screen::Technician { facts: Some(facts()) });
    assert_eq!(s.handle(Event::SendNowTouched, now(4_000)), [Effect::SendNow, Effect::LoadFacts]);
    s.handle(Event::Tick, now(124_000));
    assert_eq!(*s.screen(), Screen::Start, "it locks itself again");
}

#[test]
fn slow_touches_and_touches_elsewhere_open_nothing() {
    let mut s = session();
    for n in 0..20 {
        assert_eq!(s.handle(Event::CornerTouched, now(n * 1_100)), []);
    }
    s.handle(Event::StarTouched(stars(3)), now(30_000));
    assert_eq!(gesture(&mut s, 30_000), [], "a resident is in the middle of it");
    assert_eq!(s.handle(Event::UnlockChecked { correct: true }, now(40_000)), []);
    assert_eq!(s.handle(Event::SendNowTouched, now(40_000)), []);
    assert_eq!(s.handle(Event::TouchTestTouched, now(40_000)), []);
}

#[test]
fn each_try_has_its_own_challenge_and_five_wrong_ones_lock() {
    let mut s = session();
    gesture(&mut s, 0);
    for n in 0..5 {
        assert!(!enter(&mut s, 3_000).is_empty(), "try {n}");
        let again = s.handle(Event::UnlockChecked { correct: false }, now(3_000));
        assert_eq!(again, if n < 4 { vec![Effect::MakeChallenge] } else { vec![] });
    }
    assert_eq!(unlock_notice(&s), PinNotice::Locked);
    assert_eq!(enter(&mut s, 4_000), []);
    s.handle(Event::BackTouched, now(5_000));
    assert_eq!(gesture(&mut s, 6_000), [], "still locked");
    s.handle(Event::BackTouched, now(9_000));
    assert_eq!(gesture(&mut s, 64_000), [Effect::MakeChallenge], "a minute later");
}

#[test]
fn digits_can_be_erased() {
    let mut s = session();
    gesture(&mut s, 0);
    s.handle(Event::ChallengeReady { challenge: "123456".to_owned() }, now(3_000));
    s.handle(Event::DigitTouched(9), now(3_000));
    s.handle(Event::EraseTouched, now(3_000));
    let code = Effect::CheckUnlock { challenge: "123456".to_owned(), code: "12345678".to_owned() };
    assert_eq!(enter(&mut s, 3_000), [code]);
}

#[test]
fn tests_lead_back_to_the_facts() {
    let mut s = session();
    gesture(&mut s, 0);
    enter(&mut s, 3_000);
    s.handle(Event::UnlockChecked { correct: true }, now(3_001));
    s.handle(Event::TouchTestTouched, now(3_002));
    assert_eq!(*s.screen(), Screen::TouchTest);
    assert_eq!(s.handle(Event::BackTouched, now(3_003)), [Effect::LoadFacts]);
    for pattern in 0..DISPLAY_PATTERNS {
        s.handle(Event::DisplayTestTouched, now(3_004));
        assert_eq!(*s.screen(), Screen::DisplayTest { pattern });
    }
    assert_eq!(s.handle(Event::DisplayTestTouched, now(3_005)), [Effect::LoadFacts]);
}
