//! The command line: what an operator sees of it, and under wrong input one line that names the mend.

#[path = "../support/mod.rs"]
mod support;

mod backup;
mod config;
mod databases;
mod doctor;
mod headless;
mod networks;
mod office;
mod paper;
mod queue;
mod review;
mod scene;
mod settings;
mod skm;
mod units;
mod unlock;
mod verify;
mod watchdog;

use std::path::Path;
use std::process::Command;
use support::Process;

/// The program, with a folder of its own and no display.
fn suara_loket(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_suara-loket"));
    command.args(arguments).arg("--data").arg(data);
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    // A ballast of the usual size in every test would take memory where /tmp is made of it.
    command.env("SUARA_SERVER_BALLAST_MIB", "1");
    command
}

/// Runs a command that must fail, and returns the one line it says.
fn complaint(command: &mut Command) -> String {
    line_of_failure(command, 1)
}

/// Runs a command that is asked wrongly, and returns the one line it says.
fn misuse(command: &mut Command) -> String {
    line_of_failure(command, 2)
}

fn line_of_failure(command: &mut Command, code: i32) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{command:?} said {said}");
    assert_eq!(said.trim().lines().count(), 1, "more than one line:\n{said}");
    assert!(said.starts_with("suara-loket: "), "{said}");
    said
}

/// A server on a free port, once it serves, and its address.
fn server(data: &Path, arguments: &[&str]) -> (Process, String) {
    let mut server = Process::start(
        suara_loket(data, &[&["server", "--listen", "127.0.0.1:0"], arguments].concat()).env("SUARA_LOG", "warn"),
    );
    let line = server.line_with("Suara Loket serves at");
    server.drain();
    let url = line.split_whitespace().last().unwrap().to_owned();
    (server, url)
}

#[test]
fn bad_usage_is_told_from_failure() {
    let data = tempfile::tempdir().unwrap();
    let usages: [&[&str]; 4] =
        [&["kiosk", "--headless", "--windowed"], &["server", "--colour", "red"], &["fly"], &["admin"]];
    for arguments in usages {
        let output = suara_loket(data.path(), arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!output.stderr.is_empty());
    }
}

#[test]
fn every_command_explains_itself() {
    let demo = cfg!(feature = "screen").then_some("demo");
    let commands = ["server", "kiosk", "admin", "simulate", "backup", "restore", "verify", "doctor", "skm"];
    for command in commands.into_iter().chain(demo) {
        let output = Command::new(env!("CARGO_BIN_EXE_suara-loket")).args([command, "--help"]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{command}");
        assert!(String::from_utf8(output.stdout).unwrap().contains("Usage: suara-loket"), "{command}");
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("a-file");
    std::fs::write(&file, "kept").unwrap();
    let said = complaint(&mut suara_loket(&file.join("inside"), &["server", "--listen", "127.0.0.1:0"]));
    assert!(said.contains("cannot create the folder") && said.contains("--data"), "{said}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "kept");
}
