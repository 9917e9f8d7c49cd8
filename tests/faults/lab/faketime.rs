//! A wall clock that lies to one program: Debian's libfaketime, told by a file what to pretend.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The library made for programs with threads.
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";

/// The wall clock of a program. Its boot clock stays right, as on a machine whose battery is empty.
pub struct WallClock {
    library: PathBuf,
    says: PathBuf,
}

impl WallClock {
    /// A clock that is right so far, and its file in a folder; the error says why there cannot be one here.
    pub fn new(folder: &Path) -> Result<Self, String> {
        let clock = Self { library: library()?, says: folder.join("wall-clock") };
        clock.set_wrong_by_s(0);
        Ok(clock)
    }

    /// From now on it is so many seconds ahead of the truth, in whatever programs have it.
    pub fn set_wrong_by_s(&self, seconds: i64) {
        // A file replaced in one step: a program that reads half of it would see a third time.
        let next = self.says.with_extension("next");
        std::fs::write(&next, format!("{seconds:+}")).unwrap();
        std::fs::rename(next, &self.says).unwrap();
    }

    /// Gives it to a program.
    pub fn give_to(&self, command: &mut Command) {
        command
            .env("LD_PRELOAD", &self.library)
            .env("FAKETIME_TIMESTAMP_FILE", &self.says)
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env("DONT_FAKE_MONOTONIC", "1")
            .env("NO_FAKE_STAT", "1");
    }
}

/// Each architecture has a folder of its own below these.
fn library() -> Result<PathBuf, String> {
    let roots = ["/usr/lib", "/usr/local/lib", "/lib"].map(Path::new);
    let below = roots.iter().filter_map(|root| std::fs::read_dir(root).ok()).flatten().flatten();
    let folders = roots.iter().map(|root| root.to_path_buf()).chain(below.map(|entry| entry.path()));
    let found = folders.map(|folder| folder.join(LIBRARY)).find(|library| library.is_file());
    found.ok_or_else(|| format!("no {LIBRARY} below /usr/lib; install it with: apt-get install faketime"))
}
