//! Ports that are taken, and servers that are not ours.

use crate::{complaint, misuse, server, suara_loket};
use std::io::{Read, Write};
use std::net::TcpListener;

#[test]
fn a_taken_port_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let commands = if cfg!(feature = "screen") { &["server", "demo"][..] } else { &["server"] };
    for command in commands {
        let data = tempfile::tempdir().unwrap();
        let mut command = suara_loket(data.path(), &[command, "--listen", &address]);
        if command.get_args().any(|argument| argument == "demo") {
            command.arg("--no-window");
        }
        let said = complaint(&mut command);
        assert!(said.contains(&address) && said.contains("--listen"), "{said}");
    }
}

/// A hotel's network, or a proxy, answers everything with a friendly page.
#[test]
fn a_page_instead_of_an_answer_uses_no_code() {
    let (portal, data) = (Portal::start(), tempfile::tempdir().unwrap());
    let said = complaint(
        suara_loket(data.path(), &["kiosk", "--headless", "--enrol", "AAAA-BBBB"])
            .env("SUARA_LOG", "off")
            .env("SUARA_SERVER_ADDRESS", &portal.url),
    );
    assert!(
        said.contains(&portal.url) && said.contains("not the enrolled server") && said.contains("log-in page"),
        "{said}"
    );
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let said = complaint(std::process::Command::new(env!("CARGO_BIN_EXE_suara-loket")).args([
        "simulate",
        "--kiosks",
        "1",
        "--ratings",
        "1",
        "--server",
        &format!("http://{free}"),
    ]));
    assert!(said.contains(&free.to_string()) && said.contains("Check its address and the network"), "{said}");
}

#[test]
fn an_address_that_is_no_url_is_told_apart_from_a_server_that_refuses() {
    for address in ["not-a-url", "localhost:8080", "ftp://localhost", "http://", ""] {
        let mut simulate = std::process::Command::new(env!("CARGO_BIN_EXE_suara-loket"));
        let said = misuse(simulate.args(["simulate", "--kiosks", "1", "--ratings", "1", "--server", address]));
        assert!(said.contains("--server <URL>") && said.contains("this is not a URL"), "{said}");
        assert!(!said.contains("the server refused"), "{said}");
    }
}

#[test]
fn a_simulation_needs_the_servers_leave() {
    let data = tempfile::tempdir().unwrap();
    let (_server, url) = server(data.path(), &[]);
    let said = complaint(std::process::Command::new(env!("CARGO_BIN_EXE_suara-loket")).args([
        "simulate",
        "--kiosks",
        "1",
        "--ratings",
        "1",
        "--server",
        &url,
    ]));
    assert!(said.contains("--allow-simulation"), "{said}");
}

/// Answers every request with a page, as captive portals do.
struct Portal {
    url: String,
}

impl Portal {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let Ok(mut connection) = connection else { return };
                let _asked = connection.read(&mut [0; 8192]);
                let page = "<!doctype html><title>Selamat datang</title><p>Silakan masuk ke jaringan Wi-Fi.";
                let _gone = write!(
                    connection,
                    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
                    page.len()
                );
            }
        });
        Self { url }
    }
}
