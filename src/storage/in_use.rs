//! Who works in a data folder: many programs may at once, but whoever replaces the database is alone.
//!
//! The lock ends with the process that holds it, however it ends. Whoever only looks needs none.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

const FILE_NAME: &str = "in-use";

/// The lock on a folder, held as long as this value.
#[derive(Debug)]
pub struct InUse(#[expect(dead_code, reason = "the lock is on the open file")] File);

impl InUse {
    /// Works in the folder together with others; `None` while somebody is alone in it.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn together(folder: &Path) -> io::Result<Option<Self>> {
        Self::hold(folder, File::try_lock_shared)
    }

    /// Is alone in the folder; `None` while others work in it.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn alone(folder: &Path) -> io::Result<Option<Self>> {
        Self::hold(folder, File::try_lock)
    }

    fn hold(folder: &Path, lock: impl Fn(&File) -> Result<(), TryLockError>) -> io::Result<Option<Self>> {
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(folder.join(FILE_NAME))?;
        match lock(&file) {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_work_together_and_one_alone() {
        let folder = tempfile::tempdir().unwrap();
        let first = InUse::together(folder.path()).unwrap();
        let second = InUse::together(folder.path()).unwrap();
        assert!(first.is_some() && second.is_some());
        assert!(InUse::alone(folder.path()).unwrap().is_none());
        drop((first, second));
        let alone = InUse::alone(folder.path()).unwrap();
        assert!(alone.is_some());
        assert!(InUse::together(folder.path()).unwrap().is_none());
    }
}
