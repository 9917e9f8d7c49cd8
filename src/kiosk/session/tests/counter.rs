//! The counter between visitors: calls with their service, opening hours, announcements.

use super::*;

fn night(boot_ms: i64) -> Now {
    Now { is_open: false, ..now(boot_ms) }
}

fn served(visit: Option<VisitSerial>, about: Option<ServiceId>) -> Effect {
    Effect::Record(Draft::VisitServed { visit, officer: None, service: about })
}

fn about(effects: &[Effect]) -> Option<ServiceId> {
    let [Effect::Record(Draft::Rated { service, .. })] = effects else { panic!("{effects:?}") };
    *service
}

// --- what the queue system says

#[test]
fn a_rating_is_about_the_service_of_the_call() {
    let mut s = session();
    s.handle(Event::VisitCalled { service: Some(service(3)) }, now(0));
    let rated = s.handle(Event::StarTouched(stars(4)), now(60_000));
    assert_eq!(about(&rated), Some(service(3)));
    s.handle(stored(1), now(60_001));
    s.handle(Event::BackTouched, now(60_002));
    assert_eq!(about(&s.handle(Event::StarTouched(stars(4)), now(90_000))), None, "one call, one visit");
}

#[test]
fn a_service_ends_with_its_call() {
    let mut s = session();
    s.handle(Event::VisitCalled { service: Some(service(3)) }, now(0));
    s.handle(Event::Tick, now(900_000));
    assert_eq!(about(&s.handle(Event::StarTouched(stars(4)), now(901_000))), None);

    s.handle(stored(1), now(901_001));
    s.handle(Event::BackTouched, now(901_002));
    s.handle(Event::VisitCalled { service: Some(service(3)) }, now(950_000));
    s.handle(Event::RateLaterTouched, now(951_000));
    s.handle(stored(2), now(951_001));
    s.handle(Event::Tick, now(1_100_000));
    assert_eq!(about(&s.handle(Event::StarTouched(stars(4)), now(1_101_000))), None, "that visit is over");
}

#[test]
fn a_code_tells_the_service_and_a_rating_after_it_too() {
    let mut s = session();
    s.handle(Event::VisitCalled { service: Some(service(3)) }, now(0));
    let opened = Effect::Record(Draft::VisitOpened { officer: None, service: Some(service(3)) });
    assert_eq!(s.handle(Event::RateLaterTouched, now(1_000)), [opened]);
    let ticket = Effect::MakeTicket { visit: visit(7), officer: None, service: Some(service(3)) };
    assert_eq!(s.handle(stored(7), now(1_001)), [ticket]);
    s.handle(Event::BackTouched, now(1_002));
    assert_eq!(about(&s.handle(Event::StarTouched(stars(4)), now(3_000))), Some(service(3)));
}

#[test]
fn a_taken_back_rating_keeps_its_service() {
    let mut s = session();
    s.handle(Event::VisitCalled { service: Some(service(3)) }, now(0));
    s.handle(Event::StarTouched(stars(1)), now(1_000));
    s.handle(stored(4), now(1_001));
    s.handle(Event::UndoTouched, now(2_000));
    s.handle(Event::Stored { seq: 5, id: id(5), visit: Some(visit(4)) }, now(2_001));
    assert_eq!(about(&s.handle(Event::StarTouched(stars(5)), now(3_000))), Some(service(3)));
}

#[test]
fn who_was_served_is_counted_and_asked() {
    let rules = Rules { honesty: Honesty { prompt: Prompt::Visit, ..RULES.honesty }, ..RULES };
    let mut s = Session::new(rules, Language::Id, None);
    assert_eq!(*s.screen(), Screen::Closed);
    assert_eq!(s.handle(Event::VisitServed { service: Some(service(3)) }, now(0)), [served(None, Some(service(3)))]);
    assert_eq!(*s.screen(), Screen::Start);
    assert_eq!(about(&s.handle(Event::StarTouched(stars(4)), now(3_000))), Some(service(3)));
}

/// Somebody who rated before the officer said what it was about.
#[test]
fn a_service_said_after_the_rating_is_added_to_it() {
    let mut s = session();
    s.handle(Event::StarTouched(stars(4)), now(1_000));
    s.handle(stored(7), now(1_001));
    let named = Effect::Record(Draft::ServiceNamed { visit: visit(7), service: service(3) });
    let effects = s.handle(Event::VisitServed { service: Some(service(3)) }, now(2_000));
    assert_eq!(effects, [served(Some(visit(7)), Some(service(3))), named]);
    assert!(matches!(s.screen(), Screen::ThankYou { .. }), "the resident is still thanked");
}

// --- opening hours

#[test]
fn outside_its_hours_an_idle_counter_goes_dark_and_a_touch_wakes_it() {
    let mut s = session();
    s.handle(Event::Tick, night(0));
    assert_eq!(s.deadline_ms(), Some(300_000));
    s.handle(Event::Tick, night(299_999));
    assert_eq!(*s.screen(), Screen::Start);
    assert_eq!(s.handle(Event::Tick, night(300_000)), [Effect::Display(Power::Off)]);
    assert_eq!((s.screen(), s.deadline_ms()), (&Screen::Asleep, None));
    assert_eq!(s.handle(Event::StarTouched(stars(1)), night(400_000)), [], "no star is touched in the dark");
    assert_eq!(s.handle(Event::WakeTouched, night(400_001)), [Effect::Display(Power::On)]);
    assert_eq!(*s.screen(), Screen::Start);
    assert_eq!(s.handle(Event::StarTouched(stars(5)), night(402_000)).len(), 1, "who comes late can rate");
    s.handle(stored(1), night(402_001));
    s.handle(Event::Tick, night(407_001));
    assert_eq!((s.screen(), s.deadline_ms()), (&Screen::Start, Some(707_001)));
}

#[test]
fn the_screen_is_lit_when_the_office_opens_or_calls() {
    for (event, at) in [(Event::Tick, now(500_000)), (Event::VisitCalled { service: None }, night(500_000))] {
        let mut s = session();
        s.handle(Event::Tick, night(0));
        s.handle(Event::Tick, night(300_000));
        assert_eq!(s.handle(event, at), [Effect::Display(Power::On)]);
        assert_eq!(*s.screen(), Screen::Start);
    }
}

#[test]
fn a_counter_that_is_open_never_goes_dark() {
    let mut s = session();
    for at in [0, 300_000, 9_000_000] {
        assert_eq!(s.handle(Event::Tick, now(at)), []);
    }
    assert_eq!((s.screen(), s.deadline_ms()), (&Screen::Start, None));
}

// --- announcements

fn announcing() -> Session {
    let attract = Attract { announcements: 2, ..RULES.attract };
    let mut s = Session::new(Rules { attract, ..RULES }, Language::Id, None);
    s.handle(Event::BackTouched, now(0));
    s
}

#[test]
fn announcements_take_turns_with_the_question_and_the_stars_stay() {
    let mut s = announcing();
    let mut seen = Vec::new();
    for at in [19_999, 20_000, 32_000, 44_000, 56_000, 68_000] {
        s.handle(Event::Tick, now(at));
        seen.push(s.announcement());
    }
    assert_eq!(seen, [None, Some(0), None, Some(1), None, Some(0)]);
    assert_eq!(s.handle(Event::StarTouched(stars(4)), now(69_000)).len(), 1);
    assert_eq!(s.announcement(), None);
}

#[test]
fn a_touch_brings_the_question_back() {
    let mut s = announcing();
    s.handle(Event::Tick, now(20_000));
    assert_eq!(s.announcement(), Some(0));
    s.handle(Event::LanguageTouched(Language::En), now(21_000));
    assert_eq!(s.announcement(), None);
}

#[test]
fn news_of_the_office_do_not_disturb_what_is_on_the_screen() {
    let mut s = announcing();
    s.handle(Event::RateLaterTouched, now(1_000));
    s.set_rules(RULES, Language::En, now(1_500));
    assert_eq!(*s.screen(), Screen::RateLater { link: None });
    s.handle(Event::BackTouched, now(2_000));
    s.handle(Event::Tick, now(90_000));
    assert_eq!(s.announcement(), None, "there are none any more");
}

/// A counter that waits for a call would wait for ever once nobody calls any more.
#[test]
fn other_rules_open_or_close_the_stars_of_a_counter_that_nobody_uses() {
    let by_call = Rules { honesty: Honesty { prompt: Prompt::Visit, ..RULES.honesty }, ..RULES };
    let mut s = Session::new(RULES, Language::Id, None);
    s.set_rules(by_call, Language::En, now(1_000));
    assert_eq!((s.screen(), s.language()), (&Screen::Closed, Language::En));
    s.set_rules(RULES, Language::Id, now(2_000));
    assert_eq!((s.screen(), s.language()), (&Screen::Start, Language::Id));
    s.handle(Event::LanguageTouched(Language::En), now(3_000));
    s.set_rules(by_call, Language::Id, now(4_000));
    assert_eq!((s.screen(), s.language()), (&Screen::Start, Language::En), "somebody is at it");
}
