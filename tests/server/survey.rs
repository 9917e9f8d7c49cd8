//! The survey on the phone: open to all, nothing obligatory, one form for each visit.

use crate::support::counter::Counter;
use crate::support::server::{QuickOffice, Server, quick_office};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use suara_loket::domain::skm::{SkmElement, Source};
use suara_loket::server::service::SkmReport;

struct Place {
    server: Server,
    office: QuickOffice,
    url: String,
    _counter: Counter,
    _folders: [tempfile::TempDir; 2],
}

/// A server, and the address of the survey of a visit there.
async fn place() -> Place {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let server = Server::start(folders[0].path()).await;
    let office = quick_office(&server.service).await;
    server.service.add_service(office.office, "kk", "Kartu Keluarga").await.unwrap();
    let code = server.code(office.office, office.counter).await;
    let mut counter = Counter::start(folders[1].path(), &server.url(), Some(&code)).await;
    let ticket = counter.ask_for_code().await.rsplit_once('/').unwrap().1.to_owned();
    let url = format!("{}/R/{ticket}/SKM", server.url());
    Place { server, office, url, _counter: counter, _folders: folders }
}

impl Place {
    async fn report(&self) -> SkmReport {
        let days = jiff::civil::Date::MIN..=jiff::civil::Date::MAX;
        self.server.service.skm_report(self.office.office, days).await.unwrap()
    }
}

fn client() -> Client {
    Client::builder().redirect(Policy::none()).build().unwrap()
}

async fn post(url: &str, form: &str) -> Response {
    let call = client().post(url).header("content-type", "application/x-www-form-urlencoded");
    call.body(form.to_owned()).send().await.unwrap()
}

async fn text(url: &str) -> String {
    client().get(url).send().await.unwrap().text().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_asks_all_nine_in_every_language_and_is_light() {
    let p = place().await;
    for language in ["id", "min", "en"] {
        let page = text(&format!("{}?lang={language}", p.url)).await;
        assert_eq!(page.matches("type=\"radio\"").count(), 36, "{language}");
        assert!(!page.contains("<script") && !page.contains("style=") && !page.contains("required"), "{page}");
        assert!(page.len() < 30 * 1024, "{} bytes in {language}", page.len());
        assert!(page.contains("Kartu Keluarga") && page.contains("Kantor Uji"));
    }
    let page = text(&p.url).await;
    for element in SkmElement::ALL {
        let words = element.words(suara_loket::domain::language::Language::Id);
        assert!(page.contains(words.question), "{}", words.question);
        assert!(words.options.iter().all(|option| page.contains(option)), "{:?}", words.options);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_stored_once_whoever_sends_it_again() {
    let p = place().await;
    let form = "persyaratan=4&biaya=4&sarana=2&sex=P&age=30-39&education=&occupation=PNS&service=1&lang=en";
    let taken = post(&p.url, form).await;
    let location = taken.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!((taken.status().as_u16(), location.ends_with("/SKM/OK?lang=en")), (303, true));
    let thanks = text(&format!("{}/OK?lang=en", p.url)).await;
    assert!(thanks.contains("your answers are stored"), "{thanks}");
    for again in [form, "persyaratan=1&lang=en"] {
        let again = post(&p.url, again).await;
        assert_eq!(again.status().as_u16(), 409);
        assert!(again.text().await.unwrap().contains("already been filled in"));
    }
    assert!(text(&format!("{}?lang=en", p.url)).await.contains("already been filled in"));
    let report = p.report().await;
    assert_eq!((report.all.respondents, report.all.tally.of(SkmElement::Requirements).total()), (1, 4));
    assert_eq!((report.all.tally.of(SkmElement::Procedure).answers(), report.sources.len()), (0, 1));
    assert_eq!(report.sources[&Source::Page], report.all);
    assert_eq!(report.services["Kartu Keluarga"], report.all);
    let found = p.server.service.verify(p.office.office, &mut |finding| panic!("{finding}")).await.unwrap();
    assert_eq!(found.surveys, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_phones_at_once_one_is_stored() {
    let p = place().await;
    let phones: Vec<_> = (1..=20)
        .map(|n| {
            let (url, form) = (p.url.clone(), format!("waktu={}", n % 4 + 1));
            tokio::spawn(async move { post(&url, &form).await.status().as_u16() })
        })
        .collect();
    let mut statuses = Vec::new();
    for phone in phones {
        statuses.push(phone.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!((statuses[0], &statuses[1..]), (303, &[409; 19][..]));
    assert_eq!(p.report().await.all.respondents, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_answer_nothing_is_stored_and_nothing_typed_is_lost() {
    let p = place().await;
    for form in ["", "sex=P", "waktu=", "waktu=5", "waktu=4&biaya=0", "waktu=x"] {
        let page = post(&p.url, form).await;
        assert_eq!(page.status().as_u16(), 422, "{form}");
        let page = page.text().await.unwrap();
        assert!(page.contains("sedikitnya satu") && page.contains("type=\"radio\""), "{page}");
        assert_eq!(page.contains("value=\"P\" selected"), form == "sex=P", "{form}");
    }
    assert_eq!(p.report().await.all.respondents, 0);
    let early = client().get(format!("{}/OK", p.url)).send().await.unwrap();
    assert_eq!(early.status().as_u16(), 303, "no thanks before a form");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strangers_ticket_gets_a_kind_page() {
    let p = place().await;
    let bad = format!("{}/R/X/SKM", p.server.url());
    for page in [client().get(&bad).send().await.unwrap(), post(&bad, "waktu=4").await] {
        assert_eq!(page.status().as_u16(), 404);
        assert!(page.text().await.unwrap().contains("tidak kami kenal"));
    }
    let foreign = client().post(&p.url).header("origin", "http://evil").body("waktu=4").send().await.unwrap();
    assert_eq!(foreign.status().as_u16(), 403);
}
