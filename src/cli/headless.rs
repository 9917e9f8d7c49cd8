//! `suara-loket kiosk --headless`: the same counter without a screen, one line in, one line out.
//!
//! The real session, queue and synchronisation: for counters with a box of buttons, and for tests
//! that pull the plug.

use super::attend::attend;
use super::{complain, kiosk};
use crate::domain::ids::OfficerId;
use crate::domain::stars::Stars;
use crate::kiosk::configuration::Configuration;
use crate::kiosk::counter::Kiosk;
use crate::kiosk::hands::Inbox;
use crate::kiosk::outbox::Outbox;
use crate::kiosk::own_settings::OwnSettings;
use crate::kiosk::session::{Event, PIN_DIGITS, PinNotice, PinScreen, Screen};
use crate::kiosk::start::{Prepared, Running};
use std::fmt;
use std::io::{BufRead, Write};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

/// Without anything else to wait for, time passes in steps of this size.
const LONGEST_SLEEP_MS: i64 = 60_000;

/// The lines, as `--help` explains them.
pub(super) const LINES: &str = "\
Lines of --headless, each answered by one line:
  rate N           one to five stars       stored seq 12 visit 7 id … receipt XXXX-XXXX-XXXX
                                           not stored: …   (nothing was kept; rate again)
                                           wait 12000      (ms; several ratings came very fast)
                                           closed          (with prompt = \"visit\": call first)
  undo             takes the last one back, within five seconds
                                           undone seq 13 visit 7
  code             the visit's QR code     code HTTPS://…  (a rate that follows is of the same visit)
  call             the next visitor        called
  on OFFICER PIN   an officer signs on     on officer 3
  off              and off                 off
  depth            the queue               depth 12 waiting 3
  quit             ends, as the end of input does
                                           bye
The first line is `ready device 3 fingerprint …`. A line that cannot be followed is answered by
`error: …` and changes nothing.";

/// One line of input.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Line {
    Rate(Stars),
    Undo,
    Code,
    Call,
    On(OfficerId, String),
    Off,
    Depth,
    Quit,
}

impl FromStr for Line {
    type Err = Answer;

    fn from_str(text: &str) -> Result<Self, Answer> {
        match text.split_whitespace().collect::<Vec<_>>()[..] {
            ["rate", stars] => {
                let stars = stars.parse::<u8>().ok().and_then(|number| Stars::try_from(number).ok());
                stars.map(Line::Rate).ok_or(Answer::Error("rate takes 1 to 5".to_owned()))
            }
            ["undo"] => Ok(Line::Undo),
            ["code"] => Ok(Line::Code),
            ["call"] => Ok(Line::Call),
            ["on", officer, pin] => {
                let officer = officer.parse::<u32>().ok().and_then(|number| OfficerId::try_from(number).ok());
                let is_pin = pin.len() == PIN_DIGITS && pin.bytes().all(|digit| digit.is_ascii_digit());
                let officer = officer.filter(|_| is_pin);
                let usage = || Answer::Error(format!("on takes the number of an officer and {PIN_DIGITS} digits"));
                officer.map(|officer| Line::On(officer, pin.to_owned())).ok_or_else(usage)
            }
            ["off"] => Ok(Line::Off),
            ["depth"] => Ok(Line::Depth),
            ["quit"] => Ok(Line::Quit),
            _ => Err(Answer::Error("say rate, undo, code, call, on, off, depth or quit".to_owned())),
        }
    }
}

/// One line of output.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Answer {
    Done(String),
    NotStored(String),
    Wait(i64),
    Closed,
    Error(String),
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Done(what) => f.write_str(what),
            Answer::NotStored(why) => write!(f, "not stored: {}", one_line(why)),
            Answer::Wait(ms) => write!(f, "wait {ms}"),
            Answer::Closed => f.write_str("closed"),
            Answer::Error(why) => write!(f, "error: {}", one_line(why)),
        }
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The settings of a kiosk that nobody sees.
pub(super) fn settings(own: OwnSettings) -> OwnSettings {
    own.with(|settings| {
        // A line is meant as it is said: there is no screen that could change under a finger.
        settings.honesty.debounce_ms = 0;
        settings.ask_for_nothing();
    })
}

/// Follows lines until the last one, or until the program is asked to end.
pub(super) fn run(prepared: Prepared, runtime: &Runtime, asked_to_end: impl Future<Output = ()>) -> anyhow::Result<()> {
    let ready = format!("ready device {} fingerprint {}", prepared.device(), prepared.fingerprint());
    let (sender, inbox) = mpsc::unbounded_channel();
    let (answers, changes) = (sender.clone(), sender);
    let answers: Inbox = Arc::new(move |event| drop(answers.send(Message::Event(event))));
    let settings = prepared.settings().clone();
    let (running, synchronisation) = prepared.launch(answers.clone(), move |new| {
        drop(changes.send(Message::Configuration(new)));
    })?;
    attend(runtime, &settings, &running, answers)?;
    let synchronisation = runtime.spawn(synchronisation);
    let Running { kiosk, outbox, stop, .. } = running;
    say(&ready);
    let mut counter = Headless { kiosk, outbox, inbox };
    let lines = read_lines();
    runtime.block_on(async move {
        tokio::select! {
            () = counter.serve(lines) => {}
            () = asked_to_end => {}
        }
    });
    kiosk::finish(runtime, &stop, synchronisation);
    Ok(())
}

/// Standard input, line by line, on a thread of its own because reading it blocks.
fn read_lines() -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel(16);
    std::thread::spawn(move || {
        let (mut input, mut line) = (std::io::stdin().lock(), Vec::new());
        while matches!(input.read_until(b'\n', &mut line), Ok(1..)) {
            if sender.blocking_send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                return;
            }
            line.clear();
        }
    });
    lines
}

/// Whoever asked waits for this line, so it does not stay in a buffer.
fn say(line: &str) {
    let mut output = std::io::stdout().lock();
    if writeln!(output, "{line}").and_then(|()| output.flush()).is_err() {
        complain(&format!("suara-loket: nobody reads `{line}`"));
    }
}

enum Message {
    Event(Event),
    Configuration(Arc<Configuration>),
}

/// A counter that is told what to do.
struct Headless {
    kiosk: Kiosk,
    outbox: Outbox,
    inbox: mpsc::UnboundedReceiver<Message>,
}

impl Headless {
    async fn serve(&mut self, mut lines: mpsc::Receiver<String>) {
        loop {
            let sleep_ms = self.kiosk.wake_in_ms().unwrap_or(LONGEST_SLEEP_MS).clamp(1, LONGEST_SLEEP_MS);
            tokio::select! {
                line = lines.recv() => {
                    let Some(line) = line else { return };
                    self.catch_up();
                    match line.parse() {
                        Ok(Line::Quit) => return say("bye"),
                        Ok(line) => say(&self.follow(line).await.unwrap_or_else(|answer| answer).to_string()),
                        Err(answer) => say(&answer.to_string()),
                    }
                }
                Some(message) = self.inbox.recv() => drop(self.take(message)),
                () = tokio::time::sleep(Duration::from_millis(sleep_ms.unsigned_abs())) => self.kiosk.send(Event::Tick),
            }
        }
    }

    /// `Err` is an answer too: what kept the line from being followed.
    async fn follow(&mut self, line: Line) -> Result<Answer, Answer> {
        match line {
            Line::Rate(stars) => self.rate(stars).await,
            Line::Undo => self.undo().await,
            Line::Code => self.code().await,
            Line::On(officer, pin) => self.sign_on(officer, &pin).await,
            Line::Call => {
                self.kiosk.send(Event::VisitCalled { service: None });
                Ok(Answer::Done("called".to_owned()))
            }
            Line::Off if !self.kiosk.view().is_on_duty => Err(Answer::Error("nobody is on duty".to_owned())),
            Line::Off => {
                self.kiosk.send(Event::OffDuty);
                Ok(Answer::Done("off".to_owned()))
            }
            Line::Depth => match self.outbox.depth() {
                Ok(depth) => Ok(Answer::Done(format!("depth {} waiting {}", depth.events, depth.waiting))),
                Err(error) => Err(Answer::Error(error.to_string())),
            },
            Line::Quit => Ok(Answer::Done("bye".to_owned())),
        }
    }

    async fn rate(&mut self, stars: Stars) -> Result<Answer, Answer> {
        self.be_at_start();
        match self.kiosk.view().screen {
            Screen::Start => {}
            Screen::Wait { .. } => return Err(Answer::Wait(self.kiosk.tick_in_ms().unwrap_or(0))),
            _ => return Err(Answer::Closed),
        }
        self.kiosk.send(Event::StarTouched(stars));
        loop {
            if let Event::Stored { seq, id, visit } = self.answer().await?
                && let Screen::ThankYou { receipt, .. } = self.kiosk.view().screen
            {
                let visit = visit.map(|visit| format!(" visit {visit}")).unwrap_or_default();
                return Ok(Answer::Done(format!("stored seq {seq}{visit} id {} receipt {receipt}", id.0)));
            }
        }
    }

    async fn undo(&mut self) -> Result<Answer, Answer> {
        if !matches!(self.kiosk.view().screen, Screen::ThankYou { undo: true, .. }) {
            return Err(Answer::Error("there is no rating of the last five seconds to take back".to_owned()));
        }
        self.kiosk.send(Event::UndoTouched);
        loop {
            if let Event::Stored { seq, visit: Some(visit), .. } = self.answer().await? {
                return Ok(Answer::Done(format!("undone seq {seq} visit {visit}")));
            }
        }
    }

    async fn code(&mut self) -> Result<Answer, Answer> {
        self.be_at_start();
        if *self.kiosk.view().screen == Screen::Closed {
            return Err(Answer::Closed);
        }
        self.kiosk.send(Event::RateLaterTouched);
        loop {
            if let Event::TicketReady { link, .. } = self.answer().await? {
                self.kiosk.send(Event::BackTouched);
                return Ok(Answer::Done(format!("code {link}")));
            }
        }
    }

    async fn sign_on(&mut self, officer: OfficerId, pin: &str) -> Result<Answer, Answer> {
        if !self.kiosk.view().roster.officers.iter().any(|entry| entry.officer.id == officer) {
            return Err(Answer::Error(format!("officer {officer} is not known at this counter")));
        }
        self.be_at_start();
        for event in [Event::StaffTouched, Event::OtherOfficerTouched, Event::OfficerTouched(officer)] {
            self.kiosk.send(event);
        }
        for digit in pin.bytes() {
            self.kiosk.send(Event::DigitTouched(digit - b'0'));
        }
        while let Screen::Pin(PinScreen { notice: PinNotice::Checking, .. }) = self.kiosk.view().screen {
            self.answer().await?;
        }
        let answer = match self.kiosk.view().screen {
            Screen::Menu { .. } => Ok(Answer::Done(format!("on officer {officer}"))),
            Screen::Pin(PinScreen { notice: PinNotice::Locked, .. }) => {
                Err(Answer::Error("too many wrong PINs: wait a minute".to_owned()))
            }
            _ => Err(Answer::Error("that is not the officer's PIN".to_owned())),
        };
        self.kiosk.send(Event::BackTouched);
        answer
    }

    /// The thank-you of the last rating has been read, and nobody sleeps.
    fn be_at_start(&mut self) {
        if matches!(self.kiosk.view().screen, Screen::ThankYou { .. }) {
            self.kiosk.send(Event::BackTouched);
        }
        // Outside opening hours a counter sleeps; whoever says a line is there.
        self.kiosk.send(Event::WakeTouched);
    }

    /// What happened since the last line.
    fn catch_up(&mut self) {
        while let Ok(message) = self.inbox.try_recv() {
            drop(self.take(message));
        }
        self.kiosk.send(Event::Tick);
    }

    /// The next answer of the counter's parts, as the session has taken it. What cannot be stored is
    /// given up at once: whoever said the line decides whether to say it again.
    async fn answer(&mut self) -> Result<Event, Answer> {
        loop {
            let closed = || Answer::Error("the kiosk has ended".to_owned());
            let Some(event) = self.inbox.recv().await.ok_or_else(closed).map(|message| self.take(message))? else {
                continue;
            };
            if let Event::StoreFailed { reason } = &event
                && *self.kiosk.view().screen == Screen::NotStored
            {
                let reason = reason.clone();
                self.kiosk.send(Event::BackTouched);
                return Err(Answer::NotStored(reason));
            }
            return Ok(event);
        }
    }

    /// Gives a message to the kiosk; returns it if it was an event.
    fn take(&mut self, message: Message) -> Option<Event> {
        match message {
            Message::Event(event) => {
                self.kiosk.send(event.clone());
                Some(event)
            }
            Message::Configuration(new) => {
                self.kiosk.set_settings(&new.settings);
                self.kiosk.set_roster(new.roster.clone());
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_help_is_understood() {
        for (text, line) in [
            ("rate 5\n", Line::Rate(Stars::ALL[4])),
            (" undo ", Line::Undo),
            ("code", Line::Code),
            ("call", Line::Call),
            ("on 3 012345", Line::On(OfficerId::try_from(3).unwrap(), "012345".to_owned())),
            ("off", Line::Off),
            ("depth", Line::Depth),
            ("quit", Line::Quit),
        ] {
            assert_eq!(text.parse(), Ok(line), "{text}");
            let word = text.split_whitespace().next().unwrap();
            assert!(LINES.lines().any(|help| help.trim().starts_with(word)), "{word}");
        }
    }

    #[test]
    fn other_lines_are_errors_of_one_line() {
        for text in [
            "",
            "rate",
            "rate 0",
            "rate 6",
            "rate five",
            "rate 5 5",
            "on 3",
            "on 3 12345",
            "on 3 12345x",
            "on x 123456",
            "on -1 123456",
            "RATE 5",
            "\u{fffd}",
            "quit now",
        ] {
            let answer = text.parse::<Line>().unwrap_err().to_string();
            assert!(answer.starts_with("error: ") && answer.lines().count() == 1, "{text}: {answer}");
        }
    }
}
