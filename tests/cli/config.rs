//! What an office decides for its kiosks from afar, as an operator sees it.

use crate::scene::{Scene, succeeded};
use crate::support::eventually;
use crate::{complaint, suara_loket};
use std::path::{Path, PathBuf};
use std::process::Output;

fn file(folder: &Path, text: &str) -> PathBuf {
    let path = folder.join("office.toml");
    std::fs::write(&path, text).unwrap();
    path
}

fn config(data: &Path, arguments: &[&str]) -> Output {
    suara_loket(data, &[&["admin", "config"], arguments].concat()).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn what_an_office_decided_is_shown_as_it_was_written() {
    let data = tempfile::tempdir().unwrap();
    succeeded(&suara_loket(data.path(), &["admin", "office", "add", "--name", "Kantor"]).output().unwrap());
    let shown = config(data.path(), &["show"]);
    assert_eq!((succeeded(&shown).trim(), stderr(&shown).trim()), ("", "office 1, configuration 1"));
    let text = "# quicker\n[timeouts]\nidle_s = 5";
    let path = file(data.path(), text);
    let said = succeeded(&config(data.path(), &["set", path.to_str().unwrap()]));
    assert!(said.contains("office 1 configuration 2: its kiosks use it from their next look"), "{said}");
    assert_eq!(succeeded(&config(data.path(), &["show"])).trim(), text);
    let again = succeeded(&config(data.path(), &["set", path.to_str().unwrap()]));
    assert!(again.contains("configuration 2"), "the same again is no change: {again}");
}

#[test]
fn what_kiosks_could_not_use_is_refused_with_its_place_and_changes_nothing() {
    let data = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    succeeded(&suara_loket(data.path(), &["admin", "office", "add", "--name", "Kantor"]).output().unwrap());
    for (text, expected) in [
        ("[timeouts", "office.toml is not valid TOML"),
        ("timeouts.idle_s = \"long\"", "office.toml: invalid type"),
        ("reasons.liked = []", "there are 0 reasons under `liked` and 6 under `missed`: offer as many of both"),
        ("server.address = \"http://x\"", "`server` is decided at each kiosk"),
    ] {
        let path = file(elsewhere.path(), text);
        for command in ["check", "set"] {
            let said = complaint(suara_loket(data.path(), &["admin", "config", command]).arg(&path));
            assert!(said.contains(expected), "{command}: {said}");
        }
    }
    let missing = complaint(&mut suara_loket(data.path(), &["admin", "config", "set", "/nowhere.toml"]));
    assert!(missing.contains("/nowhere.toml"), "{missing}");
    assert_eq!(succeeded(&config(data.path(), &["show"])).trim(), "");
}

#[test]
fn a_file_can_be_checked_anywhere_and_what_is_odd_in_it_is_named() {
    let elsewhere = tempfile::tempdir().unwrap();
    let path = file(elsewhere.path(), "[timouts]\nidle_s = 5\n[theme]\ntext = \"#fefefe\"\n");
    let data = elsewhere.path().join("no-office-here");
    let checked = config(&data, &["check", path.to_str().unwrap()]);
    assert_eq!(succeeded(&checked).trim(), "kiosks can use this file");
    let said = stderr(&checked);
    assert!(said.contains("unknown setting `timouts`") && said.contains("theme: text on background"), "{said}");
    assert!(!data.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sees_which_kiosks_are_behind() {
    let mut scene = Scene::new().await;
    let list = |scene: &Scene| scene.said(&["admin", "device", "list"]);
    eventually("the kiosk tells what it uses", || list(&scene).contains("configuration 1: current").then_some(()));
    scene.counter.take().unwrap().stop();
    let path = file(scene.elsewhere.path(), "timeouts.idle_s = 5");
    scene.said(&["admin", "config", "set", path.to_str().unwrap()]);
    assert!(list(&scene).contains("configuration 1 of 2: behind"), "{}", list(&scene));
    let counter = crate::support::counter::Counter::start(scene.kiosk.path(), &scene.url, None).await;
    scene.counter = Some(counter);
    eventually("it follows", || list(&scene).contains("configuration 2: current").then_some(()));
}
