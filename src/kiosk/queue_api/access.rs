//! Who may call, as the settings say it.

use crate::kiosk::settings::QueueSettings;
use sha2::{Digest, Sha256};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use subtle::ConstantTimeEq;

/// Shorter ones can be guessed.
const LEAST_TOKEN_CHARS: usize = 16;

/// Why the queue system cannot be listened for.
#[derive(Debug, thiserror::Error)]
pub enum QueueApiError {
    /// The address makes no sense.
    #[error("[queue] listen = \"{0}\" is no address with a port: write it as \"127.0.0.1:7878\"")]
    Address(String),
    /// Other machines could call without knowing anything.
    #[error("[queue] listen = \"{0}\" can be reached by other machines: set token_file, or listen on 127.0.0.1")]
    Open(SocketAddr),
    /// The file cannot be read.
    #[error("[queue] token_file {path} cannot be read: {source}. Check its path and owner")]
    TokenFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The secret can be guessed.
    #[error("[queue] token_file {0} holds fewer than {LEAST_TOKEN_CHARS} characters: write a longer secret into it")]
    ShortToken(PathBuf),
    /// The port cannot be had.
    #[error("[queue] listen = \"{address}\" cannot be used: {source}. Choose another port, or stop what uses it")]
    Bind {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

/// Where to listen, and what callers have to know.
#[derive(Clone, Debug)]
pub struct Access {
    pub(super) address: SocketAddr,
    pub(super) token: Option<Token>,
}

impl Access {
    /// What the settings say; `None` when there is no queue system.
    ///
    /// # Errors
    /// When the address or the file cannot be used, or anybody in the network could call.
    pub fn of(settings: &QueueSettings) -> Result<Option<Self>, QueueApiError> {
        if settings.listen.is_empty() {
            return Ok(None);
        }
        let bad_address = |_| QueueApiError::Address(settings.listen.clone());
        let address: SocketAddr = settings.listen.parse().map_err(bad_address)?;
        let token = Token::read(settings)?;
        if token.is_none() && !address.ip().is_loopback() {
            return Err(QueueApiError::Open(address));
        }
        Ok(Some(Self { address, token }))
    }
}

/// What callers have to know. Only its hash is kept in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token([u8; 32]);

impl Token {
    pub(super) fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret).into())
    }

    fn read(settings: &QueueSettings) -> Result<Option<Self>, QueueApiError> {
        let path = &settings.token_file;
        if path.as_os_str().is_empty() {
            return Ok(None);
        }
        let text =
            std::fs::read_to_string(path).map_err(|source| QueueApiError::TokenFile { path: path.clone(), source })?;
        let secret = text.trim();
        if secret.chars().count() < LEAST_TOKEN_CHARS {
            return Err(QueueApiError::ShortToken(path.clone()));
        }
        Ok(Some(Self::of(secret)))
    }

    /// Takes the same time for every wrong one.
    pub(super) fn is(&self, said: &str) -> bool {
        self.0.ct_eq(&Self::of(said).0).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn access(listen: &str, token_file: &Path) -> Result<Option<Access>, QueueApiError> {
        Access::of(&QueueSettings { listen: listen.to_owned(), token_file: token_file.to_owned() })
    }

    #[test]
    fn nothing_is_listened_for_unless_the_settings_say_so() {
        assert!(access("", Path::new("")).unwrap().is_none());
        for listen in ["127.0.0.1:7878", "[::1]:7878", "127.0.0.1:0"] {
            assert!(access(listen, Path::new("")).unwrap().unwrap().token.is_none(), "{listen}");
        }
    }

    #[test]
    fn other_machines_need_a_secret() {
        for listen in ["0.0.0.0:7878", "[::]:7878", "192.168.1.20:7878"] {
            let said = access(listen, Path::new("")).unwrap_err().to_string();
            assert!(said.contains(listen) && said.contains("token_file"), "{said}");
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "a secret of some length\n").unwrap();
        let token = access("0.0.0.0:7878", file.path()).unwrap().unwrap().token.unwrap();
        assert!(token.is("a secret of some length") && !token.is("a secret of some lengt") && !token.is(""));
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        for listen in ["7878", "localhost:7878", "127.0.0.1", "127.0.0.1:70000"] {
            assert!(matches!(access(listen, Path::new("")), Err(QueueApiError::Address(_))), "{listen}");
        }
        let gone = access("127.0.0.1:1", Path::new("/nowhere/token")).unwrap_err().to_string();
        assert!(gone.contains("/nowhere/token"), "{gone}");
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "   short         \n").unwrap();
        assert!(matches!(access("127.0.0.1:1", file.path()), Err(QueueApiError::ShortToken(_))));
    }
}
