//! `suara-loket kiosk --headless`: the real counter, told what to do by lines, and killed when this
//! value goes.

use super::faketime::WallClock;
use super::server::{ServerProgram, service_on};
use crate::support::server::quick_office;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;
use suara_loket::domain::ids::EventId;

/// Longer than anything here takes, on any machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// Nobody listens there: a kiosk without a network.
pub const NOWHERE: &str = "http://127.0.0.1:9";

/// What a resident hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Thank you: it is stored.
    Stored { seq: u64, visit: u32, id: EventId },
    /// It is not, and the kiosk says so.
    NotStored(String),
    /// Nothing: the kiosk is gone.
    Silence,
}

pub struct KioskProgram {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl KioskProgram {
    /// Starts it, and waits until it is ready.
    pub fn start(folder: &Path, server: &str) -> Self {
        Self::try_start(folder, server).unwrap_or_else(|said| panic!("the kiosk does not start: {said}"))
    }

    /// The same, or what it said instead of becoming ready.
    pub fn try_start(folder: &Path, server: &str) -> Result<Self, String> {
        Self::begin(folder, server, None).ready()
    }

    /// Starts it under a wall clock of its own, and waits until it is ready.
    pub fn ready_under(clock: &WallClock, folder: &Path, server: &str) -> Self {
        let kiosk = Self::begin_under(clock, folder, server, None);
        kiosk.ready().unwrap_or_else(|said| panic!("the kiosk does not start: {said}"))
    }

    fn ready(self) -> Result<Self, String> {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) if line.starts_with("ready") => Ok(self),
            other => Err(format!("{other:?}")),
        }
    }

    /// Starts it without waiting for anything.
    pub fn begin(folder: &Path, server: &str, code: Option<&str>) -> Self {
        Self::run(&mut command(folder, server, code))
    }

    /// The same, under a wall clock of its own.
    pub fn begin_under(clock: &WallClock, folder: &Path, server: &str, code: Option<&str>) -> Self {
        let mut command = command(folder, server, code);
        clock.give_to(&mut command);
        Self::run(&mut command)
    }

    fn run(command: &mut Command) -> Self {
        let mut child = command.spawn().expect("the program to start");
        let (sender, lines) = channel();
        let output = BufReader::new(child.stdout.take().expect("its output"));
        std::thread::spawn(move || {
            for line in output.lines() {
                let Ok(line) = line else { return };
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let input = child.stdin.take();
        Self { child, input, lines }
    }

    /// Says a line without waiting for the answer.
    pub fn say(&mut self, line: &str) {
        // A pipe whose reader was killed is part of the game.
        let _gone = self.input.as_mut().map(|input| writeln!(input, "{line}"));
    }

    /// The next line of output, or `None` when the program is gone.
    pub fn line(&self) -> Option<String> {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("the kiosk says nothing for a minute"),
        }
    }

    /// What came so far, without waiting.
    pub fn lines_so_far(&self) -> Vec<String> {
        self.lines.try_iter().collect()
    }

    pub fn ask(&mut self, line: &str) -> Option<String> {
        self.say(line);
        self.line()
    }

    pub fn rate(&mut self, stars: u64) -> Heard {
        self.ask(&format!("rate {stars}")).map_or(Heard::Silence, |answer| Heard::from_line(&answer))
    }

    /// How many events wait for the server.
    pub fn waiting(&mut self) -> Option<u64> {
        self.ask("depth")?.rsplit(' ').next()?.parse().ok()
    }

    /// `SIGKILL`: no hand-over, no farewell.
    pub fn kill(mut self) -> Vec<Heard> {
        self.kill_now();
        self.rest()
    }

    pub fn kill_now(&mut self) {
        let _gone = self.child.kill();
    }

    /// What was still said before the end.
    pub fn rest(mut self) -> Vec<Heard> {
        let _reaped = self.child.wait();
        std::iter::from_fn(|| self.line()).map(|line| Heard::from_line(&line)).collect()
    }

    /// Says farewell and waits for the end.
    pub fn quit(mut self) {
        self.say("quit");
        self.input = None;
        let _reaped = self.child.wait();
    }
}

fn command(folder: &Path, server: &str, code: Option<&str>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_suara-loket"));
    command.args(["kiosk", "--headless", "--data"]).arg(folder);
    if let Some(code) = code {
        command.args(["--enrol", code]);
    }
    command
        .env("SUARA_SERVER_ADDRESS", server)
        .env("SUARA_SERVER_REFRESH_S", "1")
        .env("SUARA_HONESTY_MIN_GAP_S", "0")
        .env("SUARA_LOG", std::env::var("SUARA_FAULTS_LOG").unwrap_or_else(|_| "off".to_owned()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    command
}

impl Heard {
    /// From a line such as `stored seq 12 visit 7 id … receipt …`.
    pub fn from_line(line: &str) -> Self {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["stored", "seq", seq, "visit", visit, "id", id, ..] => Self::Stored {
                seq: seq.parse().expect("a number"),
                visit: visit.parse().expect("a number"),
                id: EventId(id.parse().expect("an id")),
            },
            _ => Self::NotStored(line.to_owned()),
        }
    }

    pub fn id(&self) -> Option<EventId> {
        if let Self::Stored { id, .. } = self { Some(*id) } else { None }
    }
}

impl Drop for KioskProgram {
    fn drop(&mut self) {
        self.kill_now();
        let _reaped = self.child.wait();
    }
}

/// A folder with an enrolled kiosk in it, made by the real programs; and the server's folder.
pub async fn enrolled(folder: &Path, server_folder: &Path) {
    let code = {
        let service = service_on(server_folder);
        let office = quick_office(&service).await;
        service.new_enrolment(office.office, office.counter).await.unwrap()
    };
    let server = ServerProgram::start(server_folder);
    enrol_at(folder, &server.address, &code);
}

/// A new kiosk in a folder, enrolled with a code by the real program.
pub fn enrol_at(folder: &Path, server: &str, code: &str) {
    let kiosk = KioskProgram::begin(folder, server, Some(code));
    let line = kiosk.line().expect("a first line");
    assert!(line.starts_with("ready"), "{line}");
    kiosk.quit();
}

/// Copies a folder of plain files.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
