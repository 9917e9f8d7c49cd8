//! Answers to the survey: counted once, on the right day, by source, and never doubled.

use crate::fixture::{Chain, Fixture, Given, event_id, facts, fixture, moment, rated, verdicts, visit, withheld};
use jiff::civil::Date;
use suara_loket::domain::clock::Anchor;
use suara_loket::domain::event::{BODY_VERSION, EventBody, Salt, What};
use suara_loket::domain::ids::{ServiceId, VisitId};
use suara_loket::domain::skm::{Answers, Form, Group, Respondent, SkmAnswer, SkmElement, Source, Weight};
use suara_loket::protocol::batch::Verdict;
use suara_loket::server::store::{Meaning, NewForm, NewSheet, RatingFacts, SheetTaken, SurveyCount, SurveyRule};

const FIRST: Date = Date::constant(1970, 1, 1);
const TUESDAY: Date = Date::constant(2026, 11, 24);

fn answer(value: u8) -> SkmAnswer {
    SkmAnswer::try_from(value).unwrap()
}

fn asked(visit: VisitId, element: SkmElement, value: u8, at_ms: i64) -> Given {
    Given::at(Meaning::Answered { visit, element, answer: answer(value) }, at_ms)
}

pub fn form(n: u128, visit: Option<VisitId>, day: Date, value: u8) -> NewForm {
    let answers: Answers = SkmElement::ALL.into_iter().map(|element| (element, answer(value))).collect();
    let form = Form { day, hours: None, service: None, respondent: Respondent::default(), answers };
    let what = What::Surveyed { visit: visit.map(|visit| visit.serial), sheet: None, form };
    let device = visit.map(|visit| visit.device);
    let body = EventBody { v: BODY_VERSION, salt: Salt(n.to_be_bytes()), device, at: moment(0, 10), what };
    NewForm { id: event_id(n), body: serde_json::to_string(&body).unwrap(), visit, form, at_ms: 10 }
}

async fn counts(f: &Fixture, from: Date, to: Date) -> Vec<SurveyCount> {
    f.store.survey_counts(f.office, from..=to).await.unwrap()
}

async fn all(f: &Fixture) -> Group {
    let counts = counts(f, Date::MIN, Date::MAX).await;
    counts.iter().fold(Group::default(), |sum, SurveyCount { respondents, tally, .. }| {
        sum.plus(&Group { respondents: *respondents, tally: *tally })
    })
}

#[tokio::test]
async fn an_answer_at_the_kiosk_is_counted_once_however_often_it_is_sent() {
    let f = fixture().await;
    let mut chain = Chain::of(f.device);
    let given = vec![
        rated(facts(f.device, 1, 5, None), 10),
        asked(visit(f.device, 1), SkmElement::Fee, 3, 11),
        rated(facts(f.device, 2, 5, None), 12),
        asked(visit(f.device, 2), SkmElement::Conduct, 4, 13),
    ];
    let batch = chain.batch(given, 100);
    for verdict in [Verdict::Stored, Verdict::Duplicate] {
        assert_eq!(verdicts(f.store.ingest(batch.clone()).await.unwrap()), vec![verdict; 4]);
        let found = all(&f).await;
        assert_eq!((found.respondents, found.tally.illegal_fee_signals()), (2, 1));
        assert_eq!(found.tally.of(SkmElement::Conduct).total(), 4);
        assert_eq!(found.tally.missing().len(), 7);
    }
    assert_eq!(counts(&f, FIRST, FIRST).await.len(), 1);
    assert_eq!(counts(&f, TUESDAY, TUESDAY).await, []);
}

#[tokio::test]
async fn an_answer_that_was_withheld_is_counted_when_its_bytes_come() {
    let f = fixture().await;
    let mut chain = Chain::of(f.device);
    let head = chain.head;
    let asked = chain.event(asked(visit(f.device, 1), SkmElement::Fee, 4, 11));
    f.store.ingest(chain.of_events(1, head, vec![withheld(&asked)], 100)).await.unwrap();
    assert_eq!(all(&f).await.respondents, 0);
    f.store.ingest(chain.of_events(1, head, vec![asked], 100)).await.unwrap();
    assert_eq!(all(&f).await.respondents, 1);
}

/// A kiosk whose clock is years off; what its boot's clock meant becomes known a day later.
#[tokio::test]
async fn an_answer_follows_its_rating_to_the_day_that_becomes_known() {
    let f = fixture().await;
    let mut chain = Chain::of(f.device);
    let noon_ms = 1_795_496_400_000;
    let given = |meaning, boot_ms| Given { meaning, at: moment(9, boot_ms) };
    let rating = given(Meaning::Rating(facts(f.device, 1, 5, None)), 1_000);
    let asked =
        given(Meaning::Answered { visit: visit(f.device, 1), element: SkmElement::Fee, answer: answer(4) }, 2_000);
    let mut batch = chain.batch(vec![rating, asked], noon_ms + 30 * 3_600_000);
    batch.anchors.clear();
    f.store.ingest(batch).await.unwrap();
    assert_eq!(counts(&f, TUESDAY, TUESDAY).await, []);
    let mut later = chain.batch(vec![], noon_ms + 31 * 3_600_000);
    later.anchors = vec![Anchor { boot_id: moment(9, 0).boot_id, boot_ms: 5_000, server_ms: noon_ms, error_ms: 100 }];
    f.store.ingest(later).await.unwrap();
    let ratings = f.store.ratings(f.office).await.unwrap();
    assert_eq!(ratings[0].time.day, TUESDAY);
    assert_eq!(counts(&f, TUESDAY, TUESDAY).await.len(), 1);
}

#[tokio::test]
async fn the_service_of_an_answer_is_that_of_its_visit_however_it_became_known() {
    let f = fixture().await;
    let service = |n| ServiceId::try_from(n).unwrap();
    let known = RatingFacts { service: Some(service(3)), ..facts(f.device, 1, 5, None) };
    let mut chain = Chain::of(f.device);
    let given = vec![
        rated(known, 10),
        asked(visit(f.device, 1), SkmElement::Fee, 4, 11),
        rated(facts(f.device, 2, 5, None), 12),
        Given::at(Meaning::ServiceNamed { visit: visit(f.device, 2), service: service(5) }, 13),
        asked(visit(f.device, 2), SkmElement::Fee, 4, 14),
        rated(facts(f.device, 3, 5, None), 15),
        asked(visit(f.device, 3), SkmElement::Fee, 4, 16),
    ];
    f.store.ingest(chain.batch(given, 100)).await.unwrap();
    let services: Vec<_> = counts(&f, FIRST, FIRST).await.iter().map(|count| count.service).collect();
    assert_eq!(services, [None, Some(service(3)), Some(service(5))]);
}

#[tokio::test]
async fn a_visit_with_an_answer_and_a_form_is_one_respondent_in_any_order() {
    for form_first in [true, false] {
        let f = fixture().await;
        let mut chain = Chain::of(f.device);
        let (of_visit, fee) = (visit(f.device, 1), SkmElement::Fee);
        let batch = chain.batch(vec![rated(facts(f.device, 1, 5, None), 10), asked(of_visit, fee, 1, 11)], 100);
        if form_first {
            assert!(f.store.add_form(f.office, &form(1, Some(of_visit), FIRST, 4)).await.unwrap());
        }
        f.store.ingest(batch).await.unwrap();
        if !form_first {
            assert!(f.store.add_form(f.office, &form(1, Some(of_visit), FIRST, 4)).await.unwrap());
        }
        assert!(!f.store.add_form(f.office, &form(2, Some(of_visit), FIRST, 1)).await.unwrap(), "one form a visit");
        let found = all(&f).await;
        assert_eq!((found.respondents, found.tally.of(fee).total()), (1, 4));
        assert_eq!(counts(&f, FIRST, FIRST).await[0].source, Source::Page);
    }
}

#[tokio::test]
async fn a_sheet_is_taken_once_and_as_a_whole() {
    let f = fixture().await;
    let sheet = |again| NewSheet {
        file_hash: [7; 32],
        at_ms: 10,
        again,
        forms: (1..=3).map(|n| form(n + if again { 10 } else { 0 }, None, TUESDAY, 3)).collect(),
    };
    assert_eq!(f.store.add_sheet(f.office, sheet(false)).await.unwrap(), SheetTaken::Stored);
    let before = f.store.ledger_end(f.office).await.unwrap();
    assert_eq!(before.size, 3, "each form is a leaf");
    let again = f.store.add_sheet(f.office, sheet(false)).await.unwrap();
    assert_eq!(again, SheetTaken::Before { at_ms: 10, forms: 3 });
    assert_eq!((all(&f).await.respondents, f.store.ledger_end(f.office).await.unwrap()), (3, before));
    assert_eq!(f.store.add_sheet(f.office, sheet(true)).await.unwrap(), SheetTaken::Stored);
    assert_eq!(counts(&f, TUESDAY, TUESDAY).await[0].respondents, 6);
    // One that cannot be stored: its last form has the id of another event.
    let mut broken = NewSheet { file_hash: [8; 32], ..sheet(false) };
    broken.forms[0] = form(100, None, TUESDAY, 3);
    broken.forms.truncate(2);
    assert!(f.store.add_sheet(f.office, broken).await.is_err());
    assert_eq!(all(&f).await.respondents, 6, "none of its forms");
}

#[tokio::test]
async fn how_an_office_reckons_is_kept() {
    let f = fixture().await;
    assert_eq!(f.store.survey_rule(f.office).await.unwrap(), SurveyRule::default());
    let rule = SurveyRule { weight: Weight::Hundredths, population: Some(4_100) };
    f.store.set_survey_rule(f.office, rule).await.unwrap();
    assert_eq!(f.store.survey_rule(f.office).await.unwrap(), rule);
    let mut chain = Chain::of(f.device);
    f.store.ingest(chain.batch(vec![rated(facts(f.device, 1, 5, None), 10)], 100)).await.unwrap();
    assert_eq!(f.store.rated_visits(f.office, FIRST..=FIRST).await.unwrap(), 1);
}
