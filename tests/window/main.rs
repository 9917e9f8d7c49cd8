//! The whole way, for real: the program in a window on a screen, touched with a pointer; its code
//! read from a picture of that screen and opened in a browser; its day card on the web.

#[path = "../support/mod.rs"]
mod support;

mod album;
mod eyes;
mod journeys;
mod station;

use eyes::Eyes;
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::process::Command;
use support::browser::Browser;
use support::screen::{Screen, read_qr};
use support::{Process, eventually};

/// A counter with its window, its server, and the folder of both.
struct Demo {
    screen: Screen,
    program: Process,
    data: tempfile::TempDir,
    url: String,
    eyes: Eyes,
}

impl Demo {
    fn start() -> Self {
        let (screen, data) = (Screen::start(1280, 800), tempfile::tempdir().unwrap());
        let mut program = Process::start(
            Command::new(env!("CARGO_BIN_EXE_suara-loket"))
                .args(["demo", "--listen", "127.0.0.1:0", "--data"])
                .arg(data.path())
                .env("DISPLAY", screen.display())
                .env_remove("WAYLAND_DISPLAY")
                .env("SUARA_TIMEOUTS_THANK_YOU_S", "1")
                .env("SUARA_TIMEOUTS_WHY_S", "1")
                .env("SUARA_ASK_CODE", "false")
                // These residents come right after one another, and their finger knows the screen by heart.
                .env("SUARA_HONESTY_MIN_GAP_S", "0")
                .env("SUARA_HONESTY_DEBOUNCE_MS", "0"),
        );
        let line = program.line_with("officer's day");
        program.drain();
        let url = line.split_whitespace().last().unwrap().trim_end_matches("/me").to_owned();
        Self { screen, program, data, url, eyes: Eyes::new() }
    }

    /// The middles of the five stars, once they are on the screen.
    fn stars(&self) -> [(u32, u32); 5] {
        eventually("five stars on the screen", || self.eyes.stars(&self.screen.picture()))
    }

    /// Touches a star; returns when the stars have given way to the thank-you.
    fn rate(&self, stars: usize) {
        let (x, y) = self.stars()[stars - 1];
        self.screen.tap(x, y);
        eventually("the thank-you", || self.eyes.thanks(&self.screen.picture()).then_some(()));
    }

    /// Asks for the code of this visit; returns what a phone's camera reads.
    fn ask_for_code(&self) -> String {
        let stars = self.stars();
        let (x, y) = eventually("the button below the stars", || {
            self.eyes.wide_button_below(&self.screen.picture(), stars[2].1)
        });
        self.screen.tap(x, y);
        eventually("a readable code", || read_qr(&self.screen.picture()))
    }

    fn kiosk(&self) -> Connection {
        read_only(&self.data.path().join("kiosk/kiosk.db"))
    }

    fn server(&self) -> Connection {
        read_only(&self.data.path().join("server/server.db"))
    }
}

fn read_only(path: &Path) -> Connection {
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}

fn number(database: &Connection, sql: &str) -> i64 {
    database.query_row(sql, [], |row| row.get(0)).unwrap()
}

const STORED: &str = "SELECT count(*) FROM outbox WHERE body LIKE '%\"stars\":%'";
const WAITING: &str = "SELECT count(*) FROM waiting";
const RELEASED_CARDS: &str = "SELECT count(*) FROM card WHERE body LIKE '%\"spread\":[0,0,1,2,2]%'";
const COUNTED: &str = "SELECT count(*) FROM rating WHERE counted = 1";

/// Journeys 1 to 4 of the product, one after the other, on one counter.
#[tokio::test(flavor = "multi_thread")]
async fn from_a_tap_to_the_officers_day() {
    let mut demo = Demo::start();

    // A resident taps; the thank-you comes after the commit, and goes by itself.
    for (so_far, stars) in [5, 4, 5, 3].into_iter().enumerate() {
        demo.rate(stars);
        assert_eq!(number(&demo.kiosk(), STORED), i64::try_from(so_far).unwrap() + 1, "stored before thanked");
    }

    // It reaches the central server.
    eventually("four ratings on the server", || (number(&demo.server(), COUNTED) == 4).then_some(()));
    eventually("an empty queue", || (number(&demo.kiosk(), WAITING) == 0).then_some(()));

    // Another resident rates later, on a phone without JavaScript.
    let link = demo.ask_for_code();
    assert_eq!(link, link.to_uppercase(), "capitals keep the code small");
    assert!(link.to_lowercase().starts_with(&demo.url), "{link} is not at {}", demo.url);
    let phone = Browser::start(360, 740, false).await;
    phone.open(&link).await;
    phone.reads("Rani Oktavia").await;
    phone.press("button[name=stars][value='4']").await;
    phone.reads("Terima kasih").await;
    phone.open(&link).await;
    phone.reads("sudah dinilai").await;
    phone.close().await;
    assert_eq!(number(&demo.server(), COUNTED), 5);
    assert_eq!(number(&demo.server(), "SELECT count(DISTINCT visit_serial) FROM rating"), 5);
    assert_eq!(number(&demo.server(), "SELECT sum(stars) FROM rating"), 21);

    // The officer sees the day on the web, and the kiosk fetches the same card.
    let office = Browser::start(1280, 800, true).await;
    office.open(&format!("{}/me", demo.url)).await;
    office.fill("login", "rani").await;
    office.fill("password", "sawahlunto-rani").await;
    office.press("button.main").await;
    office.reads("Rani Oktavia").await;
    let day = office.reads_again(&format!("{}/me", demo.url), "5 penilaian").await;
    assert!(day.contains("4,2"), "{day}");
    office.close().await;
    eventually("the card at the kiosk", || (number(&demo.kiosk(), RELEASED_CARDS) == 1).then_some(()));

    demo.program.terminate();
    assert!(demo.program.wait().success());
}

/// The whole screen belongs to a kiosk that is not told otherwise, and its window says so.
#[test]
fn a_kiosk_without_a_display_keeps_its_code() {
    let data = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_suara-loket"))
        .args(["kiosk", "--enrol", "UNUSED-CODE", "--data"])
        .arg(data.path())
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("neither DISPLAY nor WAYLAND_DISPLAY names a display"), "{said}");
    assert_eq!(said.trim().lines().count(), 1, "{said}");
    assert_eq!(std::fs::read_dir(data.path()).unwrap().count(), 0, "nothing was begun");
}

/// Without a display the demonstration still serves its pages.
#[tokio::test(flavor = "multi_thread")]
async fn a_demonstration_without_a_display_serves_the_web() {
    let data: PathBuf = tempfile::tempdir().unwrap().path().to_owned();
    let mut program = Process::start(
        Command::new(env!("CARGO_BIN_EXE_suara-loket"))
            .args(["demo", "--listen", "127.0.0.1:0", "--data"])
            .arg(&data)
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY"),
    );
    program.line_with("No screen here");
    let line = program.line_with("public page");
    program.drain();
    let page = reqwest::get(line.split_whitespace().last().unwrap()).await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("Sawahlunto"));
    program.terminate();
    assert!(program.wait().success());
    std::fs::remove_dir_all(data).unwrap();
}
