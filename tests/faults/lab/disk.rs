//! Disks made for a test: one whose power can be cut, and one that is soon full.
//!
//! A power cut is ext4's forced shutdown without a flush: neither dirty pages nor the pending
//! transaction of its journal reach the image, exactly as if the plug had been pulled. It models
//! the loss of unsynced data, not a card that lies about syncing.

use rustix::fs::{Mode, OFlags};
use rustix::ioctl::{Setter, ioctl};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// `EXT4_IOC_SHUTDOWN`, `_IOR('X', 125, u32)`.
const SHUTDOWN: rustix::ioctl::Opcode = 0x8004_587D;
/// Without it, everything pending is written first, and nothing would be lost.
const WITHOUT_FLUSH: u32 = 2;

/// A mounted file system that goes with this value.
struct Mounted {
    place: PathBuf,
}

impl Mounted {
    fn new(arguments: &[&str], place: &Path) -> Result<Self, String> {
        std::fs::create_dir_all(place).map_err(|error| error.to_string())?;
        run(Command::new("mount").args(arguments).arg(place))?;
        Ok(Self { place: place.to_owned() })
    }

    /// Tries for a while: a process that is just being started elsewhere in this program holds
    /// copies of all open files for a moment.
    fn unmount(&self) -> Result<(), String> {
        let begun = Instant::now();
        loop {
            match run(Command::new("umount").arg(&self.place)) {
                Err(busy) if begun.elapsed() > Duration::from_secs(10) => return Err(busy),
                Err(_busy) => std::thread::yield_now(),
                Ok(()) => return Ok(()),
            }
        }
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // Whoever still holds a file there lets go later.
        let _gone = Command::new("umount").arg("--lazy").arg(&self.place).status();
    }
}

/// An ext4 disk in a file, whose power can be cut.
pub struct PowerDisk {
    mounted: Option<Mounted>,
    image: PathBuf,
    place: PathBuf,
    _folder: TempDir,
}

impl PowerDisk {
    /// A fresh disk; the error says why there cannot be one here.
    pub fn new() -> Result<Self, String> {
        let folder = super::fast_folder();
        let (image, place) = (folder.path().join("disk.img"), folder.path().join("disk"));
        let file = std::fs::File::create(&image).map_err(|error| error.to_string())?;
        file.set_len(64 << 20).map_err(|error| error.to_string())?;
        run(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(&image))?;
        let mut disk = Self { mounted: None, image, place, _folder: folder };
        disk.power_on()?;
        Ok(disk)
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        &self.place
    }

    /// Pulls the plug: from here on nothing is written, and every access fails.
    #[expect(unsafe_code, reason = "there is no safe way to this ioctl; its argument is read only, one u32")]
    pub fn cut(&self) -> Result<(), String> {
        let folder = rustix::fs::open(&self.place, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty());
        let folder = folder.map_err(|error| error.to_string())?;
        // SAFETY: the kernel reads one u32 behind the pointer that `Setter` passes.
        unsafe { ioctl(&folder, Setter::<SHUTDOWN, u32>::new(WITHOUT_FLUSH)) }.map_err(|error| error.to_string())
    }

    /// After a cut, once nobody uses it any more: mounts it again, as a machine does that starts.
    pub fn power_on(&mut self) -> Result<(), String> {
        if let Some(mounted) = &self.mounted {
            mounted.unmount()?;
        }
        let image = self.image.display().to_string();
        // The old mount must not be undone a second time.
        std::mem::forget(self.mounted.take());
        self.mounted = Some(Mounted::new(&["-o", "loop", &image], &self.place)?);
        Ok(())
    }
}

/// A disk in memory that holds a few MiB.
pub struct SmallDisk {
    mounted: Mounted,
    _folder: TempDir,
}

impl SmallDisk {
    /// A fresh disk; the error says why there cannot be one here.
    pub fn new(kib: u64) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let size = format!("size={kib}k");
        let mounted = Mounted::new(&["-t", "tmpfs", "-o", &size, "small"], &folder.path().join("disk"))?;
        Ok(Self { mounted, _folder: folder })
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        &self.mounted.place
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let message = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(()) } else { Err(format!("{command:?}: {}", message.trim())) }
}
