//! The slip with the code.

use super::*;
use crate::kiosk::session::{Printing, SlipWords};

fn words() -> SlipWords {
    SlipWords {
        office: "Kantor Uji".to_owned(),
        counter: "Loket 1".to_owned(),
        title: "Bagaimana?".to_owned(),
        hint: "Pindai.".to_owned(),
    }
}

/// A counter with a printer, whose resident has the code on the screen.
fn with_code() -> Session {
    let mut s = Session::new(Rules { prints: true, ..RULES }, Language::Id, None);
    assert_eq!(s.printing(), Printing::No, "nothing to print yet");
    s.handle(Event::RateLaterTouched, now(0));
    s.handle(stored(7), now(1));
    assert_eq!(s.printing(), Printing::No, "no code yet");
    s.handle(Event::TicketReady { visit: visit(7), link: "HTTP://X/R/T".to_owned() }, now(2));
    s
}

#[test]
fn a_code_is_printed_once_and_again_only_where_the_printer_failed() {
    let mut s = with_code();
    assert_eq!(s.printing(), Printing::Offered);
    let print = [Effect::Print { visit: visit(7), link: "HTTP://X/R/T".to_owned(), words: words() }];
    assert_eq!(s.handle(Event::PrintTouched(words()), now(50_000)), print);
    assert_eq!(s.printing(), Printing::Busy);
    assert_eq!(s.handle(Event::PrintTouched(words()), now(50_100)), [], "a second finger");
    s.handle(Event::Tick, now(60_001));
    assert_eq!(s.printing(), Printing::Busy, "the screen stays for who waits for paper");
    s.handle(Event::Printed { visit: visit(7), is_done: false }, now(60_002));
    assert_eq!(s.printing(), Printing::Failed);
    assert_eq!(s.handle(Event::PrintTouched(words()), now(60_003)), print);
    s.handle(Event::Printed { visit: visit(7), is_done: true }, now(60_004));
    assert_eq!(s.printing(), Printing::Done);
    assert_eq!(s.handle(Event::PrintTouched(words()), now(60_005)), [], "one slip is enough");
}

#[test]
fn what_the_printer_says_of_an_earlier_visit_is_not_said_to_the_next_resident() {
    let mut s = with_code();
    s.handle(Event::PrintTouched(words()), now(10));
    s.handle(Event::Tick, now(200_000));
    s.handle(Event::RateLaterTouched, now(200_001));
    s.handle(stored(8), now(200_002));
    s.handle(Event::TicketReady { visit: visit(8), link: "HTTP://X/R/U".to_owned() }, now(200_003));
    s.handle(Event::PrintTouched(words()), now(200_004));
    s.handle(Event::Printed { visit: visit(7), is_done: true }, now(200_005));
    assert_eq!(s.printing(), Printing::Busy);
}

#[test]
fn nothing_is_printed_without_a_printer_or_in_practice() {
    let mut s = Session::new(RULES, Language::Id, None);
    s.handle(Event::RateLaterTouched, now(0));
    s.handle(stored(7), now(1));
    s.handle(Event::TicketReady { visit: visit(7), link: "HTTP://X/R/T".to_owned() }, now(2));
    assert_eq!((s.printing(), s.handle(Event::PrintTouched(words()), now(3))), (Printing::No, vec![]));
}
