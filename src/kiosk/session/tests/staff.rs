//! Officers at work: breaks, taking over, contesting, reading how it works.

use super::*;
use crate::domain::event::ContestReason;

fn menu(s: &mut Session, at: i64) {
    s.handle(Event::StaffTouched, now(at));
    type_pin(s, true, at);
    assert!(matches!(s.screen(), Screen::Menu { .. }), "{:?}", s.screen());
}

fn who(effects: &[Effect]) -> Option<OfficerId> {
    let [Effect::Record(Draft::Rated { officer, .. })] = effects else { panic!("{effects:?}") };
    *officer
}

fn rate(s: &mut Session, at: i64) -> Option<OfficerId> {
    let whose = who(&s.handle(Event::StarTouched(stars(4)), now(at)));
    s.handle(stored(9), now(at + 1));
    s.handle(Event::BackTouched, now(at + 2));
    whose
}

// --- breaks

#[test]
fn a_break_closes_the_stars_until_the_pin_comes_back() {
    let mut s = session();
    sign_on(&mut s, 1, 0);
    menu(&mut s, 1_000);
    assert_eq!(s.handle(Event::PauseTouched, now(1_001)), [Effect::Record(Draft::DutyPaused(officer(1)))]);
    assert_eq!((s.screen(), s.deadline_ms()), (&Screen::Paused, None));
    assert_eq!(s.handle(Event::StarTouched(stars(4)), now(3_000)), []);
    assert_eq!(s.handle(Event::RateLaterTouched, now(3_000)), []);
    s.handle(Event::StaffTouched, now(4_000));
    s.handle(Event::Tick, now(34_000));
    assert_eq!(*s.screen(), Screen::Paused, "who gives no PIN changes nothing");
    s.handle(Event::StaffTouched, now(40_000));
    assert_eq!(type_pin(&mut s, true, 40_000), [Effect::Record(Draft::DutyResumed(officer(1)))]);
    s.handle(Event::BackTouched, now(41_000));
    assert_eq!(rate(&mut s, 42_000), Some(officer(1)));
}

#[test]
fn a_call_ends_the_break() {
    let mut s = session();
    sign_on(&mut s, 1, 0);
    menu(&mut s, 1_000);
    s.handle(Event::PauseTouched, now(1_001));
    let effects = s.handle(Event::VisitCalled { service: None }, now(9_000));
    assert_eq!(effects, [Effect::Record(Draft::DutyResumed(officer(1)))]);
    assert_eq!(*s.screen(), Screen::Start);
}

#[test]
fn somebody_else_takes_over_a_paused_counter() {
    let mut s = session();
    sign_on(&mut s, 1, 0);
    menu(&mut s, 1_000);
    s.handle(Event::PauseTouched, now(1_001));
    let effects = sign_on(&mut s, 2, 5_000);
    let (ended, started) = (Draft::DutyEnded(officer(1)), Draft::DutyStarted(officer(2)));
    assert_eq!(effects, [Effect::Record(ended), Effect::Record(started)]);
    assert!(!s.is_paused() && *s.screen() == Screen::Start);
}

#[test]
fn a_break_ends_with_the_day_or_the_duty() {
    for (event, day) in [(Event::Tick, "2026-11-25"), (Event::OffDuty, "2026-11-24")] {
        let mut s = session();
        sign_on(&mut s, 1, 0);
        menu(&mut s, 1_000);
        s.handle(Event::PauseTouched, now(1_001));
        let later = Now { day: day.parse().unwrap(), ..now(80_000_000) };
        assert_eq!(s.handle(event, later), [Effect::Record(Draft::DutyEnded(officer(1)))]);
        assert_eq!(*s.screen(), Screen::Start);
    }
}

// --- one officer takes over from another

#[test]
fn ratings_between_two_officers_go_to_the_counter() {
    let mut s = session();
    sign_on(&mut s, 1, 0);
    menu(&mut s, 1_000);
    assert_eq!(s.handle(Event::HandOverTouched, now(1_001)), [Effect::Record(Draft::DutyEnded(officer(1)))]);
    assert_eq!(*s.screen(), Screen::Officers, "for the next one, at once");
    s.handle(Event::OfficerTouched(officer(2)), now(2_000));
    assert_eq!(type_pin(&mut s, true, 3_000), [Effect::Record(Draft::DutyStarted(officer(2)))]);
    s.handle(Event::BackTouched, now(3_001));
    assert_eq!((s.on_duty(), s.serving()), (Some(officer(2)), None));
    assert_eq!(s.deadline_ms(), Some(63_000));
    assert_eq!(rate(&mut s, 5_000), None);
    s.handle(Event::Tick, now(63_000));
    assert_eq!(s.serving(), Some(officer(2)));
    assert_eq!(rate(&mut s, 64_000), Some(officer(2)));
}

#[test]
fn a_called_visitor_is_the_new_officers() {
    let mut s = session();
    sign_on(&mut s, 1, 0);
    sign_on(&mut s, 2, 1_000);
    assert_eq!(s.serving(), None);
    s.handle(Event::VisitCalled { service: None }, now(2_000));
    assert_eq!(rate(&mut s, 5_000), Some(officer(2)));
}

#[test]
fn who_begins_at_an_empty_counter_takes_over_from_nobody() {
    let mut s = session();
    sign_on(&mut s, 1, 0);
    assert_eq!(s.serving(), Some(officer(1)), "the first of the day");
    menu(&mut s, 1_000);
    s.handle(Event::SignOffTouched, now(1_001));
    sign_on(&mut s, 2, 62_000);
    assert_eq!(s.serving(), Some(officer(2)), "a minute later");
    menu(&mut s, 63_000);
    s.handle(Event::SignOffTouched, now(63_001));
    sign_on(&mut s, 2, 64_000);
    assert_eq!(s.serving(), Some(officer(2)), "back at once, and the same");
}

// --- not mine

fn contest(s: &Session) -> ContestScreen {
    let Screen::Contest(contest) = s.screen() else { panic!("{:?}", s.screen()) };
    *contest
}

#[test]
fn a_contest_needs_a_time_and_a_reason_and_is_sent_once() {
    let mut s = session();
    sign_on(&mut s, 1, 0);
    menu(&mut s, 1_000);
    assert_eq!(s.handle(Event::ContestTouched, now(1_001)), [], "from the own day only");
    s.handle(Event::DayTouched, now(1_002));
    s.handle(Event::ContestTouched, now(1_003));
    assert_eq!(s.handle(Event::SendContestTouched, now(1_004)), []);
    s.handle(Event::SpanTouched(45), now(1_005));
    assert_eq!(contest(&s).span_minutes, None, "not offered");
    s.handle(Event::SpanTouched(60), now(1_006));
    assert_eq!(s.handle(Event::SendContestTouched, now(1_007)), []);
    s.handle(Event::ContestReasonTouched(ContestReason::Absent), now(1_008));
    s.handle(Event::ContestReasonTouched(ContestReason::SomebodyElse), now(1_009));
    let sent = Draft::Contested { officer: officer(1), span_minutes: 60, reason: ContestReason::SomebodyElse };
    assert_eq!(s.handle(Event::SendContestTouched, now(1_010)), [Effect::Record(sent)]);
    assert!(contest(&s).sent);
    assert_eq!(s.handle(Event::SendContestTouched, now(1_011)), []);
    s.handle(Event::SpanTouched(30), now(1_012));
    assert_eq!(contest(&s).span_minutes, Some(60));
    assert_eq!(s.handle(Event::BackTouched, now(1_013)), [Effect::LoadDay(officer(1))]);
}

#[test]
fn how_it_works_is_read_in_peace() {
    let mut s = session();
    assert_eq!(s.handle(Event::ExplainTouched(Explanation::Counting), now(0)), []);
    assert_eq!(*s.screen(), Screen::Start, "for officers");
    sign_on(&mut s, 1, 0);
    menu(&mut s, 1_000);
    s.handle(Event::ExplainTouched(Explanation::Counting), now(2_000));
    s.handle(Event::ExplainTouched(Explanation::Seeing), now(3_000));
    assert_eq!(*s.screen(), Screen::Explain { officer: officer(1), about: Explanation::Seeing });
    s.handle(Event::Tick, now(122_999));
    assert!(matches!(s.screen(), Screen::Explain { .. }));
    s.handle(Event::BackTouched, now(122_999));
    assert_eq!(*s.screen(), Screen::Menu { officer: officer(1) });
}
