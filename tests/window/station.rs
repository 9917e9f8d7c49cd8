//! One counter as an office sets it up: a server, a kiosk enrolled by its code on a full screen, and what
//! operators can do from their own place.

use crate::album::Album;
use crate::eyes::Eyes;
use crate::support::screen::Screen;
use crate::support::{Process, eventually, eventually_or};
use image::RgbImage;
use rusqlite::{Connection, OpenFlags};
use std::cell::RefCell;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The queue system's door at the kiosk.
const QUEUE_LOG: &str = "the queue system is listened for at ";

/// A counter, from its set-up until the end of the test.
pub struct Station {
    pub screen: Screen,
    pub eyes: Eyes,
    album: Album,
    kiosk: Process,
    server: Process,
    data: tempfile::TempDir,
}

impl Station {
    /// Sets a counter up; `settings` are environment variables of its kiosk.
    pub fn set_up(settings: &[(&str, &str)]) -> Self {
        let (screen, data) = (Screen::start(1280, 800), tempfile::tempdir().unwrap());
        let mut server = Process::start(
            program().args(["demo", "--no-window", "--listen", "127.0.0.1:0", "--data"]).arg(data.path()),
        );
        let line = server.line_with("officer's day");
        server.drain();
        let url = line.split_whitespace().last().unwrap().trim_end_matches("/me");
        let code = admin(data.path(), &["enrol", "--counter", "1"]);
        let kiosk = Process::start(
            program()
                .args(["kiosk", "--enrol", code.trim(), "--data"])
                .arg(data.path().join("kiosk"))
                .env("DISPLAY", screen.display())
                .env_remove("WAYLAND_DISPLAY")
                .env("SUARA_SERVER_ADDRESS", url)
                .env("SUARA_SERVER_REFRESH_S", "1")
                .env("SUARA_TIMEOUTS_THANK_YOU_S", "1")
                // Whoever touches here does so as soon as there is something to touch.
                .env("SUARA_HONESTY_MIN_GAP_S", "0")
                .env("SUARA_HONESTY_DEBOUNCE_MS", "0")
                .envs(settings.iter().copied())
                .stderr(File::create(data.path().join("log")).unwrap()),
        );
        Self { screen, eyes: Eyes::new(), album: Album::open(), kiosk, server, data }
    }

    /// Waits until this page is on the screen.
    pub fn shows(&self, page: &str) {
        let seen = RefCell::new(Vec::<String>::new());
        let complaint = || {
            let kept = self.screen.save(&std::env::temp_dir().join("suara-loket-not-this-page.png"));
            format!("`{page}`: the screen showed {:?}, at last {}", seen.borrow(), kept.display())
        };
        eventually_or(complaint, || {
            let now = self.album.page(&self.screen.picture());
            let mut seen = seen.borrow_mut();
            if seen.last().is_none_or(|last| last != now) {
                seen.push(now.to_owned());
            }
            (now == page).then_some(())
        });
    }

    /// Touches a place, and waits for the page it leads to.
    pub fn touch(&self, place: (u32, u32), then: &str) {
        self.screen.tap(place.0, place.1);
        self.shows(then);
    }

    /// Touches a place, and waits until another page has come to rest.
    pub fn leads_on(&self, place: (u32, u32)) {
        let before = self.screen.picture();
        self.screen.tap(place.0, place.1);
        let mut last = before.clone();
        eventually("another page", || {
            let now = self.screen.picture();
            let is_at_rest = now == last && differs(&now, &before);
            last = now;
            is_at_rest.then_some(())
        });
    }

    /// The middles of the five stars, once they are on the screen.
    pub fn stars(&self) -> [(u32, u32); 5] {
        eventually("five stars on the screen", || self.eyes.stars(&self.screen.picture()))
    }

    /// What the kiosk's queue holds, in its order: kinds of events, without its own reports.
    pub fn kinds(&self) -> Vec<String> {
        let sql = "SELECT json_extract(body, '$.kind') FROM outbox
                   WHERE json_extract(body, '$.kind') <> 'health' ORDER BY seq";
        let queue = self.queue();
        let mut statement = queue.prepare(sql).unwrap();
        let kinds = statement.query_map([], |row| row.get(0)).unwrap();
        kinds.map(Result::unwrap).collect()
    }

    /// Waits until the queue holds exactly these kinds of events.
    pub fn holds(&self, kinds: &[&str]) {
        let complaint = || format!("{kinds:?}: the queue holds {:?}", self.kinds());
        eventually_or(complaint, || (self.kinds() == kinds).then_some(()));
    }

    /// One field of the newest event of a kind.
    pub fn newest(&self, kind: &str, field: &str) -> String {
        let sql = "SELECT json_extract(body, '$.' || ?2) FROM outbox
                   WHERE json_extract(body, '$.kind') = ?1 ORDER BY seq DESC LIMIT 1";
        let value: rusqlite::types::Value = self.queue().query_row(sql, [kind, field], |row| row.get(0)).unwrap();
        match value {
            rusqlite::types::Value::Integer(number) => number.to_string(),
            rusqlite::types::Value::Text(text) => text,
            other => panic!("{kind} has {other:?} as {field}"),
        }
    }

    /// `suara-loket admin …` at the office.
    pub fn admin(&self, arguments: &[&str]) -> String {
        admin(self.data.path(), arguments)
    }

    /// A file of the operator.
    pub fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.data.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// What the kiosk's log says after these words, to the end of the line; the last time it said them.
    pub fn logged(&self, words: &str) -> String {
        eventually(words, || {
            let log = std::fs::read_to_string(self.data.path().join("log")).unwrap();
            let (_, rest) = log.rsplit_once(words)?;
            let (said, _) = rest.split_once('\n')?;
            Some(said.trim().to_owned())
        })
    }

    /// Where the queue system of the office reaches the kiosk.
    pub fn queue_address(&self) -> String {
        self.logged(QUEUE_LOG)
    }

    /// The kiosk ends well when it is asked to.
    pub fn close(mut self) {
        self.kiosk.terminate();
        assert!(self.kiosk.wait().success());
        self.server.terminate();
        assert!(self.server.wait().success());
    }

    fn queue(&self) -> Connection {
        let path = self.data.path().join("kiosk/kiosk.db");
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
    }
}

/// Whether much has changed, more than a pressed button.
fn differs(one: &RgbImage, other: &RgbImage) -> bool {
    let changed = one.pixels().zip(other.pixels()).filter(|(a, b)| a != b).count();
    changed * 20 > one.pixels().len()
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_suara-loket"))
}

fn admin(data: &Path, arguments: &[&str]) -> String {
    let output = program().args(["admin", "--data"]).arg(data.join("server")).args(arguments).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{arguments:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
    said
}
