//! The kiosk's own key: made here, never leaves, readable by its user only.

use crate::storage::whole_file::write_private;
use crate::system::{Random, random_array};
use data_encoding::HEXLOWER;
use ed25519_dalek::SigningKey;
use std::io;
use std::path::{Path, PathBuf};

const FILE_NAME: &str = "device.key";

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("cannot use the key file {path}: {source}. Check the --data folder and its owner")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file holds something else.
    #[error("{path} holds no key of a kiosk. Move it away and enrol this kiosk anew")]
    Unreadable {
        /// The file.
        path: PathBuf,
    },
}

/// The key in this folder, made at the first call.
///
/// # Errors
/// When the file cannot be read, written or understood.
pub fn load_or_make_key(folder: &Path, random: &Random) -> Result<SigningKey, KeyError> {
    let path = folder.join(FILE_NAME);
    match std::fs::read_to_string(&path) {
        Ok(text) => parse(&text).ok_or(KeyError::Unreadable { path }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let secret = random_array::<32>(random);
            write_private(&path, HEXLOWER.encode(&secret).as_bytes())
                .map_err(|source| KeyError::File { path, source })?;
            Ok(SigningKey::from_bytes(&secret))
        }
        Err(source) => Err(KeyError::File { path, source }),
    }
}

fn parse(text: &str) -> Option<SigningKey> {
    let bytes: [u8; 32] = HEXLOWER.decode(text.trim().as_bytes()).ok()?.try_into().ok()?;
    Some(SigningKey::from_bytes(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::system_random;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_key_is_made_once_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let key = load_or_make_key(folder.path(), &system_random()).unwrap();
        assert_eq!(load_or_make_key(folder.path(), &system_random()).unwrap().to_bytes(), key.to_bytes());
        let mode = std::fs::metadata(folder.path().join(FILE_NAME)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::write(folder.path().join(FILE_NAME), "nonsense").unwrap();
        assert!(matches!(load_or_make_key(folder.path(), &system_random()), Err(KeyError::Unreadable { .. })));
    }
}
