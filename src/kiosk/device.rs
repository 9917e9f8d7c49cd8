//! The kiosk's own key: made here, never leaves, readable by its user only.

use crate::storage::whole_file::write_private;
use crate::system::{Random, random_array};
use data_encoding::HEXLOWER;
use ed25519_dalek::SigningKey;
use std::io;
use std::path::{Path, PathBuf};

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

/// Makes the key of a new enrolment and keeps it in a file of its own, beside that of the one before.
/// Which of them counts, the epoch in the database says.
///
/// # Errors
/// When the file cannot be written.
pub fn make_key(folder: &Path, epoch: u64, random: &Random) -> Result<SigningKey, KeyError> {
    let (path, secret) = (key_file(folder, epoch), random_array::<32>(random));
    write_private(&path, HEXLOWER.encode(&secret).as_bytes()).map_err(|source| KeyError::File { path, source })?;
    Ok(SigningKey::from_bytes(&secret))
}

/// The key of an enrolment.
///
/// # Errors
/// When the file cannot be read or understood.
pub fn load_key(folder: &Path, epoch: u64) -> Result<SigningKey, KeyError> {
    let path = key_file(folder, epoch);
    match std::fs::read_to_string(&path) {
        Ok(text) => parse(&text).ok_or(KeyError::Unreadable { path }),
        Err(source) => Err(KeyError::File { path, source }),
    }
}

/// Removes the key of an enrolment that came to nothing; a file that stays harms nobody.
pub fn forget_key(folder: &Path, epoch: u64) {
    let _left = std::fs::remove_file(key_file(folder, epoch));
}

/// Where the key of an enrolment lies.
#[must_use]
pub fn key_file(folder: &Path, epoch: u64) -> PathBuf {
    folder.join(format!("device-{epoch:016x}.key"))
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
    fn each_enrolment_has_its_own_private_key() {
        let folder = tempfile::tempdir().unwrap();
        let key = make_key(folder.path(), 1, &system_random()).unwrap();
        let other = make_key(folder.path(), 2, &system_random()).unwrap();
        assert_eq!(load_key(folder.path(), 1).unwrap().to_bytes(), key.to_bytes());
        assert_ne!(key.to_bytes(), other.to_bytes());
        let mode = std::fs::metadata(key_file(folder.path(), 1)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::write(key_file(folder.path(), 1), "nonsense").unwrap();
        assert!(matches!(load_key(folder.path(), 1), Err(KeyError::Unreadable { .. })));
        forget_key(folder.path(), 2);
        assert!(matches!(load_key(folder.path(), 2), Err(KeyError::File { .. })));
    }
}
