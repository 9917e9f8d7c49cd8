//! What the faults share: seeds and counts, disks that lose power, networks that misbehave.

#![allow(dead_code, reason = "each fault uses its own part of this")]
#![allow(missing_docs, reason = "read by its neighbours only")]

pub mod archive;
pub mod device;
pub mod dice;
pub mod disk;
pub mod kiosk;
pub mod proxy;
pub mod queue;
pub mod run;
pub mod server;
pub mod station;

pub use dice::Dice;
pub use run::Run;

/// A temporary folder in memory where there is one: a process that dies loses nothing there either.
pub fn fast_folder() -> tempfile::TempDir {
    let memory = std::path::Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.expect("a temporary folder")
}
