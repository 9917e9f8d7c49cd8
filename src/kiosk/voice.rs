//! Spoken prompts, by the speech program of the system, where there is one. Off unless somebody asks.
//!
//! Only what a page says to everybody is ever spoken, never what was touched: whoever stands nearby hears it, too.

use crate::domain::language::Language;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

/// Programs that speak, in the order of preference, each with the arguments before the words.
const PROGRAMS: [(&str, &[&str]); 2] =
    [("spd-say", &["--wait", "--rate", "-10", "--language"]), ("espeak-ng", &["-s", "140", "-v"])];

/// A voice. Never waits; begins to work with the first words.
pub struct Voice {
    program: Program,
    wishes: OnceLock<Sender<(String, Language)>>,
}

/// A program that speaks, and how it is told to.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Program {
    path: PathBuf,
    before: &'static [&'static str],
}

impl Voice {
    /// The voice of this machine, if a program for it is in one of `folders`, as `PATH` lists them.
    #[must_use]
    pub fn of_the_machine(folders: &std::ffi::OsStr) -> Option<Self> {
        Some(Self { program: find(&std::env::split_paths(folders).collect::<Vec<_>>())?, wishes: OnceLock::new() })
    }

    /// Speaks these words instead of whatever is being spoken; no words are silence.
    pub fn say(&self, words: &str, language: Language) {
        if words.is_empty() && self.wishes.get().is_none() {
            return;
        }
        let wishes = self.wishes.get_or_init(|| begin(self.program.clone()));
        let _nobody_speaks = wishes.send((words.to_owned(), language));
    }
}

fn begin(program: Program) -> Sender<(String, Language)> {
    let (wishes, wished) = channel();
    let started = thread::Builder::new().name("voice".to_owned()).spawn(move || speak(&program, &wished));
    if let Err(error) = started {
        tracing::error!(%error, "nothing can be spoken");
    }
    wishes
}

fn find(folders: &[PathBuf]) -> Option<Program> {
    PROGRAMS.iter().find_map(|(name, before)| {
        let path = folders.iter().map(|folder| folder.join(name)).find(|path| is_program(path))?;
        Some(Program { path, before })
    })
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

/// The arguments for some words. There is no voice for Minangkabau; the Indonesian one reads it well.
fn arguments(program: &Program, words: &str, language: Language) -> Vec<String> {
    let voice = match language {
        Language::Id | Language::Min => "id",
        Language::En => "en",
    };
    let own = program.before.iter().map(|argument| (*argument).to_owned());
    own.chain([voice.to_owned(), "--".to_owned(), words.to_owned()]).collect()
}

/// One wish after the other; a newer one cuts the one before short.
fn speak(program: &Program, wished: &Receiver<(String, Language)>) {
    let mut speaking: Option<Child> = None;
    while let Ok(mut wish) = wished.recv() {
        while let Ok(newer) = wished.try_recv() {
            wish = newer;
        }
        if let Some(mut earlier) = speaking.take() {
            hush(&mut earlier);
        }
        let (words, language) = wish;
        if words.is_empty() {
            continue;
        }
        let mut command = Command::new(&program.path);
        command.args(arguments(program, &words, language));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        match command.spawn() {
            Ok(child) => speaking = Some(child),
            Err(error) => tracing::warn!(%error, "{} cannot speak", program.path.display()),
        }
    }
    if let Some(mut last) = speaking {
        hush(&mut last);
    }
}

/// Ends a program that may have ended already.
fn hush(child: &mut Child) {
    if let Err(error) = child.kill().and_then(|()| child.wait()) {
        tracing::debug!(%error, "what was spoken had ended");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use std::time::{Duration, Instant};

    /// A program that writes down what it is told, and then speaks for a long time.
    fn program(folder: &Path, name: &str) -> PathBuf {
        let path = folder.join(name);
        let script = format!("#!/bin/sh\necho \"$@\" >> {}/said\nexec sleep 600\n", folder.display());
        std::fs::write(&path, script).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
        path
    }

    fn said(folder: &Path, lines: usize) -> Vec<String> {
        let since = Instant::now();
        loop {
            let text = std::fs::read_to_string(folder.join("said")).unwrap_or_default();
            let said: Vec<String> = text.lines().map(str::to_owned).collect();
            if said.len() >= lines {
                return said;
            }
            assert!(since.elapsed() < Duration::from_secs(20), "only {said:?}");
            thread::yield_now();
        }
    }

    #[test]
    fn newer_words_cut_the_older_short_and_minangkabau_has_the_indonesian_voice() {
        let folder = tempfile::tempdir().unwrap();
        program(folder.path(), "espeak-ng");
        let voice = Voice::of_the_machine(folder.path().as_os_str()).unwrap();
        voice.say("Bagaimana pelayanan kami hari ini?", Language::Id);
        assert_eq!(said(folder.path(), 1), ["-s 140 -v id -- Bagaimana pelayanan kami hari ini?"]);
        voice.say("Tarimo kasih!", Language::Min);
        assert_eq!(said(folder.path(), 2)[1], "-s 140 -v id -- Tarimo kasih!", "at once, not in ten minutes");
        voice.say("-v is no option here", Language::En);
        assert_eq!(said(folder.path(), 3)[2], "-s 140 -v en -- -v is no option here");
    }

    #[test]
    fn the_service_of_the_system_comes_first_and_without_any_there_is_no_voice() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(find(&[folder.path().to_owned()]), None);
        std::fs::write(folder.path().join("spd-say"), "no program").unwrap();
        assert!(Voice::of_the_machine(folder.path().as_os_str()).is_none(), "what cannot be run is no program");
        program(folder.path(), "espeak-ng");
        let path = program(folder.path(), "spd-say");
        assert_eq!(find(&[folder.path().to_owned()]).unwrap().path, path);
    }
}
