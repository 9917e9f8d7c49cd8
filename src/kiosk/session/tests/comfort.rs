//! How the screen is shown: a resident's own choice, and where it ends.

use super::*;
use crate::domain::comfort::ComfortKind;

fn chosen(kind: ComfortKind) -> Session {
    let mut s = session();
    s.handle(Event::ComfortOpened, now(0));
    assert_eq!(*s.screen(), Screen::Comfort);
    s.handle(Event::ComfortToggled(kind), now(1));
    s.handle(Event::BackTouched, now(2));
    assert_eq!(*s.screen(), Screen::Start);
    s
}

#[test]
fn a_choice_holds_through_the_visit_and_ends_with_it() {
    let mut s = chosen(ComfortKind::Large);
    s.handle(Event::StarTouched(stars(4)), now(1_000));
    s.handle(stored(4), now(1_001));
    assert!(s.comfort().large, "thanked in large text");
    s.handle(Event::BackTouched, now(2_000));
    assert_eq!(s.comfort(), Comfort::default(), "the next resident begins anew");
}

#[test]
fn a_choice_of_somebody_who_leaves_ends_by_itself() {
    let mut s = chosen(ComfortKind::Contrast);
    s.handle(Event::Tick, now(29_000));
    assert!(s.comfort().contrast);
    s.handle(Event::Tick, now(30_002));
    assert_eq!((s.screen(), s.comfort()), (&Screen::Start, Comfort::default()));

    let mut s = session();
    s.handle(Event::ComfortOpened, now(0));
    s.handle(Event::ComfortToggled(ComfortKind::Low), now(20_000));
    s.handle(Event::Tick, now(49_000));
    assert_eq!(*s.screen(), Screen::Comfort, "every touch begins its time anew");
    s.handle(Event::Tick, now(50_000));
    assert_eq!((s.screen(), s.comfort()), (&Screen::Start, Comfort::default()));
}

#[test]
fn an_office_decides_what_its_screen_comes_back_to() {
    let low = Comfort { low: true, ..Comfort::default() };
    let mut s = Session::new(Rules { comfort: low, ..RULES }, Language::Id, None);
    s.handle(Event::ComfortOpened, now(0));
    s.handle(Event::ComfortToggled(ComfortKind::Low), now(1));
    assert_eq!(s.comfort(), Comfort::default());
    s.handle(Event::Tick, now(40_000));
    assert_eq!(s.comfort(), low);
}

#[test]
fn only_its_own_screen_changes_it_and_only_the_start_leads_there() {
    let mut s = session();
    s.handle(Event::ComfortToggled(ComfortKind::Left), now(0));
    assert_eq!(s.comfort(), Comfort::default());
    s.handle(Event::StarTouched(stars(4)), now(1_000));
    s.handle(Event::ComfortOpened, now(1_001));
    assert_eq!(*s.screen(), Screen::Storing);
}

#[test]
fn a_touch_meant_for_the_switches_does_not_rate() {
    let mut s = chosen(ComfortKind::Left);
    assert_eq!(s.handle(Event::StarTouched(stars(1)), now(100)), []);
    assert_eq!(*s.screen(), Screen::Start);
}
