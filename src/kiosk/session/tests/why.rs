//! Reasons, once the rating is safe.

use super::*;
use crate::domain::event::ReasonCode;

fn asking() -> Session {
    Session::new(Rules { asks_why: true, ..RULES }, Language::Id, None)
}

fn code(text: &str) -> ReasonCode {
    ReasonCode::try_from(text.to_owned()).unwrap()
}

fn touched(text: &str) -> Event {
    Event::ReasonTouched(code(text))
}

fn why(n: u8, chosen: &[&str]) -> Screen {
    let chosen = chosen.iter().map(|text| code(text)).collect();
    Screen::Why { stars: stars(n), receipt: ReceiptCode::of(id(7)), chosen }
}

/// A rating that is stored at 1 s, and asks why.
fn rated_and_stored(n: u8) -> Session {
    let mut s = asking();
    s.handle(Event::StarTouched(stars(n)), now(1_000));
    assert!(s.handle(stored(7), now(1_000)).is_empty());
    assert_eq!(*s.screen(), why(n, &[]));
    s
}

fn reasoned(reasons: &[&str]) -> Vec<Effect> {
    let reasons = reasons.iter().map(|text| code(text)).collect();
    vec![Effect::Record(Draft::Reasoned { visit: visit(7), reasons })]
}

fn is_thanked(s: &Session) -> bool {
    *s.screen() == Screen::ThankYou { receipt: ReceiptCode::of(id(7)), undo: false }
}

#[test]
fn several_reasons_can_be_chosen_and_given_up() {
    let mut s = rated_and_stored(2);
    for text in ["lama", "keliru", "berbelit", "keliru"] {
        assert!(s.handle(touched(text), now(2_000)).is_empty());
    }
    assert_eq!(*s.screen(), why(2, &["lama", "berbelit"]));
    assert_eq!(s.handle(Event::DoneTouched, now(3_000)), reasoned(&["lama", "berbelit"]));
    assert!(is_thanked(&s));
    assert!(s.handle(Event::DoneTouched, now(3_100)).is_empty(), "recorded once");
    assert!(s.handle(touched("lama"), now(3_200)).is_empty() && is_thanked(&s));
    s.handle(Event::Tick, now(8_000));
    assert_eq!(*s.screen(), Screen::Start);
}

#[test]
fn leaving_them_out_is_one_touch_or_none() {
    for skip in [Event::DoneTouched, Event::BackTouched] {
        let mut s = rated_and_stored(5);
        assert!(s.handle(skip, now(2_000)).is_empty(), "nothing is recorded");
        assert!(is_thanked(&s));
    }
    let mut s = rated_and_stored(5);
    assert!(s.handle(Event::Tick, now(12_999)).is_empty() && !is_thanked(&s));
    assert!(s.handle(Event::Tick, now(13_000)).is_empty() && is_thanked(&s));
}

/// Who walks away in the middle is heard as far as they came.
#[test]
fn what_was_chosen_is_kept_when_the_time_is_over() {
    let mut s = rated_and_stored(4);
    s.handle(touched("ramah"), now(12_000));
    assert!(s.handle(Event::Tick, now(13_000)).is_empty(), "a touch begins the time anew");
    assert_eq!(s.handle(Event::Tick, now(24_000)), reasoned(&["ramah"]));
    assert!(is_thanked(&s));
}

#[test]
fn the_next_visitor_ends_the_question_and_keeps_what_was_chosen() {
    let mut s = rated_and_stored(1);
    s.handle(touched("lama"), now(2_000));
    assert_eq!(s.handle(Event::VisitCalled, now(2_500)), reasoned(&["lama"]));
    assert_eq!(*s.screen(), Screen::Start);
}

#[test]
fn a_rating_can_be_taken_back_with_its_reasons() {
    let mut s = rated_and_stored(1);
    s.handle(touched("lama"), now(2_000));
    let undone = vec![Effect::Record(Draft::Undone { visit: visit(7), rating: id(7) })];
    assert_eq!(s.handle(Event::UndoTouched, now(3_000)), undone);
    assert!(s.handle(stored(7), now(3_000)).is_empty(), "its reasons are not recorded");
    assert_eq!(*s.screen(), Screen::Start);
}

/// Law 4: what happens, when, and on which screens, is the same for every star but for the star itself.
#[test]
fn every_star_goes_the_same_way() {
    let trace = |n: u8| {
        let mut s = asking();
        let steps = [
            (Event::StarTouched(stars(n)), 1_000),
            (stored(7), 1_020),
            (touched("satu"), 2_000),
            (touched("dua"), 3_000),
            (Event::DoneTouched, 4_000),
            (Event::Tick, 9_000),
        ];
        let mut seen = Vec::new();
        for (event, at_ms) in steps {
            let effects = plain(s.handle(event, now(at_ms)));
            seen.push((format!("{effects:?}"), format!("{:?}", s.screen()), s.deadline_ms()));
        }
        let neutral = |text: String| text.replace(&format!("{:?}", stars(n)), "N");
        seen.into_iter().map(|(does, shows, until)| (neutral(does), neutral(shows), until)).collect::<Vec<_>>()
    };
    for n in 2..=5 {
        assert_eq!(trace(n), trace(1), "{n} stars");
    }
}
