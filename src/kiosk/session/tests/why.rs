//! Reasons, once the rating is safe.

use super::*;
use crate::domain::event::ReasonCode;
use crate::domain::skm::{SkmAnswer, SkmElement};

fn asking() -> Session {
    Session::new(Rules { asks: Asks { why: true, ..Asks::default() }, ..RULES }, Language::Id, None)
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
    *s.screen() == Screen::ThankYou { receipt: ReceiptCode::of(id(7)), link: None, undo: false }
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
    assert_eq!(s.handle(Event::VisitCalled { service: None }, now(2_500)), reasoned(&["lama"]));
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

// --- the service and the question

fn asking_all() -> Session {
    let asks = Asks { why: true, service: true, question: true };
    Session::new(Rules { asks, thanks_with_code: true, ..RULES }, Language::Id, None)
}

fn answer(n: u8) -> SkmAnswer {
    SkmAnswer::try_from(n).unwrap()
}

#[test]
fn the_service_and_one_question_follow_the_reasons() {
    let mut s = asking_all();
    s.handle(Event::StarTouched(stars(3)), now(1_000));
    let ticket = Effect::MakeTicket { visit: visit(7), officer: None, service: None };
    assert_eq!(s.handle(stored(7), now(1_000)), [ticket], "the code is made meanwhile");
    assert_eq!(s.handle(Event::DoneTouched, now(2_000)), []);
    assert_eq!(*s.screen(), Screen::Service { receipt: ReceiptCode::of(id(7)) });
    let named = Effect::Record(Draft::ServiceNamed { visit: visit(7), service: service(2) });
    assert_eq!(s.handle(Event::ServiceTouched(service(2)), now(3_000)), [named]);
    assert_eq!(s.handle(Event::ServiceTouched(service(1)), now(3_001)), [], "named once");
    let Screen::Question { element, .. } = *s.screen() else { panic!("{:?}", s.screen()) };
    s.handle(Event::TicketReady { visit: visit(7), link: "HTTP://X/R/T".into() }, now(3_500));
    let asked = Effect::Record(Draft::Asked { visit: visit(7), element, answer: Some(answer(2)) });
    assert_eq!(s.handle(Event::AnswerTouched(answer(2)), now(4_000)), [asked]);
    let link = Some("HTTP://X/R/T".to_owned());
    assert_eq!(*s.screen(), Screen::ThankYou { receipt: ReceiptCode::of(id(7)), link, undo: false });
}

/// Left out, or left alone: the question counts as asked, the service as unknown.
#[test]
fn everything_can_be_left_out() {
    for (skip, step_ms) in [(Event::DoneTouched, 100), (Event::BackTouched, 100), (Event::Tick, 12_000)] {
        let mut s = asking_all();
        s.handle(Event::StarTouched(stars(3)), now(0));
        s.handle(stored(7), now(0));
        assert_eq!(s.handle(skip.clone(), now(step_ms)), []);
        assert_eq!(s.handle(skip.clone(), now(2 * step_ms)), []);
        let Screen::Question { element, .. } = *s.screen() else { panic!("{:?}", s.screen()) };
        let asked = Effect::Record(Draft::Asked { visit: visit(7), element, answer: None });
        assert_eq!(s.handle(skip, now(3 * step_ms)), [asked]);
        assert!(is_thanked(&s));
    }
}

#[test]
fn the_least_asked_question_comes_next_and_what_was_asked_before_is_known() {
    let mut counts = [4; 9];
    counts[SkmElement::Conduct.index()] = 2;
    counts[SkmElement::Fee.index()] = 3;
    let asks = Asks { question: true, ..Asks::default() };
    let mut s = Session::new(Rules { asks, thanks_with_code: true, ..RULES }, Language::Id, None).having_asked(counts);
    let mut asked = Vec::new();
    for at in [1_000, 30_000, 60_000] {
        s.handle(Event::StarTouched(stars(3)), now(at));
        s.handle(stored(7), now(at));
        let Screen::Question { element, .. } = *s.screen() else { panic!("{:?}", s.screen()) };
        asked.push(element);
        s.handle(Event::AnswerTouched(answer(4)), now(at + 1));
        s.handle(Event::BackTouched, now(at + 2));
    }
    assert_eq!(asked[0], SkmElement::Conduct);
    assert!(asked[1..].contains(&SkmElement::Conduct) && asked[1..].contains(&SkmElement::Fee), "{asked:?}");
}

#[test]
fn the_next_visitor_ends_every_question() {
    let mut s = asking_all();
    s.handle(Event::StarTouched(stars(1)), now(0));
    s.handle(stored(7), now(0));
    s.handle(touched("lama"), now(1_000));
    let effects = s.handle(Event::VisitCalled { service: None }, now(2_000));
    assert_eq!(effects[..1], reasoned(&["lama"]));
    assert!(matches!(effects[1..], [Effect::Record(Draft::Asked { answer: None, .. })]), "{effects:?}");
    assert_eq!(*s.screen(), Screen::Start);
}

#[test]
fn a_question_answers_only_on_its_own_screen() {
    let mut s = asking_all();
    assert_eq!(s.handle(Event::AnswerTouched(answer(1)), now(0)), []);
    assert_eq!(s.handle(Event::ServiceTouched(service(1)), now(0)), []);
}
