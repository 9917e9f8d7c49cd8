//! Settings files that cannot be used, or not wholly.

use crate::support::Process;
use crate::{complaint, suara_loket};
use std::path::PathBuf;

fn file(folder: &tempfile::TempDir, text: &str) -> PathBuf {
    let path = folder.path().join("settings.toml");
    std::fs::write(&path, text).unwrap();
    path
}

/// What a command says to a settings file of these contents.
fn said_to(command: &str, text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, text);
    complaint(suara_loket(&folder.path().join("data"), &[command]).arg("--config").arg(path))
}

#[test]
fn an_unreadable_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["server", "kiosk"] {
        let missing = folder.path().join("missing.toml");
        let said = complaint(suara_loket(folder.path(), &[command]).arg("--config").arg(&missing));
        assert!(said.contains("missing.toml") && said.contains("Check the path after --config"), "{said}");
    }
}

#[test]
fn a_slip_of_the_pen_is_named_with_its_place() {
    for command in ["server", "kiosk"] {
        let said = said_to(command, "[server]\nlisten = ");
        assert!(said.contains("settings.toml is not valid TOML") && said.contains("line 2"), "{said}");
        let said = said_to(command, "server = 5");
        assert!(said.contains("settings.toml: "), "{said}");
    }
    let said = said_to("kiosk", "[theme]\nprimary = \"greenish\"");
    assert!(said.contains("greenish"), "{said}");
}

#[test]
fn a_screen_without_a_language_is_refused() {
    let said = said_to("kiosk", "[languages]\noffered = []");
    assert!(said.contains("settings.toml: no language is offered") && said.contains("languages.offered"), "{said}");
    let said = said_to("kiosk", "[languages]\noffered = [\"xx\"]");
    assert!(said.contains("xx") && said.contains("languages.offered"), "{said}");
}

#[test]
fn unknown_keys_are_named_and_harmless() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, "[server]\nlisten = \"127.0.0.1:0\"\nlissen = 1\n");
    let log = folder.path().join("log");
    let mut server = Process::start(
        suara_loket(folder.path(), &["server"]).arg("--config").arg(path).stderr(std::fs::File::create(&log).unwrap()),
    );
    server.line_with("Suara Loket serves at");
    server.terminate();
    assert!(server.wait().success());
    let said = std::fs::read_to_string(log).unwrap();
    assert!(said.contains("unknown setting `server.lissen`"), "{said}");
    assert!(!said.contains('\u{1b}'), "no colours in a file: {said}");
}
