//! Room kept for the day the disk is full: without it nothing could even be deleted.

use crate::storage::ballast;
use std::io;
use std::path::{Path, PathBuf};

/// Enough for SQLite to delete, checkpoint and go on.
const BALLAST_BYTES: u64 = 2 << 20;

pub(super) struct Ballast {
    folder: PathBuf,
}

impl Ballast {
    pub(super) fn of(data: &Path) -> Self {
        Self { folder: data.to_owned() }
    }

    /// Lays it down, unless it is there or would take the last room itself.
    pub(super) fn lay(&self) -> io::Result<()> {
        ballast::lay(&self.folder, BALLAST_BYTES)
    }

    /// Throws it off; the room is there for the next write.
    pub(super) fn throw(&self) {
        match std::fs::remove_file(self.folder.join(ballast::FILE_NAME)) {
            Ok(()) => tracing::error!("the disk of this kiosk is full: the ballast is thrown off"),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => tracing::warn!(%error, "cannot throw the ballast off"),
        }
    }
}

/// What is free on the disk of a file.
pub(super) fn free_bytes(path: &Path) -> io::Result<u64> {
    ballast::free_bytes(path.parent().unwrap_or(Path::new(".")))
}
