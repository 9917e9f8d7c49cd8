//! Practice: the resident's whole way, and nothing of it counts.

use super::*;
use crate::domain::score::Spread;

fn practising(rules: Rules) -> Session {
    let mut s = Session::new(rules, Language::Id, None);
    sign_on(&mut s, 1, 0);
    s.handle(Event::StaffTouched, now(1_000));
    type_pin(&mut s, true, 1_000);
    assert_eq!(s.handle(Event::PracticeTouched, now(1_000)), []);
    assert!(s.is_practising() && *s.screen() == Screen::Start);
    s
}

fn practised(spread: [u32; 5]) -> Effect {
    Effect::Record(Draft::Practised { officer: officer(1), spread: Spread(spread) })
}

#[test]
fn a_practised_visit_goes_the_whole_way_and_leaves_no_record() {
    let asks = Asks { why: true, service: true, question: true };
    let mut s = practising(Rules { asks, thanks_with_code: true, ..RULES });
    let steps = [
        Event::StarTouched(stars(2)),
        Event::ReasonTouched("lama".to_owned().try_into().unwrap()),
        Event::DoneTouched,
        Event::ServiceTouched(service(1)),
        Event::AnswerTouched(3.try_into().unwrap()),
    ];
    for (at, step) in (3_000..).step_by(1_000).zip(steps) {
        assert_eq!(s.handle(step.clone(), now(at)), [], "{step:?}");
    }
    let Screen::ThankYou { link: Some(link), .. } = s.screen() else { panic!("{:?}", s.screen()) };
    assert_eq!(link, "LATIHAN");
    s.handle(Event::BackTouched, now(9_000));
    assert_eq!(s.handle(Event::RateLaterTouched, now(10_000)), []);
    assert_eq!(*s.screen(), Screen::RateLater { link: Some("LATIHAN".to_owned()) });
    s.handle(Event::BackTouched, now(11_000));
    s.handle(Event::StaffTouched, now(12_000));
    type_pin(&mut s, true, 12_000);
    assert_eq!(s.handle(Event::PracticeTouched, now(13_000)), [practised([0, 1, 0, 0, 0])]);
    assert!(!s.is_practising() && *s.screen() == Screen::Menu { officer: officer(1) });
}

#[test]
fn a_practised_rating_can_be_taken_back() {
    let mut s = practising(RULES);
    s.handle(Event::StarTouched(stars(2)), now(3_000));
    assert_eq!(s.handle(Event::UndoTouched, now(4_000)), []);
    assert_eq!(*s.screen(), Screen::Start);
}

#[test]
fn a_practice_ends_by_itself_and_the_next_rating_counts() {
    let mut s = practising(RULES);
    s.handle(Event::StarTouched(stars(5)), now(3_000));
    assert_eq!(s.handle(Event::Tick, now(122_999)), []);
    assert_eq!(s.handle(Event::Tick, now(123_000)), [practised([0, 0, 0, 0, 1])]);
    assert!(!s.is_practising());
    let real = s.handle(Event::StarTouched(stars(4)), now(130_000));
    assert_eq!(plain(real), [rated(None, 4, Some(officer(1)))]);
}

#[test]
fn a_real_visitor_ends_it() {
    for event in [Event::VisitCalled { service: None }, Event::VisitServed { service: None }, Event::OffDuty] {
        let mut s = practising(RULES);
        let effects = s.handle(event.clone(), now(5_000));
        assert_eq!(effects[0], practised([0; 5]), "{event:?}");
        assert!(!s.is_practising());
    }
}

#[test]
fn practice_does_not_make_real_ratings_quick() {
    let mut s = practising(RULES);
    for at in [3_000, 5_000, 7_000, 9_000] {
        s.handle(Event::StarTouched(stars(5)), now(at));
        s.handle(Event::BackTouched, now(at + 1));
    }
    assert!(matches!(s.screen(), Screen::Wait { .. }), "as it would be in earnest");
    s.handle(Event::VisitCalled { service: None }, now(10_000));
    let real = s.handle(Event::StarTouched(stars(4)), now(11_000));
    assert_eq!(signals(&real).gap_ms, None);
}
