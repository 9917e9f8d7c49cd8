//! Room kept for the day the disk is full: without it nothing could even be deleted.

use rustix::fs::{FallocateFlags, fallocate, statvfs};
use std::fs::OpenOptions;
use std::io;
use std::path::Path;

/// The file in the data folder.
pub const FILE_NAME: &str = "ballast";

/// Lays the ballast down, unless it is there, or would itself take a quarter of what is left.
///
/// # Errors
/// When the file system refuses.
pub fn lay(folder: &Path, bytes: u64) -> io::Result<()> {
    let path = folder.join(FILE_NAME);
    if bytes == 0 || path.exists() || free_bytes(folder)? / 4 < bytes {
        return Ok(());
    }
    let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
    let laid = fallocate(&file, FallocateFlags::empty(), 0, bytes);
    if laid.is_err() {
        // A file of no bytes would look as if it were laid.
        std::fs::remove_file(&path)?;
    }
    Ok(laid?)
}

/// How much is laid down.
#[must_use]
pub fn laid_bytes(folder: &Path) -> u64 {
    std::fs::metadata(folder.join(FILE_NAME)).map_or(0, |file| file.len())
}

/// What is free on the disk of a folder.
///
/// # Errors
/// When there is no such folder.
pub fn free_bytes(folder: &Path) -> io::Result<u64> {
    let disk = statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_laid_once_and_never_takes_the_last_room() {
        let folder = tempfile::tempdir().unwrap();
        lay(folder.path(), 4_096).unwrap();
        assert_eq!(laid_bytes(folder.path()), 4_096);
        lay(folder.path(), 8_192).unwrap();
        assert_eq!(laid_bytes(folder.path()), 4_096);
        let full = tempfile::tempdir().unwrap();
        lay(full.path(), free_bytes(full.path()).unwrap()).unwrap();
        assert_eq!(laid_bytes(full.path()), 0);
    }
}
