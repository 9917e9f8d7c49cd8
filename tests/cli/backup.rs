//! Copies of a server that runs, and what becomes of kiosks when an old one is put back.

use crate::scene::{Scene, names, tamper, verified};
use crate::support::Process;
use crate::{complaint, suara_loket};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

#[tokio::test]
async fn a_copy_made_while_residents_rate_is_sound_and_holds_one_moment() {
    let mut scene = Scene::new().await;
    scene.rate(2).await;
    let mut crowd = Command::new(env!("CARGO_BIN_EXE_suara-loket"));
    crowd.args(["simulate", "--kiosks", "6", "--ratings", "1200", "--server", &scene.url]);
    let mut crowd = Process::start(crowd.stderr(Stdio::null()));
    let mut copies = Vec::new();
    for n in 0.. {
        let name = format!("{n}.db");
        let said = scene.backup(&name);
        assert!(said.contains("ledger of") && said.contains("data epoch"), "{said}");
        copies.push(verified(&scene.copy(&name)));
        assert_eq!(scene.verified()["sound"], true, "and so is what the server works with");
        let ratings = copies[n]["offices"][0]["ratings"].as_u64().unwrap();
        if n >= 2 && ratings > 1_000 {
            break;
        }
    }
    crowd.line_with("\"lost\": 0");
    crowd.drain();
    assert!(crowd.wait().success());
    let events: Vec<u64> = copies.iter().map(|copy| copy["offices"][0]["events"].as_u64().unwrap()).collect();
    assert!(copies.iter().all(|copy| copy["sound"] == true));
    assert!(events.is_sorted() && events.first() < events.last(), "made while it grew: {events:?}");
    assert_eq!(names(scene.elsewhere.path()).len(), copies.len(), "and nothing beside them");
    let rights = std::fs::metadata(scene.copy("0.db")).unwrap().permissions().mode();
    assert_eq!(rights & 0o777, 0o600, "it holds the server's key");

    let restored = tempfile::tempdir().unwrap();
    let copy = scene.copy("1.db");
    let mut restore = suara_loket(restored.path(), &["restore", "--from", copy.to_str().unwrap()]);
    assert!(restore.output().unwrap().status.success());
    let again = verified(&restored.path().join("server.db"));
    assert_eq!(again["sound"], true, "{again}");
    assert_eq!(again["offices"][0]["events"].as_u64(), Some(events[1]));
}

#[tokio::test]
async fn a_copy_overwrites_nothing_and_leaves_no_half_file() {
    let mut scene = Scene::new().await;
    scene.rate(1).await;
    std::fs::write(scene.copy("letter"), "to the mayor").unwrap();
    let letter = scene.copy("letter");
    let said = complaint(&mut scene.command(&["backup", "--to", letter.to_str().unwrap()]));
    assert!(said.contains("exists already") && said.contains("another name"), "{said}");
    assert_eq!(std::fs::read_to_string(&letter).unwrap(), "to the mayor");

    let nowhere = scene.copy("no/such/folder.db");
    let said = complaint(&mut scene.command(&["backup", "--to", nowhere.to_str().unwrap()]));
    assert!(said.contains("folder exists"), "{said}");

    scene.tamper("UPDATE rating SET stars = 6 - stars WHERE stars <> 3");
    let copy = scene.copy("copy.db");
    let said = complaint(&mut scene.command(&["backup", "--to", copy.to_str().unwrap()]));
    assert!(said.contains("does not prove itself") && said.contains("--even-unproven"), "{said}");
    assert_eq!(names(scene.elsewhere.path()), ["letter"]);
    scene.said(&["backup", "--even-unproven", "--to", copy.to_str().unwrap()]);

    let fresh = tempfile::tempdir().unwrap();
    let said = complaint(&mut suara_loket(fresh.path(), &["restore", "--from", copy.to_str().unwrap()]));
    assert!(said.contains("does not prove itself"), "{said}");
    assert!(!fresh.path().join("server.db").exists());
}

#[tokio::test]
async fn copies_of_a_folder_are_named_by_time_and_the_oldest_go() {
    let scene = Scene::new().await;
    let folder = scene.elsewhere.path();
    for day in ["20200101T000000Z", "20200102T000000Z"] {
        std::fs::write(folder.join(format!("suara-loket-{day}.db")), "").unwrap();
    }
    let said = scene.said(&["backup", "--keep", "2", "--to", folder.to_str().unwrap()]);
    assert!(said.contains("removed") && said.contains("20200101"), "{said}");
    let left = names(folder);
    assert!(left.len() == 2 && left[0] == "suara-loket-20200102T000000Z.db", "{left:?}");
}

#[tokio::test]
async fn kiosks_refill_a_server_that_came_back_from_an_old_copy() {
    let mut scene = Scene::new().await;
    scene.rate(3).await;
    scene.backup("old.db");
    let epoch = scene.verified()["data_epoch"].clone();
    scene.rate(4).await;
    assert_eq!(scene.ratings(), 7);

    let copy = scene.copy("old.db");
    let said = complaint(&mut scene.command(&["restore", "--from", copy.to_str().unwrap()]));
    assert!(said.contains("stop it first; nothing was changed"), "{said}");
    assert_eq!(scene.ratings(), 7);

    scene.stop_server();
    let said = scene.restore("old.db");
    assert!(said.contains("server.db.before-") && said.contains("Every kiosk notices"), "{said}");
    assert_eq!(scene.ratings(), 3, "as in the copy");
    assert_ne!(scene.verified()["data_epoch"], epoch);
    let before = names(scene.data.path()).into_iter().find(|name| name.starts_with("server.db.before-")).unwrap();
    let before = verified(&scene.data.path().join(before));
    assert_eq!((before["sound"].clone(), before["offices"][0]["ratings"].as_u64()), (true.into(), Some(7)));

    scene.start_server();
    let begun = std::time::Instant::now();
    while scene.ratings() < 7 {
        assert!(begun.elapsed().as_secs() < 60, "the kiosk does not refill: {}", scene.verified());
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    scene.rate(1).await;
    let verified = scene.verified();
    assert_eq!((scene.ratings(), verified["offices"][0]["restores"].as_u64()), (8, Some(1)), "{verified}");
}

#[test]
fn what_is_no_backup_is_refused_and_nothing_changes() {
    let (data, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let letter = elsewhere.path().join("letter.db");
    std::fs::write(&letter, "a letter to the mayor, kept for good; ".repeat(200)).unwrap();
    let said = complaint(&mut suara_loket(data.path(), &["restore", "--from", letter.to_str().unwrap()]));
    assert!(said.contains("letter.db"), "{said}");
    let missing = elsewhere.path().join("missing.db");
    let said = complaint(&mut suara_loket(data.path(), &["restore", "--from", missing.to_str().unwrap()]));
    assert!(said.contains("missing.db"), "{said}");
    let said = complaint(&mut suara_loket(data.path(), &["backup", "--to", missing.to_str().unwrap()]));
    assert!(said.contains("server.db"), "{said}");
    assert!(names(data.path()).is_empty() && !missing.exists());
}

#[tokio::test]
async fn a_damaged_copy_is_refused() {
    let mut scene = Scene::new().await;
    scene.rate(40).await;
    scene.backup("copy.db");
    let copy = scene.copy("copy.db");
    let mut bytes = std::fs::read(&copy).unwrap();
    // Behind the definitions of the tables, which come first in a copy: among what they hold.
    let at = bytes.len() / 8 * 7;
    bytes[at..at + 4_096].fill(0xA5);
    std::fs::write(&copy, bytes).unwrap();
    scene.stop_server();
    let said = complaint(&mut scene.command(&["restore", "--from", copy.to_str().unwrap()]));
    assert!(said.contains("damaged") && said.contains("older copy"), "{said}");
    assert_eq!(scene.ratings(), 40);
    // A row that went with an index rebuilt is found by the proof, not by SQLite.
    tamper(&scene.database(), "DELETE FROM rating WHERE visit_serial = 1");
    assert_eq!(scene.verified()["sound"], false);
}
