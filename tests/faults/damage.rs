//! Pages of the card gone bad: the kiosk always starts, and loses nothing while one of its two copies
//! is whole.
//!
//! Target: 500 images each with damage in the database, in the journal, and in both: every one
//! starts; 0 lost in the first two; in the third the loss is counted.

use std::path::{Path, PathBuf};

/// The segments of the second copy, oldest first.
pub fn journal_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder.join("journal")) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}
