//! What an auditor is told: everything in order, or exactly what is not.

use crate::scene::{Scene, verify};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn on(scene: &Scene, arguments: &[&str]) -> Output {
    let data = scene.data.path().to_str().unwrap();
    verify(&[&["--data", data], arguments].concat())
}

fn lines(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The checkpoint a kiosk keeps, as its technician takes it to the auditor.
fn kept_by(kiosk: &Path, to: PathBuf) -> PathBuf {
    let mut doctor = Command::new(env!("CARGO_BIN_EXE_suara-loket"));
    let doctor = doctor.args(["doctor", "--kiosk"]).arg(kiosk).arg("--checkpoint-to").arg(&to);
    let _faults = doctor.output().unwrap();
    assert!(std::fs::read_to_string(&to).unwrap().starts_with("suara-loket/office-1/"));
    to
}

#[tokio::test]
async fn sound_data_are_said_to_be_sound_while_the_server_runs() {
    let mut scene = Scene::new().await;
    scene.rate(6).await;
    let checkpoint = kept_by(scene.kiosk.path(), scene.copy("checkpoint"));
    let output = on(&scene, &["--checkpoint", checkpoint.to_str().unwrap()]);
    let said = lines(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("6 ratings") && said.contains("0 holes") && said.contains("the ledger continues"), "{said}");
    let json: Value = serde_json::from_slice(&on(&scene, &["--json"]).stdout).unwrap();
    assert_eq!((json["sound"].clone(), json["offices"][0]["ratings"].clone()), (true.into(), 6.into()));
}

#[tokio::test]
async fn whatever_was_changed_is_named_with_device_and_place() {
    let mut scene = Scene::new().await;
    scene.rate(6).await;
    scene.stop_server();
    let seq = rusqlite::Connection::open(scene.database())
        .and_then(|db| {
            db.query_row("SELECT max(seq) - 1 FROM event WHERE device_id = 1", [], |row| row.get::<_, i64>(0))
        })
        .unwrap();
    // The last connection is closed: the file alone is all of it.
    let whole = std::fs::read(scene.database()).unwrap();
    let cases = [
        ("UPDATE rating SET stars = 5 WHERE visit_serial = 1", "visit 1: the stars of rating".to_owned()),
        (
            "UPDATE event SET body = replace(body, '\"stars\":1', '\"stars\":5') WHERE body LIKE '%\"stars\":1%'",
            "its content was changed".to_owned(),
        ),
        (
            "DELETE FROM event WHERE seq = (SELECT max(seq) - 1 FROM event)",
            format!("device 1: events {seq} to {seq} are missing"),
        ),
        ("DELETE FROM rating WHERE visit_serial = 2", "its rating is gone".to_owned()),
        ("UPDATE daily SET n = n + 1", "are not those of its ratings".to_owned()),
        ("UPDATE ledger SET root = zeroblob(32)", "the root of the ledger".to_owned()),
    ];
    for (sql, finding) in cases {
        std::fs::write(scene.database(), &whole).unwrap();
        scene.tamper(sql);
        let output = on(&scene, &[]);
        let said = lines(&output);
        assert_eq!(output.status.code(), Some(1), "{sql}: {said}");
        assert!(said.contains(&finding) && said.contains("NOT SOUND"), "{sql}: {said}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("findings"), "{sql}");
    }
}

#[tokio::test]
async fn a_checkpoint_that_the_ledger_does_not_continue_is_named() {
    let mut scene = Scene::new().await;
    scene.rate(2).await;
    scene.backup("old.db");
    scene.rate(5).await;
    // The kiosk goes away with what it saw; the server comes back without it.
    drop(scene.counter.take());
    let checkpoint = kept_by(scene.kiosk.path(), scene.copy("checkpoint"));
    scene.stop_server();
    scene.restore("old.db");
    let note = checkpoint.to_str().unwrap();
    let output = on(&scene, &["--checkpoint", note]);
    assert_eq!(output.status.code(), Some(1));
    let said = lines(&output);
    assert!(said.contains("the copy restored since held"), "{said}");

    let forged = std::fs::read_to_string(&checkpoint).unwrap().replace("time 1", "time 2");
    std::fs::write(&checkpoint, forged).unwrap();
    let said = lines(&on(&scene, &["--checkpoint", note]));
    assert!(said.contains("no checkpoint signed by this server"), "{said}");
}

#[tokio::test]
async fn a_checkpoint_convicts_a_server_that_changed_what_the_kiosk_saw() {
    let mut scene = Scene::new().await;
    scene.rate(2).await;
    let checkpoint = kept_by(scene.kiosk.path(), scene.copy("checkpoint"));
    scene.rate(3).await;
    let note = checkpoint.to_str().unwrap();
    assert_eq!(on(&scene, &["--checkpoint", note]).status.code(), Some(0));
    scene.stop_server();
    scene.tamper("UPDATE ledger_tile SET hashes = CAST(zeroblob(32) || substr(hashes, 33) AS BLOB) WHERE level = 0");
    let said = lines(&on(&scene, &["--checkpoint", note]));
    assert!(said.contains("the ledger does not continue these"), "{said}");
}

#[tokio::test]
async fn what_cannot_be_verified_is_neither_sound_nor_unsound() {
    let scene = Scene::new().await;
    let missing = scene.copy("missing");
    for arguments in [
        &["--office", "7"][..],
        &["--checkpoint", missing.to_str().unwrap()],
        &["--data", missing.to_str().unwrap()],
        &["--file", missing.to_str().unwrap()],
        &["--colour"],
    ] {
        let own = !arguments.contains(&"--data") && !arguments.contains(&"--file");
        let output = if own { on(&scene, arguments) } else { verify(arguments) };
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}
