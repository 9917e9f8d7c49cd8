//! Honest ratings: signals, bounces, quick runs, and stars that open for a visit.

use super::*;

fn with(honesty: Honesty) -> Session {
    Session::new(Rules { honesty, ..RULES }, Language::Id, None)
}

fn for_visits() -> Session {
    with(Honesty { prompt: Prompt::Visit, ..RULES.honesty })
}

/// A resident touches a star at `at`, and the thank-you is over a second later.
fn resident(s: &mut Session, n: u32, at: i64) -> Vec<Effect> {
    let effects = s.handle(Event::StarTouched(stars(3)), now(at));
    s.handle(stored(n), now(at));
    s.handle(Event::BackTouched, now(at + 1_000));
    effects
}

#[test]
fn a_rating_tells_how_its_touch_came_about() {
    let mut s = session();
    let first = resident(&mut s, 1, 500);
    let unknown = Signals { touches: 1, ..Signals::default() };
    assert_eq!(signals(&first), unknown, "nothing came before");

    sign_on(&mut s, 1, 10_000);
    s.handle(Event::RateLaterTouched, now(20_000));
    s.handle(stored(2), now(20_001));
    s.handle(Event::BackTouched, now(30_000));
    s.handle(Event::LanguageTouched(Language::En), now(31_000));
    s.handle(Event::StarTouched(stars(3)), now(30_699));
    let second = s.handle(Event::StarTouched(stars(3)), now(32_500));
    let expected =
        Signals { reaction_ms: Some(2_500), gap_ms: Some(32_000), touches: 3, visit_open: true, duty_ms: Some(22_500) };
    assert_eq!(signals(&second), expected);
}

#[test]
fn duty_before_a_restart_has_no_known_length() {
    let mut s = Session::new(RULES, Language::Id, Some((officer(1), "2026-11-24".parse().unwrap())));
    let rating = s.handle(Event::StarTouched(stars(3)), now(9_000));
    assert_eq!(signals(&rating).duty_ms, None);
    assert_eq!(plain(rating), [rated(None, 3, Some(officer(1)))]);
}

#[test]
fn a_touch_meant_for_the_screen_before_does_not_rate() {
    let mut s = session();
    s.handle(Event::RateLaterTouched, now(0));
    s.handle(Event::BackTouched, now(100));
    assert_eq!(s.handle(Event::StarTouched(stars(1)), now(799)), []);
    assert_eq!(*s.screen(), Screen::Start);
    assert_eq!(s.handle(Event::StarTouched(stars(1)), now(800)).len(), 1);
}

#[test]
fn three_quick_ratings_are_stored_and_then_the_counter_asks_to_wait() {
    let mut s = session();
    for (n, at) in [(1, 0), (2, 2_000), (3, 4_000), (4, 6_000)] {
        assert_eq!(resident(&mut s, n, at).len(), 1, "nothing is dropped");
    }
    assert_eq!(*s.screen(), Screen::Wait { stay_ms: 19_000 });
    assert_eq!(s.handle(Event::StarTouched(stars(1)), now(8_000)), []);
    assert_eq!(s.deadline_ms(), Some(26_000));
    s.handle(Event::Tick, now(25_999));
    assert_eq!(*s.screen(), Screen::Wait { stay_ms: 19_000 });
    s.handle(Event::Tick, now(26_000));
    assert_eq!(*s.screen(), Screen::Start);
    resident(&mut s, 5, 27_000);
    assert_eq!(*s.screen(), Screen::Start, "the run is over");
}

#[test]
fn ratings_at_the_gap_are_not_quick() {
    let mut s = session();
    for n in 1..9 {
        resident(&mut s, n, i64::from(n) * 20_000);
        assert_eq!(*s.screen(), Screen::Start);
    }
    let mut s = with(Honesty { min_gap_ms: 0, ..RULES.honesty });
    for n in 1..9 {
        resident(&mut s, n, i64::from(n) * 2_000);
        assert_eq!(*s.screen(), Screen::Start, "no gap is asked for");
    }
}

#[test]
fn who_waits_can_still_take_the_code() {
    let mut s = session();
    for (n, at) in [(1, 0), (2, 2_000), (3, 4_000), (4, 6_000)] {
        resident(&mut s, n, at);
    }
    assert_eq!(
        s.handle(Event::RateLaterTouched, now(8_000)),
        [Effect::Record(Draft::VisitOpened { officer: None, service: None })]
    );
    s.handle(stored(5), now(8_001));
    s.handle(Event::BackTouched, now(10_000));
    assert_eq!(*s.screen(), Screen::Wait { stay_ms: 16_000 });
    s.handle(Event::Tick, now(26_000));
    assert_eq!(plain(s.handle(Event::StarTouched(stars(3)), now(27_000))), [rated(Some(visit(5)), 3, None)]);
}

#[test]
fn a_correction_does_not_make_a_run() {
    let mut s = session();
    for n in 0..6 {
        let at = i64::from(n) * 4_000;
        s.handle(Event::StarTouched(stars(1)), now(at));
        s.handle(Event::Stored { seq: 0, id: id(n), visit: Some(visit(1)) }, now(at));
        s.handle(Event::UndoTouched, now(at + 1_000));
        s.handle(Event::Stored { seq: 0, id: id(n), visit: Some(visit(1)) }, now(at + 1_000));
        assert_eq!(*s.screen(), Screen::Start);
    }
}

// --- stars that open for a visit

#[test]
fn a_call_opens_the_stars_for_one_rating() {
    let mut s = for_visits();
    assert_eq!(*s.screen(), Screen::Closed);
    assert_eq!(s.handle(Event::StarTouched(stars(1)), now(0)), []);
    assert_eq!(s.handle(Event::RateLaterTouched, now(0)), [], "no code without a visit");
    s.handle(Event::VisitCalled { service: None }, now(1_000));
    assert_eq!(*s.screen(), Screen::Start);
    let rating = resident(&mut s, 1, 2_000);
    assert!(signals(&rating).visit_open);
    assert_eq!(*s.screen(), Screen::Closed);
}

#[test]
fn a_call_ends_by_itself() {
    let mut s = for_visits();
    s.handle(Event::VisitCalled { service: None }, now(0));
    assert_eq!(s.deadline_ms(), Some(900_000));
    s.handle(Event::LanguageTouched(Language::En), now(1_000));
    s.handle(Event::Tick, now(31_000));
    assert_eq!((s.screen(), s.language()), (&Screen::Start, Language::Id), "the visit outlasts a quiet screen");
    assert_eq!(s.handle(Event::StarTouched(stars(1)), now(900_000)), [], "late, though no tick came");
    assert_eq!(*s.screen(), Screen::Closed);
}

#[test]
fn the_code_keeps_its_own_visit_open() {
    let mut s = for_visits();
    s.handle(Event::VisitCalled { service: None }, now(0));
    s.handle(Event::RateLaterTouched, now(1_000));
    s.handle(stored(7), now(1_001));
    s.handle(Event::BackTouched, now(2_000));
    assert_eq!(plain(s.handle(Event::StarTouched(stars(4)), now(3_000))), [rated(Some(visit(7)), 4, None)]);
    s.handle(stored(7), now(3_001));
    s.handle(Event::BackTouched, now(4_000));
    assert_eq!(*s.screen(), Screen::Closed);
}

#[test]
fn a_call_during_the_thanks_is_the_next_visitors() {
    let mut s = for_visits();
    s.handle(Event::VisitCalled { service: None }, now(0));
    s.handle(Event::StarTouched(stars(2)), now(1_000));
    s.handle(Event::VisitCalled { service: None }, now(1_001));
    s.handle(stored(1), now(1_002));
    assert_eq!(*s.screen(), thanks(1));
    s.handle(Event::UndoTouched, now(2_000));
    s.handle(Event::Stored { seq: 2, id: id(2), visit: Some(visit(1)) }, now(2_001));
    assert_eq!(plain(s.handle(Event::StarTouched(stars(5)), now(3_000))), [rated(Some(visit(1)), 5, None)]);
    s.handle(stored(1), now(3_001));
    s.handle(Event::BackTouched, now(4_000));
    assert_eq!(plain(s.handle(Event::StarTouched(stars(3)), now(5_000))), [rated(None, 3, None)]);
}

#[test]
fn a_call_leaves_the_code_of_the_visit_before() {
    let mut s = session();
    s.handle(Event::RateLaterTouched, now(0));
    s.handle(Event::VisitCalled { service: None }, now(1));
    s.handle(stored(7), now(2));
    assert_eq!(*s.screen(), Screen::Start);
    assert_eq!(plain(s.handle(Event::StarTouched(stars(3)), now(5_000))), [rated(None, 3, None)]);
}

#[test]
fn an_officer_on_duty_opens_the_stars_and_nobody_else() {
    let mut s = for_visits();
    s.handle(Event::NextVisitorTouched, now(0));
    assert_eq!(*s.screen(), Screen::Closed);
    sign_on(&mut s, 1, 1_000);
    assert_eq!(*s.screen(), Screen::Closed);
    s.handle(Event::NextVisitorTouched, now(2_000));
    assert_eq!(*s.screen(), Screen::Start);
}
