//! Room kept for the day the disk is full: without it nothing could even be deleted.

use rustix::fs::{FallocateFlags, fallocate, statvfs};
use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};

/// Enough for SQLite to delete, checkpoint and go on.
const BALLAST_BYTES: u64 = 2 << 20;

pub(super) struct Ballast {
    path: PathBuf,
}

impl Ballast {
    pub(super) fn of(data: &Path) -> Self {
        Self { path: data.join("ballast") }
    }

    /// Lays it down, unless it is there or would take the last room itself.
    pub(super) fn lay(&self) -> io::Result<()> {
        if self.path.exists() || free_bytes(&self.path)? < 4 * BALLAST_BYTES {
            return Ok(());
        }
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(&self.path)?;
        Ok(fallocate(&file, FallocateFlags::empty(), 0, BALLAST_BYTES)?)
    }

    /// Throws it off; the room is there for the next write.
    pub(super) fn throw(&self) {
        match std::fs::remove_file(&self.path) {
            Ok(()) => tracing::error!("the disk of this kiosk is full: the ballast is thrown off"),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => tracing::warn!(%error, "cannot throw the ballast off"),
        }
    }
}

/// What is free on the disk of a file.
pub(super) fn free_bytes(path: &Path) -> io::Result<u64> {
    let disk = statvfs(path.parent().unwrap_or(Path::new(".")))?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}
