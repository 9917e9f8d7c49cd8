//! The pages as a phone, an old browser and a desk see them: in a real browser, without
//! JavaScript, from 320 to 1280 pixels, in every language.
//!
//! `SUARA_SNAPSHOTS=folder` saves a picture of each, for eyes.

#[path = "../support/mod.rs"]
mod support;

use serde_json::{Value, json};
use std::path::PathBuf;
use suara_loket::kiosk::session::Event;
use suara_loket::server::sample::{self, SampleOffice};
use support::browser::Browser;
use support::counter::Counter;
use support::server::Server;

const SIZES: [(u32, u32); 3] = [(320, 640), (360, 740), (1280, 800)];
const LANGUAGES: [&str; 3] = ["id", "min", "en"];

/// The sample office with a kiosk that works.
struct Place {
    server: Server,
    office: SampleOffice,
    counter: Counter,
    _data: [tempfile::TempDir; 2],
}

impl Place {
    async fn open() -> Self {
        let data = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let server = Server::start(data[0].path()).await;
        let office = sample::create(&server.service).await.unwrap();
        let code = server.code(office.office, office.counters[0]).await;
        let mut counter = Counter::start(data[1].path(), &server.url(), Some(&code)).await;
        let rani = &office.officers[0];
        counter.sign_on(rani.id, &rani.pin).await;
        counter.running.kiosk.send(Event::BackTouched);
        Self { server, office, counter, _data: data }
    }

    /// The path of the page of a visit that nobody has rated.
    async fn ticket(&mut self) -> String {
        let link = self.counter.ask_for_code().await;
        // The next resident's visit is another one.
        self.counter.running.kiosk.send(Event::StaffTouched);
        self.counter.running.kiosk.send(Event::BackTouched);
        format!("/R/{}", link.rsplit_once('/').unwrap().1)
    }

    fn url(&self, path: &str, language: &str) -> String {
        format!("{}{path}?lang={language}", self.server.url())
    }
}

/// One browser window, and where its pictures go.
struct Reader {
    browser: Browser,
    size: (u32, u32),
    language: &'static str,
}

impl Reader {
    /// Nothing is cut off, everything to touch is large enough, every picture and field has a name.
    async fn judges(&self, page: &str) {
        self.picture(page).await;
        let flaws: Value = self.browser.page.execute(FLAWS, vec![json!(self.size.0)]).await.unwrap();
        assert_eq!(flaws, json!([]), "{page} at {:?} in {}", self.size, self.language);
    }

    async fn picture(&self, page: &str) {
        let Some(folder) = std::env::var_os("SUARA_SNAPSHOTS").map(PathBuf::from) else { return };
        std::fs::create_dir_all(&folder).unwrap();
        let file = format!("{}x{}-{}-web-{page}.png", self.size.0, self.size.1, self.language);
        std::fs::write(folder.join(file), self.browser.page.screenshot().await.unwrap()).unwrap();
    }
}

/// What a person at this page would stumble over.
const FLAWS: &str = r"
    const width = arguments[0], flaws = [];
    if (document.documentElement.scrollWidth > width) flaws.push('wider than the screen');
    for (const it of document.querySelectorAll('a, button, input:not([type=hidden]), summary')) {
        const box = it.getBoundingClientRect();
        if (box.height < 32) flaws.push('too small to touch: ' + it.outerHTML);
        if (!(it.innerText || it.getAttribute('aria-label') || it.labels?.length)) flaws.push('nameless: ' + it.outerHTML);
    }
    for (const it of document.querySelectorAll('.star')) {
        if (it.getBoundingClientRect().bottom > innerHeight) flaws.push('needs a scroll: ' + it.value);
    }
    for (const it of document.querySelectorAll('img:not([alt])')) flaws.push('no text for ' + it.outerHTML);
    if (document.querySelectorAll('h1').length != 1) flaws.push('not one heading');
    return flaws;
";

#[tokio::test(flavor = "multi_thread")]
async fn pages_fit_every_reader() {
    let mut place = Place::open().await;
    for size in SIZES {
        for language in LANGUAGES {
            let browser = Browser::start(size.0, size.1, false).await;
            let reader = Reader { browser, size, language };
            resident(&mut place, &reader).await;
            officer(&mut place, &reader).await;
            reader.browser.close().await;
        }
    }
}

/// The same in one of the languages.
fn word(language: &str, id: &'static str, min: &'static str, en: &'static str) -> &'static str {
    match language {
        "min" => min,
        "en" => en,
        _ => id,
    }
}

async fn resident(place: &mut Place, reader: &Reader) {
    let Reader { browser, language, .. } = reader;
    browser.open(&place.url("/", language)).await;
    reader.judges("public").await;
    let ticket = place.ticket().await;
    browser.open(&place.url(&ticket, language)).await;
    reader.judges("rate").await;
    browser.press("button[name=stars][value='5']").await;
    browser.reads(word(language, "Terima kasih!", "Tarimo kasih!", "Thank you!")).await;
    reader.judges("thanks").await;
    browser.open(&place.url(&ticket, language)).await;
    reader.judges("already-rated").await;
    browser.open(&place.url("/R/UNKNOWN", language)).await;
    reader.judges("unknown-code").await;
}

async fn officer(place: &mut Place, reader: &Reader) {
    let Reader { browser, language, .. } = reader;
    let rani = &place.office.officers[0];
    browser.open(&place.url("/login", language)).await;
    reader.judges("log-in").await;
    browser.fill("login", &rani.login).await;
    browser.fill("password", "not this one").await;
    browser.press("button.main").await;
    browser.reads(word(language, "belum tepat", "alun pas", "not right")).await;
    reader.judges("log-in-refused").await;
    browser.fill("login", &rani.login).await;
    browser.fill("password", &rani.password).await;
    browser.press("button.main").await;
    browser.reads(&rani.name).await;
    let empty = browser.page.find(fantoccini::Locator::Css(".empty")).await.is_ok();
    if empty {
        reader.judges("day-empty").await;
        for stars in [5, 5, 4, 3, 5, 4, 5, 2] {
            place.counter.rate(stars).await;
        }
        place.counter.drained().await;
    }
    let count = word(language, " penilaian", " panilaian", " ratings");
    browser.reads_again(&place.url("/me", language), count).await;
    reader.judges("day").await;
}
