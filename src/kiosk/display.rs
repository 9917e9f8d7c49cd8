//! Switching the display's light, by commands of the settings: which they are depends on the machine.

use super::session::Power;
use super::settings::ScreenSettings;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// A command that takes longer is ended.
const PATIENCE: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The switch. Without commands it does nothing, and the screen is only drawn dark.
pub struct Display {
    wishes: Option<Sender<Power>>,
}

impl Display {
    /// A switch that runs these commands, one after the other on a thread of its own.
    #[must_use]
    pub fn of(settings: &ScreenSettings) -> Self {
        if settings.on.is_empty() && settings.off.is_empty() {
            return Self { wishes: None };
        }
        let (wishes, wished) = channel();
        let settings = settings.clone();
        let started = thread::Builder::new().name("display".to_owned()).spawn(move || follow(&wished, &settings));
        if let Err(error) = &started {
            tracing::error!(%error, "the display cannot be switched");
        }
        Self { wishes: Some(wishes) }
    }

    /// Wishes it on or off; never waits.
    pub fn switch(&self, power: Power) {
        if let Some(wishes) = &self.wishes {
            let _nobody_switches = wishes.send(power);
        }
    }
}

fn follow(wished: &Receiver<Power>, settings: &ScreenSettings) {
    for power in wished {
        let command = match power {
            Power::On => &settings.on,
            Power::Off => &settings.off,
        };
        if let Some((program, arguments)) = command.split_first()
            && let Err(reason) = run(program, arguments, PATIENCE)
        {
            tracing::error!("the display was not switched: {program} {reason}. Check [screen] in the settings");
        }
    }
}

/// Runs a command to its end, which comes within `patience`.
fn run(program: &str, arguments: &[String], patience: Duration) -> Result<(), String> {
    let started = Command::new(program).args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).spawn();
    let mut child = started.map_err(|error| format!("cannot be started ({error})"))?;
    let begun = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("failed ({status})")),
            Ok(None) if begun.elapsed() < patience => thread::sleep(LOOK_EVERY),
            Ok(None) => return Err(end(&mut child)),
            Err(error) => return Err(format!("cannot be waited for ({error})")),
        }
    }
}

fn end(child: &mut Child) -> String {
    let _gone = child.kill();
    let _reaped = child.wait();
    "did not end".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn wishes_are_followed_in_their_order() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let note = |word: &str| vec!["sh".to_owned(), "-c".to_owned(), format!("echo {word} >> {}", log.display())];
        let (wishes, wished) = channel();
        for power in [Power::Off, Power::On, Power::Off] {
            wishes.send(power).unwrap();
        }
        drop(wishes);
        follow(&wished, &ScreenSettings { on: note("on"), off: note("off") });
        assert_eq!(std::fs::read_to_string(&log).unwrap(), "off\non\noff\n");
    }

    #[test]
    fn without_commands_nothing_runs() {
        assert!(Display::of(&ScreenSettings::default()).wishes.is_none());
    }

    #[test]
    fn a_command_that_fails_or_never_ends_is_told() {
        assert!(run("/nowhere/at/all", &[], PATIENCE).unwrap_err().contains("cannot be started"));
        assert!(run("false", &[], PATIENCE).unwrap_err().contains("failed"));
        assert_eq!(run("sleep", &words("600"), Duration::ZERO).unwrap_err(), "did not end");
        assert_eq!(run("true", &[], PATIENCE), Ok(()));
    }
}
