//! Speaking to the service manager: one datagram with a line of text (sd_notify(3)). Without a manager
//! that listens, nothing is said.

use std::ffi::OsString;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::Path;
use std::sync::Arc;

/// The way to the service manager. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Notifier {
    socket: Option<Arc<(UnixDatagram, SocketAddr)>>,
    watchdog_ms: Option<i64>,
}

impl Notifier {
    /// The one that the environment of this process names.
    #[must_use]
    pub fn from_environment() -> Self {
        let text = |name: &str| std::env::var(name).ok();
        let is_meant = text("WATCHDOG_PID").is_none_or(|pid| pid == std::process::id().to_string());
        let watchdog_us = text("WATCHDOG_USEC").filter(|_| is_meant).and_then(|us| us.parse::<i64>().ok());
        match std::env::var_os("NOTIFY_SOCKET").filter(|name| !name.is_empty()) {
            Some(name) => Self::to(&name, watchdog_us.map(|us| us / 1_000)),
            None => Self::default(),
        }
    }

    /// One that speaks to this socket, to a manager that waits so long for a sign of life.
    #[must_use]
    pub fn to(name: &OsString, watchdog_ms: Option<i64>) -> Self {
        match open(name) {
            Ok(socket) => Self { socket: Some(Arc::new(socket)), watchdog_ms },
            Err(error) => {
                tracing::warn!(%error, "the service manager cannot be told anything");
                Self::default()
            }
        }
    }

    /// Whether somebody listens.
    #[must_use]
    pub fn has_listener(&self) -> bool {
        self.socket.is_some()
    }

    /// After how long without a sign of life the manager starts this program anew.
    #[must_use]
    pub fn watchdog_ms(&self) -> Option<i64> {
        self.watchdog_ms
    }

    /// Says one thing, such as `READY=1`. A manager that does not read is no reason to wait.
    pub fn tell(&self, what: &str) {
        if let Some((socket, address)) = self.socket.as_deref()
            && let Err(error) = socket.send_to_addr(what.as_bytes(), address)
        {
            tracing::warn!(%error, "the service manager was not told {what}");
        }
    }
}

/// A name that begins with `@` is in the abstract name space, where there are no files.
fn open(name: &OsString) -> io::Result<(UnixDatagram, SocketAddr)> {
    let address = match name.as_bytes().split_first() {
        Some((b'@', rest)) => SocketAddr::from_abstract_name(rest)?,
        _ => SocketAddr::from_pathname(Path::new(name))?,
    };
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    Ok((socket, address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(listener: &UnixDatagram) -> String {
        let mut buffer = [0; 64];
        let length = listener.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    }

    #[test]
    fn a_manager_hears_what_it_is_told_by_file_and_by_abstract_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let by_file = UnixDatagram::bind(&path).unwrap();
        Notifier::to(&path.clone().into(), None).tell("READY=1");
        assert_eq!(heard(&by_file), "READY=1");
        let name = format!("suara-loket-test-{}", std::process::id());
        let by_name = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        Notifier::to(&format!("@{name}").into(), None).tell("STOPPING=1");
        assert_eq!(heard(&by_name), "STOPPING=1");
    }

    #[test]
    fn without_a_manager_nothing_happens() {
        let nobody = Notifier::default();
        nobody.tell("READY=1");
        assert!(!nobody.has_listener());
        Notifier::to(&"/nowhere/notify".into(), None).tell("READY=1");
    }
}
