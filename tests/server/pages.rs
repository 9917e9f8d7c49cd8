//! The pages: rating later, logging in, the officer's day.

use crate::support::counter::Counter;
use crate::support::server::{QuickOffice, Server, quick_office};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use suara_loket::domain::event::{EventBody, ReasonCode, What};
use suara_loket::kiosk::session::Draft;

struct Place {
    server: Server,
    office: QuickOffice,
    counter: Counter,
    data: tempfile::TempDir,
    _kiosk: tempfile::TempDir,
}

async fn place() -> Place {
    let (data, kiosk) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = Server::start(data.path()).await;
    let office = quick_office(&server.service).await;
    let code = server.code(office.office, office.counter).await;
    let counter = Counter::start(kiosk.path(), &server.url(), Some(&code)).await;
    Place { server, office, counter, data, _kiosk: kiosk }
}

fn client() -> Client {
    Client::builder().redirect(Policy::none()).cookie_store(true).build().unwrap()
}

async fn post(client: &Client, url: &str, form: &str) -> Response {
    let call = client.post(url).header("content-type", "application/x-www-form-urlencoded");
    call.body(form.to_owned()).send().await.unwrap()
}

fn header(response: &Response, name: &str) -> String {
    response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_is_rated_later_once() {
    let mut p = place().await;
    p.counter.sign_on(p.office.officer, "271801").await;
    p.counter.running.kiosk.send(suara_loket::kiosk::session::Event::BackTouched);
    let ticket = p.counter.ask_for_code().await.rsplit_once('/').unwrap().1.to_owned();
    let (client, url) = (client(), format!("{}/R/{ticket}", p.server.url()));
    let page = client.get(&url).send().await.unwrap();
    assert_eq!(page.status(), 200);
    let text = page.text().await.unwrap();
    for word in ["Rani Oktavia", "Loket 1", "Sangat kurang", "Sangat baik"] {
        assert!(text.contains(word), "no `{word}` in {text}");
    }
    let english = client.get(format!("{url}?lang=en")).send().await.unwrap().text().await.unwrap();
    assert!(english.contains("Very poor") && english.contains("<html lang=\"en\">"));
    let given = post(&client, &url, "stars=4&lang=en").await;
    assert_eq!((given.status().as_u16(), header(&given, "location")), (303, format!("/R/{ticket}/OK?lang=en")));
    let thanks = client.get(format!("{url}/OK?lang=en")).send().await.unwrap().text().await.unwrap();
    assert!(thanks.contains("Thank you!"));
    let receipt = thanks.split("/receipt/").nth(1).unwrap().split('?').next().unwrap().to_owned();
    let found =
        client.get(format!("{}/receipt/{}?lang=en", p.server.url(), receipt.to_lowercase())).send().await.unwrap();
    assert_eq!(found.status(), 200);
    let found = found.text().await.unwrap();
    assert!(found.contains("Your answer is included") && found.contains(&receipt));
    assert!(
        !found.contains("Rani") && !found.contains("Loket 1") && !found.contains("star\""),
        "nothing else: {found}"
    );
    let unknown = client.get(format!("{}/receipt/AAAA-AAAA-AAAA", p.server.url())).send().await.unwrap();
    assert_eq!(unknown.status(), 404);
    assert!(unknown.text().await.unwrap().contains("belum tercatat"));
    assert_eq!(client.get(format!("{}/receipt/x", p.server.url())).send().await.unwrap().status(), 404);
    let again = post(&client, &url, "stars=1").await;
    assert_eq!(again.status(), 409);
    assert!(again.text().await.unwrap().contains("Kunjungan ini sudah dinilai"));
    let rated = client.get(&url).send().await.unwrap().text().await.unwrap();
    assert!(rated.contains("sudah dinilai"));
    // Whoever has rated, here or at the counter, finds the way to the survey.
    for page in [&thanks, &rated] {
        let (_, survey) = page.split_once(&format!("href=\"/R/{ticket}/SKM?lang=")).expect("a link to the survey");
        let language = survey.get(..2).unwrap();
        assert_eq!(client.get(format!("{url}/SKM?lang={language}")).send().await.unwrap().status(), 200);
    }
    let ratings = p.server.ratings(p.office.office).await;
    assert_eq!(ratings.len(), 1);
    assert_eq!((ratings[0].facts.stars.get(), ratings[0].facts.officer), (4, Some(p.office.officer)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_ticket_or_no_star_gets_a_kind_page() {
    let mut p = place().await;
    let client = client();
    let ticket = p.counter.ask_for_code().await.rsplit_once('/').unwrap().1.to_owned();
    let forged = format!("{}A", &ticket[..129]);
    let forged = if forged == ticket { format!("{}Q", &ticket[..129]) } else { forged };
    for bad in ["X", forged.as_str(), &ticket.to_lowercase()] {
        let page = client.get(format!("{}/R/{bad}", p.server.url())).send().await.unwrap();
        assert_eq!(page.status(), 404, "{bad}");
        assert!(page.text().await.unwrap().contains("tidak kami kenal"));
    }
    for bad in ["stars=0", "stars=6", "stars=x", ""] {
        let page = post(&client, &format!("{}/R/{ticket}", p.server.url()), bad).await;
        assert_eq!(page.status(), 422, "{bad}");
    }
    assert_eq!(p.server.ratings(p.office.office).await.len(), 0);
    let early = client.get(format!("{}/R/{ticket}/OK", p.server.url())).send().await.unwrap();
    assert_eq!(early.status(), 303, "no thanks before a rating");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_officer_logs_in_sees_the_own_day_and_logs_out() {
    let p = place().await;
    let (client, url) = (client(), p.server.url());
    assert!(header(&client.get(format!("{url}/me")).send().await.unwrap(), "location").starts_with("/login"));
    let wrong = post(&client, &format!("{url}/login"), "login=rani&password=wrong-password").await;
    assert_eq!(wrong.status(), 401);
    let right = post(&client, &format!("{url}/login"), "login=Rani&password=sawahlunto-rani").await;
    assert_eq!(right.status(), 303);
    let cookie = header(&right, "set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    let me = client.get(format!("{url}/me")).send().await.unwrap();
    assert_eq!(me.status(), 200);
    let text = me.text().await.unwrap();
    assert!(text.contains("Rani Oktavia") && text.contains("belum ada yang ditampilkan"), "{text}");
    assert_eq!(post(&client, &format!("{url}/logout"), "").await.status(), 303);
    assert_eq!(client.get(format!("{url}/me")).send().await.unwrap().status(), 303);
}

/// What was named stands before what was counted.
#[tokio::test(flavor = "multi_thread")]
async fn an_officer_sees_thanks_the_day_and_the_week() {
    let mut p = place().await;
    p.counter.sign_on(p.office.officer, "271801").await;
    p.counter.running.kiosk.send(suara_loket::kiosk::session::Event::BackTouched);
    let own = r#"[reasons]
        liked = [{ code = "ramah", text = { en = "Kind" } }]
        missed = [{ code = "lama", text = { en = "Long queue" } }]"#;
    p.server.service.set_kiosk_settings(p.office.office, "the test", own).await.unwrap();
    p.counter.drained().await;
    // Everything arrives in one batch, so one release has all of it.
    p.server.stop().await;
    let reasons = ["ramah", "lama", "ramah", "buku_tamu"].map(|code| ReasonCode::try_from(code.to_owned()).unwrap());
    for stars in [5, 4, 5, 3, 5, 5] {
        p.counter.rate(stars).await;
        let visit = p.counter.running.outbox.depth().unwrap().events;
        let rated = p.counter.running.outbox.events_from(visit, 1).unwrap().remove(0);
        let What::Rated { visit, .. } = serde_json::from_str::<EventBody>(&rated.body).unwrap().what else { panic!() };
        p.counter.running.outbox.record(Draft::Reasoned { visit, reasons: reasons.to_vec() }, drop);
    }
    p.server = p.server.start_again().await;
    p.counter.drained().await;
    let (client, url) = (client(), p.server.url());
    post(&client, &format!("{url}/login"), "login=rani&password=sawahlunto-rani").await;
    let mut text = String::new();
    for _ in 0..60 {
        text = client.get(format!("{url}/me?lang=en")).send().await.unwrap().text().await.unwrap();
        if text.contains("Your week") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    let places =
        ["Residents thanked you for", "Kind <b>6</b>", "Buku tamu <b>6</b>", "Long queue <b>6</b>", "4.5", "Your week"];
    let found: Vec<_> = places.iter().map(|place| text.find(place)).collect();
    assert!(found.iter().all(Option::is_some), "{found:?} in {text}");
    assert!(found[0] < found[3] && found[3] < found[4] && found[4] < found[5], "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_light_guarded_and_forms_of_others_are_refused() {
    let p = place().await;
    let (client, url) = (client(), p.server.url());
    let mut bytes = 0;
    for path in ["/", "/login", "/static/style.css", "/static/logo.svg", "/R/X"] {
        let page = client.get(format!("{url}{path}")).send().await.unwrap();
        let policy = header(&page, "content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(header(&page, "referrer-policy"), "no-referrer");
        bytes += page.bytes().await.unwrap().len();
    }
    assert!(bytes < 30 * 1024, "five pages together are {bytes} bytes");
    let foreign = client.post(format!("{url}/login")).header("sec-fetch-site", "cross-site");
    let foreign = foreign.header("content-type", "application/x-www-form-urlencoded").body("login=a&password=b");
    assert_eq!(foreign.send().await.unwrap().status(), 403);
}

/// Law 9: nothing of the resident's phone reaches the disk.
#[tokio::test(flavor = "multi_thread")]
async fn no_trace_of_a_phone_is_kept() {
    let mut p = place().await;
    let ticket = p.counter.ask_for_code().await.rsplit_once('/').unwrap().1.to_owned();
    let phone = Client::builder().user_agent("TelltalePhone/7").redirect(Policy::none()).build().unwrap();
    let url = format!("{}/R/{ticket}", p.server.url());
    let call = phone.post(url).header("x-forwarded-for", "203.0.113.77").header("referer", "https://telltale.example/");
    let call = call.header("content-type", "application/x-www-form-urlencoded").body("stars=5");
    assert_eq!(call.send().await.unwrap().status(), 303);
    for entry in std::fs::read_dir(p.data.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for trace in ["TelltalePhone", "203.0.113.77", "telltale.example", "127.0.0.1"] {
            assert!(!bytes.windows(trace.len()).any(|window| window == trace.as_bytes()), "{trace}");
        }
    }
}
