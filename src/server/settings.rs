//! The settings of a server, as in `kiosk-config/server.toml`.

use serde::Deserialize;
use std::net::SocketAddr;
use std::path::PathBuf;

/// The commented example file, which is also the default.
pub const DEFAULTS: &str = include_str!("../../kiosk-config/server.toml");

/// Everything a server can be told.
#[derive(Clone, Debug, Deserialize)]
pub struct ServerSettings {
    /// The one section.
    pub server: Server,
}

/// The server itself.
#[derive(Clone, Debug, Deserialize)]
pub struct Server {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where residents' phones find it; empty: where it listens.
    pub public_url: String,
    /// The folder of its database.
    pub data: PathBuf,
    /// How much room to keep for the day the disk is full.
    pub ballast_mib: u32,
    /// Whether simulated kiosks may enrol.
    pub allow_simulation: bool,
}

impl ServerSettings {
    /// The public address, given where the server really listens.
    #[must_use]
    pub fn public_url(&self, listening: SocketAddr) -> String {
        let url = self.server.public_url.trim_end_matches('/');
        if url.is_empty() { format!("http://{listening}") } else { url.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_file_is_a_complete_default() {
        let loaded = crate::layers::load::<ServerSettings>(DEFAULTS, None, &[]).unwrap();
        assert_eq!(loaded.unknown_keys, Vec::<String>::new());
        let listening = "10.0.0.5:80".parse().unwrap();
        assert_eq!(loaded.settings.public_url(listening), "http://10.0.0.5:80");
    }
}
