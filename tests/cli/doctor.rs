//! The checklist: what is well, what needs a look, what is broken, each with its mend.

use crate::scene::Scene;
use crate::suara_loket;
use rusqlite::Connection;
use std::path::Path;
use std::process::Command;

/// What the doctor says, and whether it found a fault.
fn doctor(arguments: &[&str]) -> (String, bool) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_suara-loket"));
    let output = command.arg("doctor").args(arguments).env("SUARA_SERVER_BALLAST_MIB", "1").output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
    let has_faults = said.lines().any(|line| line.starts_with("fault: "));
    assert_eq!(output.status.code() == Some(1), has_faults, "{said}");
    (said, has_faults)
}

fn on_server(folder: &Path) -> (String, bool) {
    doctor(&["--data", folder.to_str().unwrap()])
}

/// One line that begins with this, with all of these words.
fn line(said: &str, kind: &str, words: &[&str]) {
    let found = said.lines().any(|line| line.starts_with(kind) && words.iter().all(|word| line.contains(word)));
    assert!(found, "no `{kind}` with {words:?} in\n{said}");
}

#[tokio::test]
async fn what_is_well_is_said_beside_the_running_programs() {
    let mut scene = Scene::new().await;
    scene.rate(3).await;
    scene.stop_server();
    scene.start_server();
    scene.rate(1).await;
    scene.backup("copy.db");
    let (said, has_faults) = on_server(scene.data.path());
    assert!(!has_faults, "{said}");
    for well in
        ["folder can be written", "ballast of", "database sound, schema 1", "last backup", "goes on from its last"]
    {
        line(&said, "ok: ", &[well]);
    }
    let (said, _) = doctor(&["--kiosk", scene.kiosk.path().to_str().unwrap()]);
    for well in [
        "enrolled as kiosk 1",
        "private",
        "nothing waits",
        "last acknowledged something",
        "time was learnt",
        "agrees with the server's",
    ] {
        line(&said, "ok: ", &[well]);
    }
}

#[tokio::test]
async fn a_kiosk_that_cannot_send_says_how_much_waits() {
    let mut scene = Scene::new().await;
    scene.stop_server();
    let counter = scene.counter.as_mut().unwrap();
    counter.rate(5).await;
    counter.rate(4).await;
    let (said, _) = doctor(&["--kiosk", scene.kiosk.path().to_str().unwrap()]);
    line(&said, "ok: ", &["2 of", "wait for the server, the oldest from"]);
}

#[test]
fn a_missing_ballast_and_a_missing_backup_are_warnings() {
    let data = tempfile::tempdir().unwrap();
    assert!(suara_loket(data.path(), &["admin", "office", "list"]).status().unwrap().success());
    let (said, has_faults) = on_server(data.path());
    assert!(!has_faults, "{said}");
    line(&said, "warning: ", &["no ballast", "start `suara-loket server` again"]);
    line(&said, "warning: ", &["no backup is known", "suara-loket backup"]);
    line(&said, "warning: ", &["no office yet", "admin office add"]);
}

#[test]
fn a_damaged_a_newer_and_a_foreign_database_are_faults() {
    for (name, flag) in [("server.db", "--data"), ("kiosk.db", "--kiosk")] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        let folder = folder.path().to_str().unwrap();
        let examined = || doctor(&[flag, folder]).0;
        line(&examined(), "fault: ", &["there is no", name]);
        make(Path::new(folder));
        let whole = std::fs::read(&path).unwrap();

        let mend = if name == "server.db" { "suara-loket restore" } else { "second copy" };
        // A page that says what the tables are, and the head of one that belongs to a table.
        for damage in [8_192..12_288, whole.len() - 4_096..whole.len() - 4_095] {
            let mut bytes = whole.clone();
            bytes[damage].fill(0xA5);
            std::fs::write(&path, bytes).unwrap();
            line(&examined(), "fault: ", &["damaged", mend]);
        }

        // The header counts free pages that are nowhere: everything can be read, and yet something is wrong.
        let mut bytes = whole.clone();
        bytes[39] = 5;
        std::fs::write(&path, bytes).unwrap();
        line(&examined(), "fault: ", &["damaged (Freelist", mend]);

        std::fs::write(&path, &whole).unwrap();
        Connection::open(&path).unwrap().pragma_update(None, "user_version", 4711).unwrap();
        line(&examined(), "fault: ", &["newer version (schema 4711", "Upgrade suara-loket"]);

        std::fs::write(&path, "a letter to the mayor, kept for good; ".repeat(200)).unwrap();
        line(&examined(), "fault: ", &[name]);
    }
}

/// The databases of both sides.
fn make(folder: &Path) {
    use std::sync::Arc;
    use suara_loket::system::{SystemClock, system_random};
    drop(suara_loket::server::store::sqlite::SqliteStore::open(folder).unwrap());
    drop(suara_loket::kiosk::outbox::Outbox::open(folder, Arc::new(SystemClock::new()), system_random()).unwrap());
    // Two that close at once may both leave the log to the other: whoever closes next folds it in.
    let closed = |name: &str| {
        drop(
            Connection::open(folder.join(name)).and_then(|db| db.pragma_query_value(None, "user_version", |_| Ok(()))),
        );
        !folder.join(format!("{name}-wal")).exists()
    };
    crate::support::eventually("both to be closed", || (closed("server.db") && closed("kiosk.db")).then_some(()));
}

#[test]
fn a_slip_in_the_settings_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("server.toml");
    std::fs::write(&config, "[server]\nlissen = 1\n").unwrap();
    let folder = folder.path().to_str().unwrap();
    let (said, _) = doctor(&["--data", folder, "--config", config.to_str().unwrap()]);
    line(&said, "warning: ", &["unknown setting `server.lissen`"]);
    std::fs::write(&config, "[server\n").unwrap();
    let (said, _) = doctor(&["--data", folder, "--config", config.to_str().unwrap()]);
    line(&said, "fault: ", &["not valid TOML"]);
}

#[test]
fn a_full_disk_is_a_fault_and_the_ballast_is_offered() {
    let Some(disk) = SmallDisk::mount() else { return };
    let data = disk.folder.path();
    assert!(suara_loket(data, &["admin", "office", "list"]).status().unwrap().success());
    std::fs::write(data.join("ballast"), vec![0; 1 << 20]).unwrap();
    let filler = std::fs::File::create(data.join("logs")).unwrap();
    let mut filler = std::io::BufWriter::with_capacity(4_096, filler);
    while std::io::Write::write_all(&mut filler, &[7; 4_096]).is_ok() {}
    let (_unwritten, _) = filler.into_parts();
    let (said, _) = on_server(data);
    line(&said, "fault: ", &["the disk is full", "delete the file `ballast`"]);
    line(&said, "fault: ", &["nothing can be written"]);
    assert!(!said.contains("suara-loket restore"), "a full disk is no reason to restore:\n{said}");
}

/// A few MiB of memory as a disk of its own; only root may make one.
struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"]).arg(folder.path());
        if mount.output().is_ok_and(|output| output.status.success()) {
            return Some(Self { folder });
        }
        eprintln!("SKIPPED: a full disk needs root to mount one");
        None
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _gone = Command::new("umount").arg(self.folder.path()).status();
    }
}
