//! A real kiosk under a service manager that listens.

use crate::headless::{Counter, office};
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

fn heard(manager: &UnixDatagram) -> String {
    let mut buffer = [0; 64];
    let length = manager.recv(&mut buffer).unwrap();
    String::from_utf8_lossy(&buffer[..length]).into_owned()
}

#[test]
fn a_kiosk_says_when_it_is_ready_that_it_works_and_that_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let (_server, url, code, _pin) = office(&folder.path().join("server"));
    let socket = folder.path().join("notify");
    let manager = UnixDatagram::bind(&socket).unwrap();
    manager.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    let settings = [
        ("SUARA_SERVER_ADDRESS", url.as_str()),
        ("NOTIFY_SOCKET", socket.to_str().unwrap()),
        ("WATCHDOG_USEC", "800000"),
    ];
    let mut counter = Counter::start(&folder.path().join("kiosk"), &["--enrol", &code], &settings);
    assert!(counter.line().starts_with("ready "));
    assert_eq!(heard(&manager), "READY=1");
    // Nobody says a line meanwhile: the loop wakes up by itself.
    for _ in 0..8 {
        assert_eq!(heard(&manager), "WATCHDOG=1");
    }
    assert_eq!(counter.say("quit"), "bye");
    while heard(&manager) != "STOPPING=1" {}
}
