//! The walls of the crate: who may import whom, and where a library may be used.
//!
//! A law here is checked by reading the source, so it fails the moment somebody breaks it.

mod paths;
mod texts;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn rust_files(folder: &str) -> Vec<(PathBuf, String)> {
    files(folder, "rs")
}

/// The files of one kind below a folder, with what they hold.
fn files(folder: &str, extension: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files = Vec::new();
    collect(&root, extension, &mut files);
    assert!(!files.is_empty(), "{folder} holds no .{extension} file: has it moved?");
    files
}

fn collect(folder: &Path, extension: &str, files: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, extension, files);
        } else if path.extension().is_some_and(|e| e == extension) {
            files.push((path.clone(), fs::read_to_string(&path).unwrap()));
        }
    }
}

/// Lines of code that contain one of `words`, comments left out.
fn uses(text: &str, words: &[&str]) -> Vec<String> {
    let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    code.filter(|line| words.iter().any(|word| line.contains(word))).map(str::to_owned).collect()
}

/// Every file below `folder`, but for the `allowed` places, is free of `words`.
fn assert_free(folder: &str, allowed: &[&str], words: &[&str]) {
    for (path, text) in rust_files(folder) {
        let shown = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().display().to_string();
        if allowed.iter().any(|place| shown.starts_with(place)) {
            continue;
        }
        let found = uses(&text, words);
        assert!(found.is_empty(), "{shown} must not use {words:?}:\n{}", found.join("\n"));
    }
}

/// No file below `folder` names a module that begins with one of `modules`.
fn assert_names_none(folder: &str, modules: &[&str]) {
    for (path, text) in rust_files(folder) {
        let begins = |named: &str, module: &str| named == module || named.starts_with(&format!("{module}::"));
        let found: Vec<_> = paths::named_in(&path, &text)
            .into_iter()
            .filter(|named| modules.iter().any(|module| begins(named, module)))
            .collect();
        assert!(found.is_empty(), "{} must not name {}", path.display(), found.join(", "));
    }
}

#[test]
fn the_domain_imports_nothing_of_the_crate() {
    for (path, text) in rust_files("src/domain") {
        let foreign: Vec<_> =
            paths::named_in(&path, &text).into_iter().filter(|named| !named.starts_with("crate::domain")).collect();
        assert!(foreign.is_empty(), "{} must not name {}", path.display(), foreign.join(", "));
    }
}

#[test]
fn the_protocol_knows_the_domain_only() {
    assert_names_none(
        "src/protocol",
        &["crate::kiosk", "crate::server", "crate::storage", "crate::cli", "crate::system"],
    );
}

#[test]
fn tables_know_the_domain_only() {
    assert_names_none(
        "src/sheet",
        &["crate::protocol", "crate::kiosk", "crate::server", "crate::storage", "crate::cli", "crate::system"],
    );
}

#[test]
fn kiosk_and_server_never_import_each_other() {
    assert_names_none("src/kiosk", &["crate::server", "crate::cli"]);
    assert_names_none("src/server", &["crate::kiosk", "crate::cli"]);
}

#[test]
fn the_layers_of_the_server_point_downwards() {
    assert_names_none("src/server/store", &["crate::server::http", "crate::server::service", "crate::server::app"]);
    assert_names_none(
        "src/server/service",
        &["crate::server::http", "crate::server::app", "crate::server::store::sqlite"],
    );
    assert_names_none("src/server/http", &["crate::server::store::sqlite", "crate::server::app"]);
}

#[test]
fn every_library_stays_in_its_place() {
    assert_free("src", &["src/kiosk/ui"], &["slint::"]);
    assert_free("src", &["src/server/http", "src/server/app.rs"], &["axum::"]);
    assert_free("src", &["src/sheet"], &["calamine::", "rust_xlsxwriter::"]);
    assert_free("src", &["src/kiosk/sync"], &["reqwest::"]);
    assert_free("src", &["src/kiosk/queue_api"], &["hyper::", "hyper_util::", "http_body_util::"]);
    assert_free("src", &["src/storage", "src/kiosk/outbox", "src/server/store"], &["rusqlite::"]);
    assert_free("src", &["src/system.rs"], &["SystemTime::now", "Timestamp::now", "getrandom::"]);
}

#[test]
fn the_session_is_pure() {
    assert_free(
        "src/kiosk/session",
        &["src/kiosk/session/tests.rs"],
        &["std::fs", "std::thread", "std::time", "tokio", "rusqlite"],
    );
}

#[test]
fn every_file_says_what_lives_there() {
    for folder in ["src", "tests"] {
        for (path, text) in rust_files(folder) {
            assert!(text.starts_with("//!"), "{} has no //! header", path.display());
        }
    }
}

/// What `cargo tree` says of a build with these features.
fn dependencies(features: &str) -> String {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--no-default-features", "--features", features])
        .args(["--edges", "normal,build", "--prefix", "none"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    String::from_utf8(tree.stdout).unwrap()
}

#[test]
fn a_kiosk_build_has_no_axum_and_a_server_build_no_slint() {
    let (kiosk, kms, server) = (dependencies("kiosk"), dependencies("kms"), dependencies("server"));
    let has =
        |tree: &str, name: &str| tree.lines().any(|line| line.split(' ').next().unwrap_or_default().starts_with(name));
    assert!(has(&kiosk, "slint") && !has(&kiosk, "axum"));
    assert!(has(&kiosk, "winit") && !has(&kiosk, "i-slint-backend-linuxkms"));
    assert!(has(&kms, "i-slint-backend-linuxkms") && !has(&kms, "winit") && !has(&kms, "axum"));
    assert!(has(&server, "axum") && !has(&server, "slint") && !has(&server, "i-slint"));
}
