//! The laws, whatever is touched in whatever order.

use super::*;
use crate::domain::comfort::ComfortKind;
use proptest::prelude::*;
use std::collections::VecDeque;

/// What can happen to a counter; answers come only to records that were asked for.
#[derive(Clone, Debug)]
enum Step {
    Event(Event),
    /// The queue answers the oldest record that waits: committed or not.
    Answer(bool),
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1u8..=5).prop_map(|n| Step::Event(Event::StarTouched(stars(n)))),
        8 => any::<bool>().prop_map(Step::Answer),
        8 => Just(Step::Event(Event::Tick)),
        2 => Just(Step::Event(Event::UndoTouched)),
        2 => Just(Step::Event(Event::VisitCalled { service: None })),
        3 => "[a-c]".prop_map(|text| Step::Event(Event::ReasonTouched(text.try_into().unwrap()))),
        2 => Just(Step::Event(Event::DoneTouched)),
        2 => Just(Step::Event(Event::RateLaterTouched)),
        3 => Just(Step::Event(Event::BackTouched)),
        9 => any_other_event().prop_map(Step::Event),
    ]
}

fn any_other_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        Just(Event::LanguageTouched(Language::En)),
        Just(Event::ComfortOpened),
        Just(Event::ComfortToggled(ComfortKind::Large)),
        Just(Event::StaffTouched),
        Just(Event::OtherOfficerTouched),
        (1u32..4).prop_map(|n| Event::OfficerTouched(officer(n))),
        (0u8..10).prop_map(Event::DigitTouched),
        Just(Event::EraseTouched),
        any::<bool>().prop_map(|correct| Event::PinChecked { correct }),
        Just(Event::NextVisitorTouched),
        Just(Event::DayTouched),
        Just(Event::DayLoaded(None)),
        Just(Event::SignOffTouched),
        Just(Event::OffDuty),
        (1u32..9).prop_map(|n| Event::TicketReady { visit: visit(n), link: "L".into() }),
        any_new_event(),
    ]
}

/// Whatever else people, the queue system and the technician do.
fn any_new_event() -> impl Strategy<Value = Event> {
    let about = prop::option::of((1u32..3).prop_map(service));
    prop_oneof![
        (1u32..3).prop_map(|n| Event::ServiceTouched(service(n))),
        (1u8..=4).prop_map(|n| Event::AnswerTouched(n.try_into().unwrap())),
        about.prop_map(|service| Event::VisitServed { service }),
        Just(Event::PauseTouched),
        Just(Event::HandOverTouched),
        Just(Event::PracticeTouched),
        Just(Event::ExplainTouched(Explanation::Counting)),
        Just(Event::ContestTouched),
        Just(Event::CornerTouched),
        Just(Event::WakeTouched),
        Just(Event::UnlockChecked { correct: true }),
    ]
}

fn any_steps() -> impl Strategy<Value = Vec<(Step, i64)>> {
    prop::collection::vec((any_step(), prop_oneof![0i64..900, 0i64..9_000, 0i64..70_000]), 0..120)
}

fn any_rules() -> impl Strategy<Value = Rules> {
    let asks = any::<[bool; 3]>().prop_map(|[why, service, question]| Asks { why, service, question });
    let prompt = prop_oneof![Just(Prompt::Always), Just(Prompt::Visit)];
    (prompt, asks, any::<bool>()).prop_map(|(prompt, asks, thanks_with_code)| Rules {
        honesty: Honesty { prompt, ..RULES.honesty },
        asks,
        thanks_with_code,
        ..RULES
    })
}

/// A session with a queue that answers in order, as the outbox does.
struct Counter {
    session: Session,
    at: i64,
    waiting: VecDeque<Draft>,
    /// Of each visit: the ratings committed that were not taken back.
    standing: Vec<(VisitSerial, EventId)>,
    records: u32,
}

impl Counter {
    fn new(rules: Rules) -> Self {
        let session = Session::new(rules, Language::Id, None);
        Self { session, at: 0, waiting: VecDeque::new(), standing: Vec::new(), records: 0 }
    }

    fn step(&mut self, step: Step, pause_ms: i64) -> Vec<Effect> {
        self.at += pause_ms;
        let event = match step {
            Step::Event(event) => event,
            Step::Answer(committed) => match self.waiting.pop_front() {
                Some(draft) => self.answer(&draft, committed),
                None => return Vec::new(),
            },
        };
        let effects = self.session.handle(event, now(self.at));
        for effect in &effects {
            if let Effect::Record(draft) = effect
                && draft.is_awaited()
            {
                self.waiting.push_back(draft.clone());
            }
        }
        effects
    }

    fn answer(&mut self, draft: &Draft, committed: bool) -> Event {
        if !committed {
            return failed();
        }
        self.records += 1;
        let (fresh, rating) = (visit(self.records), id(self.records));
        let visit = match draft {
            Draft::Rated { visit, .. } => {
                let visit = (*visit).unwrap_or(fresh);
                self.standing.push((visit, rating));
                visit
            }
            Draft::Undone { visit, rating } => {
                self.standing.retain(|(_, standing)| standing != rating);
                *visit
            }
            _ => fresh,
        };
        Event::Stored { seq: self.records.into(), id: rating, visit: Some(visit) }
    }

    /// All answers come, and everybody goes.
    fn run_out(&mut self) {
        for _ in 0..50 {
            self.step(Step::Answer(false), 0);
            self.step(Step::Event(Event::Tick), 60_000);
        }
    }
}

/// The same star, seen in a mirror.
fn mirrored(step: Step) -> Step {
    match step {
        Step::Event(Event::StarTouched(given)) => Step::Event(Event::StarTouched(stars(6 - given.get()))),
        other => other,
    }
}

fn without_stars(mut effects: Vec<Effect>) -> Vec<Effect> {
    for effect in &mut effects {
        if let Effect::Record(Draft::Rated { stars, .. }) = effect {
            *stars = Stars::ALL[0];
        }
    }
    effects
}

/// The page knows the star only to offer the reasons for it, of which there are as many for each.
fn without_star(screen: &Screen) -> Screen {
    let mut screen = screen.clone();
    if let Screen::Why { stars, .. } = &mut screen {
        *stars = Stars::ALL[0];
    }
    screen
}

fn is_thanks(screen: &Screen) -> bool {
    matches!(screen, Screen::ThankYou { .. } | Screen::Why { .. } | Screen::Service { .. } | Screen::Question { .. })
}

proptest! {
    /// Laws 1 and 3, and no dead end: a rating is asked for only from the stars, or again while it
    /// is not stored; a thank-you follows only the commit of a rating; no visit has two ratings
    /// that stand; and everything finds home by itself.
    #[test]
    fn no_way_leads_astray(rules in any_rules(), steps in any_steps()) {
        let mut counter = Counter::new(rules);
        for (step, pause_ms) in steps {
            let before = counter.session.screen().clone();
            let stood = counter.standing.len();
            let effects = counter.step(step, pause_ms);
            let rated = effects.iter().any(|e| matches!(e, Effect::Record(Draft::Rated { .. })));
            prop_assert!(!rated || matches!(before, Screen::Start | Screen::NotStored));
            let thanked = is_thanks(counter.session.screen()) && !is_thanks(&before);
            let is_stored = counter.standing.len() > stood;
            prop_assert!(thanked == is_stored || counter.session.is_practising(), "thanked exactly when stored");
        }
        let mut visits: Vec<_> = counter.standing.iter().map(|(visit, _)| *visit).collect();
        visits.sort_unstable();
        prop_assert!(visits.windows(2).all(|pair| pair[0] != pair[1]), "{:?}", counter.standing);
        counter.run_out();
        prop_assert!(matches!(counter.session.screen(), Screen::Start | Screen::Closed | Screen::Paused));
        prop_assert_eq!(counter.session.deadline_ms(), None, "nothing is left to do");
        prop_assert_eq!((counter.session.language(), counter.session.comfort()), (Language::Id, RULES.comfort));
    }

    /// Law 4: in the same story with other stars everything is the same: touches, screens, waits,
    /// records, and when the screen goes on.
    #[test]
    fn every_star_costs_the_same(rules in any_rules(), steps in any_steps()) {
        let (mut one, mut other) = (Counter::new(rules), Counter::new(rules));
        for (step, pause_ms) in steps {
            let mirror = mirrored(step.clone());
            let (here, there) = (one.step(step, pause_ms), other.step(mirror, pause_ms));
            prop_assert_eq!(without_stars(here), without_stars(there));
            prop_assert_eq!(without_star(one.session.screen()), without_star(other.session.screen()));
            prop_assert_eq!(one.session.deadline_ms(), other.session.deadline_ms());
        }
    }

    /// A tick at its deadline always gets somewhere: a window that sleeps until then never spins.
    #[test]
    fn no_deadline_comes_twice(rules in any_rules(), steps in any_steps()) {
        let mut counter = Counter::new(rules);
        for (step, pause_ms) in steps {
            counter.step(step, pause_ms);
            for _ in 0..4 {
                let Some(due) = counter.session.deadline_ms() else { break };
                if due > counter.at {
                    break;
                }
                counter.step(Step::Event(Event::Tick), 0);
            }
            prop_assert!(counter.session.deadline_ms().is_none_or(|due| due > counter.at));
        }
    }
}
