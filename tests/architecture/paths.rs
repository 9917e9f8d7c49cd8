//! The modules a source file names, however it writes them: `crate::server::x`, `crate::{server::x}`
//! and `super::super::server::x` are one and the same.

use std::path::Path;

/// Every path in the code that begins with `crate`, `self` or `super`, written from `crate` on.
pub fn named_in(file: &Path, text: &str) -> Vec<String> {
    let code: String =
        text.lines().map(|line| line.split("//").next().unwrap_or_default()).fold(String::new(), |mut code, line| {
            code.push_str(line);
            code.push('\n');
            code
        });
    let here = module_of(file);
    let words = words(&code);
    let mut found = Vec::new();
    for start in 0..words.len() {
        let begins = matches!(words[start], "crate" | "self" | "super") && (start == 0 || words[start - 1] != "::");
        if begins && words.get(start + 1) == Some(&"::") {
            read(&words, start, &here, &mut found);
        }
    }
    found
}

/// The path of the module that a file holds.
fn module_of(file: &Path) -> Vec<String> {
    let inside = file.components().skip_while(|part| part.as_os_str() != "src").skip(1);
    let mut module: Vec<String> = inside.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    let last = module.pop().unwrap_or_default();
    let name = last.trim_end_matches(".rs");
    if !matches!(name, "mod" | "lib" | "main") {
        module.push(name.to_owned());
    }
    module
}

/// Identifiers, `::`, and single other characters.
fn words(code: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = code.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        let length = match first {
            _ if rest.starts_with("::") => 2,
            c if is_name(c) => rest.find(|c| !is_name(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        words.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    words
}

/// Reads one path, or one tree of paths, from `at` on; returns where it ended.
fn read(words: &[&str], mut at: usize, before: &[String], found: &mut Vec<String>) -> usize {
    let mut path = before.to_vec();
    loop {
        match words.get(at).copied() {
            Some("crate") => path.clear(),
            Some("self") => {}
            Some("super") => drop(path.pop()),
            Some("{") => {
                at += 1;
                while !matches!(words.get(at).copied(), None | Some("}")) {
                    at = read(words, at, &path, found);
                    at += usize::from(words.get(at) == Some(&","));
                }
                return at + 1;
            }
            Some(name) if name == "*" || name.chars().all(|c| c.is_alphanumeric() || c == '_') => {
                path.push(name.to_owned());
            }
            _ => return at + 1,
        }
        at += 1;
        if words.get(at) != Some(&"::") {
            found.push(format!("crate::{}", path.join("::")));
            // `as` and another name may follow inside of a tree.
            return if words.get(at) == Some(&"as") { at + 2 } else { at };
        }
        at += 1;
    }
}

#[test]
fn every_way_of_writing_a_path_is_understood() {
    let file = Path::new("/x/src/kiosk/sync/http.rs");
    for (code, expected) in [
        ("use crate::server::store::Store;", "crate::server::store::Store"),
        ("use crate::{domain::ids, server::app};", "crate::server::app"),
        ("use crate::{domain::{ids as i, stars}, server::{self, app}};", "crate::server"),
        ("use super::super::super::server::app;", "crate::server::app"),
        ("let x = super::super::super::server::app::run();", "crate::server::app::run"),
        ("use self::inner::*;", "crate::kiosk::sync::http::inner::*"),
        ("pub(in crate::kiosk) fn f(x: crate::server::X) {}", "crate::server::X"),
    ] {
        let found = named_in(file, code);
        assert!(found.iter().any(|path| path == expected), "{code}: {found:?}");
    }
    assert_eq!(named_in(file, "// use crate::server;\nuse std::fs;"), Vec::<String>::new());
}
