//! The counter without a screen, as a box of buttons drives it: lines in, lines out.

use crate::{server, suara_loket};
use rusqlite::Connection;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

/// The program itself, and its two pipes.
pub struct Counter {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Counter {
    pub fn start(data: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = suara_loket(data, &[&["kiosk", "--headless"], arguments].concat());
        command.envs(environment.iter().copied()).env("SUARA_LOG", "off");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, input, output }
    }

    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    pub fn say(&mut self, line: &str) -> String {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
        self.line()
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// A server with one office, one counter and the officer 1; returns its address and a code.
pub fn office(data: &Path) -> (crate::support::Process, String, String, String) {
    let admin = |arguments: &[&str]| {
        let output = suara_loket(data, &[&["admin"], arguments].concat()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    admin(&["office", "add", "--name", "Kantor Uji"]);
    admin(&["counter", "add", "--name", "Loket 1"]);
    let officer = admin(&["officer", "add", "--name", "Rani Oktavia", "--login", "rani"]);
    let code = admin(&["enrol", "--counter", "1"]);
    let (server, url) = server(data, &[]);
    (server, url, word(&code, |word| word.len() > 7 && !word.contains(char::is_lowercase)), pin(&officer))
}

fn word(text: &str, is_it: impl Fn(&str) -> bool) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c == ',' || c == '`');
    words.filter(|word| !word.is_empty()).find(|word| is_it(word)).unwrap_or_else(|| panic!("{text}")).to_owned()
}

fn pin(text: &str) -> String {
    word(text, |word| word.len() == 6 && word.bytes().all(|b| b.is_ascii_digit()))
}

#[test]
fn a_box_of_buttons_can_do_what_the_screen_can() {
    let folder = tempfile::tempdir().unwrap();
    let (_server, url, code, pin) = office(&folder.path().join("server"));
    let settings = [("SUARA_SERVER_ADDRESS", url.as_str()), ("SUARA_HONESTY_MIN_GAP_S", "600")];
    let data = folder.path().join("kiosk");
    let mut counter = Counter::start(&data, &["--enrol", &code], &settings);
    let ready = counter.line();
    assert!(ready.starts_with("ready device 1 fingerprint "), "{ready}");

    let stored = counter.say("rate 5");
    let parts: Vec<_> = stored.split(' ').collect();
    let ["stored", "seq", "1", "visit", "1", "id", _, "receipt", receipt] = parts[..] else { panic!("{stored}") };
    assert_eq!((receipt.len(), receipt.matches('-').count()), (14, 2), "{receipt}");
    assert_eq!(counter.say("undo"), "undone seq 2 visit 1");
    assert!(counter.say("rate 1").starts_with("stored seq 3 visit 1 id "), "the same visit");

    assert!(counter.say("code").starts_with("code HTTP://"));
    assert!(counter.say("rate 2").starts_with("stored seq 5 visit 2 id "), "the visit of the code");

    assert!(counter.say("on 1 000000").starts_with("error: that is not"));
    assert!(counter.say(&format!("on 9 {pin}")).starts_with("error: officer 9"));
    assert_eq!(counter.say(&format!("on 1 {pin}")), "on officer 1");
    assert!(counter.say("rate 3").starts_with("stored seq 7 visit 3 id "));
    assert_eq!(counter.say("off"), "off");
    assert!(counter.say("off").starts_with("error: nobody"));
    assert_eq!(counter.say("call"), "called");

    assert!(counter.say("rate 4").starts_with("stored seq 9 visit 4 id "));
    let wait = counter.say("rate 4");
    let ms: u32 = wait.strip_prefix("wait ").unwrap_or_else(|| panic!("{wait}")).parse().unwrap();
    assert!(ms > 500_000 && ms <= 600_000, "{ms}");
    for bad in ["", "rate", "rate 9", "dance", "on 1"] {
        assert!(counter.say(bad).starts_with("error: "), "{bad}");
    }
    assert!(counter.say("depth").starts_with("depth 9 waiting "));
    assert_eq!(counter.say("quit"), "bye");
    assert!(counter.child.wait().unwrap().success());
    assert_eq!(events(&data), 9);
}

#[test]
fn the_stars_can_wait_for_a_call_and_the_end_of_input_ends() {
    let folder = tempfile::tempdir().unwrap();
    let (_server, url, code, _pin) = office(&folder.path().join("server"));
    let settings = [("SUARA_SERVER_ADDRESS", url.as_str()), ("SUARA_HONESTY_PROMPT", "visit")];
    let mut counter = Counter::start(&folder.path().join("kiosk"), &["--enrol", &code], &settings);
    counter.line();
    assert_eq!(counter.say("rate 5"), "closed");
    assert_eq!(counter.say("code"), "closed");
    assert_eq!(counter.say("call"), "called");
    assert!(counter.say("rate 5").starts_with("stored seq 1 visit 1 id "));
    assert_eq!(counter.say("rate 5"), "closed", "one call, one rating");
    drop(counter.input.take());
    assert!(counter.child.wait().unwrap().success());
}

/// Law 1 without a screen: what cannot be committed is answered so, and nothing of it is kept.
#[test]
fn what_is_not_stored_is_said_and_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (_server, url, code, _pin) = office(&folder.path().join("server"));
    let settings = [("SUARA_SERVER_ADDRESS", url.as_str()), ("SUARA_HONESTY_MIN_GAP_S", "0")];
    let data = folder.path().join("kiosk");
    let mut counter = Counter::start(&data, &["--enrol", &code], &settings);
    counter.line();
    counter.say("rate 5");
    let stranger = Connection::open(data.join("kiosk.db")).unwrap();
    stranger
        .execute_batch("CREATE TRIGGER full BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'no room'); END")
        .unwrap();
    for line in ["rate 1", "rate 5", "code"] {
        let said = counter.say(line);
        assert!(said.starts_with("not stored: ") && said.contains("no room"), "{line}: {said}");
    }
    stranger.execute_batch("DROP TRIGGER full").unwrap();
    assert!(counter.say("rate 2").starts_with("stored seq 2 visit 2 id "));
    assert_eq!(events(&data), 2);
}

#[cfg(not(feature = "screen"))]
#[test]
fn a_build_without_a_window_says_so() {
    let data = tempfile::tempdir().unwrap();
    let said = crate::complaint(&mut suara_loket(data.path(), &["kiosk"]));
    assert!(said.contains("--headless"), "{said}");
}

fn events(data: &Path) -> u32 {
    let database = Connection::open(data.join("kiosk.db")).unwrap();
    database.query_row("SELECT count(*) FROM outbox", [], |row| row.get(0)).unwrap()
}
