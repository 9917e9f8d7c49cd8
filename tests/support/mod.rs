//! What several test programs share: real processes, a real screen, a real browser.
//!
//! Everything started here ends with its owner, by its own id.

#![allow(dead_code, reason = "each test program uses its own part of this")]
#![allow(missing_docs, reason = "read by its neighbours only")]

pub mod browser;
pub mod clocks;
pub mod counter;
pub mod screen;
pub mod server;

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// A process that ends with this value, together with what it started itself.
pub struct Process {
    child: Child,
    output: Option<BufReader<ChildStdout>>,
}

impl Process {
    /// Starts a command and keeps its standard output for reading.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        let output = child.stdout.take().map(BufReader::new);
        Self { child, output }
    }

    /// Reads lines until one contains `text`, and returns it. The rest is read on in the
    /// background, so that the process never waits for a reader.
    pub fn line_with(&mut self, text: &str) -> String {
        let mut output = self.output.take().expect("the output is read once");
        let mut seen = String::new();
        loop {
            let mut line = String::new();
            let read = output.read_line(&mut line).expect("readable output");
            assert!(read > 0, "ended without saying `{text}`:\n{seen}");
            seen.push_str(&line);
            if line.contains(text) {
                self.output = Some(output);
                return line;
            }
        }
    }

    /// Goes on reading in the background.
    pub fn drain(&mut self) {
        if let Some(mut output) = self.output.take() {
            std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        }
    }

    /// Asks the process to end, as a service manager would.
    pub fn terminate(&mut self) {
        let _gone = Command::new("kill").arg(self.child.id().to_string()).status();
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> std::process::ExitStatus {
        self.child.wait().expect("a child to wait for")
    }

    /// Its id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let group = format!("-{}", self.child.id());
        let _gone = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _reaped = self.child.wait();
    }
}

/// Waits until `condition` gives something; fails loudly after a minute.
pub fn eventually<T>(what: &str, condition: impl FnMut() -> Option<T>) -> T {
    eventually_or(|| what.to_owned(), condition)
}

/// The same, which can tell what there was instead.
pub fn eventually_or<T>(what: impl Fn() -> String, mut condition: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "waited a minute in vain for {}", what());
        std::thread::park_timeout(Duration::from_millis(20));
    }
}
