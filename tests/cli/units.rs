//! The files for the service manager: they name what there is, and leave a program no more than it needs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

const PROGRAM: &str = "/usr/bin/suara-loket";

fn config(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("kiosk-config").join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(config(name)).unwrap()
}

/// The settings of a unit by name; of several with one name, each.
fn unit(name: &str) -> BTreeMap<String, Vec<String>> {
    let mut settings = BTreeMap::<String, Vec<String>>::new();
    for line in
        read(&format!("systemd/{name}")).lines().filter(|line| !line.starts_with(['#', '[']) && !line.is_empty())
    {
        let (key, value) = line.split_once('=').unwrap_or_else(|| panic!("{name}: {line}"));
        settings.entry(key.to_owned()).or_default().push(value.to_owned());
    }
    settings
}

fn only<'a>(unit: &'a BTreeMap<String, Vec<String>>, key: &str) -> &'a str {
    let [value] = unit.get(key).map_or(&[][..], Vec::as_slice) else { panic!("{key} is not there once") };
    value
}

/// The default of a setting in a commented example, whatever its section.
fn default_of(example: &str, key: &str) -> String {
    let text = read(example);
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("{key} = "))).unwrap();
    line.trim_matches('"').to_owned()
}

#[test]
fn units_start_what_there_is_with_options_it_has() {
    for name in ["suara-loket-kiosk.service", "suara-loket-server.service", "suara-loket-backup.service"] {
        let unit = unit(name);
        let words: Vec<&str> = only(&unit, "ExecStart").split(' ').collect();
        let [program, subcommand, options @ ..] = &words[..] else { panic!("{words:?}") };
        assert_eq!(*program, PROGRAM, "{name}");
        let help = Command::new(env!("CARGO_BIN_EXE_suara-loket")).args([subcommand, "--help"]).output().unwrap();
        let help = String::from_utf8(help.stdout).unwrap();
        for option in options.iter().filter(|word| word.starts_with("--")) {
            assert!(help.contains(option), "{name}: {subcommand} has no {option}");
        }
    }
}

#[test]
fn users_and_folders_are_the_same_everywhere() {
    let (users, folders) = (read("sysusers.d/suara-loket.conf"), read("tmpfiles.d/suara-loket.conf"));
    let spaced = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    for (name, example) in [("suara-loket-kiosk.service", "kiosk.toml"), ("suara-loket-server.service", "server.toml")]
    {
        let unit = unit(name);
        let (user, folder) = (only(&unit, "User"), default_of(example, "data"));
        assert_eq!(format!("/var/lib/{}", only(&unit, "StateDirectory")), folder, "{name}");
        assert!(only(&unit, "ExecStart").contains(&format!("--data {folder}")), "{name}");
        assert!(users.lines().any(|line| spaced(line).get(..2) == Some(&["u".to_owned(), user.to_owned()])), "{user}");
        let line = ["d", &folder, "0700", user, user, "-"].map(str::to_owned);
        assert!(folders.lines().any(|found| spaced(found) == line), "{line:?}");
    }
    assert_eq!(only(&unit("suara-loket-backup.service"), "User"), only(&unit("suara-loket-server.service"), "User"));
}

/// A kiosk that hangs is started anew, one that mends its queue is left in peace.
#[test]
fn the_kiosk_is_watched() {
    let unit = unit("suara-loket-kiosk.service");
    for (key, value) in [
        ("Type", "notify"),
        ("NotifyAccess", "main"),
        ("Restart", "always"),
        ("StartLimitIntervalSec", "0"),
        ("TimeoutStartSec", "15min"),
    ] {
        assert_eq!(only(&unit, key), value, "{key}");
    }
    assert!((10..=120).contains(&only(&unit, "WatchdogSec").parse::<u32>().unwrap()));
}

#[test]
fn programs_may_do_no_more_than_they_need() {
    for name in ["suara-loket-kiosk.service", "suara-loket-server.service"] {
        let unit = unit(name);
        for (key, value) in [
            ("NoNewPrivileges", "yes"),
            ("ProtectSystem", "strict"),
            ("ProtectHome", "yes"),
            ("PrivateTmp", "yes"),
            ("CapabilityBoundingSet", ""),
            ("MemoryDenyWriteExecute", "yes"),
            ("RestrictNamespaces", "yes"),
            ("RestrictSUIDSGID", "yes"),
            ("StateDirectoryMode", "0700"),
            ("UMask", "0077"),
        ] {
            assert_eq!(only(&unit, key), value, "{name}: {key}");
        }
    }
    let kiosk = unit("suara-loket-kiosk.service");
    assert_eq!(only(&kiosk, "DevicePolicy"), "closed");
    assert_eq!(kiosk["DeviceAllow"], ["char-drm rw", "char-input rw"], "the screen and what is touched");
}

#[test]
fn the_service_manager_itself_finds_no_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let mut units = Vec::new();
    for entry in std::fs::read_dir(config("systemd")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let text = read(&format!("systemd/{name}")).replace(PROGRAM, env!("CARGO_BIN_EXE_suara-loket"));
        units.push(folder.path().join(name));
        std::fs::write(units.last().unwrap(), text).unwrap();
    }
    match Command::new("systemd-analyze").args(["verify", "--man=no"]).args(&units).output() {
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr)),
        Err(_) => eprintln!("SKIPPED: there is no systemd-analyze here"),
    }
}
